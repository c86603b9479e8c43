"""The operator's commands on FIFO queues: the order of each group is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from hookproof.operations.account import Account
from hookproof.operations.deployment import Deployment
from hookproof.operations.queue import Queue
from tests.support.operator import Operator, operator


@pytest.fixture(scope="module")
def op(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operator(tmp_path_factory.mktemp("fifo"), QueueType="fifo") as one:
        yield one


def test_redriving_keeps_the_order_of_each_group(op: Operator) -> None:
    for number in range(24):
        op.dead(number, group=f"g{number % 3}")
    ran = op.run("dlq", "redrive", "--yes")
    assert "24 sent back, 0 left" in ran.out
    back = op.stack.aws.messages(op.queue_url)
    for group in range(3):
        numbers = [json.loads(one.body)["data"] for one in back if one.group == f"g{group}"]
        assert numbers == list(range(group, 24, 3))


def test_a_message_that_is_tried_again_is_there_once(op: Operator) -> None:
    deployment = Deployment.of(Account(), "hookproof")
    dead, target = Queue(deployment, op.dead_url), Queue(deployment, op.queue_url)
    body = op.dead(99, group="g9")
    (found,) = dead.receive()
    target.send_on(found)
    target.send_on(found)
    assert [one.body for one in op.stack.aws.messages(op.queue_url)].count(body) == 1


def test_what_a_filter_leaves_is_told_to_hold_others_up(op: Operator) -> None:
    op.dead(1, group="left")
    op.dead(2, group="left")
    ran = op.run("dlq", "redrive", "--type", "*.none", "--yes")
    assert "were not looked at" in ran.out


def test_a_fifo_queue_is_looked_at_but_not_followed(op: Operator) -> None:
    assert op.run("tail", "--json").lines
    ran = op.run("tail", "--follow")
    assert (ran.status, "FIFO" in ran.err) == (2, True)
