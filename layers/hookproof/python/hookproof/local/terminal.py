"""What the laptop stack writes to the terminal; plain text when that is no terminal."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue

from rich.console import Console
from rich.text import Text

from hookproof.local.deliveries import Delivery
from hookproof.local.stack import LaptopStack

_GOOD, _CLIENT_ERROR, _SERVER_ERROR = "green", 400, 500


def status_style(status: int) -> str:
    """The colour of an HTTP status."""
    if status < _CLIENT_ERROR:
        return _GOOD
    return "red" if status < _SERVER_ERROR else "yellow"


def print_addresses(console: Console, stack: LaptopStack, names: list[str]) -> None:
    """Say where everything is, and how to begin."""
    addresses = stack.addresses
    rows = [
        ("deliveries", f"{addresses['url']}/webhooks/{{source}}"),
        ("sources", ", ".join(names) or "none; name a file: --sources sources.json, with"),
        ("", "" if names else '{"stripe": {"provider": "stripe", "secret": "whsec_…"}}'),
        ("inspector", addresses["inspector"]),
        ("queue", addresses["queue_url"]),
        ("dead letters", addresses["dlq_url"]),
        ("AWS", addresses["aws_endpoint"]),
        ("", "export " + " ".join(f"{k}={v}" for k, v in stack.aws.variables().items())),
    ]
    console.print(Text("Hookproof runs on this machine. Ctrl-C ends it.", style="bold"))
    for label, value in rows:
        if value:
            console.print(Text.assemble((f"  {label:<13}", "dim"), value), soft_wrap=True)
    console.print()


class DeliveryPrinter:
    """Prints deliveries from a thread of its own: a terminal that stands still delays none."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._waiting: SimpleQueue[Delivery | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._print_all, daemon=True)
        self._thread.start()

    def add(self, delivery: Delivery) -> None:
        """Print this one soon."""
        self._waiting.put(delivery)

    def stop(self) -> None:
        """Print what is waiting, unless that takes long."""
        self._waiting.put(None)
        self._thread.join(timeout=2)

    def _print_all(self) -> None:
        while delivery := self._waiting.get():
            self._print(delivery)

    def _print(self, delivery: Delivery) -> None:
        logged, status = delivery.logged, delivery.response.status
        details = (logged("reason"), logged("event_id"), logged("event_type"))
        note = _secret_note(logged("secret_version"))
        line = Text.assemble(
            (time.strftime("%H:%M:%S", time.localtime(delivery.received)), "dim"),
            f"  {delivery.request.method:<4} {delivery.request.path}  ",
            (f"{status} {delivery.outcome}", f"bold {status_style(status)}"),
            "".join(f"  {detail}" for detail in (*details, note) if detail),
            (f"  {delivery.milliseconds:.0f} ms", "dim"),
        )
        self._console.print(line, soft_wrap=True)
        if delivery.fault:
            self._console.print(Text(delivery.fault.rstrip(), style="red"), soft_wrap=True)


def _secret_note(version: str | None) -> str | None:
    """Only what is out of the ordinary: a secret that is about to expire was used."""
    return None if version is None or version == "current" else f"{version} secret"
