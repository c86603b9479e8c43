"""Execution environments as processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hookproof.errors import ConfigurationError
from hookproof.local.environments import Environments, Function

APP = """
import json, os, sys, time

started = []

def handler(event, context):
    started.append(1)
    print(json.dumps({"saw": event}))
    os.write(1, b"straight to the file descriptor")
    match event:
        case "fail":
            raise ValueError("on purpose")
        case "hang":
            time.sleep(60)
        case "die":
            os._exit(3)
        case "unserialisable":
            return {1, 2}
        case "slow":
            time.sleep(0.3)
    return {
        "pid": os.getpid(),
        "calls": len(started),
        "left": context.get_remaining_time_in_millis(),
        "arn": context.invoked_function_arn,
        "variables": dict(os.environ),
    }
"""


@pytest.fixture
def function(tmp_path: Path) -> Function:
    (tmp_path / "app.py").write_text(APP)
    settings = {"AWS_REGION": "eu-west-1", "QUEUE_URL": "http://queue"}
    return Function(folder=tmp_path, handler="app.handler", settings=settings, timeout=2)


@pytest.fixture
def pool(function: Function) -> Iterator[Environments]:
    environments = Environments(function, limit=3)
    yield environments
    environments.stop()


def test_an_environment_is_reused_and_keeps_its_state(pool: Environments) -> None:
    first, second = pool.invoke("a"), pool.invoke("b")
    assert first.cold
    assert not second.cold
    assert second.result["pid"] == first.result["pid"]
    assert second.result["calls"] == 2


def test_what_is_printed_goes_along_with_its_own_event(pool: Environments) -> None:
    pool.invoke("a")
    assert pool.invoke("b").printed == '{"saw": "b"}\n'


def test_the_handler_sees_lambda_and_nothing_of_the_developers_account(
    pool: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    result = pool.invoke("a").result
    assert result["variables"]["QUEUE_URL"] == "http://queue"
    assert result["variables"]["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN"}.isdisjoint(result["variables"])
    assert result["arn"].startswith("arn:aws:lambda:eu-west-1:")
    assert 1000 < result["left"] <= 2000


def test_a_fault_is_told_and_the_environment_lives_on(pool: Environments) -> None:
    fault = pool.invoke("fail").fault
    assert fault is not None
    assert "ValueError: on purpose" in fault
    assert "app.py" in fault
    assert pool.invoke("a").result["calls"] == 2


def test_a_result_that_json_cannot_carry_is_a_fault(pool: Environments) -> None:
    assert "not JSON serializable" in (pool.invoke("unserialisable").fault or "")


@pytest.mark.parametrize("event", ["die", "hang"])
def test_a_lost_environment_is_replaced(pool: Environments, event: str) -> None:
    assert "timeout" in (pool.invoke(event).fault or "")
    again = pool.invoke("a")
    assert again.cold
    assert again.result["calls"] == 1


def test_many_at_once_run_side_by_side_up_to_the_limit(pool: Environments) -> None:
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(pool.invoke, ["slow"] * 12))
    processes = [invocation.result["pid"] for invocation in found]
    assert len(set(processes)) == 3
    assert len(found) == 12


def test_stopping_ends_the_processes(function: Function) -> None:
    environments = Environments(function)
    process = environments.invoke("a").result["pid"]
    environments.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_handler_that_cannot_be_imported_is_known_at_once(function: Function) -> None:
    (function.folder / "app.py").write_text("import nothing_of_this_name")
    with pytest.raises(ConfigurationError, match="No module named 'nothing_of_this_name'"):
        Environments(function).warm()
