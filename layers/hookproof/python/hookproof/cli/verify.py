"""``hookproof verify``: whether a captured request is genuine and fresh."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from hookproof.cli import DONE, REJECTED
from hookproof.cli.arguments import REQUEST_FORMS, SubParsers, add_command, add_now, moment
from hookproof.cli.batch import run_batch
from hookproof.cli.files import STANDARD
from hookproof.cli.http_client import fetch_document
from hookproof.cli.output import age, mark, paint, print_facts, print_json, printable, utc
from hookproof.cli.requests import Captured, read_request
from hookproof.cli.secret_options import FORMS_OF_SECRETS, add_secret_options, given_source
from hookproof.errors import ConfigurationError, VerificationError
from hookproof.messages import Request
from hookproof.sources import Source
from hookproof.verified import Verified

_DESCRIPTION = f"""\
Verifies a captured request exactly as the deployed function would, and says what was proven: by
which secret, when it was signed, what the signature covers. Exit status 0: verified; 1: rejected;
2: it could not be judged.

{REQUEST_FORMS}
{FORMS_OF_SECRETS}"""
_EXAMPLE = """\
  hookproof verify --provider stripe --secret-file secret.txt request.http
  pbpaste | hookproof verify --provider github --secret-env WEBHOOK_SECRET --any-age -
  hookproof verify --source-file source.json --now 2026-01-31T12:00:00Z event.json --json

A batch is a file of JSON lines {"case", "provider", "secret", "now", "request"}; for each one line
{"case", "valid", "reason", "event_id", "event_type"} comes out, in order. Where "now" is null or
missing, freshness is not judged. A custom provider has its "scheme" in the line. Nothing is
fetched: public keys stand in the secret. The exit status is 0 once every line has been judged.

  hookproof verify --batch cases.jsonl > results.jsonl
"""


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "verify", run, description=_DESCRIPTION, example=_EXAMPLE)
    parser.add_argument("request", metavar="REQUEST", nargs="?", help="the file, or - for stdin")
    parser.add_argument("--batch", metavar="FILE", help="a file of cases, one JSON line each")
    add_now(parser)
    parser.add_argument(
        "--any-age", action="store_true", help="do not judge when the request was signed"
    )
    parser.add_argument("--url", help="the public URL that the provider called, if not the file's")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_secret_options(parser)


def run(args: argparse.Namespace) -> int:
    """Verify the request, or every case of a batch."""
    if args.batch:
        return _run_batch(args)
    if not args.request:
        raise ConfigurationError("expected a REQUEST file, - for standard input, or --batch FILE")
    if args.request == STANDARD == args.secret_file:
        raise ConfigurationError("the request and the secret cannot both be standard input")
    source = given_source(args, **({"tolerance": math.inf} if args.any_age else {}))
    captured = read_request(args.request, url=args.url)
    for remark in captured.remarks:
        print(f"hookproof verify: note: {remark}", file=sys.stderr)
    request = captured.request if args.url else source.public(captured.request)
    now = moment(args.now)
    try:
        verified, secret = source.verify(request, now=now, fetch=fetch_document)
    except VerificationError as error:
        _print_rejected(args, source, captured, error)
        return REJECTED
    _print_verified(args, request, verified, (secret, now))
    return DONE


def _run_batch(args: argparse.Namespace) -> int:
    if args.request or args.provider or args.secret_file or args.secret_env or args.source_file:
        raise ConfigurationError("--batch: each line has its own provider, secret and request")
    if args.batch == STANDARD:
        run_batch(sys.stdin.buffer, sys.stdout, flush_every=0)
        return DONE
    try:
        with Path(args.batch).open("rb") as lines:
            run_batch(lines, sys.stdout)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigurationError(f"{args.batch}: cannot be read: {error.strerror}") from error
    return DONE


def _print_verified(
    args: argparse.Namespace, request: Request, verified: Verified, by: tuple[str, float]
) -> None:
    secret, now = by
    if args.json:
        print_json(_document(verified, secret))
        return
    print(f"{mark(good=True)} {paint('verified', 'good')}: {verified.provider} sent this")
    signed_at = verified.timestamp
    covers = "covered by the signature" if verified.body_signed else "NOT covered by the signature"
    print_facts(
        [
            ("event", printable(" ".join(filter(None, (verified.event_type, verified.event_id))))),
            ("secret", f"number {verified.secret_index + 1}" if verified.secret_index else secret),
            ("signed at", "" if signed_at is None else f"{utc(signed_at)}, {age(now - signed_at)}"),
            ("covers", ", ".join(verified.signed)),
            ("body", f"{len(request.body)} bytes, {covers}"),
        ]
    )


def _document(verified: Verified, secret: str) -> dict[str, object]:
    return {
        "valid": True,
        "reason": None,
        "provider": verified.provider,
        "event_id": verified.event_id,
        "event_type": verified.event_type,
        "secret": secret,
        "timestamp": verified.timestamp,
        "signed": list(verified.signed),
        "body_signed": verified.body_signed,
        "body_bytes": len(verified.body),
    }


def _print_rejected(
    args: argparse.Namespace, source: Source, captured: Captured, error: VerificationError
) -> None:
    if args.json:
        print_json(
            {
                "valid": False,
                "reason": error.code,
                "message": str(error),
                "provider": source.provider.id,
            }
        )
        return
    print(f"{mark(good=False)} {paint('rejected', 'bad')}: {error.code}")
    print_facts(
        [
            ("why", printable(str(error))),
            ("read as", f"{captured.form}, body of {len(captured.request.body)} bytes"),
            ("next", _hint(error, captured, source.provider.id)),
        ]
    )


def _hint(error: VerificationError, captured: Captured, provider: str) -> str:
    if error.code == "timestamp_too_old":
        then = captured.received
        when = "of then with --now T" if then is None else f"it was recorded with --now {then:.0f}"
        return f"the signature is genuine; judge it as {when}, or without its age with --any-age"
    if error.code == "signature_mismatch":
        return "`hookproof explain` with the same arguments tries out what may be the cause"
    if error.code == "signature_missing":
        return "`hookproof identify` with the same REQUEST says who may have sent it"
    return f"`hookproof providers {provider}` shows how it signs"
