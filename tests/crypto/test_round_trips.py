"""Sign, then verify: every algorithm in a scheme of one's own, and one provider of every family."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from hookproof import (
    ConfigurationError,
    Headers,
    Provider,
    Request,
    VerificationError,
    Verifier,
    get_provider,
)
from hookproof.algorithms import ASYMMETRIC, NAMES
from hookproof.signer import Delivery, sign
from tests.crypto import keys
from tests.support.mutations import with_body

NOW = 1_700_000_000
BODY = b'{"id": "1", "type": "x", "text": "\xc3\xa9"}\n'
KINDS = {
    "ed25519": "Ed25519",
    "ecdsa-p256-sha1": "P-256",
    "ecdsa-p256-sha256": "P-256",
    "ecdsa-p384-sha384": "P-384",
    "ecdsa-p521-sha512": "P-521",
    "ecdsa-secp256k1-sha256": "secp256k1",
}
SYMMETRIC = [name for name in NAMES if name not in ASYMMETRIC and name != "token"]
FORMS: tuple[dict[str, Any], ...] = (
    {"encoding": "hex"},
    {"encoding": "base64", "form": "prefix", "prefix": "sig="},
    {"encoding": "base64url", "form": "pairs", "key": "v1"},
    {"encoding": "base64", "form": "versioned", "version": "v1"},
)


def custom(algorithm: str, form: dict[str, Any], base: str = "{timestamp}.{body}") -> Provider:
    own = "param:t" if form.get("form") == "pairs" else "header:X-Time"
    document = {
        "signature": {"in": "header:X-Signature", **form},
        "timestamp": {"in": own},
        "signature_base": base,
        "algorithm": algorithm,
    }
    return Provider.from_json(document, id="custom")


def refused(provider: Provider, secret: Any, request: Request) -> None:
    with pytest.raises((VerificationError, ConfigurationError)):
        Verifier.of(provider, secret).verify(request, now=NOW)


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("algorithm", SYMMETRIC)
def test_shared_secrets(algorithm: str, form: dict[str, Any]) -> None:
    keyed = algorithm.startswith("hmac-")
    provider = custom(
        algorithm, form, "{timestamp}.{body}" if keyed else "{secret}.{timestamp}{body}"
    )
    request = sign(provider, Delivery(body=BODY), secret="a secret", now=NOW)
    verified = Verifier.of(provider, ["before", "a secret"]).verify(request, now=NOW)
    assert (verified.body, verified.secret_index, verified.timestamp) == (BODY, 1, NOW)
    assert verified.body_signed
    refused(provider, "another", request)
    refused(provider, "a secret", with_body(request, BODY + b" "))


@pytest.mark.parametrize(
    "form", [*FORMS, {"encoding": ["base64", "der"]}, {"encoding": ["hex", "der"]}], ids=str
)
@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_key_pairs(algorithm: str, form: dict[str, Any]) -> None:
    if "der" in form["encoding"] and not algorithm.startswith("ecdsa-"):
        form = FORMS[0]
    provider, kind = custom(algorithm, form), KINDS.get(algorithm, "RSA")
    request = sign(provider, Delivery(body=BODY), secret=keys.private_pem(kind), now=NOW)
    own, other = keys.public_pem(kind), keys.public_pem(kind, 1)
    verified = Verifier.of(provider, [other, own]).verify(request, now=NOW)
    assert (verified.body, verified.secret_index, verified.timestamp) == (BODY, 1, NOW)
    refused(provider, other, request)
    refused(provider, own, with_body(request, BODY + b" "))


@dataclass(frozen=True, kw_only=True)
class Family:
    """One provider of a family: what signs, what verifies, what must not."""

    provider: str
    private: Any
    other: Any
    public: Any = None
    body: bytes = BODY
    body_signed: bool = True
    headers: Headers = field(
        default_factory=lambda: Headers([("Content-Type", "application/json")])
    )


def _raw(number: int, prefix: str) -> str:
    private = keys.private("Ed25519", number)
    octets = (
        private.public_key().public_bytes_raw()
        if prefix == "whpk_"
        else private.private_bytes_raw()
    )
    return prefix + base64.b64encode(octets).decode()


ADYEN_ITEM = (
    b'{"notificationItems": [{"NotificationRequestItem": {"pspReference": "1", "amount":'
    b' {"value": 1, "currency": "EUR"}, "eventCode": "AUTHORISATION", "success": "true"}}]}'
)
FORM = Headers([("Content-Type", "application/x-www-form-urlencoded")])
FAMILIES = (
    Family(provider="stripe", private="whsec_a", other="whsec_b"),
    Family(provider="github", private="a", other="b"),
    Family(provider="gitlab", private="a token", other="another", body_signed=False),
    Family(provider="pipedrive", private="user:a", other="user:b", body_signed=False),
    Family(
        provider="standard-webhooks",
        private="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        other="whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ),
    Family(
        provider="standard-webhooks",
        private=_raw(0, "whsk_"),
        public=_raw(0, "whpk_"),
        other=_raw(1, "whpk_"),
    ),
    Family(
        provider="svix",
        private=_raw(0, "whsk_"),
        public=_raw(0, "whpk_"),
        other=_raw(1, "whpk_"),
    ),
    Family(
        provider="discord-interactions",
        private=keys.private("Ed25519").private_bytes_raw().hex(),
        public=keys.private("Ed25519").public_key().public_bytes_raw().hex(),
        other=keys.private("Ed25519", 1).public_key().public_bytes_raw().hex(),
    ),
    Family(
        provider="sendgrid",
        private=keys.private_pem("P-256"),
        public=keys.public_pem("P-256"),
        other=keys.public_pem("P-256", 1),
    ),
    Family(
        provider="wise",
        private=keys.private_pem("RSA"),
        public=keys.public_pem("RSA"),
        other=keys.public_pem("RSA", 1),
    ),
    Family(
        provider="truelayer",
        private=keys.private_pem("P-521"),
        public=keys.jwks(keys.jwk("P-521")),
        other=keys.jwks(keys.jwk("P-521", 1)),
    ),
    Family(provider="qstash", private="sig_a", other="sig_b"),
    Family(provider="qq-bot", private="an app's secret", other="another app's"),
    Family(
        provider="ebay",
        private=keys.private_pem("P-256"),
        public=keys.public_pem("P-256"),
        other=keys.public_pem("P-256", 1),
    ),
    Family(
        provider="smartthings",
        private=keys.private_pem("RSA"),
        public=keys.public_pem("RSA"),
        other=keys.public_pem("RSA", 1),
    ),
    Family(
        provider="adyen",
        private="11" * 32,
        other="22" * 32,
        body=ADYEN_ITEM,
        body_signed=False,
    ),
    Family(
        provider="paytm",
        private="a" * 16,
        other="b" * 16,
        body=b"ORDERID=1&STATUS=TXN_SUCCESS",
        headers=FORM,
        body_signed=False,
    ),
    Family(
        provider="braintree",
        private={"public_key": "p", "private_key": "a"},
        other={"public_key": "p", "private_key": "b"},
        body=b"<notification><kind>check</kind></notification>",
    ),
)


@pytest.mark.parametrize("family", FAMILIES, ids=[one.provider for one in FAMILIES])
def test_families(family: Family) -> None:
    provider = get_provider(family.provider)
    delivery = Delivery(body=family.body, headers=family.headers)
    request = sign(provider, delivery, secret=family.private, now=NOW)
    public = family.private if family.public is None else family.public
    verified = Verifier.of(provider, public).verify(request, now=NOW)
    assert verified.body == request.body
    assert verified.body_signed == family.body_signed
    assert Verifier.of(provider, [family.other, public]).verify(request, now=NOW).secret_index == 1
    refused(provider, family.other, request)
    for change in _changes(request):
        if family.body_signed:
            refused(provider, public, change)


def _changes(request: Request) -> list[Request]:
    if request.headers.get("Content-Type") == FORM["Content-Type"]:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
        changed = [
            (name, value + ("AAAA" if name == "bt_payload" else "")) for name, value in pairs
        ]
        return [with_body(request, urlencode(changed).encode()), with_body(request, b"")]
    return [with_body(request, request.body + b" "), with_body(request, b"")]


@pytest.mark.parametrize("provider", ["standard-webhooks", "svix"])
def test_a_public_key_is_no_shared_secret_whatever_stands_before_it(provider: str) -> None:
    """What anybody knows must not make an HMAC that the other way of signing accepts."""
    public = _raw(0, "whpk_")
    octets = base64.b64decode(public.removeprefix("whpk_"))
    for text in (base64.b64encode(octets).decode(), base64.b64encode(public.encode()).decode()):
        forged = sign(get_provider(provider), Delivery(body=BODY), secret=f"whsec_{text}", now=NOW)
        refused(get_provider(provider), public, forged)
        refused(get_provider(provider), [public, keys.public_pem("Ed25519")], forged)


def test_no_private_key_no_signature() -> None:
    for name, kind in KINDS.items():
        with pytest.raises(ConfigurationError):
            sign(custom(name, FORMS[0]), Delivery(body=BODY), secret=keys.public_pem(kind), now=NOW)
