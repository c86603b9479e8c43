"""Bodies of any size, of the shapes that providers send."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode


def event_body(size: int = 0) -> bytes:
    """An event of Stripe's shape of at least so many bytes, many small members rather than one."""
    event: dict[str, Any] = {
        "id": "evt_1PqrsT2eZvKYlo2C",
        "object": "event",
        "type": "charge.succeeded",
        "created": 1_700_000_000,
        "data": {"object": {"id": "ch_3Pqrs", "amount": 2000, "currency": "eur", "lines": []}},
    }
    line = {
        "id": "li_1Pqrs",
        "amount": 1999,
        "description": "A line of an invoice, in €",
        "paid": True,
    }
    each = len(json.dumps(line, ensure_ascii=False).encode()) + 2
    count = max(0, size - len(json.dumps(event).encode())) // each + 1 if size else 2
    event["data"]["object"]["lines"] = [line] * count
    return json.dumps(event, ensure_ascii=False).encode()


def form_body(size: int) -> bytes:
    """A form of at least so many bytes: a few fields, and one that holds the text."""
    fields = {"AccountSid": "AC0123456789", "From": "+15551234567", "Body": "x" * size}
    return urlencode(fields).encode()
