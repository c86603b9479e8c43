"""One thing to be measured in a process of its own, driven by lines: a job in, a measurement out.

It runs on the built artefact's path with Lambda's runtime client loaded, as on Lambda.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

Run = Callable[[dict[str, Any], object], dict[str, Any]]
_FAR_AHEAD = 4_000_000_000_000  # milliseconds since 1970 at which this invocation ends


def main() -> None:
    """Do the jobs of standard input: ``{"events": […], "times": n}``."""
    answers = os.fdopen(os.dup(1), "w")
    # Lambda reads the function's lines; here nobody does.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    import_module("awslambdaric.bootstrap")
    run = import_module(sys.argv[1]).handler
    context = import_module("awslambdaric.lambda_context").LambdaContext(
        "8476a536-e9f4-11e8-9739-2dfe598c3fcd", {}, None, _FAR_AHEAD, "arn:aws:lambda:::function:f"
    )
    _say(answers, {"memory": _memory(), "modules": len(sys.modules)})
    for line in sys.stdin:
        job = json.loads(line)
        _say(answers, _measure(run, context, job))


def _measure(run: Run, context: object, job: dict[str, Any]) -> dict[str, float]:
    events, times = job["events"], job["times"]
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        for event in events:
            answer = run(event, context)
            if answer["statusCode"] != 200:  # noqa: PLR2004
                raise RuntimeError(answer)
    count = times * len(events)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "cpu": cpu / count * 1e6,
        "wall": wall / count * 1e6,
        "memory": _memory(),
        "modules": len(sys.modules),
    }


def _memory() -> float:
    """The peak of this process's resident memory, in MB."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - pathlib would count
        peak = next(line for line in file if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def _say(answers: Any, document: object) -> None:
    answers.write(json.dumps(document) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
