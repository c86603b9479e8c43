"""``hookproof sources``: add, list, show, rotate, test and remove the sources of a stack."""

from __future__ import annotations

import argparse

from hookproof.cli.arguments import SubParsers, add_command
from hookproof.cli.ask_secret import add_secret_sources
from hookproof.cli.aws_options import actions_of, add_action
from hookproof.cli.source_changes import add, remove
from hookproof.cli.source_rotation import finish_rotation, rotate
from hookproof.cli.source_test import test
from hookproof.cli.source_views import list_all, show

_DESCRIPTION = """\
A source is one endpoint, /webhooks/NAME, and a secret in Secrets Manager that says which provider
calls it and how its deliveries are proven. These commands use the credentials that every AWS tool
uses. None of them prints a secret, and none takes one on the command line.
"""
_EXAMPLE = """\
  hookproof sources add stripe
  hookproof sources test stripe
  hookproof sources rotate stripe --secret-file new-secret.txt --watch
  hookproof sources list --endpoint-url http://127.0.0.1:5000
"""


def register(subparsers: SubParsers) -> None:
    """Add the command's parser and its actions."""
    parser = add_command(
        subparsers, "sources", _unreachable, description=_DESCRIPTION, example=_EXAMPLE
    )
    actions = actions_of(parser)
    _register_add(actions)
    _register_views(actions)
    _register_rotate(actions)
    _register_finish(actions)
    _register_test(actions)
    removing = add_action(
        actions,
        "remove",
        remove,
        summary="remove a source, or one tenant of it",
        example="  hookproof sources remove stripe --recovery-days 30",
    )
    _name(removing)
    removing.add_argument("--tenant", metavar="T", help="remove this tenant alone")
    removing.add_argument(
        "--recovery-days", type=int, default=7, metavar="N", help="7 to 30 (default: 7)"
    )
    removing.add_argument("--yes", action="store_true", help="do not ask")
    _previous(removing)


def _unreachable(args: argparse.Namespace) -> int:
    raise AssertionError(args)  # argparse demands an action


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the source's name")


def _register_add(actions: SubParsers) -> None:
    parser = add_action(
        actions,
        "add",
        add,
        summary="add a source, or a tenant to one; asks for its signing secret",
        example="  hookproof sources add stripe\n"
        "  hookproof sources add billing --provider stripe --secret-file secret.txt\n"
        "  hookproof sources add stripe --tenant acme --secret-env ACME_SECRET",
    )
    _name(parser)
    parser.add_argument("-p", "--provider", metavar="P", help="the provider (default: NAME)")
    parser.add_argument("--tenant", metavar="T", help="the secret is this tenant's")
    parser.add_argument("--url", help="the public URL, where it is not the stack's own")
    parser.add_argument("--queue", metavar="URL", help="a queue of the source's own")
    parser.add_argument("--group", metavar="PLACE", help="the FIFO group, such as json:/customer")
    parser.add_argument("--tolerance", type=float, metavar="S", help="seconds a delivery is fresh")
    parser.add_argument("--scheme-file", metavar="F", help="a provider of one's own, as JSON")
    add_secret_sources(parser)
    _previous(parser)


def _previous(parser: argparse.ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--keep-previous",
        action="store_true",
        help="if a rotation is not finished, keep its old secrets valid beside the new",
    )
    group.add_argument(
        "--drop-previous",
        action="store_true",
        help="if a rotation is not finished, end its old secrets now",
    )


def _register_views(actions: SubParsers) -> None:
    listing = add_action(
        actions,
        "list",
        list_all,
        summary="list the sources",
        example="  hookproof sources list --json",
    )
    listing.add_argument("--json", action="store_true", help="print a JSON list")
    showing = add_action(
        actions,
        "show",
        show,
        summary="show a source: everything but its secrets",
        example="  hookproof sources show stripe",
    )
    _name(showing)
    showing.add_argument("--json", action="store_true", help="print a JSON object")


def _register_rotate(actions: SubParsers) -> None:
    rotating = add_action(
        actions,
        "rotate",
        rotate,
        summary="give a source a new secret; the old one stays valid for the overlap",
        example="  hookproof sources rotate stripe\n"
        "  hookproof sources rotate stripe --tenant acme --secret-file new.txt --watch",
    )
    _name(rotating)
    rotating.add_argument("--tenant", metavar="T", help="the secret is this tenant's")
    rotating.add_argument(
        "--watch", action="store_true", help="stay, and tell until the old one is out of use"
    )
    rotating.add_argument("--no-wait", action="store_true", help="do not wait until it is in use")
    add_secret_sources(rotating)
    _previous(rotating)


def _register_finish(actions: SubParsers) -> None:
    finishing = add_action(
        actions,
        "finish-rotation",
        finish_rotation,
        summary="end the old secret now, instead of at the end of the overlap",
        example="  hookproof sources finish-rotation stripe",
    )
    _name(finishing)
    finishing.add_argument(
        "--newest-only", action="store_true", help="also leave one secret of each list, the newest"
    )
    finishing.add_argument("--force", action="store_true", help="even if it is still in use")


def _register_test(actions: SubParsers) -> None:
    parser = add_action(
        actions,
        "test",
        test,
        summary="send a signed sample through the real endpoint, and find it in the queue",
        example="  hookproof sources test stripe\n"
        "  hookproof sources test stripe --url http://127.0.0.1:8000/webhooks/stripe",
    )
    _name(parser)
    parser.add_argument("--tenant", metavar="T", help="as this tenant's")
    parser.add_argument("--url", help="where to send it, where it is not the source's own URL")
    parser.add_argument("--keep", action="store_true", help="leave the sample in the queue")
    parser.add_argument("--timeout", type=float, default=10, metavar="S", help="default: 10")
    parser.add_argument("--json", action="store_true", help="print a JSON object")
