"""Commands that the documents name exist, and each explains itself with an example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookproof import cli
from tests.project.sources import PROJECT, name_of, tracked

BLOCK = re.compile(r"```(?:sh|bash|shell|console|text)?\n(.*?)```|`([^`\n]+)`", re.DOTALL)
# `hookproof` stands in prose and paths too; a command line is what a code span begins with.
SPAN = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?(make|hookproof) ([a-z][a-z-]*)")


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def named(path: Path) -> Iterator[tuple[str, str]]:
    for block, span in BLOCK.findall(path.read_text("utf-8")):
        yield from SPAN.findall(span)
        for line in block.splitlines():
            yield from SPAN.findall(line.strip())


def targets() -> set[str]:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_commands_in_the_documents_exist(path: Path) -> None:
    known = {"make": targets(), "hookproof": set(cli.available())}
    missing = [f"{tool} {word}" for tool, word in named(path) if word not in known[tool]]
    assert missing == []


@pytest.mark.parametrize("command", cli.available())
def test_a_command_explains_itself_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([command, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert f"hookproof {command}" in text.partition("usage:")[2]
    assert re.search(r"examples?:", text, re.IGNORECASE), text


def test_make_lists_its_commands() -> None:
    makefile = (PROJECT / "Makefile").read_text("utf-8")
    phony = makefile.split(".PHONY:")[1].split("\n\n")[0].replace("\\", " ").split()
    assert set(phony) <= targets()
    listed = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    # build-here is what other commands use.
    assert set(phony) - listed == {"build-here"}
