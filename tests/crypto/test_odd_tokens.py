"""Claims and headers of a type that nobody expects: refused, never passed over."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from hookproof import Headers, Provider, Request, VerificationError, Verified, Verifier
from hookproof.errors import SignatureMalformed, SignatureMismatch, TimestampMalformed

NOW = 1_700_000_000
SECRET = "a shared secret of thirty-two by"
PROVIDER = Provider.from_json(
    {
        "scheme": "jwt",
        "signature": {"in": "header:X-Token", "encoding": "raw"},
        "algorithm": "hmac-sha256",
        "options": {"claims": {"/aud": "me"}},
    },
    id="custom",
)


def verify(claims: bytes | dict[str, Any], **head: object) -> Verified:
    written = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    parts = [json.dumps({"alg": "HS256", **head}).encode(), written]
    text = b".".join(_segment(one) for one in parts)
    token = text + b"." + _segment(hmac.digest(SECRET.encode(), text, "sha256"))
    headers = Headers([("X-Token", token.decode())])
    request = Request(method="POST", url="https://x/", headers=headers, body=b"")
    return Verifier.of(PROVIDER, SECRET).verify(request, now=NOW)


@pytest.mark.parametrize("name", ["exp", "nbf"])
@pytest.mark.parametrize(
    "value", [None, [], {}, [NOW + 60], {"0": NOW + 60}, True, False, "", "NaN", "Infinity"]
)
def test_a_time_that_is_none_is_not_passed_over(name: str, value: object) -> None:
    with pytest.raises(TimestampMalformed):
        verify({"aud": "me", name: value})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_is_no_payload(number: str) -> None:
    with pytest.raises(VerificationError):
        verify(f'{{"aud": "me", "exp": {number}}}'.encode())


def test_a_number_too_large_for_a_time_is_none() -> None:
    for number in ("1e999", "1" + "0" * 400):
        with pytest.raises(TimestampMalformed):
            verify(f'{{"aud": "me", "exp": {number}}}'.encode())


def test_the_last_of_two_claims_counts_as_it_does_for_the_consumer() -> None:
    with pytest.raises(SignatureMismatch):
        verify(b'{"aud": "me", "aud": "you"}')


@pytest.mark.parametrize("audience", [["a", "b", "c", "d", "e", "me"], ["me"], "me"])
def test_an_audience_is_one_of_several(audience: object) -> None:
    assert verify({"aud": audience}).secret_index == 0


@pytest.mark.parametrize(
    "audience", [{"0": "me"}, [["me"]], [{"aud": "me"}], [], {}, None, True, "ME", "me "]
)
def test_an_audience_hidden_in_something_else_is_none(audience: object) -> None:
    with pytest.raises(SignatureMismatch):
        verify({"aud": audience})


def test_a_header_names_each_member_once() -> None:
    """Source: RFC 7515 §4."""
    head = b'{"alg": "none", "alg": "HS256"}'
    text = _segment(head) + b"." + _segment(b'{"aud": "me"}')
    token = text + b"." + _segment(hmac.digest(SECRET.encode(), text, "sha256"))
    request = Request(
        method="POST", url="https://x/", headers=Headers([("X-Token", token.decode())]), body=b""
    )
    with pytest.raises(SignatureMalformed):
        Verifier.of(PROVIDER, SECRET).verify(request, now=NOW)


@pytest.mark.parametrize("head", [{"b64": False}, {"b64": True}, {"crit": []}, {"crit": ["b64"]}])
def test_a_header_that_changes_how_to_read_is_refused(head: dict[str, object]) -> None:
    with pytest.raises(SignatureMalformed):
        verify({"aud": "me"}, **head)


def _segment(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")
