"""How the commands print: colours only on a terminal, plain tables, JSON for programs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TextIO

_STYLES = {"good": "32", "bad": "31", "warn": "33", "faint": "2", "strong": "1", "name": "36"}
_LEAST_WIDTH = 12


def has_colour(stream: TextIO) -> bool:
    """Whether colours may be used there.

    Source: https://no-color.org
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """The text in a style (good, bad, warn, faint, strong, name), where colours are used."""
    if not has_colour(stream or sys.stdout):
        return text
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def mark(*, good: bool) -> str:
    """A tick or a cross, in ASCII where the terminal knows no other characters."""
    encoding = (sys.stdout.encoding or "ascii").lower()
    ticks = ("✓", "✗") if encoding.startswith("utf") else ("ok", "no")
    return paint(ticks[0], "good") if good else paint(ticks[1], "bad")


def printable(text: str) -> str:
    """The text without the control characters that could play with a terminal."""
    return "".join(one if one.isprintable() else "�" for one in text)


def print_json(value: object) -> None:
    """Print the value as one indented JSON document."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Print names and values in two columns; what has no value is left out."""
    known = [(name, value) for name, value in facts if value]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        first, *rest = value.splitlines()
        print(f"  {paint(name.ljust(width), 'faint')}  {first}")
        for line in rest:
            print(f"  {' ' * width}  {line}")


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; on a terminal the widest column gives way until it fits."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    if sys.stdout.isatty():
        _fit(widths, shutil.get_terminal_size().columns)
    print(paint(_line(header, widths), "strong"))
    for row in rows:
        line = _line(row, widths)
        print(paint(line[: widths[0]], "name") + line[widths[0] :])


def utc(seconds: float) -> str:
    """The moment as RFC 3339 writes it, to the second."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{seconds:.0f} s since 1970"


def age(seconds: float) -> str:
    """How far a moment is from the present, in words.

    >>> age(90), age(-3)
    ('1 min 30 s ago', '3 s in the future')
    """
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    left, words = abs(int(seconds)), []
    for size, unit in units:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {unit}")
    text = " ".join(words[:2]) or "0 s"
    return f"{text} ago" if seconds >= 0 else f"{text} in the future"


def _fit(widths: list[int], available: int) -> None:
    spare = available - sum(widths) - 2 * (len(widths) - 1)
    while spare < 0 and max(widths) > _LEAST_WIDTH:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        spare += 1


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    fitted = (
        (cell if len(cell) <= width else cell[: width - 1] + "…").ljust(width)
        for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(fitted).rstrip()
