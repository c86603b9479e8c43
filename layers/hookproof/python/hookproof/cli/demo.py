"""``hookproof demo``: what ``make run`` shows."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from hookproof.local import require_installed

_HELP = "send genuine and forged deliveries through the laptop stack, and check every outcome"
_DESCRIPTION = """\
Starts the laptop stack on free ports, sends genuine and forged deliveries of several providers
over HTTP, and shows what became of each: the status, the reason, and the message as it lies in
the queue. It ends by itself in under a minute; the exit code is 0 only if every outcome was right.
"""
_EPILOG = """\
examples:
  hookproof demo
  NO_COLOR=1 hookproof demo > demo.txt
"""


def register(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "demo",
        help=_HELP,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--project", type=Path, help="the folder with template.yaml (found by itself)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when every outcome was right, else 1. Raises: ConfigurationError when it cannot start."""
    require_installed()
    from rich.console import Console

    from hookproof.local import demo
    from hookproof.local.template import find_project

    # A file has no width of its own: lines as long as a person likes to read.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
    return demo.run(find_project(args.project), console)
