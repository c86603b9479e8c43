"""The demonstration: genuine and forged deliveries over HTTP, and what became of each.

Every outcome is checked: the status, the reason, and that the queue holds the very bytes that were
sent, or nothing. It ends by itself.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from hookproof import consumer
from hookproof.local.deliveries import Delivery
from hookproof.local.samples import Sample, samples
from hookproof.local.screen import Screen
from hookproof.local.stack import LaptopStack, Options
from hookproof.messages import Request

OVERLAP_SECONDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must become of a delivery."""

    status: int
    outcome: str
    reason: str | None = None
    secret_version: str | None = None

    @property
    def queued(self) -> bool:
        """Whether a message must lie in the queue afterwards that did not before."""
        return self.outcome == "accepted"


ACCEPTED = Expected(status=200, outcome="accepted", secret_version="current")  # noqa: S106


def refused(reason: str, status: int = 401) -> Expected:
    """A delivery that must be refused for this reason."""
    return Expected(status=status, outcome="rejected", reason=reason)


class Demo:
    """One run: the stack, the providers' samples, and the verdicts so far."""

    def __init__(self, stack: LaptopStack, screen: Screen, found: dict[str, Sample]) -> None:
        self.stack = stack
        self.screen = screen
        self.samples = found
        self.failures = 0
        self.accepted = 0

    def signed(self, sample: Sample, *, age: float = 0) -> Request:
        """The sample as its provider would have signed it ``age`` seconds ago."""
        return sample.signed(self.stack.url, now=time.time() - age)

    def send(self, title: str, request: Request, expected: Expected) -> None:
        """Send it, check what became of it, and show it."""
        before = self.count()
        post(request)
        delivery = self.stack.journal.after(0)[-1]
        self.accepted += expected.queued
        faults = [*_differences(delivery, expected), *self._queue_faults(delivery, before)]
        self.screen.delivery(title, delivery, faults, note=self._note(delivery))
        self.failures += bool(faults)

    def check(self, title: str, faults: list[str]) -> None:
        """Show a verdict on something else than a single delivery."""
        self.screen.verdict(title, faults)
        self.failures += bool(faults)

    def count(self) -> int:
        """How many messages lie in the queue."""
        return self.stack.aws.count(self.stack.queue_url)

    def queued_bytes(self, body: str) -> bytes:
        """The delivery that a message holds, or points to."""
        return consumer.parse(body, get=self.stack.aws.stored).data

    def _queue_faults(self, delivery: Delivery, before: int) -> Iterator[str]:
        accepted = delivery.outcome == "accepted"
        added = self.count() - before
        if added != int(accepted):
            yield f"{added} messages were added to the queue"
        if accepted and delivery.message is None:
            yield "its message is not in the queue"
        if delivery.message and self.queued_bytes(delivery.message.body) != delivery.request.body:
            yield "the queue does not hold the bytes that were sent"

    def _note(self, delivery: Delivery) -> str | None:
        place = delivery.message and consumer.pointer(delivery.message.body)
        if not place:
            return None
        size = len(delivery.request.body)
        return f"in S3, too large for SQS: {size:,} bytes, the very ones that were sent"


def run(project: Path, console: Console) -> int:
    """Run all scenes; 0 when every outcome was right, else 1."""
    from hookproof.local.scenes import SCENES

    begun, found = time.perf_counter(), samples()
    options = Options(
        project=project,
        sources={name: sample.source_text for name, sample in found.items()},
        parameters={"Deduplication": "on", "PreviousSecretSeconds": str(OVERLAP_SECONDS)},
    )
    screen = Screen(console)
    screen.opening(len(found))
    with LaptopStack(options) as stack:
        screen.addresses(stack.addresses)
        demo = Demo(stack, screen, found)
        for scene in SCENES:
            screen.scene(scene.__doc__ or "")
            scene(demo)
        screen.closing(demo.failures, stack.journal, time.perf_counter() - begun)
    return 1 if demo.failures else 0


def post(request: Request) -> int:
    """Send a request as it is, and return the status of the answer."""
    place = urlsplit(request.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        target = request.url.partition(place.netloc)[2]
        connection.putrequest(request.method, target, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _differences(delivery: Delivery, expected: Expected) -> Iterator[str]:
    for name, found, wanted in (
        ("status", delivery.response.status, expected.status),
        ("outcome", delivery.outcome, expected.outcome),
        ("reason", delivery.logged("reason"), expected.reason),
    ):
        if found != wanted:
            yield f"{name} is {found}, not {wanted}"
    version = delivery.logged("secret_version")
    if expected.secret_version and version != expected.secret_version:
        yield f"the {version} secret counted, not the {expected.secret_version} one"
