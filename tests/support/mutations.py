"""Mutations of a valid request, and what must become of each by the provider's own data.

Every function yields ``(label, request)``; what is expected stands in its docstring.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from hookproof import Headers, Request, Verified, get_provider
from hookproof.components import Parts
from hookproof.encodings import encode
from hookproof.errors import VerificationError
from hookproof.signature_field import SignatureField

Mutant = tuple[str, Request]


def broken_signatures(request: Request, provider: str) -> Iterator[Mutant]:
    """None of these may verify: no signature in any header is left whole."""
    for change in (_flipped_first, _flipped_middle, _flipped_last, _cut, _emptied):
        mutant = request
        for scheme in get_provider(provider).schemes:
            for name, texts in _written(request, scheme.signature):
                mutated = mutant.headers[name]
                for text in texts:
                    mutated = mutated.replace(text, change(text))
                mutant = with_header(mutant, name, mutated)
        if mutant != request:
            yield change.__name__[1:], mutant


def unreadable_signatures(request: Request, provider: str) -> Iterator[Mutant]:
    """None of these may verify, and none may raise anything but our own errors."""
    names = signature_headers(provider, request)
    if not names:
        return
    bare = request
    for name in names:
        bare = without_header(bare, name)
    yield "missing", bare
    for label, value in _UNREADABLE.items():
        fields = [*bare.headers, *((name, value) for name in names)]
        yield label, replace(request, headers=Headers(fields))


_UNREADABLE = {
    "empty": "",
    "blank": " ",
    "non-ascii": "é" * 32,
    "wide": "\u2028\ud800x",
    "overlong": "a" * 20_000,
    "hundreds": ",".join(["v1=00,v1,AA=="] * 400),
    "bare words": "t,v1,v1=,=v1,==,t=1=2",
}


def recased(request: Request) -> Request:
    """Field names are case-insensitive: this stays valid. Source: RFC 9110 §5.1."""
    return replace(request, headers=Headers([(n.swapcase(), v) for n, v in request.headers]))


def changed_bodies(request: Request) -> Iterator[Mutant]:
    """Bodies that a signature over the body refuses."""
    yield "newline added", replace(request, body=request.body + b"\n")
    if not request.body:
        return
    yield "emptied", replace(request, body=b"")
    for position in {0, len(request.body) // 2, len(request.body) - 1}:
        body = bytearray(request.body)
        body[position] ^= 1
        yield f"bit {position}", replace(request, body=bytes(body))
    for label, form in (("compact", (",", ":")), ("spaced", (" , ", " : "))):
        try:
            body_text = json.dumps(json.loads(request.body), separators=form).encode()
        except ValueError:
            continue
        if body_text != request.body:
            yield f"re-serialised {label}", replace(request, body=body_text)


def without_each_header(
    request: Request, verified: Verified
) -> Iterator[tuple[str, Request, bool]]:
    """``(label, request, must be refused)``: refused where the header was signed."""
    for name in dict.fromkeys(name for name, _ in request.headers):
        signed = f"header:{name.lower()}" in {one.lower() for one in verified.signed}
        yield f"without {name}", without_header(request, name), signed


def doubled_headers(request: Request) -> Iterator[Mutant]:
    """Whether these verify is the form's business; they must not crash."""
    for name, value in request.headers:
        yield (
            f"doubled {name}",
            replace(request, headers=Headers([*request.headers, (name, value)])),
        )


def other_secret(secret: object) -> object:
    """The secret with one character changed in the middle, still of the same form."""
    if isinstance(secret, dict):
        return {name: other_secret(value) for name, value in secret.items()}
    if isinstance(secret, list):
        return [other_secret(one) for one in secret]
    text = str(secret)
    position = len(text) * 2 // 3
    return text[:position] + _other_character(text[position]) + text[position + 1 :]


def signature_headers(provider: str, request: Request) -> list[str]:
    """The names of the headers that may hold the signature."""
    places = [
        place
        for scheme in get_provider(provider).schemes
        for place in scheme.signature.places
        if place.kind == "header" and place.name in request.headers
    ]
    return list(dict.fromkeys(place.name for place in places))


def with_body(request: Request, body: bytes) -> Request:
    """The request with another body."""
    return replace(request, body=body)


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with this field in place of every one of the name."""
    return replace(
        request, headers=Headers([*without_header(request, name).headers, (name, value)])
    )


def without_header(request: Request, name: str) -> Request:
    """The request without any field of the name."""
    kept = [(n, v) for n, v in request.headers if n.lower() != name.lower()]
    return replace(request, headers=Headers(kept))


def _written(request: Request, field: SignatureField) -> Iterator[tuple[str, list[str]]]:
    for place in field.places:
        value = request.headers.get(place.name) if place.kind == "header" else None
        if value is None or place.pointer is not None:
            continue
        try:
            found = replace(field, places=(place,)).candidates(Parts(request))
        except VerificationError:
            continue
        texts = [
            encode(one, field.encodings).decode("latin-1")
            for signatures, _ in found
            for one in signatures
        ]
        # Hex may be written in either case.
        present = [one for text in texts for one in (text, text.upper()) if one in value]
        if present:
            yield place.name, present


def _flipped_first(text: str) -> str:
    return _other_character(text[0]) + text[1:]


def _flipped_middle(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + _other_character(text[middle]) + text[middle + 1 :]


def _flipped_last(text: str) -> str:
    bare = text.rstrip("=")
    return bare[:-1] + _other_character(bare[-1]) + text[len(bare) :]


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _emptied(_text: str) -> str:
    return ""


def _other_character(character: str) -> str:
    return "1" if character == "0" else "0"
