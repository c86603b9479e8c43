"""Adyen's standard notifications: every item of the body carries a signature of its own.

Source: docs.adyen.com, "Verify HMAC signatures"; Adyen/adyen-python-api-library util.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from hookproof.algorithms import get_algorithm
from hookproof.components import Parts
from hookproof.encodings import decode
from hookproof.errors import (
    ConfigurationError,
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
)
from hookproof.json_text import unique_json
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.schemes import Attempt, Draft, Proof
from hookproof.values import replace

_FIELDS = (
    "pspReference",
    "originalReference",
    "merchantAccountCode",
    "merchantReference",
    "amount/value",
    "amount/currency",
    "eventCode",
    "success",
)
_MAX_ITEMS = 64
_ALGORITHM = get_algorithm("hmac-sha256")


def verify(attempt: Attempt) -> Proof:
    """The proof that one of the keys signed every item. Raises: VerificationError."""
    items = _items(attempt.parts)
    signed = tuple((canonical(item), _signature(item)) for item in items)
    for index, key in attempt.keys:
        if all(_ALGORITHM.verify(key, text, [signature]) for text, signature in signed):
            # The other fields of an item are not signed.
            names = tuple(f"json:/notificationItems/*/{name}" for name in _FIELDS)
            return Proof(secret_index=index, timestamp=None, signed=names, body_signed=False)
    raise SignatureMismatch("additionalData/hmacSignature: not that of the item")


def sign(draft: Draft) -> Request:
    """The notification with a signature in each of its items. Raises: ConfigurationError."""
    try:
        document = json.loads(draft.request.body)
        for item in document["notificationItems"]:
            _add_signature(item["NotificationRequestItem"], draft.key)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError("body: expected notificationItems to sign") from error
    return replace(draft.request, body=json.dumps(document).encode())


def canonical(item: Mapping[str, object]) -> bytes:
    """The text that is signed: eight fields joined by colons, empty where one is missing."""
    return ":".join(_text(item, name) for name in _FIELDS).encode("utf-8", "surrogatepass")


def _add_signature(item: dict[str, object], key: Key) -> None:
    text = unique_json(json.dumps(item).encode(), "body")
    if not isinstance(text, Mapping):
        raise ConfigurationError("NotificationRequestItem: expected a JSON object")
    data = item.setdefault("additionalData", {})
    if isinstance(data, dict):
        signature = _ALGORITHM.sign(key, canonical(text))
        data["hmacSignature"] = base64.b64encode(signature).decode()


def _items(parts: Parts) -> list[Mapping[str, object]]:
    document = unique_json(parts.request.body, "body")
    items = document.get("notificationItems") if isinstance(document, Mapping) else None
    if not isinstance(items, list) or not 0 < len(items) <= _MAX_ITEMS:
        raise RequestMalformed(f"json:/notificationItems: expected 1 to {_MAX_ITEMS} items")
    found = [one.get("NotificationRequestItem") for one in items if isinstance(one, Mapping)]
    if len(found) != len(items) or not all(isinstance(one, Mapping) for one in found):
        raise RequestMalformed("json:/notificationItems: expected NotificationRequestItem objects")
    return [one for one in found if isinstance(one, Mapping)]


def _signature(item: Mapping[str, object]) -> bytes:
    data = item.get("additionalData")
    text = data.get("hmacSignature") if isinstance(data, Mapping) else None
    if not isinstance(text, str) or not text:
        raise SignatureMissing("additionalData/hmacSignature: no signature in an item")
    try:
        return decode(text.encode("utf-8", "surrogatepass"), ("base64",))
    except ValueError as error:
        raise SignatureMalformed("additionalData/hmacSignature: expected base64") from error


def _text(item: Mapping[str, object], name: str) -> str:
    """The field's text. Raises: RequestMalformed where it could be read as another one.

    Only the merchant's own reference may hold the separator: the others could lend a part of
    themselves to their neighbours.
    """
    text = _scalar(item, name)
    if ":" in text and name != "merchantReference":
        raise RequestMalformed(f"NotificationRequestItem/{name}: must not contain ':'")
    return text


def _scalar(item: Mapping[str, object], name: str) -> str:
    node: object = item
    for step in name.split("/"):
        node = node.get(step) if isinstance(node, Mapping) else None
    if isinstance(node, bool):
        return "true" if node else "false"
    if node is not None and not isinstance(node, str):
        raise RequestMalformed(f"NotificationRequestItem/{name}: expected a text or a number")
    return node or ""
