"""Tokens of Google and TrueLayer with keys that are fetched: which addresses, how often, whose."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hookproof import (
    ConfigurationError,
    Headers,
    Request,
    Unavailable,
    VerificationError,
    Verified,
    Verifier,
    asymmetric,
    get_provider,
)
from hookproof.errors import SignatureMismatch, TimestampTooOld
from hookproof.keys import Key
from hookproof.signer import Delivery, sign
from tests.crypto import keys
from tests.support.mutations import with_header

NOW = 1_700_000_000.0
URL = "https://hooks.example.com/webhooks/test"
CERTS = "https://www.googleapis.com/oauth2/v3/certs"
CHAT = "chat@system.gserviceaccount.com"
CHAT_CERTS = f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{CHAT}"
JWKS = "https://webhooks.truelayer.com/.well-known/jwks"


class Web:
    """Documents by URL, and what was asked for. Any other address is down."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self.documents = documents
        self.asked: list[tuple[str, bool]] = []

    def __call__(self, url: str, refresh: bool) -> bytes:
        self.asked.append((url, refresh))
        if url not in self.documents:
            raise Unavailable(url)
        return self.documents[url].encode()


def token(claims: Mapping[str, Any], *, kid: str | None = "a", number: int = 0) -> str:
    head = {"alg": "RS256", "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    text = b".".join(_segment(json.dumps(one).encode()) for one in (head, claims))
    key = Key(keys.private_pem("RSA", number).encode(), {})
    signature = asymmetric.sign("rsa-v1_5-sha256", key, text)
    return (text + b"." + _segment(signature)).decode()


def verify(provider: str, secret: Any, text: str, web: Callable[[str, bool], bytes]) -> Verified:
    headers = Headers([("Authorization", f"Bearer {text}"), ("Content-Type", "application/json")])
    request = Request(method="POST", url=URL, headers=headers, body=b'{"type": "MESSAGE"}')
    return Verifier.of(get_provider(provider), secret).verify(request, now=NOW, fetch=web)


OF_GOOGLE = {
    "iss": "https://accounts.google.com",
    "aud": URL,
    "email": CHAT,
    "email_verified": True,
    "exp": NOW + 60,
}
OF_CHAT = {"iss": CHAT, "aud": "1234", "exp": NOW + 60}
WEB = {
    CERTS: keys.jwks(keys.jwk("RSA", kid="a", alg="RS256", use="sig")),
    CHAT_CERTS: json.dumps({"c": keys.certificate("RSA", 1, begins=NOW - 86_400)}),
}


def test_chat_by_google_s_keys() -> None:
    web = Web(WEB)
    verified = verify("google-chat", URL, token(OF_GOOGLE), web)
    assert (verified.event_type, verified.body_signed) == ("MESSAGE", False)
    assert web.asked == [(CERTS, False)]


def test_chat_by_the_certificate_of_its_own_name() -> None:
    web = Web(WEB)
    assert verify("google-chat", "1234", token(OF_CHAT, kid="c", number=1), web).secret_index == 0
    assert web.asked == [(CERTS, False), (CERTS, True), (CHAT_CERTS, False)]


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "https://elsewhere.example.com/"},
        {"aud": [URL + "x"]},
        {"iss": "accounts.google.com.evil.example"},
        {"email": "somebody@evil.iam.gserviceaccount.com"},
        {"email_verified": False},
        {"email": None},
        {"exp": NOW - 1},
        {"exp": None},
    ],
    ids=str,
)
def test_google_signs_for_everybody_so_the_claims_decide(change: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        verify("google-chat", URL, token({**OF_GOOGLE, **change}), Web(WEB))
    without = {name: value for name, value in OF_GOOGLE.items() if name not in change}
    with pytest.raises(VerificationError):
        verify("google-chat", URL, token(without), Web(WEB))


def test_a_key_of_one_way_does_not_serve_the_other() -> None:
    """The account of Chat must not make tokens that pass for those of Google's login."""
    with pytest.raises(SignatureMismatch):
        verify("google-chat", URL, token(OF_GOOGLE, kid="c", number=1), Web(WEB))
    for kid in ("c", "a", "b", None):
        with pytest.raises(SignatureMismatch):
            verify("google-chat", "1234", token(OF_CHAT, kid=kid, number=0), Web(WEB))


def test_a_certificate_that_has_ended_is_no_key() -> None:
    old = keys.certificate("RSA", 1, begins=NOW - 86_400 * 30)
    web = Web({**WEB, CHAT_CERTS: json.dumps({"c": old})})
    with pytest.raises((VerificationError, ConfigurationError)):
        verify("google-chat", "1234", token(OF_CHAT, kid="c", number=1), web)


@pytest.mark.parametrize("provider", ["google-cloud-pubsub", "google-play"])
def test_pubsub_asks_for_the_audience_and_the_account(provider: str) -> None:
    account = "push@project.iam.gserviceaccount.com"
    secret = {"audience": URL, "service_account_email": account}
    claims = {**OF_GOOGLE, "email": account}
    assert verify(provider, secret, token(claims), Web(WEB)).secret_index == 0
    for change in ({"email": "x@evil.iam.gserviceaccount.com"}, {"aud": "x"}):
        with pytest.raises(SignatureMismatch):
            verify(provider, secret, token({**claims, **change}), Web(WEB))
    with pytest.raises(TimestampTooOld):
        verify(provider, secret, token({**claims, "exp": NOW}), Web(WEB))
    with pytest.raises(ConfigurationError):
        verify(provider, {"audience": URL}, token(claims), Web(WEB))


def test_an_outage_of_google_is_no_refusal() -> None:
    with pytest.raises(Unavailable):
        verify(
            "google-cloud-pubsub",
            {"audience": URL, "service_account_email": "x"},
            token({}),
            Web({}),
        )


# TrueLayer: the token says where its keys are.


def truelayer(jku: object, *, number: int = 0) -> Request:
    provider = get_provider("truelayer")
    delivery = Delivery(body=b'{"event_id": "1", "type": "payment_executed"}', url=URL)
    pem = keys.private_pem("P-521", number)
    request = sign(provider, delivery, secret=pem, now=NOW)
    head, _, _ = request.headers["Tl-Signature"].split(".")
    document = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    head_segment = _segment(json.dumps({**document, "kid": "k", "jku": jku}).encode())
    time = request.headers["X-Tl-Webhook-Timestamp"]
    base = f"POST /webhooks/test\nX-Tl-Webhook-Timestamp: {time}\n".encode() + request.body
    key = Key(pem.encode(), {})
    signature = asymmetric.sign("ecdsa-p521-sha512", key, head_segment + b"." + _segment(base))
    text = (head_segment + b".." + _segment(signature)).decode()
    return with_header(request, "Tl-Signature", text)


def test_truelayer_s_keys_are_fetched_where_the_token_says_and_the_rule_allows() -> None:
    web = Web({JWKS: keys.jwks(keys.jwk("RSA", kid="r"), keys.jwk("P-521", kid="k"))})
    verifier = Verifier.of(get_provider("truelayer"), {})
    verified = verifier.verify(truelayer(JWKS), now=NOW, fetch=web)
    assert (verified.event_id, verified.body_signed) == ("1", True)
    assert web.asked == [(JWKS, False)]
    with pytest.raises(SignatureMismatch):
        verifier.verify(truelayer(JWKS, number=1), now=NOW, fetch=web)


@pytest.mark.parametrize(
    "jku",
    [
        "https://evil.example/.well-known/jwks",
        "https://webhooks.truelayer.com.evil.example/.well-known/jwks",
        "https://webhooks.truelayer.com@evil.example/.well-known/jwks",
        "http://webhooks.truelayer.com/.well-known/jwks",
        "https://webhooks.truelayer.com/other/jwks",
        "https://webhooks.truelayer.com/.well-known/jwks?x",
        "https://webhooks.truelayer.com/.well-known/../x/.well-known/jwks",
        "https://webhooks.truelayer.com:444/.well-known/jwks",
        "file:///etc/passwd",
        "",
        None,
        5,
        [JWKS],
    ],
)
def test_no_other_keys_of_the_token_s_choice(jku: object) -> None:
    web = Web({})
    with pytest.raises(VerificationError):
        Verifier.of(get_provider("truelayer"), {}).verify(truelayer(jku), now=NOW, fetch=web)
    assert web.asked == []


def _segment(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")
