"""``hookproof quarantine list``, ``show`` and ``explain``."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from itertools import islice
from typing import Any

from hookproof.cli import DONE, REJECTED
from hookproof.cli.aws_options import deployment_of, moment_of
from hookproof.cli.output import age, paint, print_facts, print_json, printable, utc
from hookproof.cli.request_json import write_request
from hookproof.cli.requests import Captured
from hookproof.errors import ConfigurationError, HookproofError
from hookproof.operations.deployment import Deployment
from hookproof.operations.records import Chosen, Listed, Record, Records
from hookproof.operations.secrets import Secrets
from hookproof.provider import Provider

LINE = "{:<34}  {:<20}  {:<12}  {:<20}  {:>9}"
_TELLING = re.compile(
    r"sign|token|secret|auth|cookie|key|hmac|digest|password|credential|passwd", re.IGNORECASE
)
_MASK = "(hidden; --reveal shows it)"


def chosen_of(args: argparse.Namespace) -> Chosen:
    """Which records the options mean. Raises: ConfigurationError."""
    return Chosen(
        source=args.source,
        tenant=args.tenant,
        since=moment_of(args.since, "--since"),
        until=moment_of(args.until, "--until"),
        ids=tuple(getattr(args, "ids", ())),
    )


def facts_of(record: Record) -> dict[str, Any]:
    """What is said of a record in JSON: nothing of what was delivered."""
    return {
        "id": record.id,
        "source": record.source,
        "tenant": record.tenant,
        "provider": record.provider,
        "arrived": utc(record.arrived),
        "reason": record.reason,
        "body_bytes": len(record.request.body),
    }


def line_of(record: Listed) -> str:
    """A record in a line."""
    cells = (record.id, utc(record.arrived), record.tenant or "", record.reason)
    return LINE.format(*cells, f"{record.octets} B").rstrip()


def _listed(record: Listed) -> dict[str, Any]:
    return {
        "id": record.id,
        "source": record.source,
        "tenant": record.tenant,
        "arrived": utc(record.arrived),
        "reason": record.reason,
        "record_bytes": record.octets,
    }


def list_all(args: argparse.Namespace) -> int:
    """Print the records, one a line, oldest first within each source."""
    deployment = deployment_of(args)
    records = Records(deployment).summaries(chosen_of(args))
    shown = 0
    for record in islice(records, args.limit):
        shown += 1
        print(json.dumps(_listed(record)) if args.json else line_of(record))
    if not args.json:
        print(paint(_summary(deployment, shown, args.limit), "faint"))
    return DONE


def _summary(deployment: Deployment, shown: int, limit: int) -> str:
    if shown == limit:
        return f"the first {shown}; --limit shows more, --since fewer"
    if shown == 0 and not deployment.keeps_quarantine:
        return "Nothing is kept: the stack's parameter Quarantine is off."
    return f"{shown} kept"


def show(args: argparse.Namespace) -> int:
    """Print what is known of a record; what could be misused only on request."""
    deployment = deployment_of(args)
    record = record_of(deployment, args.id)
    if args.request:
        print_json(write_request(record.request))
        return DONE
    _print_facts(args, record)
    telling = set() if args.reveal else _telling(deployment, record)
    for name, value in record.request.headers:
        is_hidden = not args.reveal and (_TELLING.search(name) or name.lower() in telling)
        print(f"    {printable(name)}: {_MASK if is_hidden else printable(value)}")
    if args.body:
        sys.stdout.flush()
        sys.stdout.buffer.write(record.request.body + b"\n")
    return DONE


def _print_facts(args: argparse.Namespace, record: Record) -> None:
    request, hide = record.request, not args.reveal
    url, question, _ = request.url.partition("?")
    print(paint(record.id, "strong"))
    print_facts(
        [
            ("source", f"{record.source} ({printable(record.provider)})"),
            ("tenant", record.tenant or ""),
            ("arrived", f"{utc(record.arrived)}, {age(time.time() - record.arrived)}"),
            ("reason", record.reason),
            ("request", printable(f"{request.method} {url}")),
            ("query", (_MASK if hide else printable(request.query)) if question else ""),
            ("body", f"{len(request.body)} bytes" + ("" if args.body else "; --body shows them")),
        ]
    )


def explain(args: argparse.Namespace) -> int:
    """Explain the record as `hookproof explain --source` does, as of its arrival."""
    from hookproof.cli.explain_case import given_case
    from hookproof.cli.explain_report import print_report
    from hookproof.explain import explain_case

    record = record_of(deployment_of(args), args.id)
    whose = {"source": record.source, "tenant": record.tenant, "no_other_sources": False}
    options = argparse.Namespace(**vars(args), **whose, url=[], other_secret_file=[])
    case = given_case(options, record.request, record.arrived)
    report = explain_case(case)
    if args.json:
        print_json(dict(report.to_json()))
    else:
        captured = Captured(request=record.request, form="record", received=record.arrived)
        print_report(report, case, captured)
    return REJECTED if report.verdict == "invalid" else DONE


def record_of(deployment: Deployment, name: str) -> Record:
    """The record of this id. Raises: ConfigurationError."""
    record = Records(deployment).get(name)
    if record is None:
        raise ConfigurationError(f"no {name} in the quarantine: released, deleted or expired")
    return record


def _telling(deployment: Deployment, record: Record) -> set[str]:
    """The headers in which the source's provider puts signatures and tokens, in lower case."""
    try:
        stored = Secrets(deployment).get(record.source)
        provider = stored.source(overlap=deployment.overlap).provider
    except HookproofError:
        return set()
    return {name.lower() for name in _signature_headers(provider)}


def _signature_headers(provider: Provider) -> set[str]:
    return {
        place.name
        for scheme in provider.schemes
        for place in scheme.signature.places
        if place.kind == "header"
    }
