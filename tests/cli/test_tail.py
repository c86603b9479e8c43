"""``hookproof tail``: a look at the queue that takes nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from hookproof.operations.account import Account
from hookproof.operations.deployment import Deployment
from hookproof.operations.follow import follow
from hookproof.operations.messages import Found
from hookproof.operations.queue import Queue
from tests.support.operator import Operator, operator

SECRET = "whsec_of_the_tail"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operator(tmp_path_factory.mktemp("operator"), MaxReceiveCount="6") as one:
        yield one


@pytest.fixture
def op(running: Operator) -> Operator:
    running.empty()
    running.run("sources", "add", "stripe", "-s", running.secret(SECRET))
    return running


def queue() -> Queue:
    deployment = Deployment.of(Account(), "hookproof")
    return Queue(deployment, deployment.queue_url)


def test_it_shows_events_and_takes_none(op: Operator) -> None:
    for number in range(3):
        assert op.deliver("stripe", SECRET, number) == 200
    out = op.run("tail").out
    assert [f"evt_burst_00{number}" in out for number in range(3)] == [True] * 3
    found = op.run("tail", "--json").lines
    assert {one["source"] for one in found} == {"/webhooks/stripe"}
    assert "body" not in found[0]
    assert queue().state().waiting == 3


def test_the_body_is_shown_only_on_request(op: Operator) -> None:
    op.deliver("stripe", SECRET, 1)
    assert '"id"' not in op.run("tail").out
    assert '"id":"evt_burst_001"' in op.run("tail", "--body").out.replace(" ", "")


def test_it_shows_only_what_is_meant(op: Operator) -> None:
    op.deliver("stripe", SECRET, 1)
    assert op.run("tail", "--source", "stripe", "--type", "stripe.*", "--json").lines
    out = op.run("tail", "--source", "github").out
    assert "None that match (1 waiting" in out


def test_an_empty_queue(op: Operator) -> None:
    assert op.run("tail").out == "The queue is empty.\n"


def test_it_stops_before_looking_sends_messages_to_the_dead_letters(op: Operator) -> None:
    op.deliver("stripe", SECRET, 1)
    said = [op.run("tail").err for _ in range(4)]
    assert ["stopped" in one for one in said] == [False, False, False, True]
    assert len(op.queued()) == 1
    assert op.queued(op.dead_url) == []


def test_following_shows_each_message_once_and_gives_all_back(op: Operator) -> None:
    seen: list[str] = []
    op.deliver("stripe", SECRET, 1)

    def later() -> None:
        time.sleep(3)
        op.deliver("stripe", SECRET, 2)

    sender = threading.Thread(target=later)
    sender.start()
    follow(queue(), matches=lambda _: True, seen=lambda one: seen.append(one.text("id")), seconds=8)
    sender.join()
    assert seen == ["evt_burst_001", "evt_burst_002"]
    assert queue().state().waiting == 2
    # Nobody took them for seconds on end, and yet they are hardly worn.
    assert max(one.received for one in queue().receive(hold=0)) <= 3


def test_a_consumer_gets_what_is_followed(op: Operator) -> None:
    taken: list[str] = []
    shown: list[str] = []
    stop = threading.Event()

    def consume() -> None:
        consumer = queue()
        while not stop.is_set():
            for one in consumer.receive(hold=30, wait=0):
                taken.append(one.text("id"))
                consumer.delete(one)
            time.sleep(0.05)

    def seen(one: Found) -> None:
        shown.append(one.text("id"))

    worker = threading.Thread(target=consume)
    worker.start()
    try:
        for number in range(5):
            op.deliver("stripe", SECRET, number)
        follow(queue(), matches=lambda _: True, seen=seen, seconds=4)
        deadline = time.monotonic() + 10
        while len(set(taken)) < 5 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        stop.set()
        worker.join()
    # A standard queue may deliver twice; none is kept from the consumer.
    assert sorted(set(taken)) == [f"evt_burst_00{number}" for number in range(5)]
    assert len(shown) == len(set(shown))


def test_an_impatient_interrupt_gives_everything_back_too(
    op: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        op.deliver("stripe", SECRET, number)
    really = Queue.give_back
    rounds = 0

    def interrupted(one: Queue, messages: Sequence[Found]) -> None:
        nonlocal rounds
        rounds += 1
        if rounds > 1:
            # The end of the run, and the operator presses Ctrl-C once more.
            os.kill(os.getpid(), signal.SIGINT)
        really(one, messages)

    def seen(_: Found) -> None:
        if rounds == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(Queue, "give_back", interrupted)
    with pytest.raises(KeyboardInterrupt):
        follow(queue(), matches=lambda _: True, seen=seen)
    assert queue().state().waiting == 3
