"""Verify: our verifier against each official SDK's own, and against the bare primitive.

What SDKs do beside the proof differs: some parse the event, ours and others leave that to the
caller. The adapters of ``tests/interop`` call them, at less than a microsecond.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence

from benchmarks.results import Group, Result
from scripts.build_here import PROJECT

GROUP = Group("verify")
PYTHON = PROJECT / ".venv" / "interop" / "bin" / "python"
QUICK = ("stripe", "slack", "svix", "standard-webhooks", "twilio")
NAMES = {1_000: "1KB", 10_000: "10KB", 100_000: "100KB", 1_000_000: "1MB"}
VS_SDK, VS_BARE, OVER_BARE = 1.0, 1.5, 15.0
_SMALL = 1_000


def run(*, quick: bool) -> Iterator[Result]:
    """Measure in the environment that `make interop` makes."""
    if not PYTHON.exists():
        yield GROUP.skipped("all", "the SDKs are not installed (make bench installs them)")
        return
    for provider, size, samples in _measure(QUICK if quick else (), 7 if quick else 15):
        name = f"{provider}/{NAMES[size]}"
        if samples is None:
            yield GROUP.skipped(name, "the SDK takes other bodies")
            continue
        yield GROUP.ratio(f"{name}/vs-sdk", samples, ("ours", "sdk"), aim=VS_SDK)
        if size == _SMALL:
            over = [a - b for a, b in zip(samples["ours"], samples["bare"], strict=True)]
            yield GROUP.figure(f"{name}/over-bare", over, "µs", aim=OVER_BARE)
        else:
            yield GROUP.ratio(f"{name}/vs-bare", samples, ("ours", "bare"), aim=VS_BARE)


def _measure(
    providers: Sequence[str], rounds: int
) -> Iterator[tuple[str, int, dict[str, list[float]] | None]]:
    command = [str(PYTHON), "-W", "ignore", "-m", "benchmarks.sdks", str(rounds), *providers]
    folders = (PROJECT, PROJECT / "layers" / "hookproof" / "python", PROJECT / "tests" / "interop")
    environ = {**os.environ, "PYTHONPATH": ":".join(map(str, folders))}
    with subprocess.Popen(
        command, env=environ, cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            yield json.loads(line)
    if process.returncode:
        raise RuntimeError(f"the measuring process ended with {process.returncode}")
