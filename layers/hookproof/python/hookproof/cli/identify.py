"""``hookproof identify``: which providers could have sent a request."""

from __future__ import annotations

import argparse

from hookproof.cli import DONE, REJECTED
from hookproof.cli.arguments import REQUEST_FORMS, SubParsers, add_command
from hookproof.cli.likeness import Likeness, rank
from hookproof.cli.output import paint, print_json, printable
from hookproof.cli.requests import read_request
from hookproof.registry import get_provider, provider_ids

_DESCRIPTION = f"""\
Names the providers that could have sent a request, the likeliest first, by the headers it has, the
form and length of its signature, and the shape of its body. It proves nothing: that takes a secret
and `hookproof verify`. Exit status 0: there are candidates; 1: there are none.

{REQUEST_FORMS}"""
_EXAMPLE = """\
  hookproof identify request.http
  pbpaste | hookproof identify --json -
"""
_FAR_BEHIND = 0.4  # of the best score: what is below is not worth showing
_AS_GOOD = 5.0  # a difference of score that decides nothing
_REASONS = 4


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "identify", run, description=_DESCRIPTION, example=_EXAMPLE)
    parser.add_argument("request", metavar="REQUEST", help="the file, or - for stdin")
    parser.add_argument("--top", type=int, default=5, metavar="N", help="at most N (default: 5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the candidates."""
    captured = read_request(args.request)
    ranked = rank(captured.request, [get_provider(name) for name in provider_ids()])
    best = ranked[0].score if ranked else 0
    near = [one for one in ranked if one.score >= best * _FAR_BEHIND]
    shown = near[: max(1, args.top)]
    if args.json:
        print_json({"candidates": [_document(one) for one in shown]})
    elif shown:
        for number, one in enumerate(shown):
            _print(one, best=number == 0)
        alike = [one for one in near[len(shown) :] if best - one.score < _AS_GOOD]
        if alike:
            print(f"  and {len(alike)} more that sign alike; --top {len(near)} shows all")
    else:
        print("None of the providers signs like this.")
        names = ", ".join(name for name, _ in captured.request.headers) or "none"
        print(f"Header fields: {printable(names)}")
    return DONE if shown else REJECTED


def _print(one: Likeness, *, best: bool) -> None:
    title = f"{one.provider.id}  {paint(one.provider.name, 'faint')}"
    print(f"{paint('→', 'good') if best else ' '} {title}")
    for reason in one.reasons[:_REASONS]:
        print(f"    {printable(reason)}")


def _document(one: Likeness) -> dict[str, object]:
    return {
        "provider": one.provider.id,
        "name": one.provider.name,
        "score": round(one.score, 1),
        "why": list(one.reasons),
    }
