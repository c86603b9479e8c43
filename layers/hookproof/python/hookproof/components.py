"""One grammar for "a place in a request", and the reader that finds the bytes there.

A component is written ``kind:name``, and ``#/pointer`` behind it goes into a JSON document
that stands at that place (RFC 6901 §6)::

    header:X-Signature    query:token    form:bt_payload    param:t    claim:/jti
    body    url    path    method    authority    timestamp
    json:/data/id         the body as JSON; the same as body#/data/id
    form:data#/type       the form field ``data`` as JSON
    xml:/xml/MsgId        the text of an element of an XML body

``*`` in a pointer stands for every element; it yields a value only where all agree. A name
that starts with ``$`` is looked up among the secret's values: ``header:$header``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any

from hookproof.encodings import decoder
from hookproof.errors import ConfigurationError, RequestMalformed
from hookproof.messages import Request
from hookproof.pointers import pointed
from hookproof.values import frozen

_NAMED = frozenset({"header", "query", "form", "param", "secret"})
_POINTED = frozenset({"claim", "xml"})
_BARE = frozenset(
    {"body", "url", "path", "method", "authority", "target", "timestamp", "secret", "raw_query"}
)
_MAX_FIELDS = 1000
_NOTHING: Mapping[str, Any] = {}
_unquoted = decoder(("percent",))

Reader = Callable[["Parts"], bytes | None]


@frozen
class Component:
    """A place in a request: its kind, a name where the kind has names, a JSON pointer or None."""

    kind: str
    name: str = ""
    pointer: str | None = None

    @cached_property
    def read(self) -> Reader:
        """What reads the place, settled once: the bytes there, or None where there is nothing.

        It raises RequestMalformed when the place cannot be read (a body that is no JSON, a form
        that is no form).
        """
        if self.pointer is None:
            return _READERS[self.kind](self.name)
        text_in = pointed(self.pointer)
        if self.kind == "claim":
            return lambda parts: text_in(parts.claims)
        if self.kind == "xml":
            return lambda parts: text_in(_xml(parts))
        place, where = _READERS[self.kind](self.name), str(self)

        def read(parts: Parts) -> bytes | None:
            value = place(parts)
            return None if value is None else text_in(parts.document(value, where))

        return read

    def __str__(self) -> str:
        text = f"{self.kind}:{self.name}" if self.name else self.kind
        return text if self.pointer is None else f"{text}#{self.pointer}"


def parse_component(text: str, where: str) -> Component:
    """The component that ``text`` writes.

    Raises: ConfigurationError, naming ``where`` in the document it stands.

    >>> str(parse_component("json:/data/id", "event.id"))
    'body#/data/id'
    """
    place, hash_sign, pointer = text.partition("#")
    kind, colon, name = place.partition(":")
    if kind == "json" and not hash_sign:
        kind, name, colon, pointer, hash_sign = "body", "", "", name, "#"
    elif kind in _POINTED:
        pointer, hash_sign, name = name, "#", ""
    known = (
        (kind in _NAMED and _is_name(kind, name))
        or kind in _POINTED
        or (kind in _BARE and not colon)
    )
    if not known or (hash_sign and pointer and not pointer.startswith("/")):
        raise ConfigurationError(
            f"{where}: expected a place like header:X, query:x, form:x, json:/pointer, body, "
            f"url, path, method or param:x; found {text!r}"
        )
    return Component(kind=kind, name=name, pointer=pointer if hash_sign else None)


def _is_name(kind: str, name: str) -> bool:
    # A field name is a token of RFC 9110 §5.6.2; parameters may have any name.
    return bool(name) and (
        kind != "header" or name.strip("$").replace("-", "").replace("_", "").isalnum()
    )


class Parts:
    """A request's parts, each parsed once and only when a component asks for it.

    ``params`` holds what stands in the signature field beside the signature, ``values`` the
    secret's named values, ``claims`` the payload of a verified token.
    """

    __slots__ = ("_documents", "_pairs", "claims", "params", "request", "timestamp", "values")

    def __init__(self, request: Request, *, values: Mapping[str, str] | None = None) -> None:
        self.request = request
        self.values: Mapping[str, str] = values or _NOTHING
        self.params: Mapping[str, bytes] = _NOTHING
        self.timestamp: bytes | None = None
        self.claims: object = None
        self._documents: dict[bytes, object] = {}
        self._pairs: dict[str, tuple[tuple[bytes, bytes], ...]] = {}

    def pairs(self, kind: str) -> tuple[tuple[bytes, bytes], ...]:
        """Every (name, value) of ``query`` or ``form``, percent-decoded, in order of arrival."""
        if kind not in self._pairs:
            self._pairs[kind] = self._parse_pairs(kind)
        return self._pairs[kind]

    def document(self, text: bytes, where: str) -> object:
        """``text`` as JSON, numbers kept as their text. Raises: RequestMalformed."""
        if text not in self._documents:
            self._documents[text] = parse_json(text, where)
        return self._documents[text]

    def named(self, name: str) -> str:
        """The name itself, or for ``$name`` what the secret calls it."""
        return (self.values.get(name[1:]) or name) if name.startswith("$") else name

    def _parse_pairs(self, kind: str) -> tuple[tuple[bytes, bytes], ...]:
        if kind == "query":
            return _urlencoded(octets(self.request.query))
        content_type = (self.request.headers.get("Content-Type") or "").lower()
        if content_type.startswith("multipart/form-data"):
            from hookproof.multipart import form_fields

            return form_fields(self.request)
        if content_type.startswith("application/x-www-form-urlencoded"):
            return _urlencoded(self.request.body)
        return ()


def parse_json(text: bytes, where: str, *, numbers: type[str] = str) -> object:
    """``text`` as a JSON document with every number as its text, of the type ``numbers``.

    Numbers keep the form in which they were signed. Raises: RequestMalformed, also when the
    text is not UTF-8 (RFC 8259 §8.1).
    """
    try:
        return _decoder(numbers).decode(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RequestMalformed(f"{where}: expected JSON") from error


@cache
def _decoder(numbers: type[str]) -> json.JSONDecoder:
    return json.JSONDecoder(parse_int=numbers, parse_float=numbers, parse_constant=_no_constant)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def octets(text: str) -> bytes:
    """The bytes of a text as received; wider characters are never taken for one another."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _xml(parts: Parts) -> object:
    from hookproof.xml_body import parse_xml

    return parse_xml(parts.request.body)


def _header(name: str) -> Reader:
    is_named = name.startswith("$")

    def read(parts: Parts) -> bytes | None:
        text = parts.request.headers.get(parts.named(name) if is_named else name)
        return None if text is None else octets(text)

    return read


def _last(parts: Parts, kind: str, name: str) -> bytes | None:
    wanted = parts.named(name).encode()
    found = [value for key, value in parts.pairs(kind) if key == wanted]
    return found[-1] if found else None


def _secret(parts: Parts, name: str) -> bytes | None:
    text = parts.values.get(name or "secret")
    return None if text is None else text.encode()


def _target(parts: Parts) -> bytes:
    path, query = parts.request.path, parts.request.query
    return octets(f"{path}?{query}" if query else path)


_READERS: dict[str, Callable[[str], Reader]] = {
    "header": _header,
    "query": lambda name: lambda parts: _last(parts, "query", name),
    "form": lambda name: lambda parts: _last(parts, "form", name),
    "secret": lambda name: lambda parts: _secret(parts, name),
    "param": lambda name: lambda parts: parts.params.get(name),
    "body": lambda _: lambda parts: parts.request.body,
    "timestamp": lambda _: lambda parts: parts.timestamp,
    "url": lambda _: lambda parts: octets(parts.request.url),
    "path": lambda _: lambda parts: octets(parts.request.path),
    "method": lambda _: lambda parts: octets(parts.request.method),
    "authority": lambda _: lambda parts: octets(parts.request.authority),
    "raw_query": lambda _: lambda parts: octets(parts.request.query),
    "target": lambda _: _target,
}


def _urlencoded(text: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The pairs of a form or a query. Source: WHATWG URL §5.1."""
    fields = [field.partition(b"=") for field in text.replace(b"+", b" ").split(b"&") if field]
    if len(fields) > _MAX_FIELDS:
        raise RequestMalformed(f"form: more than {_MAX_FIELDS} fields")
    return tuple((_unquoted(name), _unquoted(value)) for name, _, value in fields)
