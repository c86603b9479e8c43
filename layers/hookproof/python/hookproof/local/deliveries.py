"""What happened to each request: the journal that the terminal and the inspector read."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hookproof.local.aws import Message
from hookproof.messages import Request, Response

_KEEP = 500
_KEEP_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request, the answer to it, and what the function logged and queued."""

    number: int
    received: float
    request: Request
    response: Response
    milliseconds: float
    cold: bool
    log: Mapping[str, Any]
    printed: str
    fault: str | None
    message: Message | None

    @property
    def outcome(self) -> str:
        """The function's word for what became of it, or that the function never saw it."""
        return str(self.log.get("outcome") or ("failed" if self.fault else "not routed"))

    def logged(self, field: str) -> str | None:
        """A field of the function's own log line, as text."""
        value = self.log.get(field)
        return None if value is None or value == "" else str(value)


def log_line(printed: str) -> dict[str, Any]:
    """The one line, among those that the function printed, that tells what it did."""
    for line in without_metrics(printed):
        entry = _object(line)
        if "outcome" in entry:
            return entry
    return {}


def without_metrics(printed: str) -> list[str]:
    """The lines that a person would read: not those that have metrics and say nothing."""
    lines = [(line, _object(line)) for line in printed.splitlines()]
    return [line for line, entry in lines if "_aws" not in entry or "message" in entry]


def _object(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


class Journal:
    """The last deliveries, in order; safe to use from many threads."""

    def __init__(self, listener: Callable[[Delivery], None] | None = None) -> None:
        self._listener = listener
        self._changed = threading.Condition()
        self._kept: deque[Delivery] = deque()
        self._bytes = 0
        self._count = 0
        self._closed = False

    @property
    def count(self) -> int:
        """How many there were, kept or not."""
        return self._count

    def add(self, make: Callable[[int], Delivery]) -> None:
        """Give the next number to ``make``, keep what it returns and tell the listener."""
        with self._changed:
            self._count += 1
            delivery = make(self._count)
            self._kept.append(delivery)
            self._bytes += len(delivery.request.body)
            while len(self._kept) > _KEEP or (self._bytes > _KEEP_BYTES and len(self._kept) > 1):
                self._bytes -= len(self._kept.popleft().request.body)
            if self._listener:
                self._listener(delivery)
            self._changed.notify_all()

    def after(self, number: int, *, seconds: float = 0) -> list[Delivery]:
        """The deliveries after this number; waits a while for one when there is none yet."""
        with self._changed:
            if seconds:
                self._changed.wait_for(
                    lambda: self._closed or self._count > number, timeout=seconds
                )
            return [delivery for delivery in self._kept if delivery.number > number]

    def get(self, number: int) -> Delivery | None:
        """The delivery of this number, as long as it is kept."""
        with self._changed:
            return next((one for one in self._kept if one.number == number), None)

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
