"""What the benchmarks run: the built functions, and an emulated AWS that they call."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hookproof
from benchmarks.bodies import event_body
from hookproof.local import template
from hookproof.local.aws import ACCOUNT, EmulatedAws
from scripts.build_here import PROJECT, architecture
from tests.functions.rie import Function, make_runtime

BUILT = PROJECT / ".aws-sam" / "here"
LAYERS = ("HookproofLayer", "DependenciesLayer", "CryptographyLayer")
SECRET = "whsec_benchmark"  # noqa: S105 - signs nothing but this
SECRET_NAME = "hookproof/stripe"  # noqa: S105
_HERE = Path(__file__).parent
_WEEK = 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The functions by name, and their environment."""

    functions: Mapping[str, Function]
    environment: Mapping[str, str]


@contextmanager
def stage() -> Iterator[Stage]:
    """Build the stock function, start the emulated AWS with the template's own settings."""
    with tempfile.TemporaryDirectory() as folder:
        runtime, stock = Path(folder, "runtime"), Path(folder, "stock")
        make_runtime(runtime)
        _build_stock(stock)
        aws = EmulatedAws()
        try:
            environment = _environment(aws)
            yield Stage(
                functions=_functions(runtime, stock / "StockFunction", environment),
                environment=environment,
            )
        finally:
            aws.stop()


def delivery(size: int = 0) -> dict[str, Any]:
    """One of Stripe's deliveries, signed now, as the HTTP API hands it over."""
    body = event_body(size)
    now = time.time()
    request = hookproof.sign(provider="stripe", body=body, secret=SECRET, now=now)
    return {
        "version": "2.0",
        "routeKey": "ANY /webhooks/{source}",
        "rawPath": "/webhooks/stripe",
        "rawQueryString": "",
        "headers": {
            "host": "hooks.example.com",
            "content-type": "application/json; charset=utf-8",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            **{name.lower(): value for name, value in request.headers},
        },
        "requestContext": {
            "domainName": "hooks.example.com",
            "http": {"method": "POST", "path": "/webhooks/stripe", "sourceIp": "192.0.2.1"},
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
        },
        "pathParameters": {"source": "stripe"},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _environment(aws: EmulatedAws) -> dict[str, str]:
    aws.put_secret(SECRET_NAME, SECRET)
    _age(SECRET_NAME)
    deployed = aws.deploy(template.load(PROJECT, {}))
    return {**deployed.settings, **aws.variables()}


def _age(name: str) -> None:
    # A secret is seldom rotated: usually its previous version no longer counts.
    from moto.backends import get_backend

    secrets = get_backend("secretsmanager")[ACCOUNT]["us-east-1"].secrets
    for version in secrets[name].versions.values():
        version["createdate"] -= _WEEK


def _functions(runtime: Path, stock: Path, environment: dict[str, str]) -> dict[str, Function]:
    named = {**environment, "POWERTOOLS_SERVICE_NAME": "stock"}
    return {
        "ours": Function(
            task=BUILT / "IngestFunction",
            layers=tuple(BUILT / layer for layer in LAYERS),
            runtime=runtime,
            environment=environment,
        ),
        "stock": Function(task=stock, layers=(), runtime=runtime, environment=named),
        "floor": Function(task=_HERE / "empty", layers=(), runtime=runtime),
    }


def _build_stock(folder: Path) -> None:
    """Run ``sam build``: what it leaves has no bytecode, as what its users deploy has none."""
    tools = Path(sys.executable).parent
    command: list[str | Path] = [
        tools / "sam",
        "build",
        "--template",
        _HERE / "stock" / "template.yaml",
        "--build-dir",
        folder,
        "--parameter-overrides",
        f"Architecture={architecture()}",
    ]
    environ = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    subprocess.run(command, env=environ, cwd=folder.parent, check=True, capture_output=True)
