"""The ``hookproof`` command: one module per command, loaded only when it is used."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from hookproof.errors import HookproofError, VerificationError

DONE, REJECTED, USAGE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141

# Each module has register(subparsers) and run(args) -> int. The order is that of the help.
COMMANDS = {
    "verify": "check that a captured request is genuine and fresh",
    "explain": "find out why a signature does not match",
    "identify": "guess which provider sent a request",
    "providers": "list the providers, or show how one of them signs",
    "sign": "sign a body as a provider would, and print the request",
    "send": "send signed sample deliveries to a URL",
    "event": "write a signed API Gateway event, for sam local invoke",
    "dev": "run the whole system on this machine",
    "demo": "watch genuine and forged deliveries go through the laptop stack",
    "sources": "add, list, rotate and test the sources of a deployed stack",
    "tail": "look at the messages in the queue without taking them",
    "dlq": "look at the dead-letter queue, and send its messages back",
    "quarantine": "look at what was rejected, and release what is genuine after all",
    "replay": "send stored deliveries again as they were",
}
_EPILOG = """\
Exit status: 0 done or verified, 1 rejected, 2 wrong usage or set-up.

Examples:
  hookproof providers stripe
  hookproof verify --provider stripe --secret-file secret.txt request.http
  hookproof send --provider stripe --secret-file secret.txt http://localhost:8000/webhooks/stripe

`hookproof COMMAND --help` explains a command, with an example.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Raises: SystemExit(2) for wrong usage, as argparse does.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = _parser(arguments).parse_args(arguments)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
    except HookproofError as error:
        print(f"hookproof {args.command}: {error}", file=sys.stderr)
        return REJECTED if isinstance(error, VerificationError) else USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has read enough. Nothing may be flushed into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return status


def available() -> tuple[str, ...]:
    """The commands that are installed, in the order of the help."""
    folder = Path(__file__).parent
    return tuple(name for name in COMMANDS if (folder / f"{name}.py").is_file())


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hookproof",
        description="Proves that webhooks are genuine, and explains it when they are not.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    names = available()
    wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
    if wanted is not None and wanted not in names:
        parser.error(_unknown(wanted, names))
    subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title="commands"
    )
    for name in names:
        if name == wanted:
            importlib.import_module(f"hookproof.cli.{name}").register(subparsers)
        else:
            subparsers.add_parser(name, help=COMMANDS[name], add_help=False)
    return parser


def _unknown(wanted: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(wanted, names, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    return f"no command {wanted!r}{meant} (there are {', '.join(names)})"


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that costs 20 ms."""

    def __init__(self, option_strings: list[str], dest: str, **options: object) -> None:
        super().__init__(option_strings, dest, nargs=0, help=str(options["help"]))

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("hookproof")
        except PackageNotFoundError:
            number = "(not installed)"
        print(f"hookproof {number}")
        parser.exit()
