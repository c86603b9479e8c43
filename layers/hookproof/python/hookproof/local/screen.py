"""How the demonstration looks: a line for each delivery, the message as it lies in the queue."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from hookproof.local.deliveries import Delivery, Journal
from hookproof.local.terminal import status_style

_SHOWN = 700
_INDENT = 14


class Screen:
    """Writes to a console; without colour, and to a file, it reads just as well."""

    def __init__(self, console: Console) -> None:
        self._console = console
        fancy = console.encoding.lower().startswith("utf")
        self._good, self._bad = ("✓", "✗") if fancy else ("ok", "NO")
        self._rule = "─" if fancy else "-"

    def opening(self, sources: int) -> None:
        """Say what is about to happen."""
        self._console.print()
        self._console.print(Text("Hookproof on this machine", style="bold"))
        self._console.print(
            "The real function behind the events that API Gateway would send, the real template"
            f" on an emulated AWS, and the webhooks of {sources} providers."
        )

    def addresses(self, addresses: dict[str, str]) -> None:
        """Say where it runs."""
        for label, key in (("endpoint", "url"), ("queue", "queue_url")):
            self._console.print(
                Text.assemble((f"  {label:<9}", "dim"), addresses[key]), soft_wrap=True
            )

    def scene(self, title: str) -> None:
        """A heading."""
        self._console.print()
        self._console.rule(
            Text(title.strip().removesuffix("."), style="bold"), align="left", characters=self._rule
        )

    def delivery(
        self, title: str, delivery: Delivery, faults: list[str], *, note: str | None
    ) -> None:
        """What was sent, what became of it, why, and what lies in the queue."""
        status = delivery.response.status
        self._console.print(
            Text.assemble(
                self._mark(faults),
                (f" {status} {delivery.outcome:<11}", f"bold {status_style(status)}"),
                f" {title}",
                (f"  {delivery.milliseconds:.0f} ms", "dim"),
            ),
            soft_wrap=True,
        )
        if reason := delivery.logged("reason"):
            self._line("reason", reason, f"bold {status_style(status)}")
            self._line("why", delivery.logged("detail") or "", "default")
        if delivery.logged("secret_version") not in (None, "current"):
            self._line("secret", f"the {delivery.logged('secret_version')} one", "yellow")
        if delivery.message:
            body = delivery.message.body
            self._line("queue", body[:_SHOWN] + ("…" if len(body) > _SHOWN else ""), "cyan")
        if note:
            self._line("body", note, "cyan")
        self._faults(faults)

    def verdict(self, title: str, faults: list[str]) -> None:
        """Something that was checked."""
        self._console.print(Text.assemble(self._mark(faults), f" {title}"), soft_wrap=True)
        self._faults(faults)

    def closing(self, failures: int, journal: Journal, seconds: float) -> None:
        """The result."""
        count = journal.count
        self._console.print()
        if failures:
            text = (
                f"{failures} of the outcomes were wrong, of {count} deliveries in {seconds:.0f} s."
            )
            self._console.print(Text(text, style="bold red"))
            return
        text = f"Every outcome was right: {count} deliveries in {seconds:.0f} s."
        self._console.print(Text(text, style="bold green"))
        self._console.print(
            "Next: hookproof dev --sources FILE.json keeps it running, with a page that shows"
            " each delivery."
        )
        self._console.print()

    def _mark(self, faults: list[str]) -> tuple[str, str]:
        return (self._bad, "bold red") if faults else (self._good, "green")

    def _line(self, label: str, text: str, style: str) -> None:
        width = max(20, self._console.width - _INDENT - 1)
        for piece in _folded(text, width):
            head = (f"      {label}".ljust(_INDENT), "dim")
            self._console.print(Text.assemble(head, (piece, style)), soft_wrap=True)
            label = ""

    def _faults(self, faults: list[str]) -> None:
        for fault in faults:
            self._line("wrong", fault, "bold red")


def _folded(text: str, width: int) -> Iterator[str]:
    """The text in pieces that fit, cut after a comma where there is one near the edge."""
    for line in text.splitlines():
        rest = line
        while len(rest) > width:
            comma = rest.rfind(",", width // 2, width - 1) + 1
            cut = (comma + rest[comma].isspace()) if comma else width
            yield rest[:cut]
            rest = rest[cut:]
        yield rest
