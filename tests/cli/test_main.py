from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from hookproof import cli
from hookproof.errors import ConfigurationError, HookproofError, SignatureMismatch, Unavailable
from tests.cli.conftest import Hookproof


def test_the_overview_lists_every_command_with_its_line(hookproof: Hookproof) -> None:
    ran = hookproof("--help")
    assert ran.status == 0
    for name in cli.available():
        assert re.search(rf"^ +{name} +\S", ran.out, re.MULTILINE), name
    assert {"verify", "sign", "send", "event", "providers", "identify"} <= set(cli.available())


@pytest.mark.parametrize("name", cli.available())
def test_every_command_explains_itself_with_an_example(hookproof: Hookproof, name: str) -> None:
    ran = hookproof(name, "--help")
    assert ran.status == 0
    assert re.search(r"^[Ee]xamples?:$", ran.out, re.MULTILINE)
    assert f"hookproof {name}" in ran.out


@pytest.mark.parametrize("name", cli.available())
def test_every_command_is_a_module_with_register(name: str) -> None:
    module = import_module(f"hookproof.cli.{name}")
    assert callable(module.register)


def test_the_overview_loads_no_command_and_no_engine() -> None:
    program = (
        "import sys; from hookproof.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*(name for name in sys.modules if name.startswith('hookproof.cli.')))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert out.splitlines()[-1] == ""


def test_a_command_loads_no_other_command() -> None:
    program = (
        "import sys; from hookproof.cli import main, COMMANDS\n"
        "main(['providers', 'stripe', '--json'])\n"
        "print(*(name for name in COMMANDS if f'hookproof.cli.{name}' in sys.modules))\n"
        "print(*(name for name in ('boto3', 'awscrt', 'moto', 'rich') if name in sys.modules))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert out.splitlines()[-2:] == ["providers", ""]


def test_an_unknown_command_names_the_one_that_was_meant(hookproof: Hookproof) -> None:
    ran = hookproof("verfiy")
    assert ran.status == 2
    assert "did you mean 'verify'?" in ran.err


def test_no_command_at_all_is_wrong_usage(hookproof: Hookproof) -> None:
    assert hookproof().status == 2


def test_version(hookproof: Hookproof) -> None:
    ran = hookproof("--version")
    assert (ran.status, ran.out.split()[0]) == (0, "hookproof")
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", ran.out.split()[1])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigurationError("a setting is wrong"), 2),
        (Unavailable("nobody answers"), 2),
        (SignatureMismatch("no secret fits"), 1),
    ],
)
def test_an_error_is_one_line_and_a_status(
    hookproof: Hookproof, monkeypatch: pytest.MonkeyPatch, error: HookproofError, status: int
) -> None:
    def fail(_args: object) -> int:
        raise error

    monkeypatch.setattr("hookproof.cli.identify.run", fail)
    ran = hookproof("identify", "-")
    assert (ran.status, ran.out) == (status, "")
    assert ran.err == f"hookproof identify: {error}\n"


def test_an_interrupt_is_130(hookproof: Hookproof, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_args: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("hookproof.cli.identify.run", interrupt)
    assert hookproof("identify", "-").status == 130


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = [sys.executable, "-m", "hookproof.cli", "providers", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


def test_the_program_runs_as_a_process(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret\n", encoding="utf-8")
    start = [sys.executable, "-m", "hookproof.cli"]
    given = ["--provider", "github", "--secret-file", str(secret)]
    signed = subprocess.run([*start, "sign", *given], capture_output=True, check=True).stdout
    judged = subprocess.run(
        [*start, "verify", *given, "-"], input=signed, capture_output=True, check=False
    )
    assert judged.returncode == 0
    assert b"verified" in judged.stdout
    assert b"\x1b[" not in judged.stdout  # no colours in a pipe


def test_help_texts_name_only_commands_that_exist() -> None:
    folder = Path(cli.__file__).parent
    named = {
        name
        for file in folder.glob("*.py")
        for name in re.findall(r"`hookproof ([a-z]+)", file.read_text(encoding="utf-8"))
    }
    assert named <= set(cli.COMMANDS)
