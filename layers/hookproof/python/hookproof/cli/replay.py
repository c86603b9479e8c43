"""``hookproof replay``: stored deliveries again, byte for byte."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

from hookproof.cli import DONE, REJECTED
from hookproof.cli.arguments import REQUEST_FORMS, SubParsers, add_command
from hookproof.cli.http_client import TIMEOUT, exchange
from hookproof.cli.output import mark, paint, print_json, printable
from hookproof.cli.requests import read_request
from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request, Response

_DESCRIPTION = f"""\
Sends stored deliveries again as they were: method, path and query, headers, and the very bytes of
the body. Nothing is signed anew, so an endpoint that checks timestamps refuses old ones. Exit
status 0: every answer was a 2xx; 1: some were not; 2: nothing answered.

{REQUEST_FORMS}"""
_EXAMPLE = """\
  hookproof replay delivery.json --url http://127.0.0.1:8000/webhooks/stripe
  hookproof replay captured/*.http --url https://hooks.example.com/webhooks/github --json
"""
_SHOWN = 300
# They belong to the connection that the delivery came by, or are written anew.
_OF_THE_CONNECTION = frozenset({"connection", "host", "keep-alive", "transfer-encoding", "upgrade"})


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "replay", run, description=_DESCRIPTION, example=_EXAMPLE)
    parser.add_argument("files", metavar="FILE", nargs="+", help="a REQUEST, or - for stdin")
    parser.add_argument("--url", help="where to send it (default: the URL in the file)")
    parser.add_argument(
        "--keep-host", action="store_true", help="send the Host that the file has, not the URL's"
    )
    parser.add_argument(
        "--timeout", type=float, default=TIMEOUT, metavar="S", help="seconds to wait for an answer"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list of the answers")


def run(args: argparse.Namespace) -> int:
    """Send the files one after the other, and print each answer."""
    if not args.timeout > 0:
        raise ConfigurationError("--timeout: expected a number above 0")
    # All are read before the first is sent: a slip in the last name sends nothing.
    requests = [(name, _again(read_request(name).request, args)) for name in args.files]
    answers = []
    for name, request in requests:
        started = time.perf_counter()
        response = exchange(request, timeout=args.timeout)
        milliseconds = (time.perf_counter() - started) * 1000
        answers.append(_document(name, response, milliseconds))
        if not args.json:
            _print(name, response, milliseconds)
    if args.json:
        print_json(answers)
    return DONE if all(one["status"] // 100 == 2 for one in answers) else REJECTED  # type: ignore[operator]  # noqa: PLR2004


def _again(request: Request, args: argparse.Namespace) -> Request:
    """The request as it goes out; the query stays the delivery's own."""
    url = args.url or request.url
    if args.url and request.query and "?" not in args.url:
        url = f"{args.url}?{request.query}"
    dropped = _OF_THE_CONNECTION - ({"host"} if args.keep_host else set())
    fields = [(name, value) for name, value in request.headers if name.lower() not in dropped]
    return replace(request, url=url, headers=Headers(fields))


def _print(name: str, response: Response, milliseconds: float) -> None:
    good = response.status // 100 == 2  # noqa: PLR2004 - HTTP's classes of answers
    status = paint(str(response.status), "good" if good else "bad")
    text = printable(response.body.decode("utf-8", "replace").strip())[:_SHOWN]
    print(f"{mark(good=good)} {name}  {status}  {milliseconds:.0f} ms  {text}")


def _document(name: str, response: Response, milliseconds: float) -> dict[str, object]:
    return {
        "file": name,
        "status": response.status,
        "milliseconds": round(milliseconds, 1),
        "body": response.body.decode("utf-8", "replace"),
    }
