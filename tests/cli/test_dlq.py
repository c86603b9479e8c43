"""``hookproof dlq`` on the laptop stack, where nothing is lost on the way back."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from hookproof.cli import main
from hookproof.errors import Unavailable
from hookproof.operations.account import Account
from hookproof.operations.deployment import Deployment
from hookproof.operations.messages import Found, Selection
from hookproof.operations.queue import Queue
from hookproof.operations.redrive import redrive
from tests.support.operator import Operator, operator


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operator(tmp_path_factory.mktemp("operator")) as one:
        yield one


@pytest.fixture
def op(running: Operator) -> Operator:
    running.empty()
    return running


def queues(op: Operator) -> tuple[Queue, Queue]:
    deployment = Deployment.of(Account(), "hookproof")
    return Queue(deployment, op.dead_url), Queue(deployment, op.queue_url)


def ids(bodies: list[Any]) -> list[str]:
    return sorted(one["id"] for one in bodies)


def visible(op: Operator, url: str) -> int:
    answer = op.stack.aws.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize("action", ["list", "show", "redrive", "purge"])
def test_each_action_explains_itself(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["dlq", action, "--help"])
    assert end.value.code == 0
    assert f"hookproof dlq {action}" in capsys.readouterr().out.partition("Example:")[2]


def test_list_and_show_leave_everything_as_it_was(op: Operator) -> None:
    for number in range(12):
        op.dead(number, source="stripe" if number < 6 else "github")
    out = op.run("dlq", "list").out
    assert out.count("/webhooks/stripe ") == 6
    assert "12 shown of about 12" in out
    listed = op.run("dlq", "list", "--source", "github", "--type", "*.even", "--json").json
    assert sorted(one["id"] for one in listed) == ["evt_10", "evt_6", "evt_8"]
    shown = op.run("dlq", "show", "evt_3", "--body")
    assert "stripe.odd" in shown.out
    assert shown.out.rstrip().endswith("3")
    assert op.run("dlq", "show", "evt_99").status == 2
    assert visible(op, op.dead_url) == 12


def test_redrive_sends_the_very_messages_back(op: Operator) -> None:
    bodies = [op.dead(number) for number in range(25)]
    asked = op.run("dlq", "redrive")
    assert (asked.status, "--yes" in asked.err) == (2, True)
    ran = op.run("dlq", "redrive", "--yes")
    assert ran.status == 0, ran.err
    assert "25 sent back, 0 left" in ran.out
    back = op.stack.aws.messages(op.queue_url)
    assert sorted(one.body for one in back) == sorted(bodies)
    assert {one.attributes["source"] for one in back} == {"/webhooks/stripe"}
    assert {one.group for one in back} == {"/webhooks/stripe"}
    assert op.queued(op.dead_url) == []


def test_redrive_takes_only_what_is_meant(op: Operator) -> None:
    for number in range(12):
        op.dead(number, source="stripe" if number < 6 else "stripe/acme")
    assert op.run("dlq", "redrive", "evt_1", "--yes").status == 0
    assert ids(op.queued()) == ["evt_1"]
    ran = op.run("dlq", "redrive", "--source", "stripe/acme", "--type", "*.odd", "--yes")
    assert "3 sent back, 8 left" in ran.out
    assert "0 sent" in op.run("dlq", "redrive", "--newer-than", "2h", "--yes").out
    assert "2 sent" in op.run("dlq", "redrive", "--older-than", "2h", "--limit", 2, "--yes").out
    # What was left can be had at once.
    assert visible(op, op.dead_url) == 6
    assert len(op.queued()) == 6


def test_a_pointer_goes_back_as_it_is(op: Operator) -> None:
    place = {"s3BucketName": "b", "s3Key": "bodies/1"}
    pointer = json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer", place])
    size = {"DataType": "Number", "StringValue": "1048577"}
    op.stack.aws.client("sqs").send_message(
        QueueUrl=op.dead_url,
        MessageBody=pointer,
        MessageAttributes={"ExtendedPayloadSize": size},
    )
    assert "1 shown" in op.run("dlq", "list").out
    assert op.run("dlq", "redrive", "--yes").status == 0
    (message,) = op.stack.aws.messages(op.queue_url)
    assert message.body == pointer
    assert message.attributes == {"ExtendedPayloadSize": "1048577"}


def test_purge_deletes_only_what_is_meant(op: Operator) -> None:
    for number in range(6):
        op.dead(number)
    assert op.run("dlq", "purge", "--type", "*.odd").status == 2
    assert op.run("dlq", "purge", "--type", "*.odd", "--yes").status == 0
    assert ids(op.queued(op.dead_url)) == ["evt_0", "evt_2", "evt_4"]
    assert op.queued() == []


def test_a_message_is_deleted_only_after_the_queue_has_accepted_it(
    op: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        op.dead(number)
    dead, target = queues(op)
    sent = 0
    really = target.send_on

    def failing(found: Found) -> None:
        nonlocal sent
        sent += 1
        if sent == 3:
            raise Unavailable("SQS is away")
        really(found)

    monkeypatch.setattr(target, "send_on", failing)
    tally = redrive(dead, target, Selection())
    assert (tally.done, tally.left) == (2, 3)
    assert isinstance(tally.failure, Unavailable)
    assert len(op.queued()) == 2
    assert visible(op, op.dead_url) == 3
    assert redrive(dead, target, Selection()).done == 3
    assert ids(op.queued()) == [f"evt_{number}" for number in range(5)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_waits_until_a_message_is_wholly_moved(
    op: Operator, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    for one in range(4):
        op.dead(one)
    dead, target = queues(op)
    really = target.send_on

    def interrupted(found: Found) -> None:
        really(found)
        os.kill(os.getpid(), number)

    monkeypatch.setattr(target, "send_on", interrupted)
    with pytest.raises(KeyboardInterrupt):
        redrive(dead, target, Selection())
    assert len(op.queued()) == 1
    assert visible(op, op.dead_url) == 3
    monkeypatch.setattr(target, "send_on", really)
    assert redrive(dead, target, Selection()).done == 3
    assert ids(op.queued()) == [f"evt_{one}" for one in range(4)]


def test_a_queue_of_another_kind_is_no_target(op: Operator) -> None:
    ran = op.run("dlq", "redrive", "--yes", "--queue-url", op.queue_url + ".fifo")
    assert (ran.status, "same kind" in ran.err) == (2, True)


def test_the_body_of_a_pointer_is_read_from_s3(op: Operator) -> None:
    body = op.dead(7)
    op.empty()
    bucket = op.stack.deployed.outputs["BucketName"]
    s3, sqs = op.stack.aws.client("s3"), op.stack.aws.client("sqs")
    s3.put_object(Bucket=bucket, Key="bodies/7", Body=body.encode())
    place = {"s3BucketName": bucket, "s3Key": "bodies/7"}
    pointer = json.dumps(["software.amazon.payloadoffloading.PayloadS3Pointer", place])
    sent = sqs.send_message(QueueUrl=op.dead_url, MessageBody=pointer)
    out = op.run("dlq", "show", sent["MessageId"], "--body").out
    assert f"s3://{bucket}/bodies/7" in out
    assert out.endswith("\n7\n")


def test_runs_tell_programs_what_they_did(op: Operator) -> None:
    for number in range(4):
        op.dead(number)
    purged = op.run("dlq", "purge", "--type", "*.odd", "--yes", "--json")
    assert purged.json == {"deleted": 2, "left": 2}
    assert op.run("dlq", "redrive", "--yes", "--json").json == {"sent_back": 2, "left": 0}
