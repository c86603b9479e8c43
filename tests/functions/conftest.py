"""The application as `sam build` makes it, and an emulated AWS made from the same template."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookproof.local import template
from hookproof.local.aws import Deployed, EmulatedAws
from scripts.build_here import PROJECT, build
from tests.functions import rie

LAYERS = ("HookproofLayer", "DependenciesLayer", "CryptographyLayer")
SECRET = "whsec_built"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "artefact"
    try:
        build(folder)
    except subprocess.CalledProcessError as error:
        pytest.fail(f"sam build: {error.stdout}\n{error.stderr}")
    return folder


@pytest.fixture(scope="session")
def layers(built: Path) -> tuple[Path, ...]:
    return tuple(built / name for name in LAYERS)


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reason = rie.unsupported()
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("lambda") / "runtime"
    rie.make_runtime(folder)
    return folder


@pytest.fixture(scope="module")
def aws() -> Iterator[EmulatedAws]:
    emulated = EmulatedAws()
    emulated.put_secret("hookproof/stripe", SECRET)
    yield emulated
    emulated.stop()


@pytest.fixture(scope="module")
def deployed(aws: EmulatedAws) -> Deployed:
    parameters = {"Deduplication": "on", "Consumer": "on"}
    return aws.deploy(template.load(PROJECT, parameters))
