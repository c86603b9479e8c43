"""``hookproof send``: signed sample deliveries to any URL, and what is answered."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

from hookproof.cli import DONE, REJECTED
from hookproof.cli.arguments import SubParsers, add_command, add_now, moment
from hookproof.cli.deliveries import ABOUT_BODIES, Given, add_delivery_options
from hookproof.cli.forgeries import FORGERIES, forged_request, forged_secret, remark
from hookproof.cli.http_client import TIMEOUT, exchange
from hookproof.cli.output import mark, paint, print_json, printable
from hookproof.cli.samples import new_event_id
from hookproof.cli.secret_options import given_settings
from hookproof.errors import ConfigurationError
from hookproof.messages import Response
from hookproof.signer import sign
from hookproof.source_settings import SourceSettings

_DESCRIPTION = f"""\
Sends deliveries as the provider would, each signed as of now and with an event id of its own, and
prints what the endpoint answers. With --forge it sends what an attacker would; a good endpoint
refuses that. Exit status 0: every answer was a 2xx; 1: some were not; 2: nothing answered.

{ABOUT_BODIES}"""
_EXAMPLE = """\
  hookproof send --provider stripe --secret-file secret.txt http://localhost:8000/webhooks/stripe
  hookproof send --provider github --secret-file s.txt --body push.json --count 10 URL
  hookproof send --provider slack --secret-file s.txt --forge tampered URL
"""
_SHOWN = 300
_STALE = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """One delivery and its answer."""

    event_id: str | None
    milliseconds: float
    response: Response

    @property
    def accepted(self) -> bool:
        """Whether the endpoint took it."""
        return self.response.status // 100 == 2  # noqa: PLR2004 - HTTP's classes of answers


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "send", run, description=_DESCRIPTION, example=_EXAMPLE)
    parser.add_argument("url", metavar="URL", help="where to send it")
    parser.add_argument(
        "--signed-url", metavar="URL", help="the URL that is signed, where a proxy is in front"
    )
    parser.add_argument("--count", type=int, default=1, metavar="N", help="how many (default: 1)")
    parser.add_argument("--forge", choices=FORGERIES, help="make each one a forgery of this kind")
    parser.add_argument(
        "--same-event", action="store_true", help="leave the event's id: the same event again"
    )
    parser.add_argument(
        "--timeout", type=float, default=TIMEOUT, metavar="S", help="seconds to wait for an answer"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list of the answers")
    add_now(parser)
    add_delivery_options(parser)


def run(args: argparse.Namespace) -> int:
    """Send the deliveries one after the other, and print each answer."""
    if args.count < 1 or not args.timeout > 0:
        raise ConfigurationError("--count and --timeout: expected a number above 0")
    settings = given_settings(args)
    if args.forge and (text := remark(args.forge, settings.provider)):
        print(paint(f"note: {text}", "warn"))
    given, sent = Given.of(args), []
    for number in range(1, args.count + 1):
        one = _send(args, settings, given)
        sent.append(one)
        if not args.json:
            _print(number, one)
    if args.json:
        print_json([_document(one) for one in sent])
    return DONE if all(one.accepted for one in sent) else REJECTED


def _send(args: argparse.Namespace, settings: SourceSettings, given: Given) -> _Sent:
    provider, secret = settings.provider, settings.secrets[0]
    event_id = None if args.same_event else new_event_id()
    if args.forge == "secret":
        secret = forged_secret(secret)
    now = moment(args.now) - (_STALE if args.forge == "stale" else 0)
    url = args.signed_url or args.url
    delivery = given.delivery(provider, url=url, now=now, event_id=event_id)
    request = sign(provider, delivery, secret=secret, now=now)
    request = forged_request(request, args.forge, to=args.url)
    started = time.perf_counter()
    response = exchange(request, timeout=args.timeout)
    elapsed = (time.perf_counter() - started) * 1000
    return _Sent(event_id=event_id, milliseconds=elapsed, response=response)


def _print(number: int, sent: _Sent) -> None:
    status = paint(str(sent.response.status), "good" if sent.accepted else "bad")
    text = printable(sent.response.body.decode("utf-8", "replace").strip())
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    print(f"{mark(good=sent.accepted)} {number}  {status}  {sent.milliseconds:.0f} ms  {short}")


def _document(sent: _Sent) -> dict[str, object]:
    return {
        "event_id": sent.event_id,
        "status": sent.response.status,
        "milliseconds": round(sent.milliseconds, 1),
        "body": sent.response.body.decode("utf-8", "replace"),
    }
