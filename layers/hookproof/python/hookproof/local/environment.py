"""One execution environment: a process that imports the handler once and serves one event a time.

Started by ``environments``, it speaks JSON lines over its standard input and output. What the
handler prints goes along with its result, as Lambda sends it to a log, and never between.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from typing import Any, BinaryIO

Handler = Callable[[Any, Any], Any]


class Context:
    """What Lambda tells a handler about the invocation."""

    def __init__(self, seconds: float) -> None:
        self.aws_request_id = str(uuid.uuid4())
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        region = os.environ["AWS_REGION"]
        name = self.function_name
        self.invoked_function_arn = f"arn:aws:lambda:{region}:123456789012:function:{name}"
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """How long the handler still has until Lambda would stop it."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    """Serve events until the standard input ends."""
    # Ctrl-C is for the program that started this one; it then closes the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events, results = sys.stdin.buffer, _own_output()
    printed = io.StringIO()
    sys.stdout = printed
    name, seconds = os.environ["_HANDLER"], float(os.environ["HOOKPROOF_LAPTOP_TIMEOUT"])
    try:
        handler = _load(name)
    except BaseException:  # noqa: BLE001 -- whatever stops the import is told to the developer
        _write(results, {"fault": traceback.format_exc(), "printed": printed.getvalue()})
        return
    _write(results, {"printed": _take(printed)})
    for line in events:
        answer = _invoke(handler, json.loads(line), Context(seconds))
        _write(results, {**answer, "printed": _take(printed)})


def _own_output() -> BinaryIO:
    """The pipe to the parent; what native code prints from now on goes to standard error."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def _load(name: str) -> Handler:
    module, _, function = name.rpartition(".")
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def _invoke(handler: Handler, event: Any, context: Context) -> dict[str, Any]:
    try:
        # Through JSON and back, as Lambda does: what it cannot carry is the function's mistake.
        return {"result": json.loads(json.dumps(handler(event, context)))}
    except Exception:  # noqa: BLE001 -- as Lambda: whatever the function raises is its result
        return {"fault": traceback.format_exc()}


def _take(printed: io.StringIO) -> str:
    text = printed.getvalue()
    printed.seek(0)
    printed.truncate()
    return text


def _write(pipe: BinaryIO, answer: dict[str, Any]) -> None:
    pipe.write(json.dumps(answer).encode() + b"\n")
    pipe.flush()


if __name__ == "__main__":
    main()
