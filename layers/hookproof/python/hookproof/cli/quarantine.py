"""``hookproof quarantine``: what was refused, why, and the release of what is genuine after all."""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.util import find_spec

from hookproof.cli.arguments import Run, SubParsers, add_command
from hookproof.cli.aws_options import actions_of, add_action
from hookproof.errors import ConfigurationError

_DESCRIPTION = """\
With the stack's parameter Quarantine=on, deliveries that were refused for their signature or a
stale timestamp are kept for some days, at most so many of each source and minute. What verifies by
the present secrets, as of the moment it arrived, can be released into the queue: the same event as
if it had just come, with the time of its arrival.
"""
_EXAMPLE = """\
  hookproof quarantine list --since 2h
  hookproof quarantine verify --source stripe
  hookproof quarantine release --source stripe --since 1d
"""


def register(subparsers: SubParsers) -> None:
    """Add the command's parser and its actions."""
    parser = add_command(
        subparsers, "quarantine", _unreachable, description=_DESCRIPTION, example=_EXAMPLE
    )
    actions = actions_of(parser)
    listing = add_action(
        actions,
        "list",
        _of("quarantine_views.list_all"),
        summary="list what was refused",
        example="  hookproof quarantine list --source stripe --since 2h --json",
    )
    _choosing(listing)
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="default: 100")
    _register_show(actions)
    _register_explain(actions)
    _register_runs(actions)


def _unreachable(args: argparse.Namespace) -> int:
    raise AssertionError(args)  # argparse demands an action


def _of(name: str) -> Run:
    """The action of this name; only running it needs what a delivery needs."""

    def run(args: argparse.Namespace) -> int:
        if find_spec("awscrt") is None:
            raise ConfigurationError("this needs awscrt: pip install 'hookproof[cli]'")
        module, _, function = name.partition(".")
        action: Run = getattr(import_module(f"hookproof.cli.{module}"), function)
        return action(args)

    return run


def _choosing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", metavar="S", help="of this source")
    parser.add_argument("--tenant", metavar="T", help="of this tenant")
    parser.add_argument("--since", metavar="AGE", help="that came after: 15m, 2h, 7d, a time")
    parser.add_argument("--until", metavar="AGE", help="that came before")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def _register_show(actions: SubParsers) -> None:
    parser = add_action(
        actions,
        "show",
        _of("quarantine_views.show"),
        summary="show a refused delivery; signatures, tokens and the body only on request",
        example="  hookproof quarantine show stripe/20260131T1200Z-007\n"
        "  hookproof quarantine show stripe/20260131T1200Z-007 --request > delivery.json",
    )
    parser.add_argument("id", metavar="ID", help="as `list` shows it")
    parser.add_argument("--body", action="store_true", help="show the body")
    parser.add_argument("--reveal", action="store_true", help="show signatures and tokens too")
    parser.add_argument(
        "--request", action="store_true", help="print the whole REQUEST, as other commands read it"
    )


def _register_explain(actions: SubParsers) -> None:
    parser = add_action(
        actions,
        "explain",
        _of("quarantine_views.explain"),
        summary="find out why a refused delivery did not verify",
        example="  hookproof quarantine explain stripe/20260131T1200Z-007",
    )
    parser.add_argument("id", metavar="ID", help="as `list` shows it")
    parser.add_argument("--json", action="store_true", help="print a JSON object")


def _register_runs(actions: SubParsers) -> None:
    verifying = add_action(
        actions,
        "verify",
        _of("quarantine_release.verify"),
        summary="say what would verify now, by the present secrets as of its arrival",
        example="  hookproof quarantine verify --source stripe --since 1d",
    )
    releasing = add_action(
        actions,
        "release",
        _of("quarantine_release.release"),
        summary="queue what verifies now, and take it out of the quarantine",
        example="  hookproof quarantine release --source stripe --since 1d\n"
        "  hookproof quarantine release stripe/20260131T1200Z-007",
    )
    purging = _purging(actions)
    for parser in (verifying, releasing, purging):
        parser.add_argument("ids", metavar="ID", nargs="*", help="these alone")
        _choosing(parser)
    purging.add_argument("--yes", action="store_true", help="do not ask")


def _purging(actions: SubParsers) -> argparse.ArgumentParser:
    return add_action(
        actions,
        "purge",
        _of("quarantine_release.purge"),
        summary="delete refused deliveries for good",
        example="  hookproof quarantine purge --source stripe --until 2d",
    )
