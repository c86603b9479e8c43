"""A signature over a template: the way of nine providers in ten.

The steps of ``verify``, in this order:

1. find the signatures and what is written beside them;
2. read the timestamp, strictly in its unit;
3. join the exact bytes that are signed;
4. try every key on every signature, and accept the first that matches;
5. check a digest of the body, where the provider signs one in place of the body;
6. compare what must be the source's own (a provider with one key for all its customers signs
   for each of them): ``options.require``, place -> template, asks nothing where it is empty;
7. judge freshness, only if the timestamp is among what was signed.

Freshness comes last so that "too old" is only ever said of a genuine signature.
"""

from __future__ import annotations

import hashlib
import hmac

from hookproof.algorithms import Algorithm, get_algorithm
from hookproof.components import Parts
from hookproof.encodings import decode
from hookproof.errors import (
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    TimestampMissing,
    VerificationError,
)
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.scheme import BodyDigest, Scheme
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.timestamps import check_fresh, parse_timestamp

_IN_BODY = ("body", "form", "xml")


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys signed the request. Raises: VerificationError."""
    scheme, parts = attempt.scheme, attempt.parts
    for index, key in attempt.keys:
        parts.values = key.values
        for signatures, params in scheme.signature.candidates(parts):
            parts.params = params
            timestamp = read_timestamp(scheme, parts)
            if _matches(attempt, key, signatures):
                return _proof(attempt, index, timestamp)
    raise SignatureMismatch(
        f"{scheme.signature.expected}; none matches, {len(attempt.keys)} secret(s) tried"
    )


def read_timestamp(scheme: Scheme, parts: Parts) -> float | None:
    """The time of signing; its text goes to ``parts`` for the template.

    Raises: TimestampMissing, TimestampMalformed.
    """
    parts.timestamp = None
    if scheme.timestamp is None:
        return None
    text = scheme.timestamp.place.read(parts)
    if not text:
        if scheme.timestamp.required:
            raise TimestampMissing(f"{scheme.timestamp.place}: no timestamp")
        return None
    parts.timestamp = text
    return parse_timestamp(text, scheme.timestamp.unit)


def choose_algorithm(scheme: Scheme, parts: Parts) -> Algorithm:
    """The scheme's algorithm; the request chooses only among those that the file allows.

    Raises: SignatureMalformed when it names another one.
    """
    choice = scheme.algorithm
    if choice.fixed is not None:
        return choice.fixed
    if choice.place is not None and (written := choice.place.read(parts)):
        name = choice.named.get(written.decode("latin-1"))
        if name is None:
            raise SignatureMalformed(f"{choice.place}: expected one of {', '.join(choice.named)}")
        return get_algorithm(name)
    if not choice.names:
        raise SignatureMalformed(f"{choice.place}: no algorithm")
    return get_algorithm(choice.names[0])


def check_body_digest(digest: BodyDigest, parts: Parts, *, required: bool) -> bool:
    """Whether a digest is there and is the body's.

    Raises: RequestMalformed when a required one is missing, SignatureMismatch when it is
    another body's.
    """
    written = digest.place.read(parts)
    if not written:
        if required:
            raise RequestMalformed(f"{digest.place}: no digest of the body")
        return False
    expected = hashlib.new(digest.hash, parts.request.body).digest()
    try:
        found = decode(written, digest.encodings)
    except ValueError as error:
        raise SignatureMalformed(
            f"{digest.place}: expected {digest.hash} in {' in '.join(digest.encodings)}"
        ) from error
    if not hmac.compare_digest(expected, found):
        raise SignatureMismatch(f"{digest.place}: the digest is not that of the body")
    return True


def sign(draft: Draft) -> Request:
    """The request with the signature where the provider writes it. Raises: ConfigurationError."""
    from hookproof.signing import sign_draft

    return sign_draft(draft)


def _matches(attempt: Attempt, key: Key, signatures: list[bytes]) -> bool:
    scheme, parts = attempt.scheme, attempt.parts
    algorithm = choose_algorithm(scheme, parts)
    message = scheme.base.render(parts) if scheme.base else b""
    if not key.octets and scheme.key_source is not None:
        from hookproof.key_sources import fetched_keys

        keys = fetched_keys(attempt, key)
        return any(algorithm.verify(one, message, signatures) for one in keys)
    return algorithm.verify(resolved(scheme, parts, key), message, signatures)


def resolved(scheme: Scheme, parts: Parts, key: Key) -> Key:
    """The key itself, or the one that the request's own parts complete."""
    template = scheme.secret.key
    if template is None or template.is_static:
        return key
    return Key(template.render(parts), key.values)


def _proof(attempt: Attempt, index: int, timestamp: float | None) -> Proof:
    scheme, parts = attempt.scheme, attempt.parts
    body_signed = covers_body(scheme, parts)
    if scheme.body_digest is not None:
        required = scheme.body_digest.required and bool(parts.request.body) and not body_signed
        body_signed |= check_body_digest(scheme.body_digest, parts, required=required)
    if scheme.options:
        from hookproof.schemes.own_values import check_own_values

        check_own_values(scheme, parts)
    if timestamp is not None and attempt.tolerance is not None:
        # Most are fresh; only of those that are not is it asked whether the time was signed.
        try:
            check_fresh(timestamp, now=attempt.now, tolerance=attempt.tolerance)
        except VerificationError:
            if _is_signed(scheme):
                raise
    return Proof(index, timestamp, scheme.base.signed if scheme.base else (), body_signed)


def covers_body(scheme: Scheme, parts: Parts) -> bool:
    """Whether what is signed has the whole body in it, or all fields of the form that it is."""
    if scheme.base is None:
        return False
    if scheme.base.covers_body:
        return True
    covers_form = any(one.kind == "form" and one.name == "*" for one in scheme.base.components)
    return covers_form and bool(parts.pairs("form"))


def _is_signed(scheme: Scheme) -> bool:
    place = scheme.timestamp.place if scheme.timestamp else None
    if place is None or scheme.base is None:
        return False
    covering = {"timestamp", f"{place.kind}:*"} | ({"body"} if place.kind in _IN_BODY else set())
    return any(one == place or str(one) in covering for one in scheme.base.components)
