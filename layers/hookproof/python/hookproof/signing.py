"""Signing over a template: the inverse of ``schemes.signed``, kept apart from it.

The steps of ``sign``, in this order:

1. put what is signed beside the body where it belongs: the time, a digest, ids, an algorithm's
   name;
2. join the bytes that are signed, and sign them;
3. write the signature in its form, and put it into its place.

A receiver never loads this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from hookproof.components import Component, Parts
from hookproof.encodings import encode
from hookproof.errors import ConfigurationError, VerificationError
from hookproof.messages import Request
from hookproof.scheme import Scheme
from hookproof.schemes import Draft
from hookproof.schemes.signed import choose_algorithm, covers_body, read_timestamp, resolved
from hookproof.signature_field import filled
from hookproof.timestamps import format_timestamp
from hookproof.writing import write

_MADE_UP = ("header", "query", "form")
_WRITABLE = ("header", "query", "form", "body")


def sign_draft(draft: Draft) -> Request:
    """The request with the signature where the provider writes it. Raises: ConfigurationError."""
    scheme, values = draft.scheme, draft.key.values
    request = completed(draft)
    parts = Parts(request, values=values)
    parts.params = _params(draft)
    try:
        read_timestamp(scheme, parts)
        algorithm = choose_algorithm(scheme, parts)
        key = resolved(scheme, parts, draft.key)
        message = scheme.base.render(parts, key.octets) if scheme.base else b""
    except VerificationError as error:
        raise ConfigurationError(f"signing is not possible with this: {error}") from error
    octets = algorithm.sign(key, message)
    written = encode(octets, scheme.signature.encodings).decode("latin-1")
    text = _field_text(scheme, written, parts)
    return write(request, scheme.signature.places[0], text, values)


def completed(draft: Draft) -> Request:
    """The request with everything in it that the signature covers."""
    request, scheme, values = draft.request, draft.scheme, draft.key.values
    for place, text in _beside(draft):
        if place.kind in _WRITABLE:
            request = write(request, place, text, values)
    parts = Parts(request, values=values)
    for place in dict.fromkeys(_covered(scheme)):
        if place.kind in _MADE_UP and place.name != "*" and place.read(parts) is None:
            request = write(request, place, _made_up(place, draft.now), values)
    return request


def _beside(draft: Draft) -> Iterator[tuple[Component, str]]:
    """What the scheme itself wants in the request: the time, the algorithm, a digest."""
    scheme = draft.scheme
    parts = Parts(draft.request, values=draft.key.values)
    timestamp, choice, digest = scheme.timestamp, scheme.algorithm, scheme.body_digest
    if timestamp is not None and _wants(scheme, timestamp.place, parts):
        unit = "ms" if timestamp.unit == "s-or-ms" else timestamp.unit
        yield timestamp.place, format_timestamp(draft.now, unit)
    if choice.place is not None and choice.named and not choice.place.read(parts):
        yield choice.place, list(choice.named)[-1]
    if digest is not None and not covers_body(scheme, parts) and not digest.place.read(parts):
        octets = hashlib.new(digest.hash, draft.request.body).digest()
        yield digest.place, encode(octets, digest.encodings).decode("latin-1")


def _wants(scheme: Scheme, place: Component, parts: Parts) -> bool:
    """Whether the time is to be put into the place: a time that is there already is left."""
    if place.kind == "header" and place.name == scheme.signature.places[0].name:
        return False
    in_body = place.kind not in ("header", "param", "query")
    is_required = scheme.timestamp is not None and scheme.timestamp.required
    return not place.read(parts) and (is_required or not in_body)


def _covered(scheme: Scheme) -> Iterator[Component]:
    yield from scheme.base.components if scheme.base else ()
    yield from scheme.secret.key.components if scheme.secret.key else ()


def _made_up(place: Component, now: float) -> str:
    if "time" in place.name.lower():
        return format_timestamp(now, "s")
    return f"{place.name.lower()}-1".replace(".", "-")


def _params(draft: Draft) -> Mapping[str, bytes]:
    """What stands beside the signature in its field."""
    params = {place.name: text.encode() for place, text in _beside(draft) if place.kind == "param"}
    for place in _covered(draft.scheme):
        if place.kind == "param":
            params.setdefault(place.name, b"1")
    return params


def _field_text(scheme: Scheme, written: str, parts: Parts) -> str:
    field, params = scheme.signature, parts.params
    if field.form == "prefix":
        return filled(field.prefixes[0], parts.values) + written
    if field.form == "versioned":
        return f"{field.version},{written}"
    if field.form == "list":
        return field.separator.join([params[name].decode() for name in field.leading] + [written])
    if field.form == "pairs":
        pairs = [f"{name}{field.assign}{value.decode()}" for name, value in params.items()]
        key = field.keys[0]
        return field.separator.join([*pairs, f"{key}{field.assign}{written}" if key else written])
    return written
