"""The way of an event: what is answered, what is queued, and whose fault a failure is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from hookproof import ConfigurationError, Headers, Request, Unavailable, sign
from hookproof.envelope import Envelope
from hookproof.errors import UnknownSource
from hookproof.receiver import Outcome, Receiver
from hookproof.sources import MAX_TENANTS, SecretVersions, Source

NOW = 1_700_000_000.0
BODY = b'{"id": "evt_1", "type": "invoice.paid", "amount": 1.50}'


@dataclass
class Queue:
    """A queue in memory, which can be told to fail."""

    messages: list[tuple[Envelope, str]] = field(default_factory=list)
    fault: Exception | None = None

    def enqueue(self, envelope: Envelope, _source: Source, group: str) -> str:
        if self.fault is not None:
            raise self.fault
        self.messages.append((envelope, group))
        return "accepted"


@dataclass
class Shop:
    """Sources in memory: ``later`` is what a forced refresh finds."""

    current: dict[str, Source]
    later: dict[str, Source] = field(default_factory=dict)
    refreshed: int = 0

    def load(self, name: str, refresh: bool) -> Source:
        self.refreshed += refresh
        known = {**self.current, **self.later} if refresh else self.current
        if name not in known:
            raise UnknownSource(name)
        return known[name]


def stripe(secret: object = "whsec_a", **more: object) -> Source:
    text = json.dumps({"provider": "stripe", "secret": secret, **more})
    return Source.of("stripe", SecretVersions(current=text))


def receive(source: Source, request: Request, tenant: str | None = None) -> tuple[Outcome, Queue]:
    queue = Queue()
    receiver = Receiver(Shop({source.name: source}).load, queue.enqueue)
    return receiver.receive(request, name=source.name, tenant=tenant, now=NOW), queue


def signed(secret: str = "whsec_a") -> Request:
    return sign(body=BODY, provider="stripe", secret=secret, now=NOW)


def test_a_genuine_delivery_is_queued_byte_for_byte() -> None:
    outcome, queue = receive(stripe(), signed())
    assert outcome.response.status == 200
    assert json.loads(outcome.response.body) == {"status": "accepted", "id": "evt_1"}
    envelope, group = queue.messages[0]
    assert envelope.data == BODY
    assert "/webhooks/stripe" == group == envelope.source
    assert envelope.type == "stripe.invoice.paid"
    assert envelope.secretversion == "current"


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        (signed("whsec_b"), 401, "signature_mismatch"),
        (replace(signed(), body=BODY + b" "), 401, "signature_mismatch"),
        (replace(signed(), headers=Headers()), 401, "signature_missing"),
        (
            replace(signed(), headers=Headers.of({"Stripe-Signature": "x"})),
            400,
            "signature_malformed",
        ),
        (
            sign(body=BODY, provider="stripe", secret="whsec_a", now=NOW - 301),
            401,
            "timestamp_too_old",
        ),
        (
            sign(body=BODY, provider="stripe", secret="whsec_a", now=NOW + 301),
            401,
            "timestamp_in_future",
        ),
    ],
)
def test_what_does_not_verify_is_refused_without_a_reason(
    request_: Request, status: int, reason: str
) -> None:
    outcome, queue = receive(stripe(), request_)
    assert (status, reason) == (outcome.response.status, outcome.reason)
    assert json.loads(outcome.response.body) == {"status": "rejected", "id": None}
    assert not queue.messages


@pytest.mark.parametrize(
    ("fault", "reason", "retry_after"),
    [
        (Unavailable("down", retry_after=7), "unavailable", "7"),
        (ConfigurationError("no such queue"), "configuration", "30"),
        (RuntimeError("a bug"), "internal_error", "30"),
    ],
)
def test_a_queue_that_fails_is_our_fault(fault: Exception, reason: str, retry_after: str) -> None:
    queue = Queue(fault=fault)
    receiver = Receiver(Shop({"stripe": stripe()}).load, queue.enqueue)
    outcome = receiver.receive(signed(), name="stripe", tenant=None, now=NOW)
    assert (503, reason) == (outcome.response.status, outcome.reason)
    assert retry_after == outcome.response.headers["Retry-After"]
    queue.fault = None
    again = receiver.receive(signed(), name="stripe", tenant=None, now=NOW)
    assert again.response.status == 200
    assert len(queue.messages) == 1


def test_a_secret_that_was_just_rotated_is_looked_up_once_more() -> None:
    shop = Shop({"stripe": stripe("whsec_old")}, later={"stripe": stripe("whsec_a")})
    queue = Queue()
    outcome = Receiver(shop.load, queue.enqueue).receive(
        signed(), name="stripe", tenant=None, now=NOW
    )
    assert (outcome.response.status, shop.refreshed, len(queue.messages)) == (200, 1, 1)


def test_the_previous_secret_counts_until_the_overlap_ends() -> None:
    versions = SecretVersions(current="whsec_new", previous="whsec_a", rotated_at=NOW - 100)
    within = Source.of("stripe", versions, overlap=101)
    after = Source.of("stripe", versions, overlap=99)
    assert receive(within, signed())[0].secret_version == "previous"
    assert receive(after, signed())[0].reason == "signature_mismatch"


def test_a_previous_secret_that_cannot_be_read_does_no_harm() -> None:
    versions = SecretVersions(current="whsec_a", previous="{not json", rotated_at=NOW)
    assert receive(Source.of("stripe", versions), signed())[0].response.status == 200


def test_tenants_have_their_own_secrets() -> None:
    source = stripe(tenants={"acme": "whsec_acme"})
    outcome, queue = receive(source, signed("whsec_acme"), tenant="acme")
    assert outcome.response.status == 200
    assert (
        queue.messages[0][0].source,
        queue.messages[0][0].tenant,
    ) == ("/webhooks/stripe/acme", "acme")
    assert receive(source, signed("whsec_a"), tenant="acme")[0].response.status == 401
    assert receive(source, signed("whsec_a"), tenant="other")[0].response.status == 404


def test_a_tenant_s_keys_are_parsed_once_while_its_secret_lives() -> None:
    source = stripe(tenants={"acme": "whsec_acme", "zeta": "whsec_zeta"})
    acme = source.for_tenant("acme")
    assert (source.for_tenant("zeta").tenant, source.for_tenant("acme")) == ("zeta", acme)
    assert source.for_tenant("acme") is acme
    assert stripe(tenants={"acme": "whsec_new"}).for_tenant("acme") is not acme


def test_only_so_many_tenants_are_kept_those_asked_for_last() -> None:
    names = [f"t{number}" for number in range(MAX_TENANTS + 1)]
    source = stripe(tenants=dict.fromkeys(names, "whsec_a"))
    first, second = source.for_tenant(names[0]), source.for_tenant(names[1])
    source.for_tenant(names[0])
    for name in names[2:]:
        source.for_tenant(name)
    assert source.for_tenant(names[0]) is first
    assert source.for_tenant(names[1]) is not second


def test_a_fifo_group_may_come_from_the_event() -> None:
    _, queue = receive(stripe(group="json:/type"), signed())
    assert queue.messages[0][1] == "invoice.paid"


def test_the_public_url_takes_the_place_of_the_internal_one() -> None:
    url = "https://hooks.example.com/webhooks/square"
    text = json.dumps({"provider": "square", "secret": "key", "url": url})
    source = Source.of("square", SecretVersions(current=text))
    request = source.public(Request(method="POST", url="http://10.0.0.1/prod/webhooks/square?a=b"))
    assert f"{url}?a=b" == request.url


def test_a_scheme_of_ones_own_needs_no_code() -> None:
    scheme = {
        "signature": {
            "in": "header:X-Sig",
            "form": "prefix",
            "prefix": "sha256=",
            "encoding": "hex",
        },
        "signature_base": "{body}",
        "algorithm": "hmac-sha256",
        "event": {"id": "json:/id"},
    }
    text = json.dumps({"provider": "own", "scheme": scheme, "secret": "s"})
    source = Source.of("own", SecretVersions(current=text))
    request = sign(body=BODY, provider=source.provider, secret="s", now=NOW)
    outcome, queue = receive(source, request)
    assert (outcome.response.status, queue.messages[0][0].provider) == (200, "own")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"provider": "stripe"}', "secret"),
        ('{"provider": "stripe", "secret": ""}', "secret"),
        ('{"provider": "nobody", "secret": "s"}', "provider"),
        ('{"provider": "stripe", "secret": "s", "tolerence": 3}', "tolerence"),
        ('{"provider": "stripe", "secret": 3}', "secret"),
        ('{"provider": "stripe", "secret": "s", "tolerance": "300"}', "tolerance"),
        ('{"provider": "stripe", "secret": "s", "group": "nowhere"}', "group"),
        (
            '{"provider": "x", "secret": "s", "scheme": {"signature": {"in": "header:A"}}}',
            "algorithm",
        ),
        ('{"provider": ', "JSON"),
    ],
)
def test_a_secret_that_cannot_work_names_the_key(text: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Source.of("stripe", SecretVersions(current=text))


def test_slack_gets_its_challenge_back_and_nothing_is_queued() -> None:
    source = Source.of("slack", SecretVersions(current="8f742231b10e8888abcd99yyyzzz85a5"))
    body = b'{"type": "url_verification", "challenge": "3eZbrw1aB1"}'
    request = sign(body=body, provider="slack", secret="8f742231b10e8888abcd99yyyzzz85a5", now=NOW)
    outcome, queue = receive(source, request)
    assert (outcome.outcome, outcome.response.body) == ("handshake", b'{"challenge":"3eZbrw1aB1"}')
    assert not queue.messages
    forged = replace(request, headers=Headers())
    assert receive(source, forged)[0].response.status == 401


def test_nothing_is_kept_of_unknown_sources() -> None:
    kept: list[str] = []
    receiver = Receiver(
        Shop({"stripe": stripe()}).load,
        Queue().enqueue,
        quarantine=lambda _request, _source, error, _now: kept.append(error.code),
    )
    receiver.receive(signed(), name="nobody", tenant=None, now=NOW)
    receiver.receive(signed("whsec_b"), name="stripe", tenant=None, now=NOW)
    assert kept == ["signature_mismatch"]
