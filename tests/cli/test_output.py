from __future__ import annotations

import io
import sys

import pytest

from hookproof.cli.output import (
    age,
    mark,
    paint,
    print_facts,
    print_table,
    printable,
    utc,
)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    # Not a fixture: pytest puts another stream in the place between a fixture and its test.
    stream = Terminal()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", stream)
    return stream


def test_colours_only_on_a_terminal_that_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal(monkeypatch)
    assert paint("x", "good") == "\x1b[32mx\x1b[0m"
    assert paint("x", "good", io.StringIO()) == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("x", "good") == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert paint("x", "good") == "x"


def test_ticks_are_ascii_where_nothing_else_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    assert (mark(good=True), mark(good=False)) == ("ok", "no")


def test_a_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    print_table(("ID", "NAME"), [("a", "x" * 60), ("bb", "y")])
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) == 40
    assert lines[1].endswith("x…")
    assert lines[0].split() == ["ID", "NAME"]


def test_a_table_in_a_pipe_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("ID", "NAME"), [("a", "x" * 300)])
    assert "x" * 300 in capsys.readouterr().out
    print_table(("ID", "NAME"), [])
    assert capsys.readouterr().out == "ID  NAME\n"


def test_facts_stand_in_columns_and_empty_ones_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_facts([("a", "1\n2"), ("long", "3"), ("none", "")])
    assert capsys.readouterr().out == "  a     1\n        2\n  long  3\n"


def test_nothing_can_play_with_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc") == "a�[2Jb�c"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s ago"),
        (59.9, "59 s ago"),
        (3600, "1 h ago"),
        (90_061, "1 d 1 h ago"),
        (-61, "1 min 1 s in the future"),
    ],
)
def test_ages(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_moments() -> None:
    assert utc(1_700_000_000) == "2023-11-14T22:13:20Z"
    assert utc(1e30) == "1000000000000000019884624838656 s since 1970"
