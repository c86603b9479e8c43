"""``hookproof dlq``: what a consumer failed on, and the way back to the queue."""

from __future__ import annotations

import argparse
import sys
from itertools import count

from hookproof.cli import DONE, REJECTED
from hookproof.cli.arguments import SubParsers, add_command
from hookproof.cli.aws_options import (
    actions_of,
    add_action,
    confirm,
    deployment_of,
    show_progress,
)
from hookproof.cli.message_views import (
    add_selection,
    document,
    line_of,
    print_message,
    reader_of,
    selection_of,
)
from hookproof.cli.output import mark, paint, print_json
from hookproof.errors import ConfigurationError
from hookproof.operations.deployment import Deployment
from hookproof.operations.queue import Queue
from hookproof.operations.redrive import Progress, Tally, purge, redrive

_DESCRIPTION = """\
Messages that a consumer failed on again and again lie in the dead-letter queue for 14 days. Mend
the consumer, then send them back. An interrupted run loses nothing: a message is deleted here only
after the queue has accepted it. Large bodies stay in S3, and the pointers to them go along. Of a
FIFO queue, list and show see the first ten messages of each group.
"""
_EXAMPLE = """\
  hookproof dlq list
  hookproof dlq redrive --source stripe --type 'stripe.invoice.*'
"""
_EVERYTHING = 2**31


def register(subparsers: SubParsers) -> None:
    """Add the command's parser and its actions."""
    parser = add_command(
        subparsers, "dlq", _unreachable, description=_DESCRIPTION, example=_EXAMPLE
    )
    actions = actions_of(parser)
    listing = add_action(
        actions,
        "list",
        list_all,
        summary="list the messages",
        example="  hookproof dlq list --source stripe --older-than 2h --json",
    )
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="default: 100")
    listing.add_argument("--json", action="store_true", help="print a JSON list")
    _selecting(listing)
    _register_show(actions)
    _register_runs(actions)


def _unreachable(args: argparse.Namespace) -> int:
    raise AssertionError(args)  # argparse demands an action


def _register_show(actions: SubParsers) -> None:
    parser = add_action(
        actions,
        "show",
        show,
        summary="show messages by their own id or the event's",
        example="  hookproof dlq show evt_1NG8Du2eZvKYlo2CUI79vXWy --body",
    )
    parser.add_argument("ids", metavar="ID", nargs="+", help="of a message or an event")
    parser.add_argument("--body", action="store_true", help="show what was delivered")
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    parser.add_argument("--dlq-url", metavar="URL", help="another dead-letter queue")


def _register_runs(actions: SubParsers) -> None:
    redriving = add_action(
        actions,
        "redrive",
        run_redrive,
        summary="send messages back to the queue",
        example="  hookproof dlq redrive --newer-than 1d\n  hookproof dlq redrive evt_1 --yes",
    )
    purging = add_action(
        actions,
        "purge",
        run_purge,
        summary="delete messages for good",
        example="  hookproof dlq purge --type 'stripe.ping' --older-than 7d",
    )
    for parser in (redriving, purging):
        parser.add_argument("ids", metavar="ID", nargs="*", help="these alone")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--json", action="store_true", help="print a JSON object")
        _selecting(parser)
    redriving.add_argument("--queue-url", metavar="URL", help="another queue than the stack's")


def _selecting(parser: argparse.ArgumentParser) -> None:
    add_selection(parser)
    parser.add_argument("--dlq-url", metavar="URL", help="another dead-letter queue")


def list_all(args: argparse.Namespace) -> int:
    """Print the messages, one a line."""
    dead = _dead(args, deployment_of(args))
    look = dead.look(limit=args.limit, matches=selection_of(args).matches)
    if args.json:
        print_json([document(one, body=False) for one in look.found])
        return DONE
    for one in sorted(look.found, key=lambda found: found.arrived):
        print(line_of(one))
    waiting = dead.state().waiting
    print(paint(f"{len(look.found)} shown of about {waiting}", "faint"))
    return DONE


def show(args: argparse.Namespace) -> int:
    """Print everything that is known of some messages."""
    deployment = deployment_of(args)
    dead = _dead(args, deployment)
    wanted = set(args.ids)
    look = dead.look(limit=_EVERYTHING, matches=lambda one: bool(wanted & {one.id, one.text("id")}))
    if not look.found:
        raise ConfigurationError("no such message in the dead-letter queue")
    if args.json:
        print_json([document(one, body=args.body) for one in look.found])
        return DONE
    for one in look.found:
        print_message(one, body=args.body, get=reader_of(deployment))
    return DONE


def run_redrive(args: argparse.Namespace) -> int:
    """Send the selected messages back."""
    deployment = deployment_of(args)
    dead = _dead(args, deployment)
    target = Queue(deployment, args.queue_url or deployment.queue_url)
    if target.is_fifo != dead.is_fifo:
        raise ConfigurationError("--queue-url: expected a queue of the same kind, standard or FIFO")
    selection = selection_of(args, tuple(args.ids))
    confirm(f"Send {_what(args, dead)} back to the queue?", yes=args.yes)
    tally = redrive(dead, target, selection, limit=args.limit, progress=_progress("sent back"))
    return _tell(args, tally, "sent back", dead)


def run_purge(args: argparse.Namespace) -> int:
    """Delete the selected messages."""
    dead = _dead(args, deployment_of(args))
    selection = selection_of(args, tuple(args.ids))
    confirm(f"Delete {_what(args, dead)} for good?", yes=args.yes)
    tally = purge(dead, selection, limit=args.limit, progress=_progress("deleted"))
    return _tell(args, tally, "deleted", dead)


def _dead(args: argparse.Namespace, deployment: Deployment) -> Queue:
    return Queue(deployment, args.dlq_url or deployment.dead_letter_url)


def _what(args: argparse.Namespace, dead: Queue) -> str:
    everything = selection_of(args, tuple(args.ids)).is_everything and args.limit is None
    waiting = dead.state().waiting
    return f"all of about {waiting} messages" if everything else f"some of about {waiting} messages"


def _progress(word: str) -> Progress:
    numbers = count(1)
    return lambda _: show_progress(f"{next(numbers)} {word}")


def _tell(args: argparse.Namespace, tally: Tally, word: str, dead: Queue) -> int:
    show_progress("")
    if args.json:
        print_json({word.replace(" ", "_"): tally.done, "left": tally.left})
    else:
        good = mark(good=tally.failure is None)
        print(f"{good} {tally.done} {word}, {tally.left} left as they were")
        if dead.is_fifo and tally.left and tally.failure is None:
            print("  Messages behind those that were left, in the same groups, were not looked at.")
    if tally.failure is not None:
        print(f"hookproof dlq: ended early: {tally.failure}", file=sys.stderr)
        return REJECTED
    return DONE
