"""JSON written again in the form of another language's serialiser, for what is signed so."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hookproof.errors import RequestMalformed

_WHITE = " \t\r\n"


def unique_json(text: bytes, where: str) -> object:
    """The document, numbers as their text, where no object names a member twice.

    Readers disagree on which of the two counts: what was signed could be read as another
    thing behind. Raises: RequestMalformed.
    """
    try:
        return json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_constant,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as error:
        raise RequestMalformed(f"{where}: expected JSON, each name once") from error


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


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


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


def member_text(text: str, name: str) -> str | None:
    """The very characters of one member's value in the object that ``text`` is.

    None when it has no such member. Raises: ValueError when it is no JSON object.
    """
    decoder = json.JSONDecoder()
    position = _after(text, 0, "{")
    while True:
        key, position = decoder.raw_decode(text, position)
        start = _after(text, position, ":")
        _, position = decoder.raw_decode(text, start)
        if key == name:
            return text[start:position]
        rest = len(text) - len(text[position:].lstrip(_WHITE))
        if text[rest : rest + 1] != ",":
            return None
        position = _after(text, rest, ",")


def _after(text: str, position: int, mark: str) -> int:
    """The place behind the mark and the white space around it. Raises: ValueError."""
    at = len(text) - len(text[position:].lstrip(_WHITE))
    if text[at : at + 1] != mark:
        raise ValueError(f"expected {mark}")
    return len(text) - len(text[at + 1 :].lstrip(_WHITE))
