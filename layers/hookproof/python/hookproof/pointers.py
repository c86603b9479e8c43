"""JSON pointers, with ``*`` for every element of a list. Source: RFC 6901."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

_MAX_INDEX_DIGITS = 5


def pointed(pointer: str) -> Callable[[object], bytes | None]:
    """What finds the text at the pointer in a document.

    It gives None where there is none, or where the elements that ``*`` stands for differ.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    if "*" not in steps:
        return lambda document: _text(_descended(document, steps))

    def agreed(document: object) -> bytes | None:
        values = {_text(node) for node in _nodes(document, steps)} - {None}
        return values.pop() if len(values) == 1 else None

    return agreed


def _nodes(node: object, steps: Sequence[str]) -> Iterator[object]:
    for position, step in enumerate(steps):
        if step == "*" and isinstance(node, list):
            for element in node:
                yield from _nodes(element, steps[position + 1 :])
            return
        node = _child(node, step)
    yield node


def _descended(node: object, steps: Sequence[str]) -> object:
    for step in steps:
        node = _child(node, step)
    return node


def _text(node: object) -> bytes | None:
    if isinstance(node, str):
        return node.encode("utf-8", "surrogatepass")
    if isinstance(node, bool):
        return b"true" if node else b"false"
    return None


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
