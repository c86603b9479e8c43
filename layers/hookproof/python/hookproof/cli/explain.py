"""``hookproof explain``: why a signature does not match, by testing what may be the cause."""

from __future__ import annotations

import argparse
import sys
import time

from hookproof.cli import DONE, REJECTED
from hookproof.cli.arguments import REQUEST_FORMS, SubParsers, add_command, add_now, moment
from hookproof.cli.aws_options import add_aws_options
from hookproof.cli.explain_case import given_case, given_request
from hookproof.cli.explain_report import print_report
from hookproof.cli.files import STANDARD
from hookproof.cli.output import print_json, utc
from hookproof.cli.requests import Captured
from hookproof.cli.secret_options import FORMS_OF_SECRETS, add_secret_options
from hookproof.errors import ConfigurationError
from hookproof.explain import Cause, explain_case

_DESCRIPTION = f"""\
Says why a request does not verify: undoes, one at a time and two at a time, what copying,
frameworks, proxies and clocks do to secrets, bodies, URLs and headers, until the signature
matches. What fits is the cause; nothing is guessed. No secret and no signature that was expected
is ever printed. Exit status 0: valid, or a handshake; 1: invalid; 2: it could not be judged.

With --source, the secrets come from the deployed stack: the current and the previous one, and
those of all other sources. An event or a record of the quarantine is judged as of its arrival.

{REQUEST_FORMS}
{FORMS_OF_SECRETS}"""
_EXAMPLE = """\
  hookproof explain --provider stripe --secret-file secret.txt request.http
  hookproof explain --source stripe event.json
  hookproof explain --source hubspot --url https://hooks.example.com/webhooks/hubspot event.json
  hookproof explain -p github -s live.txt --other-secret-file test=test.txt request.json --json
"""
_QUIET_SECONDS = 1.0
_TERMINAL_SECONDS, _LOG_SECONDS = 0.2, 5.0
_MISLABELLED = Cause(
    code="body_base64",
    text="the event says isBase64Encoded, and its body is no base64",
    fix="Set isBase64Encoded to what the body is, or build the event from the raw bytes.",
)


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "explain", run, description=_DESCRIPTION, example=_EXAMPLE)
    parser.add_argument("request", metavar="REQUEST", help="the file, or - for stdin")
    parser.add_argument("--source", metavar="S", help="a source of the deployed stack")
    add_now(parser)
    parser.add_argument(
        "--seconds", type=float, default=20.0, metavar="N", help="search no longer (default: 20)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_candidates(parser)
    add_secret_options(parser)
    add_aws_options(parser)


def _add_candidates(parser: argparse.ArgumentParser) -> None:
    """What else may be tried: URLs, and secrets of other endpoints."""
    parser.add_argument(
        "--url",
        metavar="URL",
        action="append",
        default=[],
        help="what the public URL may be; can be given several times",
    )
    parser.add_argument(
        "--other-secret-file",
        metavar="NAME=F",
        action="append",
        default=[],
        help="the secret of another endpoint, to be tried too; can be given several times",
    )
    parser.add_argument(
        "--no-other-sources",
        action="store_true",
        help="with --source: do not read the secrets of the other sources",
    )


def run(args: argparse.Namespace) -> int:
    """Explain the request."""
    _check(args)
    given = given_request(args.request)
    captured = given.captured
    for remark in captured.remarks:
        _note(remark)
    case = given_case(args, captured.request, _now(args, captured))
    progress = _Progress()
    try:
        report = explain_case(case, seconds=args.seconds, progress=progress)
    finally:
        progress.end()
    if given.is_mislabelled:
        report = report.with_cause(_MISLABELLED, reason="request_malformed")
    if args.json:
        print_json(dict(report.to_json()))
    else:
        print_report(report, case, captured)
    return REJECTED if report.verdict == "invalid" else DONE


def _check(args: argparse.Namespace) -> None:
    if args.source and (args.provider or args.secret_file or args.secret_env or args.source_file):
        raise ConfigurationError("--source takes provider and secret from the stack; give no other")
    if not args.source and not args.provider and not args.source_file:
        raise ConfigurationError(
            "expected --source S, --provider P with a secret, or --source-file"
        )
    if args.request == STANDARD == args.secret_file:
        raise ConfigurationError("the request and the secret cannot both be standard input")
    if not args.seconds > 0:
        raise ConfigurationError("--seconds: expected more than 0")


def _now(args: argparse.Namespace, captured: Captured) -> float:
    """The moment that counts: the one given, that of arrival, or the clock's."""
    if args.now is not None or captured.received is None:
        return moment(args.now)
    _note(f"judged as of its arrival, {utc(captured.received)}; --now names another moment")
    return captured.received


def _note(text: str) -> None:
    print(f"hookproof explain: note: {text}", file=sys.stderr)


class _Progress:
    """Tells on standard error how many were tried, once that takes more than a second."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._next = time.monotonic() + _QUIET_SECONDS
        self._shown = False

    def __call__(self, tried: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (_TERMINAL_SECONDS if self._is_terminal else _LOG_SECONDS)
        start, end = ("\r\x1b[K", "") if self._is_terminal else ("", "\n")
        text = f"{start}hookproof explain: {tried} combinations tried …"
        print(text, end=end, file=sys.stderr, flush=True)
        self._shown = True

    def end(self) -> None:
        """Wipe the line, where a terminal shows it."""
        if self._shown and self._is_terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
