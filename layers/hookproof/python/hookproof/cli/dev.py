"""``hookproof dev``: the laptop stack, until it is stopped."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hookproof.errors import ConfigurationError
from hookproof.local import require_installed

if TYPE_CHECKING:
    from hookproof.local.stack import LaptopStack, Options

_HELP = "run everything on this machine: endpoint, function, queue, inspector"
_DESCRIPTION = """\
Runs the application on this machine, with no AWS account and no Docker. Each HTTP request becomes
the event that API Gateway would send, the real handler (functions/ingest) runs on it, and the
queue, the bucket and the table are made from the real template.yaml on an emulated AWS.

The sources file maps the names of sources to the JSON that their secrets hold. It is read again
when it changes: a changed secret is a rotation, the one before stays valid for a while.
"""
_EPILOG = """\
examples:
  echo '{"stripe": {"provider": "stripe", "secret": "whsec_test"}}' > sources.json
  hookproof dev --sources sources.json
  hookproof send --provider stripe --secret-file secret.txt http://127.0.0.1:8000/webhooks/stripe
  hookproof dev --event-format rest --parameter QueueType=fifo --parameter Deduplication=on
"""


def register(subparsers: Any) -> None:
    """Add the command's parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "dev",
        help=_HELP,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_places(parser)
    _add_behaviour(parser)
    parser.set_defaults(run=run)


def _add_places(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--port", type=_port, default=8000, help="where deliveries go (8000; 0: any that is free)")
    add("--aws-port", type=_port, default=5000, help="where the emulated AWS listens (5000)")
    add("--inspector-port", type=_port, help="where the inspector listens (8001, or any free one)")
    add("--sources", type=Path, metavar="FILE", help="JSON: source name → the secret's JSON")
    add(
        "--ready-file", type=Path, metavar="FILE", help="written with all addresses once it answers"
    )
    add("--project", type=Path, help="the folder with template.yaml (found by itself)")


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--event-format",
        choices=("http", "rest", "url"),
        default="http",
        help="what the function sees: an HTTP API's event, a REST API's, a function URL's (http)",
    )
    add(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        type=_parameter,
        help="a parameter of template.yaml in place of its default; may be repeated",
    )
    add("--environments", type=_count, default=4, help="how many deliveries run at once (4)")


def run(args: argparse.Namespace) -> int:
    """Run the stack until SIGINT or SIGTERM. Raises: ConfigurationError when it cannot start."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    require_installed()
    _serve(args, stopping)
    return 0


def _serve(args: argparse.Namespace, stopping: threading.Event) -> None:
    from rich.console import Console

    from hookproof.local.sources_file import SourcesFile
    from hookproof.local.stack import LaptopStack
    from hookproof.local.terminal import DeliveryPrinter, print_addresses

    console = Console(highlight=False)
    sources = SourcesFile(args.sources)
    printer = DeliveryPrinter(console)
    with LaptopStack(_options(args, sources.texts, printer.add)) as stack:
        print_addresses(console, stack, sorted(sources.texts))
        _write_ready(args.ready_file, stack.addresses)
        try:
            while not stopping.wait(0.5):
                _reload(sources, stack)
        finally:
            if args.ready_file:
                args.ready_file.unlink(missing_ok=True)
    printer.stop()


def _options(args: argparse.Namespace, sources: dict[str, str], listener: Any) -> Options:
    from hookproof.local.stack import Options
    from hookproof.local.template import find_project

    start = args.project.resolve() if args.project else None
    return Options(
        project=find_project(start),
        port=args.port,
        aws_port=args.aws_port,
        inspector_port=args.inspector_port,
        event_format=args.event_format,
        sources=sources,
        parameters=dict(args.parameter),
        environments=args.environments,
        listener=listener,
    )


def _reload(sources: Any, stack: LaptopStack) -> None:
    try:
        changed = sources.changes()
    except ConfigurationError as error:
        print(f"hookproof dev: {error}; the sources stay as they were", file=sys.stderr)
        return
    for name, text in changed.items():
        stack.put_source(name, text)
        print(f"source {name} is set", flush=True)


def _write_ready(path: Path | None, addresses: dict[str, str]) -> None:
    if path is None:
        return
    # Under another name first: whoever waits for the file must not find half of it.
    half = path.with_name(path.name + ".part")
    try:
        half.write_text(json.dumps(addresses, indent=2) + "\n")
        half.replace(path)
    except OSError as error:
        raise ConfigurationError(f"--ready-file {path}: {error.strerror}") from error


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r}: 1 to 64")
    return int(text)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE")
    return name, value
