"""A delivery as the inspector shows it: everything, except the sources' secrets."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from typing import Any

from hookproof.local.aws import Message
from hookproof.local.deliveries import Delivery

_MASK = "••••••"
_SHOWN_BYTES = 128 * 1024
_FACTS = ("reason", "source", "tenant", "provider", "event_id", "event_type", "secret_version")


def summary(delivery: Delivery, secrets: Sequence[str]) -> dict[str, Any]:
    """One line of the list."""
    request = delivery.request
    return {
        "number": delivery.number,
        "time": time.strftime("%H:%M:%S", time.localtime(delivery.received)),
        "method": request.method,
        "path": mask(request.path + (f"?{request.query}" if request.query else ""), secrets),
        "status": delivery.response.status,
        "outcome": delivery.outcome,
        "milliseconds": round(delivery.milliseconds, 1),
        "bytes": len(request.body),
        **{name: delivery.logged(name) for name in _FACTS},
    }


def detail(delivery: Delivery, secrets: Sequence[str]) -> dict[str, Any]:
    """All that is known of a delivery."""
    request, response = delivery.request, delivery.response
    return {
        **summary(delivery, secrets),
        "url": mask(request.url, secrets),
        "headers": [[name, _header(name, value, secrets)] for name, value in request.headers],
        "body": body_view(request.body, secrets),
        "response": {
            "headers": [list(pair) for pair in response.headers],
            "body": body_view(response.body, secrets),
        },
        "cold": delivery.cold,
        "detail": delivery.logged("detail"),
        "fault": delivery.fault,
        "log": mask(json.dumps(delivery.log, indent=2, ensure_ascii=False), secrets),
        "message": delivery.message and _message(delivery.message, secrets),
    }


def mask(text: str, secrets: Sequence[str]) -> str:
    """The text with every secret in it covered."""
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return text


def body_view(body: bytes, secrets: Sequence[str]) -> dict[str, Any]:
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
        "text": mask(text, secrets),
        "encoding": encoding,
        "bytes": len(body),
        "cut": len(body) > len(shown),
    }


def _header(name: str, value: str, secrets: Sequence[str]) -> str:
    if name.lower() == "authorization":
        # Basic hides the secret from a search for it.
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {_MASK}" if space else _MASK
    return mask(value, secrets)


def _message(message: Message, secrets: Sequence[str]) -> dict[str, Any]:
    return {
        "id": message.id,
        "group": message.group,
        "attributes": dict(message.attributes),
        "body": mask(message.body[:_SHOWN_BYTES], secrets),
        "cut": len(message.body) > _SHOWN_BYTES,
    }
