"""``hookproof quarantine verify``, ``release`` and ``purge``."""

from __future__ import annotations

import argparse
import json
from collections import Counter

from hookproof.cli import DONE, REJECTED
from hookproof.cli.aws_options import confirm, deployment_of, show_progress
from hookproof.cli.http_client import fetch_document
from hookproof.cli.output import mark
from hookproof.cli.quarantine_views import chosen_of, facts_of
from hookproof.operations.records import Record, Records
from hookproof.operations.release import Releases
from hookproof.receiver import Outcome

_GONE_ON = ("accepted", "duplicate")


def verify(args: argparse.Namespace) -> int:
    """Say of each record whether it would verify now; exit 1 when one would not."""
    deployment = deployment_of(args)
    releases = Releases(deployment, fetch=fetch_document)
    counts: Counter[bool] = Counter()
    for record in Records(deployment).find(chosen_of(args)):
        verdict = releases.verify(record)
        counts[verdict.verified] += 1
        if args.json:
            facts = {**facts_of(record), "verified": verdict.verified, "now": verdict.reason}
            print(json.dumps(facts))
            continue
        words = (
            f"verifies now, by the {verdict.secret} secret" if verdict.verified else verdict.reason
        )
        print(f"{mark(good=verdict.verified)} {record.id}  {words}")
    if not args.json:
        print(f"{counts[True]} would be released, {counts[False]} would stay")
    return REJECTED if counts[False] else DONE


def release(args: argparse.Namespace) -> int:
    """Queue what verifies now. What does not stays, and so does what cannot be queued yet."""
    deployment = deployment_of(args)
    releases = Releases(deployment, fetch=fetch_document)
    counts: Counter[str] = Counter()
    for record in Records(deployment).find(chosen_of(args)):
        outcome = releases.release(record)
        counts[outcome.outcome] += 1
        _tell(args, record, outcome)
        if outcome.outcome == "unavailable":
            # It would be the same with the next one.
            break
    if not args.json:
        print(
            f"{counts['accepted']} released, {counts['duplicate']} were in the queue before,"
            f" {counts['rejected'] + counts['handshake']} stay"
        )
    return REJECTED if counts["unavailable"] else DONE


def purge(args: argparse.Namespace) -> int:
    """Delete the records that are meant."""
    records = Records(deployment_of(args))
    chosen = chosen_of(args)
    meant = [record.id for record in records.summaries(chosen)]
    if meant:
        confirm(f"Delete {len(meant)} refused deliveries for good?", yes=args.yes)
    for number, one in enumerate(meant, start=1):
        records.delete(one)
        show_progress(f"{number} deleted")
    show_progress("")
    said = f"{mark(good=True)} {len(meant)} deleted"
    print(json.dumps({"deleted": len(meant)}) if args.json else said)
    return DONE


def _tell(args: argparse.Namespace, record: Record, outcome: Outcome) -> None:
    if args.json:
        facts = {**facts_of(record), "outcome": outcome.outcome, "event_id": outcome.event_id}
        print(json.dumps({**facts, "now": outcome.reason}), flush=True)
        return
    words = {
        "accepted": f"released: {outcome.event_id}",
        "duplicate": f"was in the queue before: {outcome.event_id}",
        "handshake": "stays: a handshake, nothing to queue",
        "rejected": f"stays: {outcome.reason}",
        "unavailable": f"stays, the run ends: {outcome.error}",
    }[outcome.outcome]
    print(f"{mark(good=outcome.outcome in _GONE_ON)} {record.id}  {words}", flush=True)
