"""``hookproof event``: a signed API Gateway event, fresh for ``sam local invoke``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from hookproof.cli import DONE
from hookproof.cli.arguments import SubParsers, add_command, add_now, moment
from hookproof.cli.deliveries import ABOUT_BODIES, Given, add_delivery_options, signed_delivery
from hookproof.cli.event_shapes import FORMATS, write_event
from hookproof.cli.files import STANDARD, read_json, write_text
from hookproof.cli.samples import sample_of
from hookproof.cli.secret_options import given_settings, known_provider
from hookproof.document import Fields
from hookproof.errors import ConfigurationError
from hookproof.keys import Secret
from hookproof.signer import Delivery, sign

_DESCRIPTION = f"""\
Writes a signed delivery as the event that Lambda gets: from an HTTP API, a REST API, a function URL
or a load balancer. It is signed as of now, so that a function which judges freshness accepts it.

{ABOUT_BODIES}"""
_EXAMPLE = """\
  hookproof event --provider stripe --secret-file secret.txt -o event.json
  hookproof event --provider stripe --secret-file secret.txt | sam local invoke IngestFunction -e -
  hookproof event --source-file source.json --source shop --tenant acme --format rest

Samples that are kept in a folder, with the list of them in its samples.json, are all written anew,
signed as of the moment that stands there:

  hookproof event --all events/
"""
_ORIGIN = "https://hooks.example.com"
SAMPLES = "samples.json"


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "event", run, description=_DESCRIPTION, example=_EXAMPLE)
    parser.add_argument(
        "--format", choices=FORMATS, default="http", help="what calls the function (default: http)"
    )
    parser.add_argument("--source", metavar="NAME", help="the source (default: the provider's id)")
    parser.add_argument("--url", help="the whole URL that is called, where it is another one")
    parser.add_argument("-o", "--output", metavar="FILE", default=STANDARD, help="write it there")
    parser.add_argument("--all", metavar="FOLDER", help="write the folder's samples anew")
    add_now(parser)
    add_delivery_options(parser)


def run(args: argparse.Namespace) -> int:
    """Write the event, or all events of a folder."""
    if args.all:
        for name, text in sample_events(Path(args.all)):
            write_text(str(Path(args.all) / name), text)
            print(f"wrote {Path(args.all) / name}")
        return DONE
    settings, now = given_settings(args), moment(args.now)
    path = "/".join(filter(None, (args.source or settings.provider.id, args.tenant)))
    url = args.url or settings.url or f"{_ORIGIN}/webhooks/{path}"
    delivery = Given.of(args).delivery(settings.provider, url=url, now=now)
    request = sign(settings.provider, delivery, secret=settings.secrets[0], now=now)
    write_text(args.output, _as_text(write_event(request, args.format, now=now)))
    return DONE


def sample_events(folder: Path) -> Iterator[tuple[str, str]]:
    """The file names and texts of the folder's samples: the same ones each time.

    ``samples.json`` there is ``{"now": T, "samples": {FILE: {"provider", "secret", "format"}}}``.
    Raises: ConfigurationError.
    """
    fields = Fields(read_json(str(folder / SAMPLES)), SAMPLES)
    now = fields.number("now")
    for name, sample in _samples(fields):
        yield name, _sample_event(name, Fields(sample, name), now or 0)


def _samples(fields: Fields) -> Iterator[tuple[str, object]]:
    samples = fields.take("samples")
    if not isinstance(samples, Mapping):
        raise ConfigurationError(f"{SAMPLES}: samples: expected an object")
    yield from samples.items()


def _sample_event(name: str, fields: Fields, now: float) -> str:
    provider = known_provider(fields.text("provider"))
    sample, url = sample_of(provider), f"{_ORIGIN}/webhooks/{provider.id}"
    delivery = Delivery(body=sample.body, headers=sample.headers, url=url)
    secret = _secret(fields.take("secret"), name)
    request = signed_delivery(provider, delivery, secret=secret, now=now)
    return _as_text(write_event(request, fields.choice("format", FORMATS), now=now))


def _secret(value: object, name: str) -> Secret:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return value
    raise ConfigurationError(f"{SAMPLES}: {name}: secret: expected a text or an object of texts")


def _as_text(event: Mapping[str, object]) -> str:
    return json.dumps(event, indent=2, ensure_ascii=False) + "\n"
