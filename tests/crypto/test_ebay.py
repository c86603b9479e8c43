"""eBay's header of JSON: every member is checked, and its key's name only picks."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from hookproof import (
    ConfigurationError,
    Headers,
    Request,
    VerificationError,
    Verified,
    Verifier,
    get_provider,
)
from hookproof.errors import SignatureMalformed, SignatureMismatch
from hookproof.signer import Delivery, sign
from tests.crypto import keys

KID = "9936261a-7d7b-4621-a0f1-96ccb428af49"
BODY = b'{"metadata":{"topic":"T"},"notification":{"notificationId":"1"}}'


def field(body: bytes = BODY, *, key: int = 0, **members: Any) -> str:
    digest = str(members.get("digest", "SHA1"))
    algorithm = hashes.SHA256() if digest == "SHA256" else hashes.SHA1()  # noqa: S303 - eBay's
    der = keys.private("P-256", key).sign(body, ec.ECDSA(algorithm))
    signature = base64.b64encode(der).decode()
    own = {"alg": "ecdsa", "kid": KID, "signature": signature, "digest": digest}
    return base64.b64encode(json.dumps({**own, **members}).encode()).decode()


def verify(text: str, secret: Any = None, body: bytes = BODY) -> Verified:
    headers = Headers([("X-EBAY-SIGNATURE", text)])
    request = Request(method="POST", url="https://x/", headers=headers, body=body)
    verifier = Verifier.of(get_provider("ebay"), secret or keys.public_pem("P-256"))
    return verifier.verify(request, now=0)


@pytest.mark.parametrize("members", [{}, {"digest": "SHA256"}, {"alg": "ECDSA"}, {"x": 1}], ids=str)
def test_what_ebay_signs_is_accepted(members: dict[str, Any]) -> None:
    verified = verify(field(**members))
    assert (verified.event_id, verified.event_type, verified.body_signed) == ("1", "T", True)


def test_another_body_or_key_is_refused() -> None:
    for text in (field(b"{}"), field(key=1)):
        with pytest.raises(SignatureMismatch):
            verify(text)


@pytest.mark.parametrize(
    "members",
    [
        {"alg": "none"},
        {"alg": "RSA"},
        {"digest": "MD5"},
        {"digest": "SHA512"},
        {"digest": ""},
        {"digest": None},
        {"alg": None},
        {"kid": None},
        {"kid": ["x"]},
        {"signature": ""},
        {"signature": "AAAA"},
        {"signature": "é"},
        {"signature": None},
    ],
    ids=str,
)
def test_a_member_that_is_not_as_it_must_be_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(SignatureMalformed):
        verify(field(**members))


def test_a_digest_is_not_exchanged_for_another() -> None:
    document = json.loads(base64.b64decode(field(digest="SHA256")))
    with pytest.raises(SignatureMismatch):
        verify(base64.b64encode(json.dumps({**document, "digest": "SHA1"}).encode()).decode())


def test_a_name_picks_among_the_keys_of_the_secret() -> None:
    own, other = keys.public_pem("P-256"), keys.public_pem("P-256", 1)
    assert verify(field(), {KID: own, "public_key": other}).secret_index == 0
    assert verify(field(), {"public_key": own}).secret_index == 0
    assert verify(field(), [{"public_key": other}, {KID: own}]).secret_index == 1
    for secret in ({KID: other, "public_key": own}, {KID.replace("9", "8"): own}):
        with pytest.raises(SignatureMismatch):
            verify(field(), secret)


@pytest.mark.parametrize("kid", ["verification_token", "secret", "", "..", "a" * 5000, KID.upper()])
def test_a_name_is_never_that_of_another_value(kid: str) -> None:
    secret = {"verification_token": "t" * 32, KID: keys.public_pem("P-256")}
    with pytest.raises(SignatureMismatch):
        verify(field(kid=kid), secret)


def test_a_key_that_is_none_is_a_fault_of_the_set_up() -> None:
    for text in ("no key", keys.public_pem("RSA"), keys.public_pem("P-384")):
        with pytest.raises(ConfigurationError):
            verify(field(), text)


def test_what_we_sign_we_accept() -> None:
    request = sign(
        get_provider("ebay"), Delivery(body=BODY), secret=keys.private_pem("P-256"), now=0
    )
    assert verify(request.headers["X-EBAY-SIGNATURE"]).body_signed
    with pytest.raises(ConfigurationError):
        sign(get_provider("ebay"), Delivery(body=BODY), secret=keys.public_pem("P-256"), now=0)


@settings(max_examples=100, deadline=None)
@given(octets=st.one_of(st.binary(max_size=80), st.text(max_size=40).map(str.encode)))
def test_no_header_crashes(octets: bytes) -> None:
    for text in (base64.b64encode(octets).decode(), octets.decode("latin-1")):
        with pytest.raises(VerificationError):
            verify(text)
