"""The ingest function: clients once, then event → request → receive → answer."""

import gc
import os
import time
from contextlib import suppress
from functools import cache
from typing import Any

gc.disable()  # little of what a start makes is garbage: looking for it takes a fifth of the time
from hookproof.aws.apigateway import read_event, write_result
from hookproof.aws.client import Pace
from hookproof.aws.ingest import Ingest
from hookproof.aws.observability import Journal
from hookproof.errors import ConfigurationError
from hookproof.receiver import Outcome, fail

_RESERVE = 0.5  # seconds before Lambda's own end by which the calls have ended
journal = Journal(os.environ)


@cache
def ingest() -> Ingest:
    """Return the parts, made at the first call that succeeds. Raises ConfigurationError."""
    return Ingest.of(os.environ, journal=journal, monotonic=time.monotonic, pace=Pace.of_system())


def handler(event: object, context: Any) -> dict[str, Any]:
    """Answer one HTTP event. Whatever it holds, and whatever fails, this never raises."""
    started = time.monotonic()
    journal.begin(getattr(context, "aws_request_id", None))
    try:
        delivery = read_event(event)
        parts = ingest()
        parts.budget.restart(_remaining(context))
        outcome = parts.receiver.receive(
            delivery.request, name=delivery.source, tenant=delivery.tenant, now=time.time()
        )
    except Exception as error:  # noqa: BLE001 - an unanswered sender would never know why
        outcome = Outcome()
        fail(outcome, error)
    journal.delivery(outcome, milliseconds=(time.monotonic() - started) * 1000)
    return write_result(outcome.response, event)


def _remaining(context: Any) -> float | None:
    left = getattr(context, "get_remaining_time_in_millis", None)
    return left() / 1000 - _RESERVE if left else None


# A wrong setting is answered with 503 and logged at each delivery; failing here would be a 500.
# Lambda's runtime has the hooks, where there are snapshots.
with suppress(ConfigurationError, ImportError):
    ingest().warm()
    from snapshot_restore_py import register_after_restore, register_before_snapshot

    register_before_snapshot(ingest().client.forget)
    register_after_restore(ingest().warm)
gc.freeze()  # what is here now stays, and need not be looked at again
gc.enable()
