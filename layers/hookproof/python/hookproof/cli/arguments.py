"""What the commands share of their command lines: parsers, moments of time, request files."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from hookproof.errors import ConfigurationError

SubParsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
Run: TypeAlias = Callable[[argparse.Namespace], int]

REQUEST_FORMS = """\
A REQUEST is a file, or - for standard input, that holds one of these:
  a JSON object   {"method", "url", "headers", "body" or "body_base64"}
  raw HTTP        POST /path HTTP/1.1, header lines, an empty line, the body
  a curl command  as documentation and browsers write it
  a HAR file      or one entry of it
  a Lambda event  of an HTTP API, a REST API, a function URL or a load balancer
"""


def add_command(
    subparsers: SubParsers, name: str, run: Run, *, description: str, example: str
) -> argparse.ArgumentParser:
    """The parser of a command, with the overview's one line as its help and an example."""
    from hookproof.cli import COMMANDS

    parser = subparsers.add_parser(
        name,
        help=COMMANDS[name],
        description=description,
        epilog=f"Example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_now(parser: argparse.ArgumentParser) -> None:
    """``--now``: the moment that counts as the present."""
    parser.add_argument(
        "--now",
        metavar="T",
        help="the present, in seconds since 1970 or like 2026-01-31T12:00:00Z (default: the clock)",
    )


def moment(text: str | None) -> float:
    """The moment that ``--now`` names, in seconds since 1970; the clock's when it is not given.

    Raises: ConfigurationError.

    >>> moment("2023-11-14T22:13:20Z")
    1700000000.0
    """
    if text is None:
        return time.time()
    try:
        seconds = float(text)
    except ValueError:
        try:
            named = datetime.fromisoformat(text)
        except ValueError:
            seconds = math.nan
        else:
            seconds = (named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(seconds):
        raise ConfigurationError(
            f"--now: expected seconds since 1970 or like 2026-01-31T12:00:00Z; found {text!r}"
        )
    return seconds
