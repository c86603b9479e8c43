"""``hookproof demo`` as a program: what ``make run`` shows, and that it cannot be fooled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.conftest import ROOT, MakeProject

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "layers/hookproof/python")}


def demo(folder: Path, *options: str, **environment: str) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-m", "hookproof.cli", "demo", *options],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return run.returncode, run.stdout


def test_every_outcome_is_right_and_is_shown(tmp_path: Path) -> None:
    status, shown = demo(tmp_path, PYTHONIOENCODING="utf-8")
    assert status == 0, shown
    assert "Every outcome was right" in shown
    assert "✗" not in shown
    for part in (
        "200 accepted    Stripe: a payment succeeded",
        '{"specversion":"1.0","id":"evt_1QK2","source":"/webhooks/stripe"',
        "401 rejected    Stripe: the amount was changed on the way",
        "reason  signature_mismatch",
        "reason  timestamp_too_old",
        "404 rejected    A source that does not exist",
        '200 handshake   Discord: {"type":1}',
        "secret  the previous one",
        "software.amazon.payloadoffloading.PayloadS3Pointer",
        "200 duplicate",
        "503 unavailable",
    ):
        assert part in shown
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 110


@pytest.mark.parametrize(
    "answer",
    [
        # Takes everything for genuine, and queues nothing.
        "{'statusCode': 200, 'body': '{}'}",
        # Refuses everything.
        "{'statusCode': 401, 'body': '{}'}",
    ],
)
def test_a_function_that_is_wrong_is_found_out(make_project: MakeProject, answer: str) -> None:
    project = make_project(f"def handler(event, context): return {answer}")
    status, shown = demo(project, "--project", str(project), PYTHONIOENCODING="ascii")
    assert status == 1
    assert "of the outcomes were wrong" in shown
    assert "NO 200" in shown or "NO 401" in shown


def test_without_a_project_it_says_so(tmp_path: Path) -> None:
    status, shown = demo(tmp_path, "--project", str(tmp_path))
    assert status == 2
    assert "hookproof demo: --project" in shown
