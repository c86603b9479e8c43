"""A delivery as the inspector shows it: everything, except the sources' secrets."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import Any

from hookproof.local.aws import Message
from hookproof.local.deliveries import Delivery, without_metrics

_MASK = "••••••"
_SHOWN_BYTES = 128 * 1024
_FACTS = ("reason", "source", "tenant", "provider", "event_id", "event_type", "secret_version")


def summary(delivery: Delivery, secrets: Sequence[str]) -> dict[str, Any]:
    """One line of the list."""
    found: dict[str, Any] = mask(_summary(delivery), secrets)
    return found


def detail(delivery: Delivery, secrets: Sequence[str]) -> dict[str, Any]:
    """All that is known of a delivery."""
    request, response = delivery.request, delivery.response
    found: dict[str, Any] = {
        **_summary(delivery),
        "url": request.url,
        "headers": [[name, _header(name, value)] for name, value in request.headers],
        "body": body_view(request.body),
        "response": {
            "headers": [list(pair) for pair in response.headers],
            "body": body_view(response.body),
        },
        "cold": delivery.cold,
        "detail": delivery.logged("detail"),
        "fault": delivery.fault,
        "log": without_metrics(delivery.printed),
        "message": delivery.message and _message(delivery.message),
    }
    masked: dict[str, Any] = mask(found, secrets)
    return masked


def mask(shown: Any, secrets: Sequence[str]) -> Any:
    """The same with every secret covered, in every text within it."""
    if isinstance(shown, str):
        for secret in secrets:
            shown = shown.replace(secret, _MASK)
        return shown
    if isinstance(shown, list):
        return [mask(one, secrets) for one in shown]
    if isinstance(shown, dict):
        return {name: mask(one, secrets) for name, one in shown.items()}
    return shown


def body_view(body: bytes) -> dict[str, Any]:
    """A body as text where it is text, else as base64; long ones cut."""
    shown = body[:_SHOWN_BYTES]
    try:
        text, encoding = shown.decode("utf-8"), "text"
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and len(body) > len(shown):
            text, encoding = shown[: error.start].decode("utf-8"), "text"
        else:
            text, encoding = base64.b64encode(shown).decode(), "base64"
    return {
        "text": text,
        "encoding": encoding,
        "bytes": len(body),
        "cut": len(body) > len(shown),
    }


def _summary(delivery: Delivery) -> dict[str, Any]:
    request = delivery.request
    return {
        "number": delivery.number,
        "time": time.strftime("%H:%M:%S", time.localtime(delivery.received)),
        "method": request.method,
        "path": request.path + (f"?{request.query}" if request.query else ""),
        "status": delivery.response.status,
        "outcome": delivery.outcome,
        "milliseconds": round(delivery.milliseconds, 1),
        "bytes": len(request.body),
        **{name: delivery.logged(name) for name in _FACTS},
    }


def _header(name: str, value: str) -> str:
    if name.lower() != "authorization":
        return value
    # Basic hides the secret from a search for it.
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {_MASK}" if space else _MASK


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "group": message.group,
        "attributes": dict(message.attributes),
        "body": message.body[:_SHOWN_BYTES],
        "cut": len(message.body) > _SHOWN_BYTES,
    }
