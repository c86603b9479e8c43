"""What the laptop stack writes to the terminal; plain text when that is no terminal."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text

from hookproof.local.deliveries import Delivery
from hookproof.local.stack import LaptopStack
from hookproof.local.views import mask

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
        ("", " ".join(f"{name}={value}" for name, value in stack.aws.variables().items())),
    ]
    console.print(Text("Hookproof runs on this machine. Ctrl-C ends it.", style="bold"))
    for label, value in rows:
        if value:
            console.print(Text.assemble((f"  {label:<13}", "dim"), value), soft_wrap=True)
    console.print()


def print_delivery(console: Console, delivery: Delivery, secrets: list[str]) -> None:
    """One line for one delivery; a fault of the function in full."""
    logged = delivery.logged
    details = [
        logged("reason"),
        logged("event_id"),
        logged("event_type"),
        _secret_note(logged("secret_version")),
    ]
    status = delivery.response.status
    line = Text.assemble(
        (time.strftime("%H:%M:%S", time.localtime(delivery.received)), "dim"),
        f"  {delivery.request.method:<4} {mask(delivery.request.path, secrets)}  ",
        (f"{status} {delivery.outcome}", f"bold {status_style(status)}"),
        "".join(f"  {detail}" for detail in details if detail),
        (f"  {delivery.milliseconds:.0f} ms", "dim"),
    )
    console.print(line, soft_wrap=True)
    if delivery.fault:
        console.print(Text(delivery.fault.rstrip(), style="red"), soft_wrap=True)


def _secret_note(version: str | None) -> str | None:
    """Only what is out of the ordinary: a secret that is about to expire was used."""
    return None if version is None or version == "current" else f"{version} secret"
