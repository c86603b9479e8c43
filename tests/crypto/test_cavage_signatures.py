"""HTTP Signatures before the RFC: what must be covered, what must be well-formed, whose key."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
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
from hookproof.errors import (
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    TimestampInFuture,
    TimestampTooOld,
    Unavailable,
)
from hookproof.schemes.cavage_signatures import signing_string
from hookproof.signer import Delivery, sign
from tests.crypto import keys
from tests.support.mutations import with_body, with_header, without_header

NOW = 1_700_000_000
URL = "https://hooks.example.com/webhooks/smartthings?a=b"
BODY = b'{"lifecycle":"EVENT","executionId":"1"}'
SMARTTHINGS = get_provider("smartthings")
NAMES = "(request-target) digest date"


@cache
def sent(body: bytes = BODY) -> Request:
    delivery = Delivery(body=body, url=URL)
    return sign(SMARTTHINGS, delivery, secret=keys.private_pem("RSA"), now=NOW)


def signed(names: str, request: Request | None = None, before: str = "") -> Request:
    """The request signed over other lines, ``before`` standing before the rest of the field."""
    from hookproof import asymmetric
    from hookproof.keys import Key

    request = request or sent()
    message = signing_string(request, names.split(" "))
    key = Key(keys.private_pem("RSA").encode(), {})
    text = base64.b64encode(asymmetric.sign("rsa-v1_5-sha256", key, message)).decode()
    value = f'Signature {before}keyId="/pl/x",headers="{names}",signature="{text}"'
    return with_header(request, "Authorization", value)


def verify(request: Request, *, now: float = NOW, secret: Any = None) -> Verified:
    return Verifier.of(SMARTTHINGS, secret or keys.public_pem("RSA")).verify(request, now=now)


def test_what_we_sign_we_accept() -> None:
    verified = verify(sent())
    assert verified.body_signed
    assert verified.signed == ("(request-target)", "digest", "date")
    assert (verified.event_id, verified.event_type) == ("1", "EVENT")


def test_another_key_is_refused() -> None:
    with pytest.raises(SignatureMismatch):
        verify(sent(), secret=keys.public_pem("RSA", 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda one: with_body(one, BODY + b" "),
        lambda one: with_body(one, b""),
        lambda one: with_header(one, "Date", "Tue, 14 Nov 2023 22:13:21 GMT"),
        lambda one: Request(method="PUT", url=one.url, headers=one.headers, body=one.body),
        lambda one: Request(method="POST", url=URL + "c", headers=one.headers, body=one.body),
        lambda one: Request(method="POST", url=URL[:-4], headers=one.headers, body=one.body),
        lambda one: with_header(one, "Digest", "SHA-256=" + "A" * 43 + "="),
    ],
    ids=range(7),
)
def test_nothing_that_is_covered_can_be_changed(change: Callable[[Request], Request]) -> None:
    with pytest.raises(SignatureMismatch):
        verify(change(sent()))


@pytest.mark.parametrize("name", ["Date", "Digest", "Authorization"])
def test_nothing_that_is_covered_can_be_left_out(name: str) -> None:
    with pytest.raises(VerificationError):
        verify(without_header(sent(), name))


@pytest.mark.parametrize("names", ["date", "digest date", "(request-target) digest", "digest"])
def test_a_genuine_signature_over_too_little_is_refused(names: str) -> None:
    with pytest.raises(SignatureMismatch):
        verify(signed(names))


def test_a_digest_need_not_be_covered_where_there_is_no_body() -> None:
    assert not verify(signed("(request-target) date", sent(body=b""))).body_signed
    with pytest.raises(SignatureMismatch):
        verify(signed("(request-target) date"))


@pytest.mark.parametrize("digest", ["", "SHA-256", "SHA-256=", "sha-512=AAAA", "MD5=AAAA", "=x"])
def test_a_digest_of_another_kind_covers_no_body(digest: str) -> None:
    with pytest.raises(VerificationError):
        verify(signed(NAMES, with_header(sent(), "Digest", digest)))


def test_a_second_digest_is_none() -> None:
    request = sent()
    octets = hashlib.sha256(b"other").digest()
    second = ("Digest", f"SHA-256={base64.b64encode(octets).decode()}")
    fields = [*without_header(request, "Authorization").headers, second]
    doubled = Request(method="POST", url=URL, headers=Headers(fields), body=b"other")
    with pytest.raises(VerificationError):
        verify(signed(NAMES, doubled))


def test_freshness_is_judged_on_both_sides() -> None:
    assert verify(sent(), now=NOW + 300).timestamp == NOW
    with pytest.raises(TimestampTooOld):
        verify(sent(), now=NOW + 301)
    with pytest.raises(TimestampInFuture):
        verify(sent(), now=NOW - 301)


@pytest.mark.parametrize(
    "before",
    [
        'algorithm="rsa-sha1",',
        'algorithm="hmac-sha256",',
        'algorithm="none",',
        'algorithm="",',
        'keyId="/pl/other",',
        'headers="date",',
        'signature="AAAA",',
        "nonsense,",
        'a="b" ',
        'a="b\\"",',
        "a=b,",
        ",",
    ],
)
def test_a_field_that_says_something_else_is_refused(before: str) -> None:
    with pytest.raises(SignatureMalformed):
        verify(signed(NAMES, before=before))


@pytest.mark.parametrize(
    "before", ['algorithm="rsa-sha256",', 'algorithm="hs2019", ', "created=1,"]
)
def test_a_field_may_say_more(before: str) -> None:
    assert verify(signed(NAMES, before=before)).body_signed


@pytest.mark.parametrize("name", ["(created)", "(expires)", "x-missing", ""])
def test_a_line_that_cannot_be_had_is_refused(name: str) -> None:
    request = sent()
    value = request.headers["Authorization"].replace(NAMES, f"{NAMES} {name}")
    with pytest.raises(RequestMalformed):
        verify(with_header(request, "Authorization", value))


@pytest.mark.parametrize("text", ["a\ndate: x", "\u2028", "\ud800"])
def test_a_value_is_one_line(text: str) -> None:
    value = sent().headers["Authorization"].replace(NAMES, f"{NAMES} x-more")
    request = with_header(with_header(sent(), "X-More", text), "Authorization", value)
    with pytest.raises(SignatureMalformed):
        verify(request)


def test_a_name_stands_once_and_names_are_few() -> None:
    request = sent()
    for names in (f"{NAMES} date", " ".join(f"x-{n}" for n in range(40))):
        value = request.headers["Authorization"].replace(NAMES, names)
        with pytest.raises(SignatureMalformed):
            verify(with_header(request, "Authorization", value))


# The certificate that the request names.


class Documents:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.asked: list[str] = []

    def __call__(self, url: str, _refresh: bool) -> bytes:
        self.asked.append(url)
        return self.body


def fetched(key_id: str, documents: Callable[[str, bool], bytes], *, number: int = 0) -> Verified:
    request = sign(
        SMARTTHINGS,
        Delivery(body=BODY, url=URL),
        secret=keys.private_pem("RSA", number),
        now=NOW,
    )
    value = request.headers["Authorization"].replace("/pl/test", key_id)
    request = with_header(request, "Authorization", value)
    return Verifier.of(SMARTTHINGS, {}).verify(request, now=NOW, fetch=documents)


CERTIFICATE = keys.certificate("RSA", begins=NOW - 86_400).encode()


def test_the_certificate_is_fetched_from_smartthings() -> None:
    documents = Documents(CERTIFICATE)
    assert fetched("/pl/useast1/72-1d", documents).body_signed
    assert documents.asked == ["https://key.smartthings.com/pl/useast1/72-1d"]
    with pytest.raises(SignatureMismatch):
        fetched("/pl/useast1/72-1d", documents, number=1)


@pytest.mark.parametrize(
    "key_id",
    [
        "@evil.example/pl/x",
        ".evil.example/pl/x",
        ":443/pl/x",
        "\\\\evil.example/pl/x",
        "/other/x",
        "/pl/../x",
        "/pl/%2e%2e/x",
        "/pl/x?y",
        "/pl/x#y",
        "/pl/x y",
        "",
        "/pl/" + "x" * 600,
    ],
)
def test_no_other_document_is_asked_for(key_id: str) -> None:
    documents = Documents(CERTIFICATE)
    with pytest.raises(VerificationError):
        fetched(key_id, documents)
    assert documents.asked == []


def test_a_certificate_that_is_none_or_old_is_refused() -> None:
    old = keys.certificate("RSA", begins=NOW - 86_400 * 30).encode()
    for document in (b"", b"<html>", old, keys.public_pem("P-256").encode()):
        with pytest.raises((SignatureMismatch, ConfigurationError)):
            fetched("/pl/x", Documents(document))


def test_an_outage_stays_one_and_without_a_way_to_fetch_nothing_is_proven() -> None:
    def down(_url: str, _refresh: bool) -> bytes:
        raise Unavailable("down")

    with pytest.raises(Unavailable):
        fetched("/pl/x", down)
    with pytest.raises(ConfigurationError):
        Verifier.of(SMARTTHINGS, {}).verify(sent(), now=NOW)


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=80), st.from_regex(r'[a-z]{1,9}="[^"]{0,9}"(,[a-z]{1,9}="[^"]{0,9}"){0,5}')
    )
)
def test_no_field_crashes(text: str) -> None:
    with pytest.raises(VerificationError):
        verify(with_header(sent(), "Authorization", f"Signature {text}"))
