"""The filters that take a URL apart. Loaded by providers that sign URLs."""

from __future__ import annotations

from collections.abc import Callable


def apply_url_filter(name: str, value: bytes) -> bytes:
    """``value``, a URL, passed through the filter of this name."""
    return _FILTERS[name](value)


def _unescape_reserved(value: bytes) -> bytes:
    """The escapes of ``:/?@!$'()*,;`` decoded, no others. Source: HubSpot, request validation."""
    for character in b":/?@!$'()*,;":
        upper = b"%%%02X" % character
        value = value.replace(upper, bytes((character,))).replace(
            upper.lower(), bytes((character,))
        )
    return value


def _without_query(value: bytes) -> bytes:
    return value.partition(b"?")[0]


def _without_port(value: bytes) -> bytes:
    scheme, mark, rest = value.partition(b"://")
    authority, slash, path = rest.partition(b"/")
    host, colon, port = authority.rpartition(b":")
    return scheme + mark + (host if colon and port.isdigit() else authority) + slash + path


def _host(value: bytes) -> bytes:
    """The host of a URL; a host by itself stays as it is."""
    return value.rpartition(b"://")[2].partition(b"/")[0]


def _with_port(value: bytes) -> bytes:
    scheme, mark, rest = _without_port(value).partition(b"://")
    authority, slash, path = rest.partition(b"/")
    return scheme + mark + authority + (b":80" if scheme == b"http" else b":443") + slash + path


def _whatwg_query(value: bytes) -> bytes:
    """The query as a browser's URL parser writes it. Source: WHATWG URL, special-query set."""
    base, mark, query = value.partition(b"?")
    for character in b" \"'<>":
        query = query.replace(bytes((character,)), b"%%%02X" % character)
    return base + mark + query


def _requoted_query(value: bytes) -> bytes:
    """The query decoded and written again by Node's ``querystring``, as older SDKs did."""
    from urllib.parse import parse_qsl, quote

    base, mark, query = value.partition(b"?")
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    written = "&".join(
        "=".join(quote(one, "-_.!~*'()", "latin-1") for one in pair) for pair in pairs
    )
    return base + mark + written.encode()


_FILTERS: dict[str, Callable[[bytes], bytes]] = {
    "unescape_reserved": _unescape_reserved,
    "without_query": _without_query,
    "without_port": _without_port,
    "host": _host,
    "with_port": _with_port,
    "whatwg_query": _whatwg_query,
    "requoted_query": _requoted_query,
}
