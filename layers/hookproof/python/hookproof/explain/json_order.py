"""The pieces of a JSON text with the keys of every object sorted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence


def in_order(pieces: Sequence[str]) -> list[str]:
    """The pieces, members sorted by key. Raises: RecursionError for what is nested too deeply."""
    return _value(iter(pieces))


def _value(rest: Iterator[str], piece: str | None = None) -> list[str]:
    piece = next(rest) if piece is None else piece
    if piece == "{":
        return _object(rest)
    if piece == "[":
        return _array(rest)
    return [piece]


def _array(rest: Iterator[str]) -> list[str]:
    written = ["["]
    for piece in rest:
        written += [piece] if piece in ",]" else _value(rest, piece)
        if piece == "]":
            break
    return written


def _object(rest: Iterator[str]) -> list[str]:
    members: list[tuple[str, list[str]]] = []
    for piece in rest:
        if piece == "}":
            break
        if piece != ",":
            next(rest)  # the colon
            members.append((piece, _value(rest)))
    written = ["{"]
    for key, value in sorted(members, key=lambda one: str(json.loads(one[0]))):
        written += [*([","] if len(written) > 1 else []), key, ":", *value]
    return [*written, "}"]
