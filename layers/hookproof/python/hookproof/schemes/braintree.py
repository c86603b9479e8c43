"""Braintree: a payload signed once for each API key of the merchant, in a form.

Source: braintree/braintree_python webhook_notification_gateway.py.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

from hookproof.algorithms import get_algorithm
from hookproof.components import Parts, parse_component
from hookproof.errors import (
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
)
from hookproof.keys import Key
from hookproof.messages import Headers, Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.values import replace

_ALGORITHM = get_algorithm("hmac-sha1")
_SIGNATURE = parse_component("form:bt_signature", "braintree")
_PAYLOAD = parse_component("form:bt_payload", "braintree")
_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n")
_MAX_PAIRS = 32


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys signed the payload. Raises: VerificationError."""
    signatures = _signatures(attempt.parts)
    payload = attempt.parts.read(_PAYLOAD)
    if not payload or set(payload) - _ALPHABET:
        raise RequestMalformed("form:bt_payload: expected base64 in lines")
    for index, key in attempt.keys:
        written = signatures.get(key.values["public_key"].encode(), [])
        # The form may have lost the line end that was signed.
        if any(
            _ALGORITHM.verify(_hashed(key), text, written) for text in (payload, payload + b"\n")
        ):
            return Proof(
                secret_index=index, timestamp=None, signed=("form:bt_payload",), body_signed=True
            )
    raise SignatureMismatch("form:bt_signature: none is by the source's key")


def sign(draft: Draft) -> Request:
    """The body as a payload in base64, with its signature, as a form."""
    import base64

    payload = base64.encodebytes(draft.request.body)
    signature = _ALGORITHM.sign(_hashed(draft.key), payload).hex()
    fields = {
        "bt_signature": f"{draft.key.values['public_key']}|{signature}",
        "bt_payload": payload,
    }
    headers = Headers([("Content-Type", "application/x-www-form-urlencoded")])
    return replace(draft.request, body=urlencode(fields).encode(), headers=headers)


def _hashed(key: Key) -> Key:
    return Key(hashlib.sha1(key.octets, usedforsecurity=False).digest(), key.values)


def _signatures(parts: Parts) -> dict[bytes, list[bytes]]:
    text = parts.read(_SIGNATURE)
    if not text:
        raise SignatureMissing("form:bt_signature: no signature")
    found: dict[bytes, list[bytes]] = {}
    for pair in text.split(b"&")[:_MAX_PAIRS]:
        public, bar, signature = pair.partition(b"|")
        if bar:
            found.setdefault(public, []).append(_octets(signature))
    if not found:
        raise SignatureMalformed("form:bt_signature: expected public_key|signature pairs")
    return found


def _octets(signature: bytes) -> bytes:
    try:
        return bytes.fromhex(signature.decode("ascii"))
    except ValueError as error:
        raise SignatureMalformed("form:bt_signature: expected hex") from error
