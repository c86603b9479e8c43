"""JSON Web Tokens and detached JSON Web Signatures, over the body by a digest or in place of it.

The algorithm is one of those that the provider's file lists: what the token names only picks
among them. ``options`` of a file:

- ``claims``: pointer -> template, or list of them; the claim must be one of the texts. A
  template that is empty (an optional value of the secret that was not given) asks nothing.
- ``required``: pointers of claims that must be there.
- ``leeway``: seconds by which ``exp`` and ``nbf`` are stretched, 0 by default.
- ``header``: what the header of a token says beside its algorithm, when one is signed here.

With a ``signature_base`` the token is detached: the base is its payload.
Source: RFC 7515, RFC 7519.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from hookproof.algorithms import get_algorithm
from hookproof.components import Component, Parts, parse_component, parse_json
from hookproof.errors import (
    ConfigurationError,
    RequestMalformed,
    SignatureMismatch,
    TimestampInFuture,
    TimestampMalformed,
    TimestampTooOld,
)
from hookproof.jose import Token, allowed_algorithm, read_token
from hookproof.json_text import Number
from hookproof.key_sources import key_of
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.scheme import Scheme
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.schemes.signed import check_body_digest, read_timestamp
from hookproof.signature_base import SignatureBase
from hookproof.timestamps import check_fresh

_MAX_LIST = 64
_OPTIONS = frozenset({"claims", "required", "leeway", "header"})


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys signed the token. Raises: VerificationError."""
    parts, scheme = attempt.parts, attempt.scheme
    unknown: SignatureMismatch | None = None
    for index, key in attempt.keys:
        parts.values = key.values
        token = read_token(scheme, parts)
        name = allowed_algorithm(scheme, token)
        try:
            verifying = key_of(attempt, key, parts, token.kid)
        except SignatureMismatch as error:
            unknown = error
            continue
        if not _serves(scheme, name, verifying):
            continue
        if get_algorithm(name).verify(verifying, token.signed, [token.signature]):
            return _proof(attempt, index, token)
    raise unknown or SignatureMismatch(f"{scheme.signature.expected}; signed by another key")


def sign(draft: Draft) -> Request:
    """The request with a token that expires in five minutes. Raises: ConfigurationError."""
    from hookproof.token_signing import sign_token

    return sign_token(draft)


def _serves(scheme: Scheme, name: str, key: Key) -> bool:
    """Whether the key is one for the algorithm that the token chose.

    A public key is no shared secret, whatever a token says. A key that serves none of the
    file's algorithms is the operator's fault. Raises: ConfigurationError.
    """
    if name.startswith("hmac-"):
        if key.octets.lstrip().startswith((b"-----", b"{")):
            raise ConfigurationError("secret: a public key cannot be a shared secret")
        return True
    if len(scheme.algorithm.names) == 1:
        return True
    from hookproof.asymmetric import serves

    return any(serves(one, key) for one in scheme.algorithm.names) and serves(name, key)


def _proof(attempt: Attempt, index: int, token: Token) -> Proof:
    scheme, parts = attempt.scheme, attempt.parts
    place = scheme.signature.places[0]
    body_signed = place.kind == "body" or bool(scheme.base and scheme.base.covers_body)
    claims: object = None
    if scheme.base is None:
        claims = parts.claims = _claims(token)
        _check_claims(attempt)
        _check_lifetime(attempt)
    if scheme.body_digest is not None:
        required = scheme.body_digest.required and bool(parts.request.body)
        body_signed |= check_body_digest(scheme.body_digest, parts, required=required)
    return Proof(
        secret_index=index,
        timestamp=_fresh_timestamp(attempt),
        signed=_signed(scheme),
        body_signed=body_signed,
        claims=claims if isinstance(claims, Mapping) else None,
    )


def _claims(token: Token) -> Mapping[str, object]:
    claims = parse_json(token.payload, "token payload", numbers=Number)
    if not isinstance(claims, Mapping):
        raise RequestMalformed("token payload: expected a JSON object")
    return claims


def _check_claims(attempt: Attempt) -> None:
    options, parts = attempt.scheme.options, attempt.parts
    rules = options.get("claims", {})
    if set(options) - _OPTIONS or not isinstance(rules, Mapping):
        raise ConfigurationError(f"options: expected only {', '.join(sorted(_OPTIONS))}")
    for pointer, texts in rules.items():
        expected = [expected_text(text, parts) for text in several(texts)]
        if any(expected) and not _found(parts, pointer) & {one for one in expected if one}:
            raise SignatureMismatch(f"token claim {pointer}: not what this source expects")
    for pointer in several(options.get("required", ())):
        if _claim(str(pointer)).read(parts) is None:
            raise SignatureMismatch(f"token claim {pointer}: missing")


def _found(parts: Parts, pointer: str) -> set[bytes]:
    """The claim's text; where it is a list, as an audience may be, each of its texts."""
    single = _claim(pointer).read(parts)
    if single is not None:
        return {single}
    node = parts.claims
    for step in pointer.split("/")[1:]:
        node = node.get(step) if isinstance(node, Mapping) else None
    texts = node[:_MAX_LIST] if isinstance(node, list) else []
    return {one.encode("utf-8", "surrogatepass") for one in texts if isinstance(one, str)}


def _check_lifetime(attempt: Attempt) -> None:
    if attempt.tolerance == math.inf:
        return
    leeway = attempt.scheme.options.get("leeway", 0)
    leeway = leeway if isinstance(leeway, int | float) else 0
    ends, begins = _seconds(attempt, "exp"), _seconds(attempt, "nbf")
    if ends is not None and attempt.now >= ends + leeway:
        raise TimestampTooOld(f"token claim exp: ended {attempt.now - ends:.0f} s ago")
    if begins is not None and attempt.now < begins - leeway:
        raise TimestampInFuture(f"token claim nbf: begins in {begins - attempt.now:.0f} s")


def _fresh_timestamp(attempt: Attempt) -> float | None:
    timestamp = read_timestamp(attempt.scheme, attempt.parts)
    if timestamp is not None and attempt.tolerance is not None:
        check_fresh(timestamp, now=attempt.now, tolerance=attempt.tolerance)
    return timestamp


def _seconds(attempt: Attempt, name: str) -> float | None:
    """The claim's time; anything but a number is no time. Source: RFC 7519 §2, NumericDate."""
    claims = attempt.parts.claims
    if not isinstance(claims, Mapping) or name not in claims:
        return None
    written = claims[name]
    seconds = float(written) if isinstance(written, Number) else math.nan
    if not math.isfinite(seconds):
        raise TimestampMalformed(f"token claim /{name}: expected seconds since 1970")
    return seconds


def _signed(scheme: Scheme) -> tuple[str, ...]:
    if scheme.base is None:
        return tuple(str(place) for place in scheme.signature.places)
    return tuple(dict.fromkeys(map(str, scheme.base.components)))


def expected_text(rule: object, parts: Parts) -> bytes:
    """What a claim must be, by a rule of ``options.claims``. Raises: Missing."""
    return SignatureBase.from_json(rule, "options.claims").render(parts)


def _claim(pointer: str) -> Component:
    return parse_component(f"claim:{pointer}", "options.claims")


def several(value: object) -> list[object]:
    """The list, or the value as a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]
