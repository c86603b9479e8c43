"""JSON pointers, with ``*`` for every element of a list. Source: RFC 6901."""

from __future__ import annotations

from collections.abc import Iterator

_MAX_INDEX_DIGITS = 5


def agreed(document: object, pointer: str) -> bytes | None:
    """The text at the pointer, None where there is none or where elements differ."""
    values = set(_scalars(document, pointer.split("/")[1:]))
    return values.pop() if len(values) == 1 else None


def _scalars(node: object, steps: list[str]) -> Iterator[bytes]:
    for position, step in enumerate(steps):
        if step == "*" and isinstance(node, list):
            for element in node:
                yield from _scalars(element, steps[position + 1 :])
            return
        node = _child(node, step.replace("~1", "/").replace("~0", "~"))
    if isinstance(node, bool):
        yield b"true" if node else b"false"
    elif isinstance(node, str):
        yield node.encode("utf-8", "surrogatepass")


def _child(node: object, step: str) -> object:
    if isinstance(node, dict):
        return node.get(step)
    if (
        isinstance(node, list)
        and step.isascii()
        and step.isdigit()
        and len(step) <= _MAX_INDEX_DIGITS
    ):
        index = int(step)
        return node[index] if index < len(node) else None
    return None
