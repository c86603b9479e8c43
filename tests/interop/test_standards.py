"""With the libraries of the standards: RFC 9421 by http-message-signatures, JWT by PyJWT."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import http_message_signatures as rfc9421
import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import HealthCheck, given, settings

from hookproof import Headers, Request, VerificationError, Verifier, get_provider
from hookproof.signer import Delivery, sign
from tests.interop.sdks import JSON_BODIES, JSON_TYPE, pem, posted, private_pem

SHARED = b"0123456789abcdef0123456789abcdef"
PRIVATE = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS: dict[str, tuple[Any, str, str]] = {
    "hmac": (rfc9421.algorithms.HMAC_SHA256, base64.b64encode(SHARED).decode(), ""),
    "ed25519": (rfc9421.algorithms.ED25519, pem(PRIVATE), private_pem(PRIVATE)),
}
COVERED = ("@method", "@authority", "@path", "content-digest", "content-type")
URL = "https://hooks.example.com/webhooks/test"
random_payloads = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


class _Resolver(rfc9421.HTTPSignatureKeyResolver):  # type: ignore[misc, unused-ignore]
    """The one key there is, whatever its id."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def resolve_private_key(self, key_id: str) -> Any:
        del key_id
        return SHARED if self.kind == "hmac" else PRIVATE

    def resolve_public_key(self, key_id: str) -> Any:
        del key_id
        return SHARED if self.kind == "hmac" else PRIVATE.public_key()


def theirs(request: Request) -> requests.PreparedRequest:
    return requests.Request(
        request.method, request.url, headers=dict(request.headers), data=request.body
    ).prepare()


def verified(provider: str, secret: Any, request: Request) -> bool:
    try:
        Verifier.of(get_provider(provider), secret).verify(request, now=time.time())
    except VerificationError:
        return False
    return True


@pytest.mark.parametrize("kind", KEYS)
@given(body=JSON_BODIES)
@random_payloads
def test_message_signatures_of_the_library_are_accepted(kind: str, body: bytes) -> None:
    algorithm, secret, _private = KEYS[kind]
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    fields = dict([JSON_TYPE, ("Content-Digest", f"sha-256=:{digest}:")])
    message = requests.Request("POST", URL, headers=fields, data=body).prepare()
    signer = rfc9421.HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=_Resolver(kind))
    signer.sign(message, key_id="k", covered_component_ids=COVERED, use_existing_digest=True)
    headers = Headers([(name, str(value)) for name, value in message.headers.items()])
    request = Request(method="POST", url=URL, headers=headers, body=body)
    assert verified("http-message-signatures", secret, request)
    changed = Request(method="POST", url=URL, headers=headers, body=body + b" ")
    assert not verified("http-message-signatures", secret, changed)


@pytest.mark.parametrize("kind", KEYS)
@given(body=JSON_BODIES)
@random_payloads
def test_our_message_signatures_are_accepted_by_the_library(kind: str, body: bytes) -> None:
    algorithm, secret, private = KEYS[kind]
    delivery = Delivery(body=body, url=URL, headers=Headers([JSON_TYPE]))
    provider = get_provider("http-message-signatures")
    request = sign(provider, delivery, secret=private or secret, now=time.time())
    verifier = rfc9421.HTTPMessageVerifier(
        signature_algorithm=algorithm, key_resolver=_Resolver(kind)
    )
    assert verifier.verify(theirs(request))
    broken = theirs(request)
    broken.headers["Content-Digest"] = "sha-256=:AAAA:"
    with pytest.raises(rfc9421.InvalidSignature):
        verifier.verify(broken)


@given(body=JSON_BODIES)
@random_payloads
def test_tokens_of_the_library_are_accepted(body: bytes) -> None:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    claims = {"iss": "api-key", "sha256": digest, "exp": int(time.time()) + 60}
    token = jwt.encode(claims, SHARED.decode(), algorithm="HS256")
    secret = {"api_key": "api-key", "api_secret": SHARED.decode()}
    assert verified("livekit", secret, posted(body, JSON_TYPE, ("Authorization", token)))
    assert not verified("livekit", secret, posted(body + b" ", JSON_TYPE, ("Authorization", token)))


@given(body=JSON_BODIES)
@random_payloads
def test_our_tokens_are_accepted_by_the_library(body: bytes) -> None:
    secret = {"api_key": "api-key", "api_secret": SHARED.decode()}
    delivery = Delivery(body=body, url=URL, headers=Headers([JSON_TYPE]))
    request = sign(get_provider("livekit"), delivery, secret=secret, now=time.time())
    claims = jwt.decode(request.headers["Authorization"], SHARED.decode(), algorithms=["HS256"])
    assert base64.b64decode(claims["sha256"]) == hashlib.sha256(body).digest()


@pytest.mark.parametrize(
    ("algorithm", "claims"),
    [
        ("none", {}),
        ("HS512", {}),
        ("HS256", {"exp": 1}),
        ("HS256", {"nbf": 2**40}),
        ("HS256", {"iss": "somebody-else"}),
    ],
)
def test_tokens_that_the_provider_never_sends_are_refused(
    algorithm: str, claims: dict[str, Any]
) -> None:
    body = b"{}"
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    whole = {"iss": "api-key", "sha256": digest, "exp": int(time.time()) + 60, **claims}
    key = None if algorithm == "none" else SHARED.decode()
    token = jwt.encode(whole, key, algorithm=algorithm)
    secret = {"api_key": "api-key", "api_secret": SHARED.decode()}
    assert not verified("livekit", secret, posted(body, JSON_TYPE, ("Authorization", token)))
