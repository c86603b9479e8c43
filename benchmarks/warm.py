"""Warm: what one delivery costs when everything is loaded, and what the bare call to SQS costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.results import Group, Result
from benchmarks.stage import BUILT, LAYERS, delivery, stage
from benchmarks.workers import Worker, responder, workers
from tests.functions.rie import Function

GROUP = Group("warm")
BODY = 1024
VS_STOCK, VS_BARE = 0.35, 1.5


def run(*, quick: bool) -> Iterator[Result]:
    """Measure the three in turn, each in its own process."""
    rounds, times = (7, 200) if quick else (25, 400)
    with stage() as actors, responder() as url:
        functions: dict[str, Function] = {
            name: actors.functions[name] for name in ("ours", "stock")
        }
        functions["bare"] = replace(
            functions["ours"],
            task=Path(__file__).parent / "bare",
            layers=tuple(BUILT / layer for layer in LAYERS),
        )
        with workers(functions, url) as running:
            found = _alternate(running, rounds, times)
    for unit in ("cpu", "wall"):
        samples = {name: [one[unit] for one in values] for name, values in found.items()}
        aims = (VS_STOCK, VS_BARE) if unit == "cpu" else (None, None)
        yield GROUP.ratio(f"{unit}/vs-stock", samples, ("ours", "stock"), aim=aims[0])
        yield GROUP.ratio(f"{unit}/vs-bare", samples, ("ours", "bare"), aim=aims[1])
        for name, values in samples.items():
            yield GROUP.figure(f"{unit}/{name}", values, "µs")


def _alternate(
    running: dict[str, Worker], rounds: int, times: int
) -> dict[str, list[dict[str, float]]]:
    for worker in running.values():
        worker.measure([delivery(BODY)], times)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in running}
    for _ in range(rounds):
        event = delivery(BODY)
        for name, worker in running.items():
            found[name].append(worker.measure([event], times))
    return found
