"""HTTP Message Signatures: several at once, their age, and keys that are for none of them."""

from __future__ import annotations

import base64
import hmac
from typing import Any

import pytest

from hookproof import ConfigurationError, Headers, Request, Verified, Verifier, get_provider
from hookproof.errors import (
    SignatureMalformed,
    SignatureMismatch,
    TimestampInFuture,
    TimestampMissing,
    TimestampTooOld,
    VerificationError,
)
from hookproof.message_components import signature_base
from hookproof.signer import Delivery, sign
from hookproof.structured_fields import parse_inner_list
from tests.crypto import keys

NOW = 1_700_000_000
SECRET = bytes(range(32))
TEXT = base64.b64encode(SECRET).decode()
GENERIC = get_provider("http-message-signatures")
FRESH = f'("@path");created={NOW}'
STALE = f'("@method");created={NOW - 301}'
EARLY = f'("@method");created={NOW + 301}'
EXPIRED = f'("@method");created={NOW};expires={NOW - 1}'
UNDATED = '("@method")'


def signed(*inners: str, key: bytes = SECRET) -> Request:
    bare = Request(method="POST", url="https://example.com/", body=b"")
    fields = []
    for number, inner in enumerate(inners):
        octets = hmac.digest(key, signature_base(bare, parse_inner_list(inner)), "sha256")
        fields.append((f"s{number}={inner}", f"s{number}=:{base64.b64encode(octets).decode()}:"))
    headers = Headers(
        [
            ("Signature-Input", ", ".join(one for one, _ in fields)),
            ("Signature", ", ".join(one for _, one in fields)),
        ]
    )
    return Request(method="POST", url="https://example.com/", headers=headers, body=b"")


def verify(request: Request, secret: Any = TEXT) -> Verified:
    return Verifier.of(GENERIC, secret).verify(request, now=NOW)


@pytest.mark.parametrize("other", [STALE, EARLY, EXPIRED, UNDATED, f'("x-missing");created={NOW}'])
def test_a_fresh_one_is_found_wherever_it_stands(other: str) -> None:
    for inners in ((other, FRESH), (FRESH, other)):
        request = signed(*(one for one in inners if "x-missing" not in one))
        if "x-missing" in other:
            value = f"{request.headers['Signature-Input']}, z={other}"
            pairs = [("Signature-Input", value), ("Signature", request.headers["Signature"])]
            request = Request(method="POST", url=request.url, headers=Headers(pairs), body=b"")
        assert verify(request).signed == ("@path",)


@pytest.mark.parametrize(
    ("inner", "error"),
    [
        (STALE, TimestampTooOld),
        (EARLY, TimestampInFuture),
        (EXPIRED, TimestampTooOld),
        (UNDATED, TimestampMissing),
        (f'("@path");created="{NOW}"', VerificationError),
        (f'("@path");created={NOW};expires="{NOW + 9}"', VerificationError),
        (f'("@path");created={NOW};expires', VerificationError),
    ],
)
def test_one_that_is_not_of_now_is_refused(inner: str, error: type[VerificationError]) -> None:
    with pytest.raises(error):
        verify(signed(inner))


def test_too_old_says_more_than_not_genuine() -> None:
    forged = signed(FRESH, key=b"x" * 32).headers
    stale = signed(STALE).headers
    pairs = [
        (name, f"{stale[name]}, {forged[name].replace('s0=', 's9=')}")
        for name in ("Signature-Input", "Signature")
    ]
    request = Request(method="POST", url="https://example.com/", headers=Headers(pairs), body=b"")
    with pytest.raises(TimestampTooOld):
        verify(request)


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        '{"keys": [{"kty": "oct", "k": "AAAA"}]}',
        keys.public_pem("secp256k1"),
    ],
)
def test_a_key_for_no_algorithm_is_a_fault_of_the_set_up(secret: str) -> None:
    with pytest.raises(ConfigurationError):
        verify(signed(FRESH), secret)


def test_what_the_sender_names_is_no_fault_of_the_set_up() -> None:
    pem = keys.public_pem("Ed25519")
    for name in ("rsa-v1_5-sha256", "ecdsa-p256-sha256", "ed25519"):
        with pytest.raises(SignatureMismatch):
            verify(signed(f'{FRESH};alg="{name}"'), pem)
    for name in ("hmac-sha1", "none", ""):
        with pytest.raises((SignatureMalformed, SignatureMismatch)):
            verify(signed(f'{FRESH};alg="{name}"'), pem)


def test_a_key_of_another_kind_beside_it_is_no_hindrance() -> None:
    several = [keys.public_pem("Ed25519"), keys.public_pem("secp256k1"), TEXT]
    assert verify(signed(FRESH), several).secret_index == 2


def test_signing_anew_takes_the_place_of_what_was_signed() -> None:
    first = sign(GENERIC, Delivery(body=b"a"), secret=TEXT, now=NOW)
    delivery = Delivery(body=b"b", url=first.url, headers=first.headers)
    again = sign(GENERIC, delivery, secret=TEXT, now=NOW)
    assert verify(again).body_signed
