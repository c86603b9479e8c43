"""Public and private keys out of octets: PEM, DER, JWK, JWKS, certificates, raw Ed25519.

With ``asymmetric`` and ``ciphers`` the only module of the core that imports ``cryptography``.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

from hookproof.encodings import decode
from hookproof.errors import ConfigurationError
from hookproof.secret_texts import ED25519_PKCS8

NOT_INSTALLED = "public-key schemes need cryptography: pip install 'hookproof[crypto]'"

try:
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
except ImportError as missing:
    raise ConfigurationError(NOT_INSTALLED) from missing

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

MAX_KEYS = 32
ED25519_BYTES = 32
_PAIR_BYTES = 2 * ED25519_BYTES
# Of order 1, 2, 4 and 8, as y or as y plus the prime. Source: RFC 7748 §6, libsodium's list.
_PRIME = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = {0, 1, _ORDER_8, _PRIME - _ORDER_8, _PRIME - 1, _PRIME, _PRIME + 1}
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_JWK_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}


@lru_cache(maxsize=64)
def public_keys(octets: bytes) -> tuple[PublicKey, ...]:
    """Every public key that the octets write.

    They are PEM (a key, a certificate, or a private key), JWK, JWKS, DER, or the 32 octets of
    an Ed25519 key. Raises: ConfigurationError.
    """
    try:
        found = _read_public(octets)
    except (*_UNREADABLE, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            "secret: expected a public key as PEM, DER, JWK or JWKS"
        ) from error
    if not 0 < len(found) <= MAX_KEYS:
        raise ConfigurationError(f"secret: expected 1 to {MAX_KEYS} public keys")
    return found


def check_usable(octets: bytes, now: float) -> None:
    """Accept octets that write public keys; a certificate only while it is valid.

    Raises: ConfigurationError.
    """
    public_keys(octets)
    text = octets.strip()
    if not text.startswith(_CERTIFICATE):
        return
    certificate = x509.load_pem_x509_certificate(text)
    begins = certificate.not_valid_before_utc.timestamp()
    ends = certificate.not_valid_after_utc.timestamp()
    if not begins <= now <= ends:
        raise ConfigurationError("certificate: not valid at this time")


def load_private(text: bytes) -> Any:
    """The private key of PEM or DER, or of the 64 octets of an Ed25519 pair.

    Raises: ValueError, TypeError, UnsupportedAlgorithm.
    """
    if len(text) == _PAIR_BYTES:
        return _pair(text)
    if text.lstrip().startswith(b"-----BEGIN"):
        return serialization.load_pem_private_key(text.strip(), password=None)
    # The last octets of DER may look like white space.
    return serialization.load_der_private_key(text, password=None)


def _pair(octets: bytes) -> ed25519.Ed25519PrivateKey:
    """Seed and public key one after the other, as Standard Webhooks writes ``whsk_`` keys."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(octets[:ED25519_BYTES])
    if private.public_key().public_bytes_raw() != octets[ED25519_BYTES:]:
        raise ValueError("not a pair")
    return private


def _read_public(octets: bytes) -> tuple[PublicKey, ...]:
    # By its length first: the octets of a key may look like the beginning of any text.
    if len(octets) == ED25519_BYTES:
        return (_ed25519(octets),)
    text = octets.strip()
    if text.startswith(_CERTIFICATE):
        return (_public(x509.load_pem_x509_certificate(text).public_key()),)
    is_pair = len(octets) == _PAIR_BYTES
    if is_pair or b"PRIVATE KEY-----" in text[:64] or octets.startswith(ED25519_PKCS8):
        return (_public(load_private(octets).public_key()),)
    if text.startswith(b"-----BEGIN"):
        return (_public(_load_pem(text)),)
    if text.startswith(b"{"):
        return _from_jwks(json.loads(text))
    return (_public(serialization.load_der_public_key(octets)),)


def _load_pem(text: bytes) -> object:
    try:
        return serialization.load_pem_public_key(text)
    except ValueError:
        # Consoles show keys on one line, and under the name of another format.
        middle = text.rpartition(b"-----END")[0].rpartition(b"KEY-----")[2]
        return serialization.load_der_public_key(base64.b64decode(b"".join(middle.split())))


def _from_jwks(document: Any) -> tuple[PublicKey, ...]:
    several = document.get("keys", [document])
    usable = [one for one in several[: MAX_KEYS + 1] if _is_public_key(one)]
    found = [key for one in usable if (key := _from_jwk_or_none(one)) is not None]
    if usable and not found:
        raise ValueError("no key of the set can be read")
    return tuple(found)


def _from_jwk_or_none(jwk: dict[str, str]) -> PublicKey | None:
    # One key that cannot be read takes none of the others down.
    try:
        return _from_jwk(jwk)
    except (*_UNREADABLE, UnsupportedAlgorithm):
        return None


def _is_public_key(jwk: Any) -> bool:
    """Whether it is a key for signatures that is known here; a set may hold others beside it.

    A shared secret in a key set must never be taken for a public key. Source: RFC 7517 §5.
    """
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig":
        return False
    kind = (jwk.get("kty"), jwk.get("crv"))
    known = [("EC", curve) for curve in _JWK_CURVES]
    return jwk.get("kty") == "RSA" or kind in (("OKP", "Ed25519"), *known)


def _from_jwk(jwk: dict[str, str]) -> PublicKey:
    if jwk["kty"] == "OKP":
        return _ed25519(_b64url(jwk["x"]))
    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(e=_integer(jwk["e"]), n=_integer(jwk["n"])).public_key()
    x, y, curve = _integer(jwk["x"]), _integer(jwk["y"]), _JWK_CURVES[jwk["crv"]]
    return ec.EllipticCurvePublicNumbers(x=x, y=y, curve=curve).public_key()


def _ed25519(octets: bytes) -> ed25519.Ed25519PublicKey:
    """The key of the octets. Raises: ValueError for the points under which anybody can sign."""
    y = int.from_bytes(octets, "little") & ~(1 << 255)
    if y in _SMALL_ORDER:
        raise ValueError("a point of small order is no key")
    return ed25519.Ed25519PublicKey.from_public_bytes(octets)


def _public(found: object) -> PublicKey:
    if isinstance(found, ed25519.Ed25519PublicKey):
        return _ed25519(found.public_bytes_raw())
    if not isinstance(found, PublicKey):
        raise ConfigurationError("secret: expected an Ed25519, ECDSA or RSA key")
    return found


def _b64url(text: str) -> bytes:
    return decode(text.encode(), ("base64url",))


def _integer(text: str) -> int:
    return int.from_bytes(_b64url(text), "big")
