"""Following a queue: what comes is shown once, and nothing is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from hookproof.errors import ConfigurationError, HookproofError
from hookproof.operations.interruption import uninterrupted
from hookproof.operations.messages import Found
from hookproof.operations.queue import Queue, queue_name

# Whoever is killed gives the messages back after it.
_HOLD = 60
_RENEW = 40
_WAIT = 1


def follow(
    queue: Queue,
    *,
    matches: Callable[[Found], bool],
    seen: Callable[[Found], None],
    seconds: float | None = None,
) -> bool:
    """Tell of each new message, until interrupted or for ``seconds``.

    A message is given back at once for consumers to take. One that comes a second time nobody
    takes: it is set aside until the end, for else it would wear out. Returns whether it ended
    since messages were worn. Raises: ConfigurationError for a FIFO queue, whose groups would
    wait for what is set aside.
    """
    _refuse_fifo(queue)
    most = queue.state().most_receives
    known: set[str] = set()
    aside: dict[str, Found] = {}
    renewed, ends = time.monotonic(), None if seconds is None else time.monotonic() + seconds
    try:
        while ends is None or time.monotonic() < ends:
            batch = queue.receive(hold=_HOLD, wait=_WAIT)
            again = {one.id: one for one in batch if one.id in known}
            aside.update(again)
            fresh = [one for one in batch if one.id not in known]
            queue.give_back(fresh)
            for one in filter(matches, fresh):
                seen(one)
            known.update(one.id for one in fresh)
            if most is not None and any(one.received >= most - 1 for one in batch):
                return True
            if time.monotonic() - renewed > _RENEW:
                queue.hold(list(aside.values()), _HOLD)
                renewed = time.monotonic()
    finally:
        with suppress(HookproofError), uninterrupted():
            queue.give_back(list(aside.values()))
    return False


def _refuse_fifo(queue: Queue) -> None:
    if queue.is_fifo:
        raise ConfigurationError(
            f"{queue_name(queue.url)}: a FIFO queue cannot be followed without holding its groups"
            " up; look at it without --follow"
        )
