"""Workers and the AWS that they call, started and ended together."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.stage import SECRET
from tests.functions.rie import Function, bare_python

_HERE = Path(__file__).parent


@dataclass(slots=True)
class Worker:
    """A process that measures one function."""

    process: subprocess.Popen[str]
    start: Mapping[str, float]

    def measure(self, events: Sequence[object], times: int) -> dict[str, float]:
        """Run the events so many times: CPU and wall microseconds of each, memory, modules."""
        assert self.process.stdin  # noqa: S101 - Popen was given a pipe
        self.process.stdin.write(json.dumps({"events": events, "times": times}) + "\n")
        self.process.stdin.flush()
        measured: dict[str, float] = _read(self.process)
        return measured


@contextmanager
def responder(secret: str = SECRET) -> Iterator[str]:
    """Give the address of an AWS whose secrets all are this text."""
    command = [
        sys.executable,
        str(_HERE / "responder.py"),
        secret,
    ]
    with _running(command, None) as process:
        yield f"http://127.0.0.1:{_read(process)}"


@contextmanager
def workers(functions: Mapping[str, Function], url: str) -> Iterator[dict[str, Worker]]:
    """Start a worker for each function, with the responder at ``url`` for all services."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(_worker(_calling(function, url)))
            for name, function in functions.items()
        }


def _calling(function: Function, url: str) -> Function:
    environment = {
        **function.environment,
        "AWS_ENDPOINT_URL": url,
        "QUEUE_URL": f"{url}/123456789012/queue",
        "SECRET_PREFIX": "hookproof/",
        "POWERTOOLS_SERVICE_NAME": function.task.name,
    }
    return replace(function, environment=environment)


@contextmanager
def _worker(function: Function) -> Iterator[Worker]:
    command = [bare_python(), "-S", str(_HERE / "worker.py"), "app"]
    environment = {**function.variables(), "PYTHONPATH": function.path()}
    with _running(command, environment) as process:
        yield Worker(process, _read(process))


@contextmanager
def _running(
    command: Sequence[str], environment: Mapping[str, str] | None
) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _read(process: subprocess.Popen[str]) -> Any:
    assert process.stdout  # noqa: S101 - Popen was given a pipe
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the benchmark ended early; its output is above")
    return json.loads(line)
