"""Messages of a dead-letter queue back to where they came from, or out of it for good.

A message is deleted only after the other queue has accepted it. What stays is given back at the
end, however the run ends; until then nobody else has it, so that each is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from hookproof.errors import HookproofError
from hookproof.operations.interruption import uninterrupted
from hookproof.operations.messages import Found, Selection
from hookproof.operations.queue import Queue

_HOLD = 300
_EMPTY_ROUNDS = 2


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run has done so far; ``failure`` is what ended it early."""

    done: int = 0
    left: int = 0
    failure: HookproofError | None = None
    kept: dict[str, Found] = field(default_factory=dict, repr=False)


Progress = Callable[[Found], None]


def redrive(
    dead: Queue,
    target: Queue,
    selection: Selection,
    *,
    limit: int | None = None,
    progress: Progress = lambda _: None,
) -> Tally:
    """Send what is selected back, in the order in which the dead-letter queue gives it.

    That is the order of sending within each group of a FIFO queue. Safe to interrupt.
    """

    def step(found: Found) -> None:
        with uninterrupted():
            target.send_on(found)
            dead.delete(found)

    return _run(dead, selection, limit, step, progress)


def purge(
    dead: Queue,
    selection: Selection,
    *,
    limit: int | None = None,
    progress: Progress = lambda _: None,
) -> Tally:
    """Delete what is selected, for good."""
    return _run(dead, selection, limit, dead.delete, progress)


def _run(
    dead: Queue,
    selection: Selection,
    limit: int | None,
    step: Callable[[Found], None],
    progress: Progress,
) -> Tally:
    tally = Tally()
    unhandled: dict[str, Found] = {}
    try:
        for batch in _batches(dead, tally):
            unhandled = {one.id: one for one in batch}
            for found in batch:
                if not selection.matches(found) or (limit is not None and tally.done >= limit):
                    continue
                step(found)
                del unhandled[found.id]
                tally.done += 1
                progress(found)
            tally.kept.update(unhandled)
            unhandled = {}
            if limit is not None and tally.done >= limit:
                break
    except HookproofError as failure:
        tally.failure = failure
    finally:
        tally.kept.update(unhandled)
        tally.left = len(tally.kept)
        # Where even this fails, they come back by themselves when their time is over.
        with suppress(HookproofError), uninterrupted():
            dead.give_back(list(tally.kept.values()))
    return tally


def _batches(dead: Queue, tally: Tally) -> Iterator[list[Found]]:
    """Messages that were not looked at before, until there are none."""
    empty = 0
    while empty < _EMPTY_ROUNDS:
        batch = dead.receive(hold=_HOLD)
        fresh = [one for one in batch if one.id not in tally.kept]
        # One that was kept and came again has a new receipt.
        tally.kept.update((one.id, one) for one in batch if one.id in tally.kept)
        empty = 0 if fresh else empty + 1
        if fresh:
            yield fresh
