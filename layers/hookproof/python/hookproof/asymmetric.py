"""ed25519, ecdsa-*, rsa-*: signatures by key pairs, loaded on first use.

This module, ``public_keys`` and ``ciphers`` alone import ``cryptography``. Names, and the form of
ECDSA signatures (r and s in equal halves), are those of RFC 9421 §3.3.
"""

from __future__ import annotations

from collections.abc import Callable

from hookproof.errors import ConfigurationError
from hookproof.keys import Key, WrongKey
from hookproof.public_keys import (
    ED25519_BYTES,
    NOT_INSTALLED,
    PrivateKey,
    PublicKey,
    load_private,
    public_keys,
)

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
except ImportError as missing:
    raise ConfigurationError(NOT_INSTALLED) from missing

Check = Callable[[bytes, bytes], None]
"""(signature, message): raises InvalidSignature or ValueError unless they belong together."""

_MIN_RSA_BITS = 1024
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
    return any(_passes(check, name, message, signature) for check in _checks(name, key))


def serves(name: str, key: Key) -> bool:
    """Whether one of the key's public keys is for this algorithm. Raises: ConfigurationError."""
    return any(_fits(name, one) for one in public_keys(key.octets))


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
    r, s = int.from_bytes(octets[:half], "big"), int.from_bytes(octets[half:], "big")
    return utils.encode_dss_signature(r, s)


def _checks(name: str, key: Key) -> tuple[Check, ...]:
    """What checks a signature by each of the key's public keys, made once."""
    loaded = key.loaded.get(name)
    if not isinstance(loaded, tuple):
        loaded = tuple(_check(name, one) for one in public_keys(key.octets) if _fits(name, one))
        if not loaded:
            raise WrongKey(f"secret: expected a public key for {name}")
        key.loaded[name] = loaded
    return loaded


def _check(name: str, public: PublicKey) -> Check:
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public.verify
    if isinstance(public, ec.EllipticCurvePublicKey):
        return _check_ecdsa(name, public)
    form, hash_of_message = _padding(name, auto=True), _hash_of(name)
    return lambda signature, message: public.verify(signature, message, form, hash_of_message)


def _check_ecdsa(name: str, public: ec.EllipticCurvePublicKey) -> Check:
    length, algorithm = 2 * _HALF[public.curve.name], ec.ECDSA(_hash_of(name))

    def check(signature: bytes, message: bytes) -> None:
        if len(signature) != length:
            raise InvalidSignature
        public.verify(ecdsa_to_der(signature), message, algorithm)

    return check


def _passes(check: Check, name: str, message: bytes, signature: bytes) -> bool:
    try:
        check(signature, message)
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm as error:
        raise ConfigurationError(f"{name}: not in this build of cryptography") from error
    return True


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


def _private(name: str, key: Key) -> PrivateKey:
    try:
        if name == "ed25519" and len(key.octets) == ED25519_BYTES:
            private: object = ed25519.Ed25519PrivateKey.from_private_bytes(key.octets)
        else:
            private = load_private(key.octets)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError("signing needs the private key, as PEM or DER") from error
    if not isinstance(private, PrivateKey) or not _fits(name, private):
        raise ConfigurationError(f"secret: expected a private key for {name}")
    return private


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
