import base64
import json
import time
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.aws.client import Client
from hookproof.aws.quarantine import Quarantine, _place
from hookproof.cli.request_json import parse_request
from hookproof.errors import HookproofError, SignatureMismatch
from hookproof.messages import Headers, Request
from hookproof.sources import SecretVersions, Source
from tests.aws.fault_server import Exchange, FaultServer, answer, refusal, slow

SOURCE = Source.of("github", SecretVersions(current="s"))
REQUEST = Request(
    method="POST",
    url="https://hooks.example.com/webhooks/github?a=1",
    headers=Headers([("X-A", "1"), ("x-a", "2"), ("X-B", "é")]),
    body=b"\x00\xff",
)
NOW = 1_700_000_000.25


@pytest.fixture
def lost() -> list[HookproofError]:
    return []


@pytest.fixture
def quarantine(client: Client, lost: list[HookproofError]) -> Quarantine:
    return Quarantine(
        client, bucket="kept", per_minute=3, new_name=lambda: "0c", on_lost=lost.append
    )


def keep(quarantine: Quarantine, source: Source = SOURCE, *, now: float = NOW) -> None:
    quarantine.keep(REQUEST, source, SignatureMismatch("none matches"), now)


def test_a_refused_request_is_kept_whole_under_a_name_that_tells_of_it(
    quarantine: Quarantine, server: FaultServer
) -> None:
    keep(quarantine)
    (request,) = server.received
    assert request.path == "/kept/quarantine/github/20231114T2213Z-000.json"
    assert request.headers["if-none-match"] == "*"
    assert request.headers["x-amz-meta-reason"] == "signature_mismatch"
    assert request.headers["x-amz-meta-arrived"] == "1700000000.250"
    document = request.payload
    assert document["request"]["body_base64"] == base64.b64encode(b"\x00\xff").decode()
    assert parse_request(document.pop("request")) == REQUEST
    assert document == {
        "source": "github",
        "tenant": None,
        "provider": "github",
        "arrived": NOW,
        "reason": "signature_mismatch",
    }


def test_a_record_names_its_tenant(quarantine: Quarantine, server: FaultServer) -> None:
    secret = json.dumps({"provider": "github", "tenants": {"acme": "s"}})
    tenant = Source.of("github", SecretVersions(current=secret)).for_tenant("acme")
    keep(quarantine, tenant)
    assert server.received[0].headers["x-amz-meta-tenant"] == "acme"
    assert server.received[0].payload["tenant"] == "acme"


def test_strangers_fill_it_no_faster_than_the_bound(
    quarantine: Quarantine, server: FaultServer
) -> None:
    for _ in range(10):
        keep(quarantine)
    assert len(server.received) == 3
    keep(quarantine, Source.of("stripe", SecretVersions(current="s")))
    assert len(server.received) == 4
    keep(quarantine, now=NOW + 60)
    assert len(server.received) == 5


def test_what_cannot_be_kept_is_told_and_tried_once(
    quarantine: Quarantine, server: FaultServer, lost: list[HookproofError]
) -> None:
    server.usual = refusal(500, "InternalError")
    keep(quarantine)
    assert [str(one) for one in lost] == ["S3.PutObject: InternalError"]
    assert len(server.received) == 1


def test_the_bound_holds_across_environments(
    client: Client, server: FaultServer, lost: list[HookproofError]
) -> None:
    kept: set[str] = set()

    def first_writer_wins(exchange: Exchange) -> None:
        taken = exchange.request.path in kept
        assert exchange.request.headers["if-none-match"] == "*"
        kept.add(exchange.request.path)
        body = b"<Error><Code>PreconditionFailed</Code></Error>" if taken else b""
        exchange.respond(412 if taken else 200, body, {})

    server.usual = first_writer_wins
    for first in range(8):
        environment = Quarantine(
            client,
            bucket="kept",
            per_minute=5,
            new_name=lambda first=first: f"{first:x}",  # type: ignore[misc]
            on_lost=lost.append,
        )
        for _ in range(10):
            keep(environment)
    assert len(kept) == 5
    assert len(lost) == 80 - 5
    assert len(server.received) <= 8 * 5


@given(st.integers(0, 2**128), st.integers(1, 500))
def test_an_environment_goes_to_each_place_once(seed: int, places: int) -> None:
    assert sorted(_place(seed, number, places) for number in range(places)) == list(range(places))


def test_two_environments_hardly_meet() -> None:
    meetings = 0
    for pair in range(200):
        first, second = (
            {_place(int(sha256(f"{pair}/{one}".encode()).hexdigest(), 16), n, 60) for n in range(3)}
            for one in range(2)
        )
        meetings += first == second
    # All three tries of one at what the other has taken: a delivery would be lost.
    assert meetings <= 1


def test_large_bodies_have_few_places(quarantine: Quarantine, server: FaultServer) -> None:
    large = replace(REQUEST, body=bytes(256 * 1024))
    for _ in range(3):
        quarantine.keep(large, SOURCE, SignatureMismatch("none matches"), NOW)
    (request,) = server.received
    assert request.path.endswith("-large-000.json")


def test_an_outage_costs_one_short_try_in_half_a_minute(
    quarantine: Quarantine, server: FaultServer, lost: list[HookproofError]
) -> None:
    server.usual = slow(20, answer(200, b""))
    started = time.monotonic()
    for second in range(30):
        keep(quarantine, now=NOW + second)
    assert time.monotonic() - started < 3
    assert len(server.received) == 1
    assert len(lost) == 1
    server.usual = answer(200, b"")
    keep(quarantine, now=NOW + 31)
    assert len(server.received) == 2
    assert len(lost) == 1
