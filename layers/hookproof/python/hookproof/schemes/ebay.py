"""eBay: the signature and the name of its key as JSON, in base64, in one header.

Source: eBay/event-notification-nodejs-sdk lib/validator.js. The key behind a name can be read
with an OAuth token only, so it stands in the secret: as ``public_key``, or under its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hookproof.algorithms import get_algorithm
from hookproof.encodings import decode, encode
from hookproof.errors import (
    ConfigurationError,
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
)
from hookproof.json_text import unique_json
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.writing import write

_ALGORITHMS = {"SHA1": "ecdsa-p256-sha1", "SHA256": "ecdsa-p256-sha256"}
_KID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SIGNING_KID = "00000000-0000-4000-8000-000000000000"
_DER = ("base64", "der")


def verify(attempt: Attempt) -> Proof:
    """The proof that the key which the header names signed the body.

    Raises: VerificationError, ConfigurationError.
    """
    field = _field(attempt)
    name = _ALGORITHMS.get(field["digest"].upper())
    if field["alg"].lower() != "ecdsa" or name not in attempt.scheme.algorithm.names:
        raise SignatureMalformed("header:X-EBAY-SIGNATURE: expected ecdsa with SHA1 or SHA256")
    try:
        signature = decode(field["signature"].encode(), _DER)
    except ValueError as error:
        raise SignatureMalformed("header:X-EBAY-SIGNATURE signature: expected DER") from error
    algorithm = get_algorithm(name)
    for index, key in attempt.keys:
        found = _named(key.values, field["kid"])
        if found and algorithm.verify(found, attempt.parts.request.body, [signature]):
            return Proof(secret_index=index, timestamp=None, signed=("body",), body_signed=True)
    raise SignatureMismatch("header:X-EBAY-SIGNATURE: not by a key of the source's")


def sign(draft: Draft) -> Request:
    """The request with the header. Raises: ConfigurationError."""
    import json

    key = _named(draft.key.values, _SIGNING_KID)
    if key is None:
        raise ConfigurationError("secret 'public_key': signing needs the private key there")
    octets = get_algorithm(_ALGORITHMS["SHA1"]).sign(key, draft.request.body)
    field = {
        "alg": "ecdsa",
        "kid": _SIGNING_KID,
        "signature": encode(octets, _DER).decode(),
        "digest": "SHA1",
    }
    text = encode(json.dumps(field, separators=(",", ":")).encode(), ("base64",)).decode()
    return write(draft.request, draft.scheme.signature.places[0], text, draft.key.values)


def _field(attempt: Attempt) -> dict[str, str]:
    written = attempt.scheme.signature.first(attempt.parts)
    try:
        document = unique_json(written, "header:X-EBAY-SIGNATURE")
    except RequestMalformed as error:
        raise SignatureMalformed("header:X-EBAY-SIGNATURE: expected JSON in base64") from error
    names = ("alg", "kid", "signature", "digest")
    texts = document if isinstance(document, Mapping) else {}
    found = {name: text for name in names if isinstance(text := texts.get(name), str)}
    if len(found) != len(names) or not found["signature"].isascii():
        raise SignatureMalformed(f"header:X-EBAY-SIGNATURE: expected {', '.join(names)}")
    return found


def _named(values: Mapping[str, str], kid: str) -> Key | None:
    """The key of this name, or the only one. A name is never that of another secret value."""
    own = values.get(kid) if _KID.fullmatch(kid) else None
    text = own or values.get("public_key")
    return Key(text.encode(), values) if text else None
