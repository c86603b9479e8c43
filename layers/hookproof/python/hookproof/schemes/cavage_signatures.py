"""HTTP Signatures as they were before RFC 9421: a list of header lines, signed.

``Authorization: Signature keyId="…",algorithm="rsa-sha256",headers="(request-target) date
digest",signature="…"``. What must be covered: the target, the date, and the digest of a body.
Source: draft-cavage-http-signatures-12; SmartThingsCommunity/smartapp-sdk-nodejs authorizer.js.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from hookproof.algorithms import get_algorithm
from hookproof.encodings import decode, encode
from hookproof.errors import RequestMalformed, SignatureMalformed, SignatureMismatch
from hookproof.key_sources import key_of
from hookproof.messages import Headers, Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.schemes.signed import read_timestamp
from hookproof.timestamps import check_fresh, format_timestamp
from hookproof.values import replace

_PAIR = r'[A-Za-z]{1,32}=(?:"[^"\\]*"|[0-9]{1,15})'
_PAIRS = re.compile(rf"{_PAIR}(?:, ?{_PAIR})*")
_ONE = re.compile(r'([A-Za-z]{1,32})=(?:"([^"\\]*)"|([0-9]{1,15}))')
_TARGET = "(request-target)"
# The second says that the key decides; the file says what the key is for.
_NAMED = ("rsa-sha256", "hs2019")
_MAX_NAMES = 32
_WIDE = 256


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys signed the lines. Raises: VerificationError."""
    scheme, parts = attempt.scheme, attempt.parts
    fields = _fields(scheme.signature.first(parts))
    names, signature = _names(fields), _octets(fields)
    algorithm = get_algorithm(scheme.algorithm.names[0])
    if fields.get("algorithm", "hs2019") not in _NAMED:
        raise SignatureMalformed("header:Authorization algorithm: expected rsa-sha256")
    _check_coverage(parts.request, names)
    message = signing_string(parts.request, names)
    parts.params = {name: text.encode() for name, text in fields.items()}
    for index, key in attempt.keys:
        parts.values = key.values
        if algorithm.verify(key_of(attempt, key, parts, None), message, [signature]):
            return _proof(attempt, index, names)
    raise SignatureMismatch("header:Authorization: none of the secrets made it")


def sign(draft: Draft) -> Request:
    """The request with Date, Digest and Authorization. Raises: ConfigurationError."""
    digest = encode(hashlib.sha256(draft.request.body).digest(), ("base64",)).decode()
    added = [("Date", format_timestamp(draft.now, "http-date")), ("Digest", f"SHA-256={digest}")]
    request = replace(draft.request, headers=Headers([*draft.request.headers, *added]))
    names = [_TARGET, "digest", "date"]
    name = draft.scheme.algorithm.names[0]
    octets = get_algorithm(name).sign(draft.key, signing_string(request, names))
    text = encode(octets, ("base64",)).decode()
    field = f'keyId="/pl/test",signature="{text}",headers="{" ".join(names)}"'
    headers = Headers([*request.headers, ("Authorization", f"Signature {field}")])
    return replace(request, headers=headers)


def signing_string(request: Request, names: list[str]) -> bytes:
    """The lines that are signed. Raises: RequestMalformed, SignatureMalformed."""
    text = "\n".join(f"{name}: {_value(request, name)}" for name in names)
    # A line break inside a value could pass for another line, a wide character for any other.
    if text.count("\n") != len(names) - 1 or not all(ord(one) < _WIDE for one in text):
        raise SignatureMalformed("header:Authorization: a line cannot be signed as it is")
    return text.encode("latin-1")


def _proof(attempt: Attempt, index: int, names: list[str]) -> Proof:
    body_signed = _check_digest(attempt.parts.request, names)
    timestamp = read_timestamp(attempt.scheme, attempt.parts)
    if timestamp is not None and attempt.tolerance is not None:
        check_fresh(timestamp, now=attempt.now, tolerance=attempt.tolerance)
    return Proof(
        secret_index=index, timestamp=timestamp, signed=tuple(names), body_signed=body_signed
    )


def _fields(octets: bytes) -> Mapping[str, str]:
    text = octets.decode("latin-1")
    if not _PAIRS.fullmatch(text):
        raise SignatureMalformed('header:Authorization: expected name="value" pairs')
    fields: dict[str, str] = {}
    for match in _ONE.finditer(text):
        if match[1] in fields:
            raise SignatureMalformed(f"header:Authorization: {match[1]} stands twice")
        fields[match[1]] = match[2] if match[2] is not None else match[3]
    return fields


def _names(fields: Mapping[str, str]) -> list[str]:
    names = fields.get("headers", "date").lower().split(" ")
    if len(set(names)) != len(names) or len(names) > _MAX_NAMES:
        raise SignatureMalformed("header:Authorization headers: expected each name once")
    return names


def _octets(fields: Mapping[str, str]) -> bytes:
    try:
        return decode(fields.get("signature", "").encode("ascii"), ("base64",))
    except ValueError as error:
        raise SignatureMalformed("header:Authorization signature: expected base64") from error


def _check_coverage(request: Request, names: list[str]) -> None:
    for name in (_TARGET, "date", *(["digest"] if request.body else [])):
        if name not in names:
            raise SignatureMismatch(f"header:Authorization headers: {name} must be covered")


def _check_digest(request: Request, names: list[str]) -> bool:
    """Whether the signature covers the body by its digest. Raises: SignatureMismatch."""
    if "digest" not in names:
        return False
    algorithm, mark, written = (request.headers.get("Digest") or "").partition("=")
    try:
        found = decode(written.encode("ascii"), ("base64",))
    except ValueError as error:
        raise SignatureMalformed("header:Digest: expected SHA-256=base64") from error
    expected = hashlib.sha256(request.body).digest()
    if not mark or algorithm.upper() != "SHA-256" or not hmac.compare_digest(found, expected):
        raise SignatureMismatch("header:Digest: not that of the body")
    return True


def _value(request: Request, name: str) -> str:
    if name == _TARGET:
        query = f"?{request.query}" if request.query else ""
        return f"{request.method.lower()} {request.path}{query}"
    values = request.headers.get_all(name)
    if not values:
        raise RequestMalformed(f"header:{name}: missing, and it is part of what is signed")
    return ", ".join(value.strip(" \t") for value in values)
