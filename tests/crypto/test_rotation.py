"""Keys of several kinds in one source: while a provider changes from one to the other."""

from __future__ import annotations

import pytest

from hookproof import ConfigurationError, Headers, Request, Verifier, get_provider
from hookproof.errors import SignatureMismatch, SignatureMissing
from hookproof.signer import Delivery, sign
from tests.crypto import keys
from tests.support.mutations import without_header

NOW = 1_700_000_000.0
BODY = b'{"webhookId":"1","type":"ContactCreate"}'


def signed(kind: str, number: int = 0) -> Request:
    provider = get_provider("highlevel")
    request = sign(provider, Delivery(body=BODY), secret=keys.private_pem(kind, number), now=NOW)
    # Only the way that the key is for has a signature.
    name = "X-Wh-Signature" if kind == "Ed25519" else "X-GHL-Signature"
    return without_header(request, name)


def verifier(*kinds: str) -> Verifier:
    return Verifier.of(get_provider("highlevel"), [keys.public_pem(kind) for kind in kinds])


@pytest.mark.parametrize(
    "kinds", [("Ed25519", "RSA"), ("RSA", "Ed25519"), ("P-256", "RSA", "Ed25519")]
)
@pytest.mark.parametrize("kind", ["Ed25519", "RSA"])
def test_each_key_is_tried_where_it_serves(kinds: tuple[str, ...], kind: str) -> None:
    verified = verifier(*kinds).verify(signed(kind), now=NOW)
    assert verified.secret_index == kinds.index(kind)
    with pytest.raises(SignatureMismatch):
        verifier(*kinds).verify(signed(kind, 1), now=NOW)


def test_a_signature_for_another_key_is_the_sender_s_doing() -> None:
    with pytest.raises((SignatureMissing, SignatureMismatch)):
        verifier("RSA").verify(signed("Ed25519"), now=NOW)
    both = Request(
        method="POST",
        url="https://example.com/",
        headers=Headers([*signed("Ed25519").headers, *signed("RSA", 1).headers]),
        body=BODY,
    )
    with pytest.raises(SignatureMismatch):
        verifier("RSA").verify(both, now=NOW)


def test_a_key_for_no_way_at_all_is_a_fault_of_the_set_up() -> None:
    request = sign(
        get_provider("telnyx"), Delivery(body=BODY), secret=keys.private_pem("Ed25519"), now=NOW
    )
    with pytest.raises(ConfigurationError):
        Verifier.of(get_provider("telnyx"), keys.public_pem("RSA")).verify(request, now=NOW)
