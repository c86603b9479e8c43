"""``hookproof dev`` as a program: addresses, lines, signals, faults."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from hookproof import consumer
from hookproof.local.demo import post
from hookproof.local.samples import samples
from tests.local.conftest import ROOT

SAMPLES = samples()
COMMAND = [sys.executable, "-m", "hookproof.cli", "dev"]
FREE = ["--port", "0", "--aws-port", "0", "--inspector-port", "0"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "layers/hookproof/python")}


class Running:
    """The program, once it is ready."""

    def __init__(self, process: subprocess.Popen[str], addresses: dict[str, str]) -> None:
        self.process = process
        self.addresses = addresses

    def end(self, number: int = signal.SIGTERM) -> str:
        """Send a signal, and return what it has printed when it has ended."""
        self.process.send_signal(number)
        printed, _ = self.process.communicate(timeout=20)
        return printed


@contextmanager
def dev(folder: Path, *options: str) -> Iterator[Running]:
    ready = folder / "ready.json"
    command = [*COMMAND, *FREE, "--ready-file", str(ready), *options]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline, "it did not become ready"
            time.sleep(0.05)
        yield Running(process, json.loads(ready.read_text()))
    finally:
        process.kill()
        process.communicate()


def write_sources(path: Path, **changes: Any) -> Path:
    sample = SAMPLES["stripe"]
    document = {"stripe": {"provider": "stripe", "secret": sample.secret}, **changes}
    path.write_text(json.dumps(document))
    return path


def client(service: str, addresses: dict[str, str]) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=addresses["aws_endpoint"],
        region_name="us-east-1",
        aws_access_key_id="laptop",
        aws_secret_access_key="laptop",
    )


def test_a_delivery_goes_to_the_queue_that_the_ready_file_names(tmp_path: Path) -> None:
    sources = write_sources(tmp_path / "sources.json")
    with dev(tmp_path, "--sources", str(sources)) as running:
        addresses = running.addresses
        assert set(addresses) == {"url", "aws_endpoint", "queue_url", "dlq_url", "inspector"}
        request = SAMPLES["stripe"].signed(addresses["url"], now=time.time())
        assert post(request) == 200
        assert post(replace(request, body=b"{}")) == 401
        sqs = client("sqs", addresses)
        received = sqs.receive_message(QueueUrl=addresses["queue_url"], MaxNumberOfMessages=10)
        assert [consumer.parse(m["Body"]).data for m in received["Messages"]] == [request.body]
        assert "Messages" not in sqs.receive_message(QueueUrl=addresses["dlq_url"])
        printed = running.end()
    assert running.process.returncode == 0
    assert "POST /webhooks/stripe  200 accepted  evt_1QK2" in printed
    assert "POST /webhooks/stripe  401 rejected  signature_mismatch" in printed
    assert addresses["inspector"] in printed
    assert "\x1b" not in printed
    assert str(SAMPLES["stripe"].secret) not in printed
    assert not (tmp_path / "ready.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: int) -> None:
    with dev(tmp_path) as running:
        # A sender that keeps its connection open does not hold it up.
        port = int(running.addresses["url"].rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/")
        connection.getresponse().read()
        printed = running.end(number)
        connection.close()
    assert running.process.returncode == 0
    assert "Traceback" not in printed


def test_the_sources_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    sources = write_sources(tmp_path / "sources.json")
    with dev(tmp_path, "--sources", str(sources)) as running:
        github = {"provider": "github", "secret": SAMPLES["github"].secret}
        write_sources(sources, github=github)
        request = SAMPLES["github"].signed(running.addresses["url"], now=time.time())
        secrets = client("secretsmanager", running.addresses)
        deadline = time.monotonic() + 20
        while len(secrets.list_secrets()["SecretList"]) < 2:
            assert time.monotonic() < deadline, "the new source did not arrive"
            time.sleep(0.1)
        assert post(request) == 200
        sources.write_text("{")
        time.sleep(1)
        assert post(request) == 200
        printed = running.end()
    assert "source github is set" in printed
    assert "sources.json: not JSON" in printed


def test_a_stack_with_other_parameters_and_shape(tmp_path: Path) -> None:
    sources = write_sources(tmp_path / "sources.json")
    options = ["--event-format", "rest", "--parameter", "QueueType=fifo", "--environments", "1"]
    with dev(tmp_path, "--sources", str(sources), *options) as running:
        assert running.addresses["queue_url"].endswith(".fifo")
        request = SAMPLES["stripe"].signed(running.addresses["url"], now=time.time())
        assert post(request) == 200


def failing(folder: Path, *options: str) -> tuple[int, str]:
    run = subprocess.run(
        [*COMMAND, *options],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.returncode, run.stderr


@pytest.mark.parametrize("option", ["--port", "--aws-port", "--inspector-port"])
def test_a_port_that_is_taken_is_named_and_nothing_else_is_said(
    tmp_path: Path, option: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = failing(tmp_path, *FREE, option, port)
    assert status == 2
    assert f"hookproof dev: {option} {port}: another program listens there" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "sources.json: not JSON"),
        ('{"stripe": {"provider": "stripe", "secret": ""}}', "sources.json: stripe: secret"),
        ('{"stripe": {"provider": "strype", "secret": "x"}}', "sources.json: stripe: provider"),
        ('{"a b": "x"}', "sources.json: 'a b': a source's name"),
    ],
)
def test_a_bad_sources_file_is_named_with_the_key(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "sources.json"
    path.write_text(text)
    status, said = failing(tmp_path, *FREE, "--sources", str(path))
    assert status == 2
    assert why in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--project", "/nowhere"], "--project /nowhere: no template.yaml"),
        (["--parameter", "Nope=1"], "no parameter 'Nope'"),
        (["--parameter", "Nope"], "expected NAME=VALUE"),
        (["--port", "70000"], "no port"),
        (["--environments", "0"], "1 to 64"),
        (["--ready-file", "/nowhere/ready.json"], "--ready-file /nowhere/ready.json"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: list[str], why: str) -> None:
    status, said = failing(tmp_path, *FREE, *options)
    assert status == 2
    assert why in said
    assert "Traceback" not in said


def test_help_has_an_example(tmp_path: Path) -> None:
    run = subprocess.run(
        [*COMMAND, "--help"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "hookproof dev --sources sources.json" in run.stdout
