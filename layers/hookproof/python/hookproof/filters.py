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
    if name in URL_FILTERS:
        # Few providers sign URLs: the others need not wait for the module.
        from hookproof.url_filters import apply_url_filter

        return apply_url_filter(name, value)
    return _FILTERS[name](value)


def _crc32(value: bytes) -> bytes:
    import zlib

    return str(zlib.crc32(value)).encode()


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
    "form": _form_quoted,
    "gunzip": _gunzip,
    "json_text": _as_json_text,
}
URL_FILTERS = (
    "unescape_reserved",
    "without_query",
    "without_port",
    "host",
    "with_port",
    "whatwg_query",
    "requoted_query",
)
HASH_FILTERS = tuple(sorted(_HASHES))
FILTERS = (*HASH_FILTERS, *(f"hmac-{name}" for name in HASH_FILTERS), *_FILTERS, *URL_FILTERS)
