"""``hookproof tail``: what lies in the queue, without taking it."""

from __future__ import annotations

import argparse
import json
import sys

from hookproof.cli import DONE
from hookproof.cli.arguments import SubParsers, add_command
from hookproof.cli.aws_options import add_aws_options, deployment_of
from hookproof.cli.message_views import (
    add_selection,
    document,
    line_of,
    print_message,
    reader_of,
    selection_of,
)
from hookproof.cli.output import paint
from hookproof.errors import ConfigurationError
from hookproof.operations.follow import follow
from hookproof.operations.messages import Found
from hookproof.operations.queue import Queue

_DESCRIPTION = """\
Looks at the messages in the queue of verified events and gives each back at once. SQS counts a
look as a receive, and after the queue's maxReceiveCount sends a message to the dead letters:
before that, tail stops. Of a FIFO queue it sees the first ten messages of each group.

With --follow it stays and shows what comes. A message that nobody else takes is set aside while it
follows, so as not to be received again and again, and given back at the end: do not follow a queue
whose consumer is about to start.
"""
_EXAMPLE = """\
  hookproof tail
  hookproof tail --source stripe --type 'stripe.invoice.*' --body
  hookproof tail --follow --json | jq .type
"""
_WORN = (
    "stopped: some messages were received nearly as often as the queue allows, and looking again"
    " would send them to the dead letters"
)


def register(subparsers: SubParsers) -> None:
    """Add the command's parser."""
    parser = add_command(subparsers, "tail", run, description=_DESCRIPTION, example=_EXAMPLE)
    add_selection(parser)
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="default: 20")
    parser.add_argument("-f", "--follow", action="store_true", help="stay, and show what comes")
    parser.add_argument("--body", action="store_true", help="show what was delivered")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--queue-url", metavar="URL", help="another queue than the stack's")
    add_aws_options(parser)


def run(args: argparse.Namespace) -> int:
    """Show the messages."""
    if args.limit < 1:
        raise ConfigurationError("--limit: expected a number above 0")
    deployment = deployment_of(args)
    queue = Queue(deployment, args.queue_url or deployment.queue_url)
    matches = selection_of(args).matches

    def show(found: Found) -> None:
        if args.json:
            print(json.dumps(document(found, body=args.body), ensure_ascii=False), flush=True)
        elif args.body:
            print_message(found, body=True, get=reader_of(deployment))
        else:
            print(line_of(found), flush=True)

    if args.follow:
        print(paint("following; Ctrl-C ends", "faint", sys.stderr), file=sys.stderr, flush=True)
        worn = follow(queue, matches=matches, seen=show)
    else:
        look = queue.look(limit=args.limit, matches=matches, seen=show)
        worn = look.worn
        if not look.found and not args.json:
            print(_nothing(queue))
    if worn:
        print(paint(f"hookproof tail: {_WORN}", "warn", sys.stderr), file=sys.stderr)
    return DONE


def _nothing(queue: Queue) -> str:
    state = queue.state()
    if state.waiting or state.taken:
        return f"None that match ({state.waiting} waiting, {state.taken} with a consumer)."
    return "The queue is empty."
