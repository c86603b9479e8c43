"""Braintree: a payload signed once for each API key of the merchant, in a form.

Source: braintree/braintree_python webhook_notification_gateway.py.
"""

from __future__ import annotations

from urllib.parse import urlencode

from hookproof.algorithms import get_algorithm
from hookproof.components import Parts, parse_component
from hookproof.encodings import decode
from hookproof.errors import (
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
)
from hookproof.messages import Headers, Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.values import replace

_ALGORITHM = get_algorithm("hmac-sha1")
_SIGNATURE = parse_component("form:bt_signature", "braintree")
_PAYLOAD = parse_component("form:bt_payload", "braintree")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n"
_MAX_PAIRS = 32


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys signed the payload. Raises: VerificationError."""
    signatures = _signatures(attempt.parts)
    payload = _PAYLOAD.read(attempt.parts)
    if not payload or payload.translate(None, _ALPHABET):
        raise RequestMalformed("form:bt_payload: expected base64 in lines")
    for index, key in attempt.keys:
        found = signatures.get(key.values["public_key"].encode(), [])
        written = [_octets(text) for text in found]
        if any(_ALGORITHM.verify(key, text, written) for text in _signed_texts(payload)):
            return Proof(
                secret_index=index,
                timestamp=None,
                signed=("form:bt_payload",),
                body_signed=True,
                claims=_notification(payload),
            )
    raise SignatureMismatch("form:bt_signature: none is by the source's key")


def sign(draft: Draft) -> Request:
    """The body as a payload in base64, with its signature, as a form."""
    import base64

    payload = base64.encodebytes(draft.request.body)
    signature = _ALGORITHM.sign(draft.key, payload).hex()
    fields = {
        "bt_signature": f"{draft.key.values['public_key']}|{signature}",
        "bt_payload": payload,
    }
    headers = Headers([("Content-Type", "application/x-www-form-urlencoded")])
    return replace(draft.request, body=urlencode(fields).encode(), headers=headers)


def _signed_texts(payload: bytes) -> list[bytes]:
    """The payload, and the payload with the line end that the form may have lost.

    Braintree signs none without one; but the answer to a challenge, which anybody may send, is
    the signature of a text in one line.
    """
    return [text for text in (payload, payload + b"\n") if b"\n" in text]


def _notification(payload: bytes) -> dict[str, object] | None:
    """What the payload says, for the event's type; whatever it is, it is what was signed."""
    from hookproof.xml_body import parse_xml

    try:
        return parse_xml(decode(payload.replace(b"\n", b""), ("base64",)))
    except (RequestMalformed, ValueError):
        return None


def _signatures(parts: Parts) -> dict[bytes, list[bytes]]:
    text = _SIGNATURE.read(parts)
    if not text:
        raise SignatureMissing("form:bt_signature: no signature")
    found: dict[bytes, list[bytes]] = {}
    for pair in text.split(b"&")[:_MAX_PAIRS]:
        public, bar, signature = pair.partition(b"|")
        if bar:
            found.setdefault(public, []).append(signature)
    if not found:
        raise SignatureMalformed("form:bt_signature: expected public_key|signature pairs")
    return found


def _octets(signature: bytes) -> bytes:
    try:
        return decode(signature, ("hex",))
    except ValueError as error:
        raise SignatureMalformed("form:bt_signature: expected hex") from error
