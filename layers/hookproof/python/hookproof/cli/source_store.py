"""Storing a change of a source's secret without losing what an unfinished rotation needs."""

from __future__ import annotations

import argparse
import time
from typing import Any

from hookproof.cli.output import utc
from hookproof.errors import ConfigurationError
from hookproof.operations.deployment import Deployment
from hookproof.operations.secrets import Secrets, Stored
from hookproof.operations.source_document import (
    check,
    document_of,
    lost_by,
    secrets_at,
    with_secrets,
    written,
)


def store_change(
    args: argparse.Namespace,
    deployment: Deployment,
    secrets: Secrets,
    stored: Stored,
    changed: dict[str, Any],
) -> None:
    """Store a change; what an unfinished rotation still needs is not lost unasked.

    Raises: ConfigurationError.
    """
    if stored.previous and stored.in_overlap(overlap=deployment.overlap, now=time.time()):
        current = document_of(args.name, stored.current)
        previous = document_of(args.name, stored.previous)
        lost = lost_by(changed, current=current, previous=previous)
        if lost and not (args.keep_previous or args.drop_previous):
            whose = ", ".join(place or "the source itself" for place in lost)
            raise ConfigurationError(
                f"a rotation is not finished: the old secret of {whose} is valid until"
                f" {utc(stored.rotated_at + deployment.overlap)}, and this change would end it now."
                " Say --keep-previous to keep it, or --drop-previous"
            )
        for place, old in lost.items() if args.keep_previous else ():
            changed = with_secrets(changed, place, [*secrets_at(changed, place), *old])
    check(args.name, changed)
    secrets.put(args.name, written(changed))
