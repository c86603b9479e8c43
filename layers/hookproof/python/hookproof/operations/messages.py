"""Found: a message out of a queue, and what it says of its event; Selection: which are meant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from hookproof import consumer
from hookproof.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One message. ``sent`` in seconds since 1970, ``received`` how often it was looked at."""

    id: str
    receipt: str = field(repr=False)
    body: str = field(repr=False)
    attributes: Mapping[str, Any]
    group: str | None
    sent: float
    received: int

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Found:
        """The message that ReceiveMessage gave."""
        system = message.get("Attributes", {})
        return cls(
            id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            body=message["Body"],
            attributes=message.get("MessageAttributes", {}),
            group=system.get("MessageGroupId"),
            sent=int(system.get("SentTimestamp", 0)) / 1000,
            received=int(system.get("ApproximateReceiveCount", 1)),
        )

    def text(self, name: str) -> str:
        """A message attribute; empty when the message has none of this name."""
        value = self.attributes.get(name, {}).get("StringValue")
        return value if isinstance(value, str) else ""

    @property
    def event(self) -> Envelope | None:
        """The event, where the message holds it itself and it is one of Hookproof's."""
        return self.event_by(None)

    def event_by(self, get: consumer.Get | None) -> Envelope | None:
        """The event, also where the message points to it in S3. Raises: what ``get`` raises."""
        try:
            return consumer.parse(self.body, get=get)
        except consumer.MessageMalformed:
            return None

    @property
    def arrived(self) -> float:
        """When the event came: what it says itself, else when the message was sent."""
        try:
            return datetime.fromisoformat(json.loads(self.body)["time"]).timestamp()
        except (ValueError, TypeError, KeyError):
            return self.sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which messages are meant. ``type`` may hold ``*``; a source alone means its tenants too.

    ``ids`` are of messages or of events; ``before`` and ``after`` seconds since 1970.
    """

    source: str | None = None
    type: str | None = None
    before: float | None = None
    after: float | None = None
    ids: tuple[str, ...] = ()

    def matches(self, found: Found) -> bool:
        """Whether the message is meant."""
        arrived = found.arrived
        return (
            (self.source is None or _is_of(found.text("source"), self.source))
            and (self.type is None or fnmatchcase(found.text("type"), self.type))
            and (self.before is None or arrived < self.before)
            and (self.after is None or arrived >= self.after)
            and (not self.ids or found.id in self.ids or found.text("id") in self.ids)
        )

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()


def _is_of(path: str, source: str) -> bool:
    wanted = source if source.startswith("/") else f"/webhooks/{source}"
    return path == wanted or path.startswith(f"{wanted}/")
