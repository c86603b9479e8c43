"""Memory and size: resident memory after init, after many deliveries; modules; bytes deployed."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.results import Group, Result
from benchmarks.stage import BUILT, delivery, stage
from benchmarks.workers import Worker, responder, workers

GROUP = Group("memory", prefix="")
# Function, library, and what the HMAC path needs: the layer of cryptography is for other schemes.
PARTS = ("IngestFunction", "HookproofLayer", "DependenciesLayer")
INIT_MB, UNZIPPED_MB, GROWTH_MB = 45.0, 25.0, 1.0
_MEGABYTE = 1024 * 1024
_EACH = 5_000


def run(*, quick: bool) -> Iterator[Result]:
    """Measure one worker of each kind; fewer deliveries when quick."""
    yield _size()
    with stage() as actors, responder() as url:
        functions = {name: actors.functions[name] for name in ("ours", "stock")}
        with workers(functions, url) as running:
            for name, worker in running.items():
                yield from _start(name, worker)
            yield from _growth(running["ours"], 10_000 if quick else 100_000)


def _size() -> Result:
    files = (path for part in PARTS for path in (BUILT / part).rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in files) / _MEGABYTE
    return GROUP.figure("unzipped", [size], "MB", aim=UNZIPPED_MB)


def _start(name: str, worker: Worker) -> Iterator[Result]:
    is_ours = name == "ours"
    label = "" if is_ours else f"{name}/"
    aim = INIT_MB if is_ours else None
    yield GROUP.figure(f"{label}rss/init", [worker.start["memory"]], "MB", aim=aim)
    first = worker.measure([delivery()], 1)
    yield GROUP.figure(f"{label}modules", [first["modules"]], "")
    thousand = worker.measure([delivery()], 1000)
    yield GROUP.figure(f"{label}rss/1000", [thousand["memory"]], "MB")


def _growth(worker: Worker, count: int) -> Iterator[Result]:
    """The peak's growth after the first ones, which fill what is kept once."""
    settled = worker.measure([delivery()], _EACH)["memory"]
    for _ in range(count // _EACH):
        # Signed anew each time: a delivery is stale after five minutes.
        last = worker.measure([delivery()], _EACH)["memory"]
    yield GROUP.figure(f"growth/{count}", [last - settled], "MB", aim=GROWTH_MB)
