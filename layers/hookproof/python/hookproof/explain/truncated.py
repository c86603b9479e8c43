"""A signature that was cut off: the beginning of the right one, and nothing more."""

from __future__ import annotations

import hmac

from hookproof.components import Parts
from hookproof.encodings import encode
from hookproof.errors import HookproofError
from hookproof.explain.case import Case
from hookproof.scheme import Scheme
from hookproof.schemes.signed import choose_algorithm, read_timestamp

# Fewer characters than this could be met by chance.
_ENOUGH = 16


def is_truncated(case: Case) -> bool:
    """Whether a signature in the request is the beginning of the one that was expected."""
    return any(
        _cut_off(case, scheme)
        for scheme in case.provider.schemes
        if scheme.module == "signed" and scheme.base is not None
    )


def _cut_off(case: Case, scheme: Scheme) -> bool:
    parts = Parts(case.request)
    for place in scheme.signature.places:
        try:
            text = parts.read(place)
            expected = _expected(case, scheme, parts)
        except HookproofError:
            continue
        if text and any(_begins(one, text, scheme) for one in expected):
            return True
    return False


def _expected(case: Case, scheme: Scheme, parts: Parts) -> list[bytes]:
    """What the request's signature should be, for every secret. Never shown to anyone."""
    texts = []
    for secret in case.secrets:
        for key in scheme.secret.keys_of(secret):
            parts.values = key.values
            parts.params = _params(scheme, parts)
            read_timestamp(scheme, parts)
            algorithm = choose_algorithm(scheme, parts)
            message = scheme.base.render(parts, key.octets) if scheme.base else b""
            texts.append(encode(algorithm.sign(key, message), scheme.signature.encodings))
    return texts


def _params(scheme: Scheme, parts: Parts) -> dict[str, bytes]:
    """What stands beside a signature that is too short to be decoded."""
    field = scheme.signature
    if field.form != "pairs":
        return {}
    text = parts.read(field.places[0]) or b""
    items = [
        item.strip().partition(field.assign.encode())
        for item in text.split(field.separator.encode())
    ]
    return {name.decode("latin-1"): value for name, _, value in items}


def _begins(expected: bytes, text: bytes, scheme: Scheme) -> bool:
    field = scheme.signature
    for start in (b"", *(prefix.encode() for prefix in field.prefixes), *_marks(scheme)):
        at = text.rfind(start)
        written = text[at + len(start) :].strip().rstrip(b"=") if at >= 0 else b""
        long_enough = _ENOUGH <= len(written) < len(expected.rstrip(b"="))
        if long_enough and hmac.compare_digest(expected[: len(written)], written):
            return True
    return False


def _marks(scheme: Scheme) -> list[bytes]:
    field = scheme.signature
    pairs = [f"{key}{field.assign}".encode() for key in field.keys]
    return [*pairs, f"{field.version},".encode()]
