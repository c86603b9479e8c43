"""What the commands for a deployed stack share: where it is, actions, ages, questions."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time

from hookproof.cli.arguments import Run, SubParsers
from hookproof.errors import ConfigurationError
from hookproof.operations.account import Account
from hookproof.operations.deployment import DEFAULT_STACK, Deployment

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_AGE = re.compile(r"([0-9]{1,9})(s|m|min|h|d)")


def add_aws_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which stack, and with whose credentials."""
    group = parser.add_argument_group("stack")
    group.add_argument(
        "--stack-name",
        metavar="N",
        default=os.environ.get("HOOKPROOF_STACK", DEFAULT_STACK),
        help=f"the deployed stack (default: HOOKPROOF_STACK, or {DEFAULT_STACK})",
    )
    group.add_argument("--profile", metavar="P", help="a profile of ~/.aws/config")
    group.add_argument("--region", metavar="R", help="the stack's region (default: as configured)")
    group.add_argument(
        "--endpoint-url",
        metavar="URL",
        help="another AWS, such as the laptop stack (default: AWS_ENDPOINT_URL)",
    )


def deployment_of(args: argparse.Namespace) -> Deployment:
    """The stack that the options name. Raises: ConfigurationError, Unavailable."""
    account = Account(profile=args.profile, region=args.region, endpoint_url=args.endpoint_url)
    return Deployment.of(account, args.stack_name)


def actions_of(parser: argparse.ArgumentParser) -> SubParsers:
    """Where the actions of a command are added."""
    return parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")


def add_action(
    actions: SubParsers, name: str, run: Run, *, summary: str, example: str
) -> argparse.ArgumentParser:
    """The parser of one action, with an example and the options of the stack."""
    parser = actions.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"Example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    add_aws_options(parser)
    return parser


def moment_of(text: str | None, option: str) -> float | None:
    """The moment that an age (``90s``, ``15m``, ``2h``, ``7d``) or a date names.

    Raises: ConfigurationError.
    """
    from hookproof.cli.arguments import moment

    if text is None:
        return None
    found = _AGE.fullmatch(text)
    if found:
        return time.time() - int(found[1]) * _UNITS[found[2]]
    try:
        return moment(text)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{option}: expected an age such as 15m, 2h or 7d, or a time such as"
            f" 2026-01-31T12:00:00Z; found {text!r}"
        ) from error


def confirm(question: str, *, yes: bool) -> None:
    """Return when the operator agrees. Raises: ConfigurationError when not, or nobody is there."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(f"{question} Say --yes to do it.")
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise ConfigurationError("nothing was done")


def show_progress(text: str) -> None:
    """Write over the last line of progress, where a terminal shows it; empty wipes it."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
