import base64
import json

import pytest

from hookproof.aws.client import Client
from hookproof.aws.quarantine import Quarantine
from hookproof.cli.request_json import parse_request
from hookproof.errors import HookproofError, SignatureMismatch
from hookproof.messages import Headers, Request
from hookproof.sources import SecretVersions, Source
from tests.aws.fault_server import FaultServer, refusal

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
        client, bucket="kept", per_minute=3, new_name=lambda: "0a1b", on_lost=lost.append
    )


def keep(quarantine: Quarantine, source: Source = SOURCE, *, now: float = NOW) -> None:
    quarantine.keep(REQUEST, source, SignatureMismatch("none matches"), now)


def test_a_refused_request_is_kept_whole_under_a_name_that_tells_of_it(
    quarantine: Quarantine, server: FaultServer
) -> None:
    keep(quarantine)
    (request,) = server.received
    assert request.path == (
        "/kept/quarantine/github/-/20231114T221320250Z-signature_mismatch-0a1b.json"
    )
    document = request.payload
    assert document["request"]["body_base64"] == base64.b64encode(b"\x00\xff").decode()
    assert parse_request(document.pop("request")) == REQUEST
    assert document == {
        "source": "github",
        "tenant": None,
        "arrived": NOW,
        "reason": "signature_mismatch",
    }


def test_a_tenants_has_its_own_place(quarantine: Quarantine, server: FaultServer) -> None:
    secret = json.dumps({"provider": "github", "tenants": {"acme": "s"}})
    tenant = Source.of("github", SecretVersions(current=secret)).for_tenant("acme")
    keep(quarantine, tenant)
    assert server.received[0].path.startswith("/kept/quarantine/github/acme/")


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
