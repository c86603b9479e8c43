"""Signing tokens: the inverse of ``schemes.jwt``, kept apart from it. Receivers never load it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from hookproof.algorithms import get_algorithm
from hookproof.components import Parts
from hookproof.document import Fields
from hookproof.encodings import encode
from hookproof.errors import ConfigurationError, VerificationError
from hookproof.jose import JOSE_NAMES
from hookproof.messages import Headers, Request
from hookproof.schemes import Draft
from hookproof.schemes.jwt import expected_text, several
from hookproof.schemes.signed import read_timestamp
from hookproof.signing import completed
from hookproof.values import replace

_LIFETIME = 300


def sign_token(draft: Draft) -> Request:
    """The request with a token that expires in five minutes. Raises: ConfigurationError."""
    scheme, draft = draft.scheme, replace(draft, request=completed(draft))
    parts = Parts(draft.request, values=draft.key.values)
    name = scheme.algorithm.names[0]
    more = Fields(scheme.options, "options").texts_by_name("header")
    head = _segment({"alg": JOSE_NAMES[name], "typ": "JWT", **more})
    parts.params = {name: text.encode() for name, text in more.items()}
    payload = _drafted_payload(draft, parts)
    signature = get_algorithm(name).sign(draft.key, head + b"." + payload)
    middle = b"" if scheme.base is not None else payload
    return _placed(draft, b".".join([head, middle, encode(signature, ("base64url",))]).decode())


def _drafted_payload(draft: Draft, parts: Parts) -> bytes:
    base = draft.scheme.base
    if base is None:
        return _segment(_drafted_claims(draft, parts))
    try:
        read_timestamp(draft.scheme, parts)
        return encode(base.render(parts), ("base64url",))
    except VerificationError as error:
        raise ConfigurationError(f"signing is not possible with this: {error}") from error


def _segment(document: Mapping[str, object]) -> bytes:
    return encode(json.dumps(document, separators=(",", ":")).encode(), ("base64url",))


def _drafted_claims(draft: Draft, parts: Parts) -> dict[str, object]:
    scheme, now = draft.scheme, int(draft.now)
    claims: dict[str, object] = {"iat": now, "nbf": now, "exp": now + _LIFETIME, "jti": f"{now}"}
    rules = scheme.options.get("claims", {})
    for pointer, texts in rules.items() if isinstance(rules, Mapping) else ():
        text = expected_text(several(texts)[0], parts).decode()
        if text:
            claims[pointer.strip("/")] = text
    if scheme.signature.places[0].kind == "body":
        claims.update(_body_claims(draft.request))
    digest = scheme.body_digest
    if digest is not None:
        octets = hashlib.new(digest.hash, draft.request.body).digest()
        claims[(digest.place.pointer or "").strip("/")] = encode(octets, digest.encodings).decode()
    return claims


def _body_claims(request: Request) -> dict[str, object]:
    try:
        claims = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError("body: expected JSON, the claims of the token") from error
    if not isinstance(claims, dict):
        raise ConfigurationError("body: expected a JSON object, the claims of the token")
    return claims


def _placed(draft: Draft, token: str) -> Request:
    place = draft.scheme.signature.places[0]
    if place.kind == "header":
        text = "".join(draft.scheme.signature.prefixes[:1]) + token
        return replace(draft.request, headers=Headers([*draft.request.headers, (place.name, text)]))
    if place.kind == "body" and place.pointer is None:
        headers = Headers([("Content-Type", "application/jwt")])
        return replace(draft.request, headers=headers, body=token.encode())
    raise ConfigurationError(f"signing is not possible here: the token stands in {place}")
