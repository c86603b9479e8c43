"""Throw-away keys of each kind, made once for a run, as the texts that a source would hold."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
    "secp256k1": ec.SECP256K1(),
}


def private(kind: str, number: int = 0) -> Any:
    """The private key of this kind; another one for each number."""
    return _made(kind, number)


@cache
def _made(kind: str, _number: int) -> Any:
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("RSA"):
        bits = int(kind.removeprefix("RSA") or 2048)
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(CURVES[kind])


def private_pem(kind: str, number: int = 0) -> str:
    """The private key as PEM, PKCS#8."""
    key = private(kind, number)
    return str(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
    )


def public_pem(kind: str, number: int = 0) -> str:
    """The public key as PEM, SubjectPublicKeyInfo."""
    return _public(kind, number, serialization.Encoding.PEM).decode()


def public_der(kind: str, number: int = 0) -> bytes:
    """The public key as DER, SubjectPublicKeyInfo."""
    return _public(kind, number, serialization.Encoding.DER)


def jwk(kind: str, number: int = 0, **more: str) -> dict[str, str]:
    """The public key as a JWK."""
    public = private(kind, number).public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": _text(public.public_bytes_raw()), **more}
    numbers = public.public_numbers()
    if isinstance(numbers, rsa.RSAPublicNumbers):
        return {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e), **more}
    return {"kty": "EC", "crv": kind, "x": _number(numbers.x), "y": _number(numbers.y), **more}


def jwks(*keys: dict[str, str]) -> str:
    """A key set as text."""
    return json.dumps({"keys": keys})


def certificate(
    kind: str, number: int = 0, *, name: str = "sns.amazonaws.com", begins: float = 0.0
) -> str:
    """A certificate for the public key, signed by itself, valid for ten days."""
    key = private(kind, number)
    moment = datetime.fromtimestamp(begins, UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment)
        .not_valid_after(moment + timedelta(days=10))
        .sign(key, None if kind == "Ed25519" else hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _public(kind: str, number: int, encoding: serialization.Encoding) -> bytes:
    public = private(kind, number).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(public.public_bytes(encoding, form))


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _number(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8, "big"))
