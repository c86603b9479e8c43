"""Scale: how a delivery's cost grows with its body, the sources seen, tenants, secrets tried."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.results import Group, Result
from benchmarks.stage import SECRET, Stage, delivery, stage
from benchmarks.workers import responder, workers

GROUP = Group("scale")
BODIES = {"1KB": 1_000, "10KB": 10_000, "100KB": 100_000, "1MB": 1_000_000, "4MB": 4_000_000}
SOURCES = (1, 10, 100, 1_000, 10_000)
TENANTS = (1, 100, 1_000)
SECRETS = (1, 4, 16)
SIGNATURES = (1, 8, 32)
_ROUNDS = 5


def run(*, quick: bool) -> Iterator[Result]:
    """Measure each dimension with one warm function of its own."""
    with stage() as actors:
        yield from _bodies(actors)
        for count in SOURCES[:-1] if quick else SOURCES:
            yield from _sources(actors, count)
        for count in TENANTS:
            secret = {"tenants": {f"t{number}": SECRET for number in range(count)}}
            yield from _one(actors, f"tenants/{count}", secret, _to("stripe", "t0"))
        for count in SECRETS:
            secrets = [f"whsec_{number}" for number in range(count - 1)]
            yield from _one(actors, f"secrets/{count}", {"secret": [*secrets, SECRET]}, delivery())
        for count in SIGNATURES:
            yield from _one(actors, f"signatures/{count}", {"secret": SECRET}, _signed(count))


def _bodies(actors: Stage) -> Iterator[Result]:
    with responder() as url, workers({"ours": actors.functions["ours"]}, url) as running:
        for name, size in BODIES.items():
            times = max(2, min(200, 2_000_000 // size))
            running["ours"].measure([delivery(size)], times)
            rounds = [running["ours"].measure([delivery(size)], times) for _ in range(_ROUNDS)]
            yield GROUP.figure(f"body/{name}", [one["cpu"] for one in rounds], "µs")


def _sources(actors: Stage, count: int) -> Iterator[Result]:
    """Sources in turn, the worst case for a cache: beyond its bound each one is fetched again."""
    secret = json.dumps({"provider": "stripe", "secret": SECRET})
    with responder(secret) as url, workers({"ours": actors.functions["ours"]}, url) as running:
        worker = running["ours"]
        events = [_to(f"stripe-{number}") for number in range(count)]
        worker.measure(events, 1)
        times = max(1, 500 // count)
        rounds = [worker.measure(events, times) for _ in range(2 if count > 1000 else _ROUNDS)]  # noqa: PLR2004
    yield GROUP.figure(f"sources/{count}", [one["cpu"] for one in rounds], "µs")
    yield GROUP.figure(f"sources/{count}/rss", [one["memory"] for one in rounds], "MB")


def _one(
    actors: Stage, name: str, secret: Mapping[str, object], event: dict[str, Any]
) -> Iterator[Result]:
    text = json.dumps({"provider": "stripe", **secret})
    with responder(text) as url, workers({"ours": actors.functions["ours"]}, url) as running:
        running["ours"].measure([event], 50)
        rounds = [running["ours"].measure([event], 200) for _ in range(_ROUNDS)]
    yield GROUP.figure(name, [one["cpu"] for one in rounds], "µs")


def _to(source: str, tenant: str | None = None) -> dict[str, Any]:
    parameters = {"source": source} | ({"tenant": tenant} if tenant else {})
    return {**delivery(), "pathParameters": parameters}


def _signed(count: int) -> dict[str, Any]:
    """The delivery with wrong signatures in front of the right one."""
    event = delivery()
    stamp, right = event["headers"]["stripe-signature"].split(",")
    wrong = [
        f"v1={base64.b16encode(bytes([one]) * 32).decode().lower()}" for one in range(1, count)
    ]
    event["headers"]["stripe-signature"] = ",".join([stamp, *wrong, right])
    return event
