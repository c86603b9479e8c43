"""A built function under AWS's own runtime emulator, as Lambda would run it.

The emulator comes with the aws-sam-cli package, the runtime client is awslambdaric. The Python is
one without site-packages: its path holds the built artefact, and in the runtime's place the
runtime client and boto3, which Lambda brings along.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}
# What /var/runtime holds on Lambda.
RUNTIME = (
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "runtime_client",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "urllib3",
)
INVOCATIONS = "/2015-03-31/functions/function/invocations"
START_SECONDS = 20.0
ANSWER_SECONDS = 60.0


def unsupported() -> str | None:
    """Why the emulator cannot run here, None if it can."""
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        return "the runtime emulator runs on Linux, x86_64 and arm64"
    if not platform.python_version().startswith("3.13."):
        return "the built artefact is for CPython 3.13"
    return None


def emulator() -> Path:
    """The emulator's program in the aws-sam-cli package."""
    found = importlib.util.find_spec("samcli")
    assert found is not None
    assert found.submodule_search_locations
    rapid = Path(found.submodule_search_locations[0], "local", "rapid")
    return rapid / f"aws-lambda-rie-{MACHINES[platform.machine()]}"


def bare_python() -> str:
    """The interpreter that .venv was made from."""
    return str(Path(sys.base_prefix, "bin", "python3.13"))


def make_runtime(folder: Path) -> None:
    """Put what Lambda's runtime brings along into the folder."""
    folder.mkdir()
    for name in RUNTIME:
        found = importlib.util.find_spec(name)
        assert found is not None, name
        assert found.origin, name
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A built function: its folder, its layers' folders in order, the runtime's, its settings.

    ``launcher``: words in front of the emulator's command, for what it is to run under.
    """

    task: Path
    layers: tuple[Path, ...]
    runtime: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: int = 512
    launcher: tuple[str, ...] = ()

    def path(self) -> str:
        """PYTHONPATH in Lambda's order."""
        layers = [str(layer / "python") for layer in self.layers]
        return ":".join([str(self.task), *layers, str(self.runtime)])

    def variables(self) -> dict[str, str]:
        """The environment variables that Lambda sets, and the function's own."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": self.path(),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(self.task),
            "AWS_LAMBDA_FUNCTION_NAME": self.task.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example-secret-key",
            **self.environment,
        }


class Emulator:
    """One execution environment of a function; a context manager that ends it."""

    def __init__(self, function: Function, log: Path) -> None:
        self._function = function
        self._log = log
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *self._function.launcher,
                    emulator(),
                    "--runtime-interface-emulator-address",
                    f"127.0.0.1:{self._port}",
                    "--runtime-api-address",
                    f"127.0.0.1:{free_port()}",
                    bare_python(),
                    "-S",
                    "-m",
                    "awslambdaric",
                    "app.handler",
                ],
                cwd=self._function.task,
                env=self._function.variables(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process
        # Its own session: the runtime ends with the emulator that started it.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def invoke(self, event: object) -> Any:
        """What the function returned for the event (a bytes event is sent as it is)."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", INVOCATIONS, body)
            answer = connection.getresponse().read()
        finally:
            connection.close()
        return json.loads(answer)

    def log(self) -> str:
        """What emulator and function have written so far."""
        return self._log.read_text("utf-8", "replace")

    def _wait(self) -> None:
        assert self._process
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            assert self._process.poll() is None, self.log()
            time.sleep(0.002)
        raise TimeoutError(self.log())


def free_port() -> int:
    """A port that nothing listens on at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
