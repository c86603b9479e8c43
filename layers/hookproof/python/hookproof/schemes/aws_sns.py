"""Amazon SNS: the canonical text of a message, signed with the key of a certificate.

Version 1 signs with SHA-1, version 2 with SHA-256. Source: Amazon SNS developer guide,
"Verifying the signatures of Amazon SNS messages".
"""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.algorithms import get_algorithm
from hookproof.components import Parts
from hookproof.errors import (
    ConfigurationError,
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
)
from hookproof.json_text import unique_json
from hookproof.key_sources import key_of, source_url
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.schemes.signed import read_timestamp
from hookproof.timestamps import check_fresh

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_FIELDS = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_ALGORITHMS = {"1": "rsa-v1_5-sha1", "2": "rsa-v1_5-sha256"}


def verify(attempt: Attempt) -> Proof:
    """The proof that SNS sent the message, from the source's topic. Raises: VerificationError."""
    parts = attempt.parts
    message = _message(parts)
    # Also where the certificate is given: a message that names another place is not of SNS.
    source_url(attempt)
    algorithm = get_algorithm(_algorithm_name(message, attempt.scheme.algorithm.names))
    signatures = [one for group, _ in attempt.scheme.signature.candidates(parts) for one in group]
    text = canonical(message)
    own = [(index, key) for index, key in attempt.keys if _is_own_topic(message, key)]
    if not own:
        raise SignatureMismatch("json:/TopicArn: not the source's topic")
    for index, key in own:
        parts.values = key.values
        if algorithm.verify(key_of(attempt, key, parts, None), text, signatures):
            return _proof(attempt, index)
    raise SignatureMismatch("json:/Signature: not that of the message")


def sign(draft: Draft) -> Request:
    """Raises: ConfigurationError: only AWS has the private keys of SNS."""
    raise ConfigurationError(f"{draft.scheme.module}: only AWS can sign for Amazon SNS")


def canonical(message: Mapping[str, object]) -> bytes:
    """The text that is signed: names and values of the fields, a line each."""
    lines = []
    for name in _FIELDS[str(message["Type"])]:
        value = message.get(name)
        if name == "Subject" and value is None:
            continue
        if not isinstance(value, str):
            raise RequestMalformed(f"json:/{name}: missing, and it is part of what is signed")
        if name != "Message" and "\n" in value:
            # The lines of a message could pass for other fields.
            raise RequestMalformed(f"json:/{name}: must be one line")
        lines.append(f"{name}\n{value}\n")
    return "".join(lines).encode("utf-8", "surrogatepass")


def _message(parts: Parts) -> Mapping[str, object]:
    document = unique_json(parts.request.body, "body")
    if not isinstance(document, Mapping) or str(document.get("Type")) not in _FIELDS:
        raise RequestMalformed(f"json:/Type: expected one of {', '.join(_FIELDS)}")
    return document


def _algorithm_name(message: Mapping[str, object], allowed: tuple[str, ...]) -> str:
    name = _ALGORITHMS.get(str(message.get("SignatureVersion")))
    if name is None or name not in allowed:
        raise SignatureMalformed("json:/SignatureVersion: expected 1 or 2")
    return name


def _is_own_topic(message: Mapping[str, object], key: Key) -> bool:
    # Anybody can have AWS sign messages of a topic of theirs.
    return key.values.get("topic_arn") in (None, message.get("TopicArn"))


def _proof(attempt: Attempt, index: int) -> Proof:
    timestamp = read_timestamp(attempt.scheme, attempt.parts)
    if timestamp is not None and attempt.tolerance is not None:
        check_fresh(timestamp, now=attempt.now, tolerance=attempt.tolerance)
    names = tuple(f"json:/{name}" for name in _NOTIFICATION)
    # The message is signed, but the body also holds fields that are not, such as UnsubscribeURL.
    return Proof(secret_index=index, timestamp=timestamp, signed=names, body_signed=False)
