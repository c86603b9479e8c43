"""What a verified request says, and that it says nothing else later."""

from __future__ import annotations

import pytest

import hookproof
from hookproof import Verified

NOW = 1_700_000_000.0
BODY = b'{"id": "evt_1", "type": "charge.succeeded"}'


@pytest.fixture
def verified() -> Verified:
    request = hookproof.sign(body=BODY, provider="stripe", secret="whsec_x", now=NOW)
    return hookproof.verify(request, provider="stripe", secrets="whsec_x", now=NOW)


def test_a_verified_request_says_what_was_proven(verified: Verified) -> None:
    assert (verified.provider, verified.body, verified.timestamp) == ("stripe", BODY, NOW)
    assert (verified.event_id, verified.event_type) == ("evt_1", "charge.succeeded")
    assert (verified.signed, verified.body_signed, verified.secret_index) == (
        ("timestamp", "body"),
        True,
        0,
    )


@pytest.mark.parametrize(
    "name", ["provider", "body", "timestamp", "event_id", "event_type", "body_signed", "other"]
)
def test_a_verified_request_does_not_change(verified: Verified, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(verified, name, "forged")
    with pytest.raises(AttributeError):
        delattr(verified, name)


def test_neither_body_nor_secret_is_in_its_text(verified: Verified) -> None:
    assert repr(verified) == "Verified(provider='stripe', signed=('timestamp', 'body'))"
