"""What ``sign``, ``send`` and ``event`` share: the options that say what is delivered."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says of deliveries; the body is read once, however many are sent."""

    body: bytes | None
    fields: tuple[tuple[str, str], ...]
    method: str

    @classmethod
    def of(cls, args: argparse.Namespace) -> Given:
        """What the options give. Raises: ConfigurationError."""
        return cls(
            body=None if args.body is None else _given_body(args.body),
            fields=tuple(_field(text) for text in args.header),
            method=args.method,
        )

    def delivery(
        self, provider: Provider, *, url: str, now: float, event_id: str | None = None
    ) -> Delivery:
        """A delivery to the URL: the given body as it is, or a fresh sample of the provider's."""
        sample = refreshed(sample_of(provider), provider, now=now, event_id=event_id)
        own = {name.lower() for name, _ in self.fields}
        kept = [pair for pair in sample.headers if pair[0].lower() not in own]
        return Delivery(
            body=sample.body if self.body is None else self.body,
            headers=Headers([*kept, *self.fields]),
            url=url,
            method=self.method,
        )


def signed_delivery(
    provider: Provider,
    delivery: Delivery,
    *,
    secret: Secret,
    now: float,
    event_id: str | None = None,
) -> Request:
    """A delivery of a sample, made fresh and signed as of ``now``. Raises: ConfigurationError."""
    sample = Sample(headers=delivery.headers, body=delivery.body)
    fresh = refreshed(sample, provider, now=now, event_id=event_id)
    made = replace(delivery, body=fresh.body, headers=fresh.headers)
    return sign(provider, made, secret=secret, now=now)


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
