"""Dependencies are locked with hashes, and one version of each is used everywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.project.sources import PROJECT, name_of

LOCKS = [
    PROJECT / "requirements" / "dev.txt",
    PROJECT / "requirements" / "laptop.txt",
    PROJECT / "layers" / "cryptography" / "requirements.txt",
    PROJECT / "layers" / "dependencies" / "requirements.txt",
]
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    return dict(PIN.findall(lock.read_text("utf-8")))


def wanted(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return match.group().lower()


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    document = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    table: dict[str, Any] = document["project"]
    return table


@pytest.mark.parametrize("lock", LOCKS, ids=name_of)
def test_every_requirement_is_pinned_with_hashes(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text("utf-8"))
    requirements = [block for block in blocks if not block.startswith("#")]
    assert requirements
    for block in requirements:
        assert PIN.match(block), block
        assert "--hash=sha256:" in block, block


@pytest.mark.parametrize("lock", LOCKS[1:], ids=name_of)
def test_what_runs_is_what_was_tested(lock: Path) -> None:
    assert pins(lock).items() <= pins(LOCKS[0]).items()


def test_every_extra_is_in_the_locks(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    names = {wanted(one) for extra in extras.values() for one in extra}
    assert names <= set(pins(LOCKS[0]))
    laptop = {wanted(one) for extra in ("crypto", "aws", "cli", "local") for one in extras[extra]}
    assert laptop <= set(pins(LOCKS[1]))


def test_the_library_itself_needs_nothing(project: dict[str, Any]) -> None:
    assert project["dependencies"] == []
