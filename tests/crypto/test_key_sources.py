"""Keys that are fetched: only from where the provider's data says, whatever a request says."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof import (
    ConfigurationError,
    Headers,
    Provider,
    Request,
    Unavailable,
    VerificationError,
    Verifier,
    get_provider,
)
from hookproof.errors import RequestMalformed, SignatureMismatch, SignatureMissing
from hookproof.key_sources import check_url
from hookproof.keys import Key
from tests.crypto import keys
from tests.support.vectors import FOLDER, load

NOW = 1_700_000_000.0
_SNS = ("sns.*.amazonaws.com", "sns.*.amazonaws.com.cn")


class Documents:
    """Serves documents by URL, and notes what was asked."""

    def __init__(self, *versions: bytes | str) -> None:
        self.versions = [one.encode() if isinstance(one, str) else one for one in versions]
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, url: str, refresh: bool) -> bytes:
        self.asked.append((url, refresh))
        return self.versions[-1] if refresh else self.versions[0]


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0.pem", _SNS),
        ("https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-0.pem", _SNS),
        ("https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem", _SNS),
        ("https://api.paypal.com/v1/notifications/certs/CERT-360caa42", ("api.paypal.com",)),
        ("https://acme.kinde.com/.well-known/jwks.json", (".kinde.com",)),
        (
            "https://www.googleapis.com/x509/chat@system.gserviceaccount.com",
            ("www.googleapis.com",),
        ),
    ],
)
def test_genuine_urls_pass(url: str, hosts: tuple[str, ...]) -> None:
    check_url(url, hosts)


_FORGED = [
    "http://sns.us-east-1.amazonaws.com/x.pem",
    "HTTPS://sns.us-east-1.amazonaws.com/x.pem",
    "ftp://sns.us-east-1.amazonaws.com/x.pem",
    "//sns.us-east-1.amazonaws.com/x.pem",
    "sns.us-east-1.amazonaws.com/x.pem",
    "",
    "https://",
    "https:///x.pem",
    "https://sns.us-east-1.amazonaws.com:8443/x.pem",
    "https://sns.us-east-1.amazonaws.com:443/x.pem",
    "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
    "https://evil.example@sns.us-east-1.amazonaws.com/x.pem",
    "https://a:b@sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
    "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
    "https://evil.example?sns.us-east-1.amazonaws.com/x.pem",
    "https://evil.example#sns.us-east-1.amazonaws.com/x.pem",
    "https://evil.example\\@sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com\\.evil.example/x.pem",
    "https://evil.example\\.amazonaws.com/x.pem",
    "https://evilsns.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.evilamazonaws.com/x.pem",
    "https://a.sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.amazonaws.com/x.pem",
    "https://sns..amazonaws.com/x.pem",
    # Hosts of buckets, which anybody may own.
    "https://sns.s3.amazonaws.com/x.pem",
    "https://sns.s3-us-west-2.amazonaws.com/x.pem",
    "https://sns.s3-website-us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com./x.pem",
    "https://.sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.c\u03bfm/x.pem",
    "https://sns.us-east-1.amazonaws\u3002com/x.pem",
    "https://sns\uff0eus-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com\u2215x.pem",
    "https://sns.us-east-1.amazonaws.com/x.pem\n",
    "https://sns.us-east-1.amazonaws.com/\r\nHost: evil.example/x.pem",
    "https://sns.us-east-1.amazonaws.com/ x.pem",
    " https://sns.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com\t/x.pem",
    "https://sns.us-east-1.amazonaws.com/../x.pem",
    "https://sns.us-east-1.amazonaws.com/a/../x.pem",
    "https://sns.us-east-1.amazonaws.com/a/..",
    "https://sns.us-east-1.amazonaws.com/./x.pem",
    "https://sns.us-east-1.amazonaws.com/x.pem\0",
    "https://[::1]/x.pem",
    "https://127.0.0.1/x.pem",
    "https://SNS.us-east-1.amazonaws.com/x.pem",
    "https://sns.us-east-1.amazonaws.com/" + "a" * 500 + ".pem",
]


@pytest.mark.parametrize("url", _FORGED)
def test_forged_urls_are_refused(url: str) -> None:
    with pytest.raises(RequestMalformed):
        check_url(url, _SNS)


@pytest.mark.parametrize(
    "host", ["kinde.com", "evilkinde.com", ".kinde.com", "-.kinde.com", "a..kinde.com"]
)
def test_below_a_domain_is_neither_it_nor_beside_it(host: str) -> None:
    with pytest.raises(RequestMalformed):
        check_url(f"https://{host}/jwks.json", (".kinde.com",))


@given(st.text(alphabet="aAsS3nu.:/@\\?#%-_ \t\n\u3002", max_size=60))
def test_no_text_around_the_host_passes(text: str) -> None:
    for url in (
        f"https://{text}",
        f"https://{text}api.paypal.com/x",
        f"https://api.paypal.com{text}",
    ):
        try:
            check_url(url, ("api.paypal.com",))
        except RequestMalformed:
            continue
        assert url.startswith(("https://api.paypal.com/", "https://api.paypal.com?")) or (
            url == "https://api.paypal.com"
        )


# PayPal: the request names the certificate.


def paypal(
    url: str, *, body: bytes = b'{"id":"WH-1","event_type":"X"}', number: int = 0
) -> Request:
    time = "2023-11-14T22:13:20Z"
    message = f"tx-1|{time}|WEBHOOK|{zlib.crc32(body)}".encode()
    from hookproof import asymmetric

    signature = asymmetric.sign(
        "rsa-v1_5-sha256", Key(keys.private_pem("RSA", number).encode(), {}), message
    )
    return Request(
        method="POST",
        url="https://example.com/",
        headers=Headers.of(
            {
                "PAYPAL-TRANSMISSION-ID": "tx-1",
                "PAYPAL-TRANSMISSION-TIME": time,
                "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
                "PAYPAL-AUTH-ALGO": "SHA256withRSA",
                "PAYPAL-CERT-URL": url,
            }
        ),
        body=body,
    )


_CERT = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"


def test_the_certificate_that_the_request_names_is_fetched_and_used() -> None:
    documents = Documents(keys.certificate("RSA", begins=NOW))
    verifier = Verifier.of(get_provider("paypal"), "WEBHOOK")
    verified = verifier.verify(paypal(_CERT), now=NOW, fetch=documents)
    assert verified.event_id == "WH-1"
    assert documents.asked == [(_CERT, False)]


def test_a_given_certificate_is_used_and_nothing_fetched() -> None:
    documents = Documents()
    secret = {"webhook_id": "WEBHOOK", "certificate": keys.certificate("RSA")}
    Verifier.of(get_provider("paypal"), secret).verify(paypal(_CERT), now=NOW, fetch=documents)
    assert documents.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://api.paypal.com/v1/oauth2/token",
        "https://api.paypal.com/v1/notifications/certs/../../x",
        "https://api.paypal.com/v1/notifications/certs/%2e%2e/%2e%2e/x",
        "https://api.paypal.com/v1/notifications/certs/x?y=/z",
        "https://api.paypal.com.evil.example/v1/notifications/certs/x",
        "https://evil.example/v1/notifications/certs/x",
        "https://apixpaypal.com/v1/notifications/certs/x",
        "https://evil.example/?https://api.paypal.com/v1/notifications/certs/x",
    ],
)
def test_no_other_document_is_asked_for(url: str) -> None:
    documents = Documents(keys.certificate("RSA", begins=NOW))
    with pytest.raises(RequestMalformed):
        Verifier.of(get_provider("paypal"), "WEBHOOK").verify(paypal(url), now=NOW, fetch=documents)
    assert documents.asked == []


def test_an_expired_certificate_and_one_of_another_key_are_refused() -> None:
    verifier = Verifier.of(get_provider("paypal"), "WEBHOOK")
    for document, now in (
        (keys.certificate("RSA", begins=NOW), NOW + 11 * 86_400),
        (keys.certificate("RSA", begins=NOW), NOW - 86_400),
        (keys.certificate("RSA", 1, begins=NOW), NOW),
        ("<html>not found</html>", NOW),
        (b"", NOW),
    ):
        with pytest.raises(SignatureMismatch):
            verifier.verify(paypal(_CERT), now=now, fetch=Documents(document))


def test_the_webhook_s_id_is_the_source_s_own() -> None:
    documents = Documents(keys.certificate("RSA", begins=NOW))
    with pytest.raises(SignatureMismatch):
        Verifier.of(get_provider("paypal"), "OTHER").verify(paypal(_CERT), now=NOW, fetch=documents)


def test_without_a_way_to_fetch_the_message_names_what_the_secret_needs() -> None:
    with pytest.raises(ConfigurationError, match="certificate"):
        Verifier.of(get_provider("paypal"), "WEBHOOK").verify(paypal(_CERT), now=NOW)


def test_an_outage_stays_an_outage() -> None:
    def fetch(_url: str, _refresh: bool) -> bytes:
        raise Unavailable("down")

    with pytest.raises(Unavailable):
        Verifier.of(get_provider("paypal"), "WEBHOOK").verify(paypal(_CERT), now=NOW, fetch=fetch)


# Key sets.


def token(kid: str | None, *, number: int = 0, issuer: str = "i") -> Request:
    from hookproof import asymmetric

    head = {"alg": "RS256"} | ({} if kid is None else {"kid": kid})
    parts = [json.dumps(head).encode(), json.dumps({"iss": issuer, "type": "t"}).encode()]
    text = b".".join(base64.urlsafe_b64encode(one).rstrip(b"=") for one in parts)
    private = Key(keys.private_pem("RSA", number).encode(), {})
    signature = asymmetric.sign("rsa-v1_5-sha256", private, text)
    body = text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")
    return Request(method="POST", url="https://example.com/", body=body)


def a_set(*kids: tuple[str, int]) -> str:
    return keys.jwks(*(keys.jwk("RSA", number, kid=kid) for kid, number in kids))


def kinde() -> Verifier:
    return Verifier.of(get_provider("kinde"), "acme.kinde.com")


def test_a_known_key_is_looked_up_once() -> None:
    documents = Documents(a_set(("a", 0)), a_set(("a", 0)))
    assert kinde().verify(token("a"), now=NOW, fetch=documents).event_type == "t"
    assert documents.asked == [("https://acme.kinde.com/.well-known/jwks.json", False)]


def test_an_unknown_key_is_looked_up_once_more() -> None:
    documents = Documents(a_set(("a", 0)), a_set(("a", 0), ("b", 1)))
    kinde().verify(token("b", number=1), now=NOW, fetch=documents)
    assert [refresh for _, refresh in documents.asked] == [False, True]


def test_a_key_that_is_not_there_either_time_is_refused() -> None:
    documents = Documents(a_set(("a", 0)), a_set(("a", 0)))
    with pytest.raises(SignatureMismatch):
        kinde().verify(token("b"), now=NOW, fetch=documents)
    assert [refresh for _, refresh in documents.asked] == [False, True]


def test_a_kid_picks_its_own_key_alone() -> None:
    documents = Documents(a_set(("a", 0), ("b", 1)))
    with pytest.raises(SignatureMismatch):
        kinde().verify(token("a", number=1), now=NOW, fetch=documents)


@pytest.mark.parametrize("document", [b"", b"<html>", b"[]", b"5", b'{"keys": 5}', b"{" * 10_000])
def test_a_document_that_is_no_key_set_is_no_fault_of_the_sender(document: bytes) -> None:
    with pytest.raises(ConfigurationError):
        kinde().verify(token("a"), now=NOW, fetch=Documents(document, document))


def test_a_key_set_without_keys_verifies_nothing() -> None:
    for document in (b"{}", b'{"keys": []}', b'{"keys": [null, 5, "a", {}]}'):
        with pytest.raises((VerificationError, ConfigurationError)):
            kinde().verify(token("a"), now=NOW, fetch=Documents(document, document))


@pytest.mark.parametrize(
    "domain", ["evil.example", "kinde.com", "acme.kinde.com@evil.example", "x/y.kinde.com"]
)
def test_a_domain_outside_the_rule_is_never_asked(domain: str) -> None:
    documents = Documents(a_set(("a", 0)))
    with pytest.raises(ConfigurationError):
        Verifier.of(get_provider("kinde"), domain).verify(token("a"), now=NOW, fetch=documents)
    assert documents.asked == []


# Key sets for signatures over a template.

_SCHEME = {
    "signature": {"in": "header:X-Signature", "encoding": "base64"},
    "signature_base": "{body}",
    "secret": {"names": ["account?", "jwks?"], "key": "{secret:jwks?}"},
    "algorithm": "rsa-v1_5-sha256",
    "key_source": {
        "url": "https://keys.example.com/jwks",
        "hosts": ["keys.example.com"],
        "form": "jwks",
    },
    "options": {"require": {"header:X-Account": "{secret:account?}"}},
}


def provider(**more: object) -> Provider:
    source = {**_SCHEME["key_source"], **more}  # type: ignore[dict-item]
    return Provider.from_json({**_SCHEME, "key_source": source}, id="example")


def signed(*, number: int = 0, **headers: str) -> Request:
    from hookproof import asymmetric

    private = Key(keys.private_pem("RSA", number).encode(), {})
    signature = asymmetric.sign("rsa-v1_5-sha256", private, b"body")
    fields = {"X-Signature": base64.b64encode(signature).decode(), **headers}
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    return Request(
        method="POST", url="https://example.com/", headers=Headers.of(fields), body=b"body"
    )


def test_without_a_name_every_key_is_tried_and_a_new_one_found() -> None:
    verifier = Verifier.of(provider(), {"account": "me"})
    documents = Documents(a_set(("a", 0), ("b", 1)), a_set(("c", 2)))
    for number, asked in ((1, [False]), (2, [False, True])):
        documents.asked.clear()
        verifier.verify(signed(number=number, X_Account="me"), now=NOW, fetch=documents)
        assert [refresh for _, refresh in documents.asked] == asked


def test_the_request_names_the_key_where_the_data_says() -> None:
    verifier = Verifier.of(provider(kid="header:X-Key"), {"account": "me"})
    fetch: Callable[[], Documents] = lambda: Documents(a_set(("a", 0), ("b", 1)))  # noqa: E731
    verifier.verify(signed(X_Key="a", X_Account="me"), now=NOW, fetch=fetch())
    for kid in ("b", "c", "a\u20ac"):
        with pytest.raises(SignatureMismatch):
            verifier.verify(signed(X_Key=kid, X_Account="me"), now=NOW, fetch=fetch())
    with pytest.raises(SignatureMissing):
        verifier.verify(signed(X_Account="me"), now=NOW, fetch=fetch())


def test_what_must_be_the_source_s_own_is_compared() -> None:
    documents = Documents(a_set(("a", 0)))
    mine = Verifier.of(provider(), {"account": "me"})
    with pytest.raises(SignatureMismatch):
        mine.verify(signed(X_Account="you"), now=NOW, fetch=documents)
    with pytest.raises(SignatureMismatch):
        mine.verify(signed(), now=NOW, fetch=documents)
    anybody = Verifier.of(provider(), {"jwks": a_set(("a", 0))})
    anybody.verify(signed(X_Account="you"), now=NOW)


def test_an_option_that_nobody_knows_is_a_fault_of_the_set_up() -> None:
    document = {**_SCHEME, "options": {"requires": {}}}
    verifier = Verifier.of(Provider.from_json(document, id="x"), {"jwks": a_set(("a", 0))})
    with pytest.raises(ConfigurationError, match="requires"):
        verifier.verify(signed(), now=NOW)


def test_a_checksum_does_not_cover_the_body() -> None:
    secret = {"webhook_id": "WEBHOOK", "certificate": keys.certificate("RSA")}
    verified = Verifier.of(get_provider("paypal"), secret).verify(paypal(_CERT), now=NOW)
    assert not verified.body_signed


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"a": {"key": "PEM"}}, True),
        ({"a": {"key": "OTHER"}}, False),
        ({"a": {"key": None}}, False),
        ({"a": ["key"]}, False),
        ({"key": "PEM"}, False),
        ({}, False),
    ],
)
def test_a_key_may_be_a_member_of_a_document(document: Any, found: bool) -> None:
    text = json.dumps(document)
    text = text.replace('"PEM"', json.dumps(keys.public_pem("RSA")))
    text = text.replace('"OTHER"', json.dumps(keys.public_pem("RSA", 1)))
    one = provider(form="json", member="/a/key")
    verifier = Verifier.of(one, {"account": "me"})
    request = signed(X_Account="me")
    if found:
        verifier.verify(request, now=NOW, fetch=Documents(text))
        return
    with pytest.raises(SignatureMismatch):
        verifier.verify(request, now=NOW, fetch=Documents(text))


@pytest.mark.parametrize(
    ("name", "secret", "url"),
    [
        (
            "fireblocks",
            {"host": "eu-keys.fireblocks.io"},
            "https://eu-keys.fireblocks.io/.well-known/jwks.json",
        ),
        (
            "contentstack",
            {"host": "eu-app.contentstack.com"},
            "https://eu-app.contentstack.com/.well-known/public-keys.json",
        ),
    ],
)
def test_a_region_is_one_of_the_provider_s(name: str, secret: dict[str, str], url: str) -> None:
    vector = next(one for one in load(FOLDER / f"{name}.json") if one.valid)
    documents = Documents(b"{}")
    with suppress(VerificationError, ConfigurationError):
        Verifier.of(get_provider(name), secret).verify(
            vector.request, now=vector.now or NOW, fetch=documents
        )
    assert {asked for asked, _ in documents.asked} == {url}
    with pytest.raises(ConfigurationError):
        Verifier.of(get_provider(name), {"host": "evil.example"}).verify(
            vector.request, now=vector.now or NOW, fetch=documents
        )
