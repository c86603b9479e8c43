"""A project with the real template and a function of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MakeProject = Callable[[str], Path]


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """A function that makes a project of the real template and this ``app.py``."""

    def make(app: str) -> Path:
        folder = tmp_path / "project"
        (folder / "functions" / "ingest").mkdir(parents=True)
        (folder / "functions" / "ingest" / "app.py").write_text(app)
        shutil.copy(ROOT / "template.yaml", folder)
        return folder

    return make
