"""The built consumer under AWS's runtime emulator, with messages as SQS hands them over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hookproof.envelope import Envelope
from hookproof.local.aws import Deployed, EmulatedAws
from tests.functions.rie import Emulator, Function


def envelope(event_id: str, data: bytes = b"{}") -> str:
    return Envelope(
        id=event_id,
        source="/webhooks/stripe",
        type="stripe.event",
        time="2026-01-01T00:00:00.000Z",
        datacontenttype="application/json",
        data=data,
        provider="stripe",
        bodysigned=True,
        secretversion="current",
        is_json=True,
    ).to_json()


def record(message_id: str, body: str, *, group: str | None = None) -> dict[str, Any]:
    suffix = ".fifo" if group else ""
    return {
        "messageId": message_id,
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": group or ""},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:events{suffix}",
        "awsRegion": "us-east-1",
    }


def failures(answer: Any) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def settings(aws: EmulatedAws, deployed: Deployed) -> dict[str, str]:
    """The consumer's variables, as the template sets them."""
    stack = deployed.outputs["IngestFunctionName"].partition("-")[0]
    for function in aws.client("lambda").list_functions()["Functions"]:
        if function["FunctionName"].startswith(f"{stack}-ConsumeFunction"):
            variables: dict[str, str] = function["Environment"]["Variables"]
            return variables
    raise LookupError(stack)


@pytest.fixture(scope="module")
def consume(
    built: Path,
    layers: tuple[Path, ...],
    runtime: Path,
    aws: EmulatedAws,
    deployed: Deployed,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Emulator]:
    function = Function(
        task=built / "ConsumeFunction",
        layers=layers[:2],
        runtime=runtime,
        environment={**settings(aws, deployed), **aws.variables()},
    )
    with Emulator(function, tmp_path_factory.mktemp("consume") / "log") as emulator:
        yield emulator


def test_one_bad_message_does_not_hold_up_the_others(
    consume: Emulator, aws: EmulatedAws, deployed: Deployed
) -> None:
    bucket = deployed.outputs["BucketName"]
    large = envelope("evt_large", json.dumps("x" * 2_000_000).encode())
    aws.client("s3").put_object(Bucket=bucket, Key="bodies/1", Body=large.encode())
    place = {"s3BucketName": bucket, "s3Key": "bodies/1"}
    pointer = json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer", place])
    lost = pointer.replace("bodies/1", "bodies/2")
    batch = [
        record("good", envelope("evt_good")),
        record("bad", "not an event"),
        record("large", pointer),
        record("lost", lost),
    ]
    assert failures(consume.invoke({"Records": batch})) == ["bad", "lost"], consume.log()
    log = consume.log()
    assert '"event_id":"evt_good"' in log
    assert '"event_id":"evt_large"' in log


def test_an_event_that_comes_twice_is_handled_once(consume: Emulator) -> None:
    for message_id in ("first", "second"):
        batch = [record(message_id, envelope("evt_repeated"))]
        assert failures(consume.invoke({"Records": batch})) == []
    assert consume.log().count('"event_id":"evt_repeated"') == 1


def test_the_same_id_from_another_source_is_another_event(consume: Emulator) -> None:
    other = envelope("evt_shared").replace("/webhooks/stripe", "/webhooks/github")
    batch = [record("one", envelope("evt_shared")), record("two", other)]
    assert failures(consume.invoke({"Records": batch})) == []
    assert consume.log().count('"event_id":"evt_shared"') == 2


def test_a_fifo_group_waits_for_its_failed_event_and_others_do_not(consume: Emulator) -> None:
    batch = [
        record("a1", "not an event", group="a"),
        record("a2", envelope("evt_a2"), group="a"),
        record("b1", envelope("evt_b1"), group="b"),
    ]
    assert failures(consume.invoke({"Records": batch})) == ["a1", "a2"]
    assert '"event_id":"evt_a2"' not in consume.log()


def test_when_all_fail_all_are_tried_again(consume: Emulator) -> None:
    assert failures(consume.invoke({"Records": [record("only", "not an event")]})) == ["only"]
