"""Strict decoders and encoders for how signatures and keys are written as text.

A decoder accepts exactly what its encoder writes (hex in either case, base64url with or
without padding) and nothing else: no white space, no missing padding, no foreign alphabet.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence

from hookproof.errors import ConfigurationError

_URL_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_STANDARD_TO_URL = bytes.maketrans(b"+/", b"-_")


def decode(text: bytes, encodings: Sequence[str]) -> bytes:
    """The octets that ``text`` writes, decoded by each encoding in turn.

    Raises: ValueError when the text is not in the encoding's canonical form.

    >>> decode(b"aGk=", ["base64"])
    b'hi'
    """
    for name in encodings:
        text = _DECODERS[name](text)
    return text


def decoder(encodings: Sequence[str]) -> Callable[[bytes], bytes]:
    """What ``decode`` does with these encodings."""
    return _DECODERS[encodings[0]] if len(encodings) == 1 else lambda text: decode(text, encodings)


def encode(octets: bytes, encodings: Sequence[str]) -> bytes:
    """The inverse of ``decode``: the text that a sender writes.

    >>> encode(b"hi", ["hex"])
    b'6869'
    """
    for name in reversed(encodings):
        octets = _ENCODERS[name](octets)
    return octets


def check_encodings(names: Sequence[str], where: str) -> tuple[str, ...]:
    """The names, when each is an encoding. Raises: ConfigurationError naming ``where``."""
    for name in names:
        if name not in _DECODERS:
            known = ", ".join(sorted(_DECODERS))
            raise ConfigurationError(f"{where}: expected one of {known}; found {name!r}")
    return tuple(names)


def _hex(text: bytes) -> bytes:
    return binascii.unhexlify(text)


def _base64(text: bytes) -> bytes:
    octets = binascii.a2b_base64(text, strict_mode=True)
    if binascii.b2a_base64(octets, newline=False) != text:
        raise ValueError("not canonical base64")
    return octets


def _base64url(text: bytes) -> bytes:
    if b"+" in text or b"/" in text:
        raise ValueError("not the base64url alphabet")
    bare = text.rstrip(b"=")
    padded = bare + b"=" * (-len(bare) % 4)
    if text not in (bare, padded):
        raise ValueError("wrong padding")
    return _base64(padded.translate(_URL_TO_STANDARD))


def _percent(text: bytes) -> bytes:
    if b"%" not in text:
        return text
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(text)


def _encode_percent(octets: bytes) -> bytes:
    from urllib.parse import quote

    return quote(octets, safe="").encode()


def _der(octets: bytes) -> bytes:
    from hookproof.asymmetric import ecdsa_from_der

    return ecdsa_from_der(octets)


def _encode_der(octets: bytes) -> bytes:
    from hookproof.asymmetric import ecdsa_to_der

    return ecdsa_to_der(octets)


def _raw(text: bytes) -> bytes:
    return text


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "raw": _raw,
    "utf8": _raw,
    "hex": _hex,
    "base64": _base64,
    "base64url": _base64url,
    "percent": _percent,
    "der": _der,
}
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "raw": _raw,
    "utf8": _raw,
    "hex": binascii.hexlify,
    "base64": lambda octets: binascii.b2a_base64(octets, newline=False),
    "base64url": lambda octets: (
        binascii.b2a_base64(octets, newline=False).translate(_STANDARD_TO_URL).rstrip(b"=")
    ),
    "percent": _encode_percent,
    "der": _encode_der,
}
