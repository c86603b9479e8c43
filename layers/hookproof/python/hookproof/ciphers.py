"""Challenges that chat platforms send encrypted. Loaded only by handshakes that bring one.

The forms, all AES-256 in CBC mode:

- ``vector-first``: key SHA-256 of the Encrypt Key, the first block is the vector. Source: Feishu,
  "Encrypt Key encryption configuration case".
- ``framed``: key Base64 of the EncodingAESKey, its first 16 octets the vector; 16 random octets,
  four of length, the text, the receiver's id. Source: WeCom, document 90968.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hookproof.encodings import decode
from hookproof.errors import ConfigurationError, RequestMalformed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 16
_FRAMED_BLOCK = 32
_RANDOM = 16
_LENGTH = 4


def decrypt(form: str, text: bytes, values: Mapping[str, str]) -> bytes:
    """What ``text`` says, with the key among the secret's values.

    Raises: RequestMalformed for what no such key has encrypted, ConfigurationError when the
    secret lacks the key.
    """
    try:
        octets = decode(text, ("base64",))
        return _vector_first(octets, values) if form == "vector-first" else _framed(octets, values)
    except (ValueError, binascii.Error) as error:
        raise RequestMalformed("challenge: not encrypted with the source's key") from error


def encrypt(text: bytes, values: Mapping[str, str]) -> bytes:
    """``text`` in the form ``framed``, as Base64. Raises: ConfigurationError."""
    from secrets import token_bytes

    key = _framed_key(_value(values, "encoding_aes_key"))
    receiver = values.get("receive_id", "").encode()
    whole = token_bytes(_RANDOM) + len(text).to_bytes(_LENGTH, "big") + text + receiver
    count = _FRAMED_BLOCK - len(whole) % _FRAMED_BLOCK
    sealing = _cipher(key, key[:_BLOCK]).encryptor()
    sealed = sealing.update(whole + bytes([count]) * count) + sealing.finalize()
    return binascii.b2a_base64(sealed, newline=False)


def _vector_first(octets: bytes, values: Mapping[str, str]) -> bytes:
    key = hashlib.sha256(_value(values, "encrypt_key").encode()).digest()
    return _unpadded(_decrypted(key, octets[:_BLOCK], octets[_BLOCK:]), _BLOCK)


def _framed(octets: bytes, values: Mapping[str, str]) -> bytes:
    key = _framed_key(_value(values, "encoding_aes_key"))
    whole = _unpadded(_decrypted(key, key[:_BLOCK], octets), _FRAMED_BLOCK)[_RANDOM:]
    end = _LENGTH + int.from_bytes(whole[:_LENGTH], "big")
    receiver = values.get("receive_id", "").encode()
    if len(whole) < end or (receiver and not hmac.compare_digest(whole[end:], receiver)):
        raise ValueError("for another receiver")
    return whole[_LENGTH:end]


def _value(values: Mapping[str, str], name: str) -> str:
    if not values.get(name):
        raise ConfigurationError(f"secret: {name!r} is missing, which opens the challenge")
    return values[name]


def _framed_key(text: str) -> bytes:
    try:
        key = binascii.a2b_base64(text + "=")
    except binascii.Error as error:
        raise ConfigurationError("secret 'encoding_aes_key': expected 43 characters") from error
    if len(key) != hashlib.sha256().digest_size:
        raise ConfigurationError("secret 'encoding_aes_key': expected 43 characters")
    return key


def _decrypted(key: bytes, vector: bytes, octets: bytes) -> bytes:
    opening = _cipher(key, vector).decryptor()
    return opening.update(octets) + opening.finalize()


def _cipher(key: bytes, vector: bytes) -> Cipher[CBC]:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError as missing:
        raise ConfigurationError(
            "encrypted challenges need cryptography: pip install 'hookproof[crypto]'"
        ) from missing
    return Cipher(algorithms.AES(key), modes.CBC(vector))


def _unpadded(octets: bytes, block: int) -> bytes:
    count = octets[-1] if octets else 0
    if not 0 < count <= block or octets[-count:] != bytes([count]) * count:
        raise ValueError("not padded")
    return octets[:-count]
