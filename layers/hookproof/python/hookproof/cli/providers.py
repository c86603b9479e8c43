"""``hookproof providers``: the catalogue, one provider's page, and a check of one's own file."""

from __future__ import annotations

import argparse
import sys

from hookproof.cli import DONE, REJECTED
from hookproof.cli.arguments import SubParsers, add_command
from hookproof.cli.catalogue import Entry, document_of, entries, entry_of
from hookproof.cli.output import paint, print_json, print_table
from hookproof.cli.provider_check import check
from hookproof.cli.provider_page import markdown, print_page
from hookproof.cli.secret_options import known_provider
from hookproof.errors import ConfigurationError, UnknownProvider
from hookproof.provider import ESTABLISHED, Provider
from hookproof.registry import get_provider

_DESCRIPTION = """\
Without arguments, the table of all providers. With an id, all that is known of that one: how it
signs, in words, where it shows the secret, what it expects as an answer, its quirks, and how all
this is established. With other words, the table of those that have them in their name, category or
scheme.

`check` reads a provider's file that you have written, and says what is wrong in it; with --vectors
it also tries it on requests whose outcome is known (docs/add-a-provider.md).
"""
_EXAMPLE = """\
  hookproof providers stripe
  hookproof providers payments rsa
  hookproof providers --scheme jwt --established docs
  hookproof providers --json | jq -r '.[] | select(.proven | not).id'
  hookproof providers check acme.json --vectors acme-vectors.json
"""
_NAME_WIDTH = 44


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "providers", run, description=_DESCRIPTION, example=_EXAMPLE)
    add = parser.add_argument
    add("words", metavar="ID|WORD", nargs="*", help="an id, words to look for, or: check FILE")
    add("--category", metavar="C", help="only these: payments, chat, crm …")
    add("--scheme", metavar="S", help="only these: hmac, token, jwt, standard-webhooks …")
    add("--established", choices=ESTABLISHED[:3], help="only those whose scheme is known this way")
    add("--vectors", metavar="FILE", help="for check: requests whose outcome is known")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--ids", action="store_true", help="print the ids only")
    form.add_argument(
        "--markdown", action="store_true", help="print the page for the documentation"
    )


def run(args: argparse.Namespace) -> int:
    """Print the table, the page, or the outcome of the check."""
    if args.words[:1] == ["check"]:
        if len(args.words) != 2:  # noqa: PLR2004 - the word and the file
            raise ConfigurationError("expected: hookproof providers check FILE.json")
        return check(args.words[1], vectors=args.vectors, as_json=args.json)
    if args.vectors:
        raise ConfigurationError("--vectors: goes with: hookproof providers check FILE.json")
    one = _named(args)
    if one is not None:
        _print_one(args, entry_of(one))
        return DONE
    found = tuple(entry for entry in entries() if _wanted(entry, args))
    if not found and len(args.words) == 1:
        # It was meant as an id: this says which ids are close.
        known_provider(args.words[0])
    _print_all(args, found)
    return DONE if found else REJECTED


def _named(args: argparse.Namespace) -> Provider | None:
    if len(args.words) != 1 or args.ids or args.markdown:
        return None
    try:
        return get_provider(args.words[0])
    except UnknownProvider:
        return None


def _wanted(entry: Entry, args: argparse.Namespace) -> bool:
    provider = entry.provider
    return (
        args.category in (None, provider.category)
        and (args.scheme is None or args.scheme in entry.schemes)
        and args.established in (None, provider.established)
        and entry.matches(args.words)
    )


def _print_one(args: argparse.Namespace, entry: Entry) -> None:
    if args.json:
        print_json({**_summary(entry), "file": document_of(entry.provider)})
    else:
        print_page(entry)


def _print_all(args: argparse.Namespace, found: tuple[Entry, ...]) -> None:
    if args.markdown:
        print(markdown(found), end="")
    elif args.json:
        print_json([_summary(entry) for entry in found])
    elif args.ids:
        for entry in found:
            print(entry.id)
    else:
        header = ("ID", "NAME", "CATEGORY", "SCHEME", "HANDSHAKE", "ESTABLISHED", "PROVEN")
        print_table(header, [_row(entry) for entry in found])
        proven = sum(1 for entry in found if entry.vectors)
        text = f"{len(found)} providers, {proven} proven by test vectors"
        print(paint(text, "faint", sys.stderr), file=sys.stderr)


def _row(entry: Entry) -> tuple[str, ...]:
    provider = entry.provider
    name = provider.name
    return (
        entry.id,
        name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 1] + "…",
        provider.category,
        ", ".join(entry.schemes),
        "yes" if provider.handshakes else "-",
        provider.established,
        str(entry.vectors) if entry.vectors else "-",
    )


def _summary(entry: Entry) -> dict[str, object]:
    provider = entry.provider
    return {
        "id": provider.id,
        "name": provider.name,
        "aliases": list(entry.aliases),
        "category": provider.category,
        "schemes": list(entry.schemes),
        "handshakes": len(provider.handshakes),
        "established": provider.established,
        "proven": entry.vectors > 0,
        "vectors": entry.vectors,
    }
