"""Execution environments as Lambda keeps them: made when needed, one event at a time each."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hookproof.errors import ConfigurationError

_INIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What is to be run: code, handler, settings and limits, as the template says."""

    folder: Path
    handler: str
    settings: Mapping[str, str]
    memory: int = 128
    timeout: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What one event led to: the result, or the fault that stopped the handler."""

    result: Any = None
    fault: str | None = None
    printed: str = ""
    seconds: float = 0.0
    cold: bool = False


class Environments:
    """A pool that starts an environment when none is free, up to ``limit``, and reuses the rest."""

    def __init__(self, function: Function, *, limit: int = 4) -> None:
        self._function = function
        self._slots = threading.BoundedSemaphore(limit)
        self._lock = threading.Lock()
        self._free: list[_Environment] = []
        self._all: set[_Environment] = set()

    def warm(self) -> None:
        """Start one, so that a handler that cannot be imported is known at once.

        Raises: ConfigurationError with the reason.
        """
        self._free.append(self._start())

    def invoke(self, event: Any) -> Invocation:
        """Run the handler on an event; waits while all environments are busy."""
        with self._slots:
            with self._lock:
                environment = self._free.pop() if self._free else None
            cold = environment is None
            try:
                environment = environment or self._start()
            except ConfigurationError as error:
                return Invocation(fault=str(error), cold=True)
            invocation = environment.invoke(event, cold=cold)
            with self._lock:
                if environment.alive:
                    self._free.append(environment)
                else:
                    self._all.discard(environment)
            return invocation

    def stop(self) -> None:
        """End every environment, whatever it is doing."""
        with self._lock:
            for environment in self._all:
                environment.stop()
            self._all.clear()
            self._free.clear()

    def _start(self) -> _Environment:
        environment = _Environment(self._function)
        with self._lock:
            self._all.add(environment)
        return environment


class _Environment:
    """One process, spoken to by one thread at a time."""

    def __init__(self, function: Function) -> None:
        self._timeout = function.timeout
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hookproof.local.environment"],
            env=_variables(function),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        ready = self._receive(_INIT_SECONDS)
        fault = None if ready is None else ready.get("fault")
        if ready is None or fault is not None:
            self.stop()
            why = fault or f"it did not start within {_INIT_SECONDS:.0f} seconds"
            raise ConfigurationError(f"{function.folder}: {function.handler}: {why}")

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def invoke(self, event: Any, *, cold: bool) -> Invocation:
        begun = time.perf_counter()
        answer = self._exchange(json.dumps(event).encode() + b"\n")
        seconds = time.perf_counter() - begun
        if answer is None:
            self.stop()
            fault = "the function ended or ran into its timeout"
            return Invocation(fault=fault, seconds=seconds, cold=cold)
        return Invocation(**answer, seconds=seconds, cold=cold)

    def stop(self) -> None:
        if self.alive:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _exchange(self, line: bytes) -> dict[str, Any] | None:
        pipe = self._process.stdin
        if pipe is None:
            return None
        try:
            pipe.write(line)
            pipe.flush()
        except OSError:
            return None
        return self._receive(self._timeout)

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        """The next answer; a process that is late is killed, which ends the wait."""
        if self._process.stdout is None:
            return None
        watchdog = threading.Timer(seconds, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer


def _variables(function: Function) -> dict[str, str]:
    """The environment of the process: Lambda's own variables and the function's, nothing else.

    The developer's own AWS settings stay out: nothing on the laptop may reach a real account.
    """
    return {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": "hookproof-laptop",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/hookproof-laptop",
        "AWS_LAMBDA_LOG_STREAM_NAME": "laptop",
        "HOOKPROOF_LAPTOP_TIMEOUT": str(function.timeout),
        "LAMBDA_TASK_ROOT": str(function.folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
        **function.settings,
    }
