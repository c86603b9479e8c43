"""Apple's App Store Server Notifications V2: a token whose header brings its certificates.

The chain of three must end at Apple's root, which is pinned here (the secret may give another,
for tests); what the token sends as the root is not looked at. Anybody who has an app gets
notifications that Apple signs: the bundle, and the app's id, must be the source's own.
Source: apple/app-store-server-library-python signed_data_verifier.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hookproof.algorithms import get_algorithm
from hookproof.components import parse_json
from hookproof.encodings import decode
from hookproof.errors import (
    ConfigurationError,
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    TimestampMalformed,
)
from hookproof.jose import Token, allowed_algorithm, read_token
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.timestamps import check_fresh, parse_timestamp

# Apple Root CA - G3, SHA-256 63343ABFB89A6A03EBB57E9B3F5FA7BE7C4F5C756F3017B3A8C488C3653E9179.
APPLE_ROOT = (
    "MIICQzCCAcmgAwIBAgIILcX8iNLFS5UwCgYIKoZIzj0EAwMwZzEbMBkGA1UEAwwSQXBwbGUgUm9vdCBDQSAtIEcz"
    "MSYwJAYDVQQLDB1BcHBsZSBDZXJ0aWZpY2F0aW9uIEF1dGhvcml0eTETMBEGA1UECgwKQXBwbGUgSW5jLjELMAkG"
    "A1UEBhMCVVMwHhcNMTQwNDMwMTgxOTA2WhcNMzkwNDMwMTgxOTA2WjBnMRswGQYDVQQDDBJBcHBsZSBSb290IENB"
    "IC0gRzMxJjAkBgNVBAsMHUFwcGxlIENlcnRpZmljYXRpb24gQXV0aG9yaXR5MRMwEQYDVQQKDApBcHBsZSBJbmMu"
    "MQswCQYDVQQGEwJVUzB2MBAGByqGSM49AgEGBSuBBAAiA2IABJjpLz1AcqTtkyJygRMc3RCV8cWjTnHcFBbZDuWm"
    "BSp3ZHtfTjjTuxxEtX/1H7YyYl3J6YRbTzBPEVoA/VhYDKX1DyxNB0cTddqXl5dvMVztK517IDvYuVTZXpmkOlEK"
    "MaNCMEAwHQYDVR0OBBYEFLuw3qFYM4iapIqZ3r6966/ayySrMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQD"
    "AgEGMAoGCCqGSM49BAMDA2gAMGUCMQCD6cHEFl4aXTQY2e3v9GwOAEZLuN+yRhHFD/3meoyhpmvOwgPUnPWTxnS4"
    "at+qIxUCMG1mihDK1A3UT82NQz60imOlM27jbdoXt2QfyFMm+YhidDkLF1vLUagM6BgD56KyKA=="
)
_CHAIN = 3
_OF_LEAF = x509.ObjectIdentifier("1.2.840.113635.100.6.11.1")
_OF_INTERMEDIATE = x509.ObjectIdentifier("1.2.840.113635.100.6.2.1")
_ENVIRONMENTS = ("Production", "Sandbox")
# The notification's facts stand in one of these, depending on its type.
_FACTS = ("data", "summary", "externalPurchaseToken", "appData")


def verify(attempt: Attempt) -> Proof:
    """The proof that Apple signed the notification, for the source's app.

    Raises: VerificationError, ConfigurationError.
    """
    token = read_token(attempt.scheme, attempt.parts)
    algorithm = get_algorithm(allowed_algorithm(attempt.scheme, token))
    leaf, intermediate = _chain(token)
    claims = _claims(token)
    signed_at = _signed_at(claims, attempt.now)
    failure = SignatureMismatch("token header x5c: the chain does not end at Apple's root")
    for index, key in attempt.keys:
        root = _root(key.values.get("root_der_base64", APPLE_ROOT))
        if not _is_chain(leaf, intermediate, root=root, at=signed_at):
            continue
        if not algorithm.verify(_key(leaf), token.signed, [token.signature]):
            raise SignatureMismatch("json:/signedPayload: not signed by the certificate in it")
        wrong = _not_own(claims, key.values)
        if wrong is None:
            return _proof(attempt, index, claims, signed_at)
        failure = SignatureMismatch(f"token claim {wrong}: not the source's")
    raise failure


def sign(draft: Draft) -> Request:
    """Raises: ConfigurationError: only Apple has the private keys."""
    raise ConfigurationError(f"{draft.scheme.module}: only Apple can sign notifications")


def _proof(attempt: Attempt, index: int, claims: Mapping[str, object], signed_at: float) -> Proof:
    if attempt.tolerance is not None:
        check_fresh(signed_at, now=attempt.now, tolerance=attempt.tolerance)
    # Beside the token the body has nothing; but other bytes around it mean the same.
    return Proof(
        secret_index=index,
        timestamp=signed_at,
        signed=("body#/signedPayload",),
        body_signed=False,
        claims=claims,
    )


def _chain(token: Token) -> tuple[x509.Certificate, x509.Certificate]:
    texts = token.header.get("x5c")
    if not isinstance(texts, list) or len(texts) != _CHAIN:
        raise SignatureMalformed(f"token header x5c: expected {_CHAIN} certificates")
    try:
        leaf, intermediate = (_certificate(str(text)) for text in texts[:2])
    except (ValueError, x509.InvalidVersion) as error:
        raise SignatureMalformed("token header x5c: expected certificates in base64") from error
    return leaf, intermediate


def _certificate(text: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(decode(text.encode("ascii"), ("base64",)))


@cache
def _root(text: str) -> x509.Certificate:
    try:
        return _certificate(text)
    except (ValueError, x509.InvalidVersion) as error:
        raise ConfigurationError("secret 'root_der_base64': expected a certificate") from error


def _is_chain(
    leaf: x509.Certificate, intermediate: x509.Certificate, *, root: x509.Certificate, at: float
) -> bool:
    try:
        intermediate.verify_directly_issued_by(root)
        leaf.verify_directly_issued_by(intermediate)
        moment = datetime.fromtimestamp(at, UTC)
        return (
            all(_is_valid(one, moment) for one in (leaf, intermediate, root))
            and _is_authority(intermediate)
            and _has(leaf, _OF_LEAF)
            and _has(intermediate, _OF_INTERMEDIATE)
        )
    except (ValueError, TypeError, OverflowError, OSError, InvalidSignature):
        return False
    except x509.DuplicateExtension:
        return False


def _is_valid(certificate: x509.Certificate, moment: datetime) -> bool:
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _has(certificate: x509.Certificate, identifier: x509.ObjectIdentifier) -> bool:
    return any(one.oid == identifier for one in certificate.extensions)


def _key(leaf: x509.Certificate) -> Key:
    try:
        public = leaf.public_key()
    except ValueError as error:
        raise SignatureMalformed("token header x5c: expected a key on P-256") from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise SignatureMalformed("token header x5c: expected a key on P-256")
    return Key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), {})


def _claims(token: Token) -> Mapping[str, object]:
    claims = parse_json(token.payload, "token payload")
    if not isinstance(claims, Mapping):
        raise RequestMalformed("token payload: expected a JSON object")
    return claims


def _signed_at(claims: Mapping[str, object], now: float) -> float:
    # As in the library: one that does not say when is judged as one of now.
    if "signedDate" not in claims:
        return now
    written = claims["signedDate"]
    if not isinstance(written, str) or not written.isascii():
        raise TimestampMalformed("token claim /signedDate: expected milliseconds since 1970")
    return parse_timestamp(written.encode(), "ms")


def _not_own(claims: Mapping[str, object], values: Mapping[str, str]) -> str | None:
    """The claim that is not as the source's secret says, None when all are."""
    found = [(name, one) for name in _FACTS if isinstance(one := claims.get(name), Mapping)]
    if len(found) != 1:
        return "/data"
    name, facts = found[0]
    if facts.get("bundleId") != values["bundle_id"]:
        return f"/{name}/bundleId"
    environment = values.get("environment", _ENVIRONMENTS[0])
    if environment not in _ENVIRONMENTS:
        raise ConfigurationError(f"secret 'environment': expected {' or '.join(_ENVIRONMENTS)}")
    if _environment(name, facts) != environment:
        return f"/{name}/environment"
    app = values.get("app_apple_id")
    if app is not None and environment == _ENVIRONMENTS[0] and facts.get("appAppleId") != app:
        return f"/{name}/appAppleId"
    return None


def _environment(name: str, facts: Mapping[str, object]) -> object:
    if name != "externalPurchaseToken":
        return facts.get("environment")
    # These say so in the purchase's id alone. Source: the library's verifier.
    sandboxed = str(facts.get("externalPurchaseId", "")).startswith("SANDBOX")
    return _ENVIRONMENTS[1 if sandboxed else 0]
