"""``hookproof sign``: a body as the provider would sign it."""

from __future__ import annotations

import argparse
import json

from hookproof.cli import DONE
from hookproof.cli.arguments import SubParsers, add_command, add_now, moment
from hookproof.cli.curl_text import write_curl
from hookproof.cli.deliveries import ABOUT_BODIES, Given, add_delivery_options
from hookproof.cli.event_shapes import FORMATS, write_event
from hookproof.cli.files import STANDARD, write_bytes
from hookproof.cli.http_text import write_http
from hookproof.cli.request_json import write_request
from hookproof.cli.secret_options import given_settings
from hookproof.messages import Request
from hookproof.signer import sign

_DESCRIPTION = f"""\
Signs a body exactly as the provider would and prints the request: as JSON, which `hookproof
verify` reads, as a curl command, as raw HTTP, or as a Lambda event.

{ABOUT_BODIES}"""
_EXAMPLE = """\
  hookproof sign --provider stripe --secret-file secret.txt
  hookproof sign --provider github --secret-file secret.txt --body push.json --curl
  hookproof sign --provider slack --secret-env SECRET --body 'token=x&command=/hi' \\
      -H 'Content-Type: application/x-www-form-urlencoded' --http -o request.http
"""
_URL = "https://hooks.example.com/webhooks/{name}"


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "sign", run, description=_DESCRIPTION, example=_EXAMPLE)
    parser.add_argument("--url", help="the URL that is called; some providers sign it")
    add_now(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--curl", action="store_true", help="print a curl command")
    form.add_argument("--http", action="store_true", help="print raw HTTP")
    form.add_argument("--event", choices=FORMATS, help="print a Lambda event of this kind")
    parser.add_argument("-o", "--output", metavar="FILE", default=STANDARD, help="write it there")
    add_delivery_options(parser)


def run(args: argparse.Namespace) -> int:
    """Sign, and print the request."""
    settings, now = given_settings(args), moment(args.now)
    url = args.url or settings.url or _URL.format(name=settings.provider.id)
    delivery = Given.of(args).delivery(settings.provider, url=url, now=now)
    request = sign(settings.provider, delivery, secret=settings.secrets[0], now=now)
    write_bytes(args.output, _written(args, request, now))
    return DONE


def _written(args: argparse.Namespace, request: Request, now: float) -> bytes:
    if args.http:
        return write_http(request)
    if args.curl:
        return write_curl(request).encode("utf-8", "surrogateescape")
    document = write_event(request, args.event, now=now) if args.event else write_request(request)
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
