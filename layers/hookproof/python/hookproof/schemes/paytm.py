"""Paytm: a salted SHA-256 of the form's values, hidden by AES-CBC.

Source: paytm/Paytm_Python_Checksum.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hookproof.components import Parts
from hookproof.errors import ConfigurationError, SignatureMalformed, SignatureMismatch
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.values import replace

_IV = b"@@@@&&&&####$$$$"
_SALT_LENGTH = 4
_BLOCK = 16
_FIELD = b"CHECKSUMHASH"
_KEY_LENGTHS = (16, 24, 32)


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys made the checksum. Raises: VerificationError."""
    parts = attempt.parts
    groups = attempt.scheme.signature.candidates(parts)
    for index, key in attempt.keys:
        parts.values = key.values
        if any(_matches(parts, key, one) for signatures, _ in groups for one in signatures):
            # Values are signed in the order of their names; the names themselves are not.
            return Proof(secret_index=index, timestamp=None, signed=("form:*",), body_signed=False)
    raise SignatureMismatch(f"{attempt.scheme.signature.expected}; none matches")


def sign(draft: Draft) -> Request:
    """The form with its checksum. Raises: ConfigurationError."""
    from urllib.parse import urlencode

    parts = Parts(draft.request)
    salt = secrets.token_hex(_SALT_LENGTH // 2).encode()
    plain = _digest(parts, salt) + salt
    checksum = base64.b64encode(_ciphered(draft.key, plain))
    body = draft.request.body + b"&" + urlencode({_FIELD: checksum}).encode()
    return replace(draft.request, body=body)


def _matches(parts: Parts, key: Key, checksum: bytes) -> bool:
    plain = _deciphered(key, checksum)
    digest, salt = plain[:-_SALT_LENGTH], plain[-_SALT_LENGTH:]
    return hmac.compare_digest(_digest(parts, salt), digest)


def _digest(parts: Parts, salt: bytes) -> bytes:
    fields = sorted((name, value) for name, value in parts.pairs("form") if name != _FIELD)
    values = [b"" if value.lower() == b"null" else value for _, value in fields]
    return hashlib.sha256(b"|".join([*values, salt])).hexdigest().encode()


def _deciphered(key: Key, checksum: bytes) -> bytes:
    if len(checksum) % _BLOCK:
        raise SignatureMalformed("form:CHECKSUMHASH: expected whole blocks of AES")
    decryptor = _cipher(key).decryptor()
    padded = decryptor.update(checksum) + decryptor.finalize()
    count = padded[-1]
    # A wrong key gives any padding; it is then refused as any mismatch is.
    valid = 0 < count <= _BLOCK and padded.endswith(bytes([count]) * count)
    return padded[:-count] if valid else b""


def _ciphered(key: Key, plain: bytes) -> bytes:
    count = _BLOCK - len(plain) % _BLOCK
    encryptor = _cipher(key).encryptor()
    return bytes(encryptor.update(plain + bytes([count]) * count) + encryptor.finalize())


def _cipher(key: Key) -> Cipher[modes.CBC]:
    if len(key.octets) not in _KEY_LENGTHS:
        raise ConfigurationError("secret: expected a merchant key of 16 characters")
    return Cipher(algorithms.AES(key.octets), modes.CBC(_IV))
