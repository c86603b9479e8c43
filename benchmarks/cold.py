"""Cold: from the start of the process to the answer of its first delivery.

The whole emulator runs under the quota, as everything in Lambda's sandbox does. Lambda gives more
than the share while a function initialises: these are upper bounds of what is seen there.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from benchmarks.results import Group, Result, alternately
from benchmarks.share import share, unsupported
from benchmarks.stage import Stage, delivery, stage
from tests.functions import rie

GROUP = Group("cold")
SIZES = (128, 256, 512, 1024, 1769)
QUICK = (128, 1024)
VS_STOCK, VS_FLOOR = 0.25, 2.5


def run(*, quick: bool) -> Iterator[Result]:
    """Measure every memory size, or without quotas the whole processor."""
    reason = rie.unsupported()
    if reason:
        yield GROUP.skipped("all", reason)
        return
    without_quota = unsupported()
    if without_quota:
        yield GROUP.skipped("128…1769", without_quota)
    with stage() as actors:
        if without_quota:
            yield from _measure(actors, None, 5)
        for memory in () if without_quota else QUICK if quick else SIZES:
            yield from _measure(actors, memory, _rounds(memory, quick=quick))


def _rounds(memory: int, *, quick: bool) -> int:
    slow = memory < SIZES[2]
    if quick:
        return 3 if slow else 7
    return 7 if slow else 15


def _measure(actors: Stage, memory: int | None, rounds: int) -> Iterator[Result]:
    runs = {name: _start(actors, name, memory) for name in ("ours", "stock", "floor")}
    # The first start of all reads the files from disk.
    runs["ours"]()
    samples = alternately(rounds, runs)
    size = memory or "unlimited"
    yield GROUP.ratio(f"{size}/vs-stock", samples, ("ours", "stock"), aim=VS_STOCK)
    yield GROUP.ratio(f"{size}/vs-floor", samples, ("ours", "floor"), aim=VS_FLOOR)
    for name, values in samples.items():
        yield GROUP.figure(f"{size}/{name}", values, "s")


def _start(actors: Stage, name: str, memory: int | None) -> Callable[[], float]:
    def once() -> float:
        event = delivery()
        quota = nullcontext(()) if memory is None else share(memory)
        # A quota of its own for each: what is left of the one before takes nothing from it.
        with quota as launcher, tempfile.TemporaryDirectory() as folder:
            function = replace(actors.functions[name], launcher=launcher)
            started = time.perf_counter()
            with rie.Emulator(function, Path(folder, "log")) as emulator:
                answer = emulator.invoke(event)
                seconds = time.perf_counter() - started
                if answer["statusCode"] != 200:  # noqa: PLR2004
                    raise RuntimeError(f"{name}: {answer}\n{emulator.log()}")
        return seconds

    return once
