"""The built ingest function under AWS's runtime emulator."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hookproof
from hookproof import consumer
from hookproof.local.aws import Deployed, EmulatedAws
from hookproof.messages import Request
from tests.functions.conftest import SECRET
from tests.functions.rie import Emulator, Function


def event_of(request: Request) -> dict[str, Any]:
    """The request as an HTTP API hands it to the function."""
    return {
        "version": "2.0",
        "routeKey": "ANY /webhooks/{source}",
        "rawPath": "/webhooks/stripe",
        "rawQueryString": "",
        "headers": {"host": "hooks.example.com", **dict(request.headers)},
        "requestContext": {
            "domainName": "hooks.example.com",
            "http": {"method": "POST", "path": "/webhooks/stripe", "sourceIp": "192.0.2.1"},
            "stage": "$default",
        },
        "pathParameters": {"source": "stripe"},
        "body": base64.b64encode(request.body).decode(),
        "isBase64Encoded": True,
    }


def signed(body: bytes, *, secret: str = SECRET, age: float = 0) -> dict[str, Any]:
    now = time.time() - age
    return event_of(hookproof.sign(provider="stripe", body=body, secret=secret, now=now))


@pytest.fixture(scope="module")
def ingest(
    built: Path,
    layers: tuple[Path, ...],
    runtime: Path,
    aws: EmulatedAws,
    deployed: Deployed,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Emulator]:
    function = Function(
        task=built / "IngestFunction",
        layers=layers,
        runtime=runtime,
        environment={**deployed.settings, **aws.variables()},
    )
    before = files(built)
    with Emulator(function, tmp_path_factory.mktemp("ingest") / "log") as emulator:
        yield emulator
    # /opt and /var/task are read-only on Lambda: a function that writes there differs.
    assert before == files(built)


def files(folder: Path) -> set[tuple[Path, int]]:
    return {(path, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def queued(aws: EmulatedAws, deployed: Deployed) -> list[str]:
    return [message.body for message in aws.messages(deployed.outputs["QueueUrl"])]


def test_a_signed_delivery_is_queued_byte_for_byte(
    ingest: Emulator, aws: EmulatedAws, deployed: Deployed
) -> None:
    body = b'{"id": "evt_built",  "type":"charge.succeeded", "note":"caf\xc3\xa9 \\u00e9"}'
    answer = ingest.invoke(signed(body))
    assert answer["statusCode"] == 200, (answer, ingest.log())
    assert json.loads(answer["body"])["status"] == "accepted"
    events = [consumer.parse(text) for text in queued(aws, deployed)]
    assert [event.data for event in events if event.id == "evt_built"] == [body]


def test_the_same_event_again_is_a_duplicate(
    ingest: Emulator, aws: EmulatedAws, deployed: Deployed
) -> None:
    event = signed(b'{"id":"evt_twice","type":"a"}')
    statuses = [json.loads(ingest.invoke(event)["body"])["status"] for _ in range(2)]
    assert statuses == ["accepted", "duplicate"]
    assert sum("evt_twice" in text for text in queued(aws, deployed)) == 1


@pytest.mark.parametrize(
    ("change", "secret", "age"),
    [
        ({"body": base64.b64encode(b'{"id":"evt_forged"}').decode()}, SECRET, 0),
        ({}, "whsec_another", 0),
        ({}, SECRET, 3600),
    ],
    ids=["tampered", "wrong secret", "stale"],
)
def test_what_is_not_proven_is_refused_and_not_queued(
    ingest: Emulator,
    aws: EmulatedAws,
    deployed: Deployed,
    change: dict[str, Any],
    secret: str,
    age: float,
) -> None:
    before = queued(aws, deployed)
    answer = ingest.invoke({**signed(b'{"id":"evt_x"}', secret=secret, age=age), **change})
    assert answer["statusCode"] == 401
    assert json.loads(answer["body"]) == {"status": "rejected"} | {
        key: value for key, value in json.loads(answer["body"]).items() if key == "id"
    }
    assert queued(aws, deployed) == before


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "text",
        None,
        {**signed(b"{}"), "body": "%%%"},
        {**signed(b"{}"), "headers": None},
        {**signed(b"{}"), "headers": {"stripe-signature": "\u0000" * 1000}},
        {**signed(b"{}"), "requestContext": 7},
    ],
    ids=["empty", "list", "text", "null", "base64", "no headers", "NUL", "no context"],
)
def test_a_malformed_event_is_answered(ingest: Emulator, event: object) -> None:
    answer = ingest.invoke(event)
    assert 400 <= answer["statusCode"] < 500, answer


def test_the_log_has_a_line_for_the_delivery_and_nothing_secret(ingest: Emulator) -> None:
    event = signed(b'{"id":"evt_logged","type":"a","word":"confidential"}')
    ingest.invoke(event)
    log = ingest.log()
    (line,) = [json.loads(line) for line in log.splitlines() if "evt_logged" in line]
    assert (line["message"], line["outcome"]) == ("delivery", "accepted")
    signature = event["headers"]["Stripe-Signature"].split("v1=")[1]
    for hidden in ("confidential", SECRET, signature):
        assert hidden not in log


def test_the_line_of_a_delivery_is_a_record_of_the_embedded_metric_format(ingest: Emulator) -> None:
    """As CloudWatch reads it: what a directive names is at the root.

    Source: CloudWatch_Embedded_Metric_Format_Specification.
    """
    ingest.invoke(signed(b'{"id":"evt_measured"}'))
    (record,) = [json.loads(line) for line in ingest.log().splitlines() if "evt_measured" in line]
    assert isinstance(record["_aws"]["Timestamp"], int)
    (directive,) = record["_aws"]["CloudWatchMetrics"]
    for dimension in directive["Dimensions"][0]:
        assert isinstance(record[dimension], str)
    names = [metric["Name"] for metric in directive["Metrics"]]
    assert {"Accepted", "Milliseconds", "BodyBytes"} <= set(names)
    for name in names:
        assert record[name]
        assert all(isinstance(value, int | float) for value in record[name])


def test_the_secret_of_an_unknown_source_is_not_found(ingest: Emulator) -> None:
    event = signed(b"{}")
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/webhooks/nobody"
    event["pathParameters"] = {"source": "nobody"}
    assert ingest.invoke(event)["statusCode"] == 404
