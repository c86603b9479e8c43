"""The filters of templates: ``{body|sha256|hex}`` passes the bytes through each in turn."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from hookproof.encodings import encode

_MAX_UNZIPPED = 10 * 1024 * 1024


def apply_filter(name: str, value: bytes, key: bytes) -> bytes:
    """``value`` passed through one filter; ``hmac-*`` uses the source's key."""
    if name in _HASHES:
        return hashlib.new(name, value).digest()
    if name.startswith("hmac-"):
        return hmac.digest(key, value, name[5:])
    return _FILTERS[name](value)


def _crc32(value: bytes) -> bytes:
    import zlib

    return str(zlib.crc32(value)).encode()


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


def _gunzip(value: bytes) -> bytes:
    """The content of a gzip body, up to what a body may be; anything else as it is."""
    if not value.startswith(b"\x1f\x8b"):
        return value
    import zlib

    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = stream.decompress(value, _MAX_UNZIPPED)
    except zlib.error:
        return value
    return content if stream.eof and not stream.unused_data else value


def _form_quoted(value: bytes) -> bytes:
    from urllib.parse import quote_plus

    return quote_plus(value).encode()


def _as_json_text(value: bytes) -> bytes:
    import json

    return json.dumps(value.decode("utf-8", "replace"), ensure_ascii=False).encode()


_HASHES = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
_FILTERS: dict[str, Callable[[bytes], bytes]] = {
    "hex": lambda value: encode(value, ("hex",)),
    "base64": lambda value: encode(value, ("base64",)),
    "base64url": lambda value: encode(value, ("base64url",)),
    "percent": lambda value: encode(value, ("percent",)),
    "lower": bytes.lower,
    "upper": bytes.upper,
    "reverse": lambda value: value[::-1],
    "without_first_hyphen": lambda value: value.replace(b"-", b"", 1),
    "separators_as_underscores": lambda value: value.replace(b"&", b"_").replace(b"=", b"_"),
    "crc32": _crc32,
    "unescape_reserved": _unescape_reserved,
    "without_query": _without_query,
    "without_port": _without_port,
    "host": _host,
    "with_port": _with_port,
    "whatwg_query": _whatwg_query,
    "requoted_query": _requoted_query,
    "form": _form_quoted,
    "gunzip": _gunzip,
    "json_text": _as_json_text,
}
HASH_FILTERS = tuple(sorted(_HASHES))
FILTERS = (*sorted(_HASHES), *(f"hmac-{name}" for name in sorted(_HASHES)), *_FILTERS)
