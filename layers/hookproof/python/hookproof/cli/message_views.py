"""How messages of a queue are shown: a line each, or all that is known of one."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from hookproof import consumer
from hookproof.cli.aws_options import moment_of
from hookproof.cli.output import age, paint, print_facts, printable, utc
from hookproof.operations.account import explained
from hookproof.operations.deployment import Deployment
from hookproof.operations.messages import Found, Selection

LINE = "{:<24}  {:<28}  {:<32}  {}"


def add_selection(parser: argparse.ArgumentParser) -> None:
    """The options that say which messages are meant."""
    parser.add_argument("--source", metavar="S", help="of this source (stripe, or stripe/acme)")
    parser.add_argument("--type", metavar="T", help="of this type; * stands for anything")
    parser.add_argument("--older-than", metavar="AGE", help="that came before: 15m, 2h, a time")
    parser.add_argument("--newer-than", metavar="AGE", help="that came after: 15m, 2h, a time")


def selection_of(args: argparse.Namespace, ids: tuple[str, ...] = ()) -> Selection:
    """Which messages the options mean. Raises: ConfigurationError."""
    return Selection(
        source=args.source,
        type=args.type,
        before=moment_of(args.older_than, "--older-than"),
        after=moment_of(args.newer_than, "--newer-than"),
        ids=ids,
    )


def line_of(found: Found) -> str:
    """When it came, from where, of which type, which event."""
    cells = (
        utc(found.arrived),
        printable(found.text("source") or "(not Hookproof's)"),
        printable(found.text("type")),
        printable(found.text("id") or found.id),
    )
    return LINE.format(*cells)


def document(found: Found, *, body: bool) -> dict[str, Any]:
    """The message as JSON; with ``body`` its own text too."""
    facts: dict[str, Any] = {
        "message_id": found.id,
        "source": found.text("source") or None,
        "type": found.text("type") or None,
        "id": found.text("id") or None,
        "arrived": utc(found.arrived),
        "group": found.group,
        "received": found.received,
        "bytes": len(found.body.encode()),
    }
    return {**facts, "body": found.body} if body else facts


def reader_of(deployment: Deployment) -> consumer.Get:
    """What reads the bodies that messages point to."""

    def get(bucket: str, key: str) -> bytes:
        with explained():
            found = deployment.client("s3").get_object(Bucket=bucket, Key=key)
            text: bytes = found["Body"].read()
        return text

    return get


def print_message(found: Found, *, body: bool, get: consumer.Get) -> None:
    """Everything that is known of a message; what was delivered only on request."""
    event = found.event_by(get) if body else found.event
    print(paint(found.text("id") or found.id, "strong"))
    print_facts(
        [
            ("message", found.id),
            ("source", printable(found.text("source"))),
            ("type", printable(found.text("type"))),
            ("arrived", f"{utc(found.arrived)}, {age(time.time() - found.arrived)}"),
            ("group", printable(found.group or "")),
            ("received", f"{found.received} times"),
            ("content", printable(event.datacontenttype) if event else ""),
            ("secret", event.secretversion if event else ""),
            ("body", _where(found)),
        ]
    )
    if body and event is not None:
        sys.stdout.flush()
        sys.stdout.buffer.write(event.data + b"\n")
    elif body:
        print(printable(found.body))


def _where(found: Found) -> str:
    try:
        place = consumer.pointer(found.body)
    except consumer.MessageMalformed:
        place = None
    if place is not None:
        return f"in S3: s3://{place[0]}/{place[1]}"
    event = found.event
    return f"{len(event.data)} bytes; --body shows them" if event else "not of Hookproof"
