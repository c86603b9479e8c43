"""ed25519, ecdsa-*, rsa-*: the only module of the core that imports ``cryptography``.

Loaded on first use. Names, and the form of ECDSA signatures (r and s in equal halves), are
those of RFC 9421 §3.3.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from hookproof.encodings import decode
from hookproof.errors import ConfigurationError
from hookproof.keys import Key

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
except ImportError as missing:
    raise ConfigurationError(
        "public-key schemes need cryptography: pip install 'hookproof[crypto]'"
    ) from missing

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

MAX_KEYS = 32
_MIN_RSA_BITS = 1024
_ED25519_BYTES = 32
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - some providers still sign with it
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CURVES = {
    "p256": "secp256r1",
    "p384": "secp384r1",
    "p521": "secp521r1",
    "secp256k1": "secp256k1",
}
_HALF = {"secp256r1": 32, "secp384r1": 48, "secp521r1": 66, "secp256k1": 32}


def verify(name: str, key: Key, message: bytes, signature: bytes) -> bool:
    """Whether one of the key's public keys made the signature.

    Raises: ConfigurationError when the key is not one for this algorithm.
    """
    return any(_verified(name, public, message, signature) for public in _publics(name, key))


def sign(name: str, key: Key, message: bytes) -> bytes:
    """The signature by the key, which must be private.

    Raises: ConfigurationError when it is not, or not one for this algorithm.
    """
    private = _private(name, key)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(message)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        der = private.sign(message, ec.ECDSA(_hash_of(name), deterministic_signing=True))
        return _halves(der, _HALF[private.curve.name])
    return private.sign(message, _padding(name, auto=False), _hash_of(name))


def public_keys(octets: bytes) -> tuple[PublicKey, ...]:
    """Every public key that the octets write.

    They are PEM (a key, a certificate, or a private key), JWK, JWKS, DER, or the 32 octets of
    an Ed25519 key. Raises: ConfigurationError.
    """
    try:
        found = _read_public(octets)
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            "secret: expected a public key as PEM, DER, JWK or JWKS"
        ) from error
    if not 0 < len(found) <= MAX_KEYS:
        raise ConfigurationError(f"secret: expected 1 to {MAX_KEYS} public keys")
    return found


def ecdsa_from_der(octets: bytes) -> bytes:
    """R and s in equal halves, from DER. Raises: ValueError."""
    r, s = utils.decode_dss_signature(octets)
    half = next((one for one in (32, 48, 66) if max(r, s).bit_length() <= 8 * one), 0)
    if not half:
        raise ValueError("not an ECDSA signature")
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def ecdsa_to_der(octets: bytes) -> bytes:
    """DER, from r and s in equal halves."""
    half = len(octets) // 2
    r, s = (int.from_bytes(part, "big") for part in (octets[:half], octets[half:]))
    return utils.encode_dss_signature(r, s)


def _verified(name: str, public: PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, message)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            if len(signature) != 2 * _HALF[public.curve.name]:
                return False
            public.verify(ecdsa_to_der(signature), message, ec.ECDSA(_hash_of(name)))
        else:
            public.verify(signature, message, _padding(name, auto=True), _hash_of(name))
    except (InvalidSignature, ValueError):
        return False
    return True


def _publics(name: str, key: Key) -> tuple[PublicKey, ...]:
    loaded = key.loaded.get(name)
    if not isinstance(loaded, tuple):
        loaded = tuple(one for one in public_keys(key.octets) if _fits(name, one))
        if not loaded:
            raise ConfigurationError(f"secret: expected a public key for {name}")
        key.loaded[name] = loaded
    return loaded


def _fits(name: str, public: PublicKey | PrivateKey) -> bool:
    """A key serves one kind of algorithm, on one curve: never another."""
    if name == "ed25519":
        return isinstance(public, ed25519.Ed25519PublicKey | ed25519.Ed25519PrivateKey)
    if name.startswith("ecdsa-"):
        curve = _CURVES[name.split("-")[1]]
        return (
            isinstance(public, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey)
            and public.curve.name == curve
        )
    if not isinstance(public, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return False
    return public.key_size >= _MIN_RSA_BITS


def _read_public(octets: bytes) -> tuple[PublicKey, ...]:
    text = octets.strip()
    if text.startswith(b"-----BEGIN CERTIFICATE"):
        return (_public(x509.load_pem_x509_certificate(text).public_key()),)
    if b"PRIVATE KEY-----" in text[:64]:
        return (_public(_load_private(text).public_key()),)
    if text.startswith(b"-----BEGIN"):
        return (_public(_load_pem(text)),)
    if text.startswith(b"{"):
        return _from_jwks(json.loads(text))
    if len(octets) == _ED25519_BYTES:
        return (ed25519.Ed25519PublicKey.from_public_bytes(octets),)
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
    return tuple(_from_jwk(one) for one in several[: MAX_KEYS + 1] if _is_public_key(one))


def _is_public_key(jwk: Any) -> bool:
    # A shared secret in a key set must never be taken for a public key.
    return isinstance(jwk, dict) and jwk.get("kty") in ("RSA", "EC", "OKP")


def _from_jwk(jwk: dict[str, str]) -> PublicKey:
    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(_b64url(jwk["x"]))
    if jwk["kty"] == "RSA":
        return rsa.RSAPublicNumbers(e=_integer(jwk["e"]), n=_integer(jwk["n"])).public_key()
    curves: dict[str, ec.EllipticCurve] = {
        "P-256": ec.SECP256R1(),
        "P-384": ec.SECP384R1(),
        "P-521": ec.SECP521R1(),
        "secp256k1": ec.SECP256K1(),
    }
    x, y = _integer(jwk["x"]), _integer(jwk["y"])
    return ec.EllipticCurvePublicNumbers(x=x, y=y, curve=curves[jwk["crv"]]).public_key()


def _public(found: object) -> PublicKey:
    if not isinstance(found, PublicKey):
        raise ConfigurationError("secret: expected an Ed25519, ECDSA or RSA key")
    return found


def _private(name: str, key: Key) -> PrivateKey:
    text = key.octets.strip()
    try:
        if name == "ed25519" and len(key.octets) == _ED25519_BYTES:
            private: object = ed25519.Ed25519PrivateKey.from_private_bytes(key.octets)
        else:
            private = _load_private(text)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError("signing needs the private key, as PEM or DER") from error
    if not isinstance(private, PrivateKey) or not _fits(name, private):
        raise ConfigurationError(f"secret: expected a private key for {name}")
    return private


def _load_private(text: bytes) -> Any:
    if text.startswith(b"-----BEGIN"):
        return serialization.load_pem_private_key(text, password=None)
    return serialization.load_der_private_key(text, password=None)


def _hash_of(name: str) -> hashes.HashAlgorithm:
    return _HASHES[name.rpartition("-")[2]]


def _padding(name: str, *, auto: bool) -> padding.AsymmetricPadding:
    if name.startswith("rsa-v1_5"):
        return padding.PKCS1v15()
    length = padding.PSS.AUTO if auto else padding.PSS.DIGEST_LENGTH
    return padding.PSS(mgf=padding.MGF1(_hash_of(name)), salt_length=length)


def _halves(der: bytes, half: int) -> bytes:
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(half, "big") + s.to_bytes(half, "big")


def _b64url(text: str) -> bytes:
    return decode(text.encode(), ("base64url",))


def _integer(text: str) -> int:
    return int.from_bytes(_b64url(text), "big")
