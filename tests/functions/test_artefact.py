"""What `sam build` leaves behind: complete by itself, compiled, the same files as the wheel."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import marshal
import platform
import subprocess
import sys
import zipfile
from pathlib import Path
from types import CodeType
from typing import Any

import aws_lambda_powertools as upstream
import pytest

from scripts.build_here import PROJECT
from tests.functions import rie

PACKAGE = PROJECT / "layers" / "hookproof" / "python" / "hookproof"
# Flags of a pyc that is used whatever its source looks like. Source: PEP 552.
UNCHECKED_HASH = 0b01
MEGABYTE = 1024 * 1024


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _code(pyc: bytes) -> CodeType:
    code = marshal.loads(pyc[16:])  # noqa: S302 - the build's own, a moment ago
    assert isinstance(code, CodeType)
    return code


def compiled(built: Path) -> list[Path]:
    return sorted(built.rglob("*.cpython-313.pyc"))


def test_wheel_and_layer_hold_the_same_files(built: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PROJECT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {
            name.removeprefix("hookproof/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith("hookproof/")
        }
    in_layer = contents(built / "HookproofLayer" / "python" / "hookproof")
    assert sorted(in_layer) == sorted(in_wheel)
    assert in_layer == in_wheel


def test_every_source_is_compiled_for_any_date_and_without_this_machines_paths(
    built: Path,
) -> None:
    if rie.unsupported():
        pytest.skip("layers are compiled by CPython 3.13 alone")
    sources = list(built.rglob("*.py"))
    missing = [
        path
        for path in sources
        if not (path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc").exists()
    ]
    assert sources
    assert missing == []
    for path in compiled(built):
        data = path.read_bytes()
        assert int.from_bytes(data[4:8], "little") == UNCHECKED_HASH, path
        assert _code(data).co_filename.startswith(("/opt/python/", "/var/task/"))


def test_no_file_names_a_folder_of_this_machine(built: Path) -> None:
    folders = (str(built).encode(), str(PROJECT).encode())
    named = [
        path
        for path in built.rglob("*")
        if path.is_file() and path.name != "template.yaml"
        if any(folder in path.read_bytes() for folder in folders)
    ]
    assert named == []


def test_binaries_are_for_the_architecture(built: Path) -> None:
    machine = {"x86_64": 62, "aarch64": 183}[platform.machine()]  # ELF's e_machine
    binaries = sorted(built.rglob("*.so"))
    assert {path.name.partition(".")[0] for path in binaries} >= {"_awscrt", "_rust"}
    for path in binaries:
        assert int.from_bytes(path.read_bytes()[18:20], "little") == machine, path


def test_modules_import_from_the_artefact_alone(
    built: Path, layers: tuple[Path, ...], runtime: Path
) -> None:
    # The command line, the laptop stack and explain are for people, and need what pip installs.
    modules = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in {"cli", "local", "explain"}
    ]
    program = (
        "import importlib, json, sys\n"
        "names = json.loads(sys.argv[1])\n"
        "modules = [importlib.import_module(name.removesuffix('.__init__')) for name in names]\n"
        "print(json.dumps([module.__file__ for module in modules]))\n"
    )
    function = rie.Function(task=built / "IngestFunction", layers=layers, runtime=runtime)
    done = subprocess.run(
        [rie.bare_python(), "-S", "-W", "error", "-c", program, json.dumps(modules)],
        env=function.variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(Path(name).is_relative_to(built) for name in json.loads(done.stdout))


def test_what_the_hmac_path_needs_stays_small(built: Path) -> None:
    parts = ("IngestFunction", "HookproofLayer", "DependenciesLayer")
    size = sum(
        path.stat().st_size
        for part in parts
        for path in (built / part).rglob("*")
        if path.is_file()
    )
    assert size <= 25 * MEGABYTE


def test_what_was_installed_is_recorded(built: Path) -> None:
    for layer in ("DependenciesLayer", "CryptographyLayer"):
        root = built / layer / "python"
        records = list(root.glob("*.dist-info/RECORD"))
        assert records
        for record in records:
            for name, digest, size in csv.reader(record.read_text("utf-8").splitlines()):
                data = (root / name).read_bytes()
                found = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
                assert digest in {"", f"sha256={found.decode()}"}, name
                assert size in {"", str(len(data))}, name


def in_layer(built: Path, program: str, **environ: str) -> Any:
    """What a program prints, as JSON, that finds nothing but the dependencies' layer."""
    done = subprocess.run(
        [rie.bare_python(), "-S", "-W", "error", "-c", program],
        env={"PYTHONPATH": str(built / "DependenciesLayer" / "python"), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.usefixtures("runtime")
def test_no_types_are_made_of_what_awscrt_writes_beside_its_parameters(built: Path) -> None:
    connect = "awscrt.http.HttpClientConnection.new.__annotations__"
    kinds = in_layer(
        built,
        "import json, awscrt.http\n"
        f"print(json.dumps([type(one).__name__ for one in {connect}.values()]))",
    )
    assert set(kinds) == {"str"}


@pytest.mark.usefixtures("runtime")
def test_powertools_of_the_layer_loads_what_is_asked_for(built: Path) -> None:
    loaded = in_layer(
        built,
        "import json, sys, aws_lambda_powertools.metrics\nprint(json.dumps(list(sys.modules)))",
    )
    assert "aws_lambda_powertools.metrics.metrics" in loaded
    unasked = {
        "inspect",
        "jmespath",
        "pathlib",
        "aws_lambda_powertools.logging",
        "aws_lambda_powertools.tracing",
    }
    assert unasked.isdisjoint(loaded)


@pytest.mark.usefixtures("runtime")
def test_powertools_of_the_layer_offers_all_that_upstreams_does(built: Path) -> None:
    offered = in_layer(
        built,
        "import json, aws_lambda_powertools as package\n"
        "from aws_lambda_powertools import *\n"
        "parts = (Logger, Metrics, single_metric, Tracer)\n"
        "print(json.dumps(["
        "    [f'{one.__module__}.{one.__name__}' for one in parts],"
        "    sorted(package.__all__), package.__version__, package.__author__,"
        "    package.PACKAGE_PATH.name, hasattr(package, 'no_such_name')]))",
    )
    parts = (upstream.Logger, upstream.Metrics, upstream.single_metric, upstream.Tracer)
    assert offered == [
        [f"{one.__module__}.{one.__name__}" for one in parts],
        sorted(upstream.__all__),
        upstream.__version__,
        upstream.__author__,
        upstream.PACKAGE_PATH.name,
        False,
    ]


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize(("debug", "handler"), [("0", "NullHandler"), ("1", "StreamHandler")])
def test_powertools_of_the_layer_keeps_its_own_log_quiet_as_upstreams_does(
    built: Path, debug: str, handler: str
) -> None:
    program = (
        "import json, logging, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "import aws_lambda_powertools\n"
        "log = logging.getLogger('aws_lambda_powertools')\n"
        "print(json.dumps([[type(one).__name__ for one in log.handlers], log.propagate]))"
    )
    found = in_layer(built, program, POWERTOOLS_DEBUG=debug)
    assert found == [[handler], debug == "1"]


@pytest.mark.usefixtures("runtime")
def test_powertools_of_the_layer_finds_files_as_upstreams_does(built: Path) -> None:
    program = (
        "import json\n"
        "from aws_lambda_powertools.shared.functions import abs_lambda_path\n"
        "print(json.dumps([abs_lambda_path(), abs_lambda_path('a/b')]))"
    )
    found = in_layer(built, program, LAMBDA_TASK_ROOT="/var/task")
    assert found == ["/var/task", "/var/task/a/b"]


@pytest.mark.parametrize(
    "changed", ["aws_lambda_powertools/__init__.py", "aws_lambda_powertools/shared/functions.py"]
)
def test_the_build_stops_at_a_powertools_that_it_does_not_know(
    tmp_path: Path, changed: str
) -> None:
    (tmp_path / "aws_lambda_powertools" / "shared").mkdir(parents=True)
    for name in ("__init__.py", "shared/functions.py"):
        text = (upstream.PACKAGE_PATH / name).read_text("utf-8")
        (tmp_path / "aws_lambda_powertools" / name).write_text(text, "utf-8")
    trim: list[str | Path] = [sys.executable, PROJECT / "layers" / "build" / "trim.py", tmp_path]
    (tmp_path / changed).write_text('__all__ = ["Logger", "Another"]\n', "utf-8")
    done = subprocess.run(trim, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{changed} is ")
