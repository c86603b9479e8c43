"""Compact tokens taken apart, and the names of their algorithms. Source: RFC 7515, RFC 7518."""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.components import Parts
from hookproof.encodings import decode, encode
from hookproof.errors import RequestMalformed, SignatureMalformed
from hookproof.json_text import unique_json
from hookproof.scheme import Scheme
from hookproof.schemes.signed import read_timestamp
from hookproof.values import frozen

ALGORITHMS = {
    "HS256": "hmac-sha256",
    "HS384": "hmac-sha384",
    "HS512": "hmac-sha512",
    "RS256": "rsa-v1_5-sha256",
    "RS384": "rsa-v1_5-sha384",
    "RS512": "rsa-v1_5-sha512",
    "PS256": "rsa-pss-sha256",
    "PS384": "rsa-pss-sha384",
    "PS512": "rsa-pss-sha512",
    "ES256": "ecdsa-p256-sha256",
    "ES384": "ecdsa-p384-sha384",
    "ES512": "ecdsa-p521-sha512",
    "EdDSA": "ed25519",
}
JOSE_NAMES = {name: jose for jose, name in ALGORITHMS.items()}


@frozen
class Token:
    """A compact token taken apart, nothing of it verified."""

    header: Mapping[str, object]
    payload: bytes
    signed: bytes
    signature: bytes

    @property
    def kid(self) -> str | None:
        """The name of the key, where the token gives one."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None


def read_token(scheme: Scheme, parts: Parts) -> Token:
    """The token where the scheme has it. Raises: SignatureMissing, SignatureMalformed."""
    text = scheme.signature.first(parts)
    segments = text.split(b".")
    try:
        head, middle, tail = segments
        if b"=" in text:
            raise SignatureMalformed(f"{scheme.signature.expected}: expected no padding")
        header = unique_json(decode(head, ("base64url",)), "token header")
        # Both change how the rest is to be read. Source: RFC 7515 §4.1.11, RFC 7797 §6.
        if not isinstance(header, Mapping) or {"crit", "b64"} & header.keys():
            raise SignatureMalformed(f"{scheme.signature.expected}: not a header known here")
        parts.params = _texts(header)
        if scheme.base is not None:
            if middle:
                raise SignatureMalformed(f"{scheme.signature.expected}: expected no payload in it")
            read_timestamp(scheme, parts)
            middle = encode(scheme.base.render(parts), ("base64url",))
        payload, signature = decode(middle, ("base64url",)), decode(tail, ("base64url",))
    except (ValueError, RequestMalformed) as error:
        raise SignatureMalformed(f"{scheme.signature.expected}: expected a compact JWS") from error
    return Token(header=header, payload=payload, signed=head + b"." + middle, signature=signature)


def _texts(header: Mapping[str, object]) -> dict[str, bytes]:
    """What the header says, for templates: ``param:jku`` and the like."""
    return {
        name: value.encode("utf-8", "surrogatepass")
        for name, value in header.items()
        if isinstance(value, str)
    }


def allowed_algorithm(scheme: Scheme, token: Token) -> str:
    """The algorithm that the token names, if the file lists it. Raises: SignatureMalformed."""
    name = ALGORITHMS.get(str(token.header.get("alg")))
    if name is None or name not in scheme.algorithm.names:
        allowed = ", ".join(JOSE_NAMES[one] for one in scheme.algorithm.names)
        raise SignatureMalformed(f"token header alg: expected one of {allowed}")
    return name
