"""Running commands in this process, with their output."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from hookproof.cli import main

NOW = 1_700_000_000
SECRET = "whsec_a_test_secret_0001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> object:
        return json.loads(self.out)


Hookproof = Callable[..., Ran]


class _Input:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.fixture
def hookproof(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Hookproof:
    """The command in this process: ``hookproof("verify", "-", stdin=b"…").status``."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", _Input(stdin))
        capfd.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Ran(status=status, out=out, err=err)

    return run


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET + "\n", encoding="utf-8")
    return file


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, object], Path]:
    """A file with bytes, text or JSON in it."""

    def make(name: str, content: object) -> Path:
        file = tmp_path / name
        if isinstance(content, bytes):
            file.write_bytes(content)
        elif isinstance(content, str):
            file.write_text(content, encoding="utf-8")
        else:
            file.write_text(json.dumps(content), encoding="utf-8")
        return file

    return make


Write = Callable[[str, object], Path]
Document = Mapping[str, object]
