"""JSON written again in the form of another language's serialiser, for what is signed so."""

from __future__ import annotations

import json
from collections.abc import Mapping


class Number(str):
    """A number of a JSON document, as the text that it was."""

    __slots__ = ()


def written(node: object, *, ordered: bool, ascii_only: bool = False) -> bytes:
    """The document without white space, numbers as they were; keys sorted if ``ordered``."""
    return _node(node, ordered, ascii_only).encode("utf-8", "surrogatepass")


def _node(node: object, ordered: bool, ascii_only: bool) -> str:
    if isinstance(node, Number):
        return str(node)
    if isinstance(node, Mapping):
        items = sorted(node.items()) if ordered else node.items()
        inner = (
            f"{json.dumps(name, ensure_ascii=ascii_only)}:{_node(value, ordered, ascii_only)}"
            for name, value in items
        )
        return "{" + ",".join(inner) + "}"
    if isinstance(node, list):
        return "[" + ",".join(_node(value, ordered, ascii_only) for value in node) + "]"
    return json.dumps(node, ensure_ascii=ascii_only)


def leaves(node: object) -> list[object]:
    """Every value of the document that is no object and no list, in order."""
    if isinstance(node, Mapping):
        return [leaf for value in node.values() for leaf in leaves(value)]
    if isinstance(node, list):
        return [leaf for value in node for leaf in leaves(value)]
    return [node]


def leaf_text(value: object) -> bytes:
    """One value as text: numbers with two decimals, true, false, null."""
    if isinstance(value, Number):
        return f"{float(value):.2f}".encode()
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value).encode()
