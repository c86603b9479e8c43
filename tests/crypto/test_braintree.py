"""Braintree: the kind of a notification, and the challenge of its control panel."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, urlencode

import pytest

from hookproof import Headers, Request, Verifier, get_provider
from hookproof.envelope import Envelope
from hookproof.errors import SignatureMismatch
from hookproof.receiver import Outcome, Receiver
from hookproof.signer import Delivery, sign
from hookproof.sources import SecretVersions, Source

SECRET = {"public_key": "integration_public_key", "private_key": "integration_private_key"}
NOW = 1_700_000_000.0
# braintree/braintree_python tests/unit/test_webhooks.py.
CHALLENGE = "20f9f8ed05f77439fe955c977e4c8a53"
ANSWER = b"integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4"


def challenged(challenge: str) -> Outcome:
    source = Source.of(
        "test",
        SecretVersions(current=json.dumps({"provider": "braintree", "secret": SECRET})),
    )

    def enqueue(_envelope: Envelope, _source: Source, _group: str) -> str:
        pytest.fail("a challenge is no event")

    url = f"https://example.com/webhooks/test?bt_challenge={quote(challenge, safe='')}"
    receiver = Receiver(lambda _name, _refresh: source, enqueue)
    request = Request(method="GET", url=url)
    return receiver.receive(request, name="test", tenant=None, now=NOW)


def test_the_challenge_of_the_sdk_s_tests_gets_the_sdk_s_answer() -> None:
    outcome = challenged(CHALLENGE)
    assert outcome.response.status == 200
    assert outcome.response.body == ANSWER


@pytest.mark.parametrize("challenge", ["", "PD94bWw+\n", "a b", "a&b=c", "\u00e9", "a" * 200])
def test_no_payload_is_signed_as_a_challenge(challenge: str) -> None:
    outcome = challenged(challenge)
    assert outcome.response.status >= 400
    assert b"integration" not in outcome.response.body


def test_the_answer_to_a_challenge_is_no_signature_of_a_notification() -> None:
    forged = base64.b64encode(b"<notification><kind>subscription_canceled</kind></notification>")
    answer = challenged(forged.decode()).response.body
    assert answer.startswith(b"integration_public_key|")
    body = urlencode({"bt_signature": answer, "bt_payload": forged}).encode()
    headers = Headers([("Content-Type", "application/x-www-form-urlencoded")])
    request = Request(method="POST", url="https://example.com/", headers=headers, body=body)
    with pytest.raises(SignatureMismatch):
        Verifier.of(get_provider("braintree"), SECRET).verify(request, now=NOW)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (b"<notification><kind>check</kind></notification>", "check"),
        (b"<notification><kind></kind></notification>", None),
        (b"<notification/>", None),
        (b"<!DOCTYPE x><notification><kind>check</kind></notification>", None),
        (b"no XML", None),
        (b"\xff", None),
    ],
)
def test_the_kind_of_a_notification_is_its_type(payload: bytes, kind: str | None) -> None:
    provider = get_provider("braintree")
    request = sign(provider, Delivery(body=payload), secret=SECRET, now=NOW)
    assert Verifier.of(provider, SECRET).verify(request, now=NOW).event_type == kind
