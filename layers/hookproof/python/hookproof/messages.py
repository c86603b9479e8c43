"""Request, Response and Headers: frozen values with the exact bytes of the body.

Nothing here knows where a request came from; ``aws/apigateway.py`` and ``local/`` make these
values out of events and sockets, and everything that verifies takes only these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hookproof.values import field, frozen


class Headers:
    """An immutable, case-insensitive multimap of header fields, in the order of arrival.

    Values are text as received, one character per byte above ASCII (Latin-1); ``size`` is the
    length of all names and values.

    >>> headers = Headers([("X-Tag", "a"), ("x-tag", "b")])
    >>> headers["X-TAG"], headers.get_all("x-tag"), "x-other" in headers
    ('a, b', ('a', 'b'), False)
    """

    __slots__ = ("_fields", "_index", "size")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = tuple(fields)
        index: dict[str, tuple[str, ...]] = {}
        size = 0
        for name, value in self._fields:
            lower = name.lower()
            index[lower] = (*index[lower], value) if lower in index else (value,)
            size += len(name) + len(value)
        self._index = index
        self.size = size

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Headers:
        """Headers from a plain mapping, as configuration and vectors write them."""
        return cls(fields.items())

    def get_all(self, name: str) -> tuple[str, ...]:
        """Every value of the field, in order; empty when the request does not have it."""
        return self._index.get(name.lower(), ())

    def get(self, name: str) -> str | None:
        """The field's value, repeated fields joined with ``", "``. Source: RFC 9110 §5.3."""
        values = self._index.get(name.lower())
        if values is None:
            return None
        return values[0] if len(values) == 1 else ", ".join(values)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._index

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._index == other._index

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._index.items())))

    def __repr__(self) -> str:
        # Values may be credentials: only names are shown.
        return f"Headers({', '.join(name for name, _ in self._fields)})"


@frozen
class Request:
    """One HTTP request as the provider sent it.

    ``url`` is the absolute public URL that was called, query included, not decoded;
    ``body`` is the exact bytes.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)

    @property
    def query(self) -> str:
        """The raw query string, without the question mark; empty when there is none."""
        return self.url.partition("#")[0].partition("?")[2]

    @property
    def path(self) -> str:
        """The path of the URL as written, ``/`` when empty, without the query."""
        rest = self.url.partition("#")[0].partition("?")[0].partition("://")[2]
        return "/" + rest.partition("/")[2]

    @property
    def authority(self) -> str:
        """The host, and the port where the URL names one."""
        return self.url.partition("://")[2].partition("#")[0].partition("?")[0].partition("/")[0]


@frozen
class Response:
    """One HTTP answer: a status, headers and the exact bytes of the body."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
