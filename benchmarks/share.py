"""Lambda's share of a processor: a cgroup's quota of memory / 1769 MB, for what it starts.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_WHOLE = 1769
_PERIOD = 20_000  # microseconds: short against a start, as Lambda's is
_V1 = Path("/sys/fs/cgroup/cpu")
_V2 = Path("/sys/fs/cgroup")


@contextmanager
def share(memory: int) -> Iterator[tuple[str, ...]]:
    """Give the words in front of a command that put it under the quota.

    Raises OSError where this user or this machine cannot set one.
    """
    quota = max(1000, _PERIOD * memory // _WHOLE)
    is_v1 = (_V1 / "cpu.cfs_quota_us").exists()
    group = (_V1 if is_v1 else _V2) / f"hookproof-bench-{os.getpid()}-{memory}"
    if not is_v1 and "cpu" not in (_V2 / "cgroup.subtree_control").read_text().split():
        (_V2 / "cgroup.subtree_control").write_text("+cpu")
    group.mkdir()
    try:
        if is_v1:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
        yield ("/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"', str(group / "cgroup.procs"))
    finally:
        _remove(group)


def unsupported() -> str | None:
    """Why no quota can be set here, None if one can."""
    try:
        with share(_WHOLE):
            return None
    except OSError as error:
        return f"no CPU quota: {error.strerror} ({error.filename}); needs root and Linux's cgroups"


def _remove(group: Path) -> None:
    # The function outlives its emulator for a moment, and would take of the next one's share.
    for _ in range(500):
        for pid in (group / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.02)
        else:
            return
