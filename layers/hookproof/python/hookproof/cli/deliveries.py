"""What ``sign``, ``send`` and ``event`` share: the options of a delivery, and signing it."""

from __future__ import annotations

import argparse
from pathlib import Path

from hookproof.cli.files import STANDARD, read_bytes
from hookproof.cli.samples import Sample, refreshed, sample_of
from hookproof.cli.secret_options import FORMS_OF_SECRETS, add_secret_options
from hookproof.errors import ConfigurationError
from hookproof.keys import Secret
from hookproof.messages import Headers, Request
from hookproof.provider import Provider
from hookproof.signer import Delivery, sign

ABOUT_BODIES = f"""\
Without --body it is a small sample of what the provider sends. Schemes with a public key are
signed with the private one: give that as the secret.

{FORMS_OF_SECRETS}"""
_TEXT_MARKS = frozenset(" \t\n{[<=\"'")


def add_delivery_options(parser: argparse.ArgumentParser) -> None:
    """The options for what is delivered, and those for the secret."""
    group = parser.add_argument_group("delivery")
    group.add_argument("--body", metavar="B", help="a file, a text, or - for standard input")
    group.add_argument(
        "-H", "--header", metavar="'N: V'", action="append", default=[], help="a header field more"
    )
    group.add_argument("--method", default="POST", help="the method (default: POST)")
    add_secret_options(parser)


def given_sample(args: argparse.Namespace, provider: Provider) -> Sample:
    """What is to be delivered: the given body, or the provider's sample; with the given headers.

    Raises: ConfigurationError.
    """
    sample = sample_of(provider)
    fields = [_field(text) for text in args.header]
    own = {name.lower() for name, _ in fields}
    kept = [pair for pair in sample.headers if pair[0].lower() not in own]
    body = sample.body if args.body is None else _given_body(args.body)
    return Sample(headers=Headers([*kept, *fields]), body=body)


def signed_delivery(
    provider: Provider,
    delivery: Delivery,
    *,
    secret: Secret,
    now: float,
    event_id: str | None = None,
) -> Request:
    """The delivery, signed as of ``now``. Raises: ConfigurationError."""
    sample = Sample(headers=delivery.headers, body=delivery.body)
    fresh = refreshed(sample, provider, now=now, event_id=event_id)
    return sign(
        provider,
        Delivery(body=fresh.body, headers=fresh.headers, url=delivery.url, method=delivery.method),
        secret=secret,
        now=now,
    )


def _given_body(given: str) -> bytes:
    if given == STANDARD or Path(given).is_file():
        return read_bytes(given)
    if not _TEXT_MARKS & set(given):
        # More likely a file's name with a slip in it than a body.
        raise ConfigurationError(f"--body: no file {given!r}; use --body - for a text like that")
    return given.encode("utf-8", "surrogateescape")


def _field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ConfigurationError(f"--header: expected 'Name: value'; found {text!r}")
    return name.strip(), value.strip()
