"""``hookproof quarantine`` on the laptop stack: kept, judged again, released once."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hookproof import consumer
from hookproof.cli import main
from hookproof.cli.http_client import exchange, fetch_document
from hookproof.envelope import rfc3339
from hookproof.errors import Unavailable
from hookproof.messages import Request
from hookproof.operations.account import Account
from hookproof.operations.deployment import Deployment
from hookproof.operations.ledger import Entry, Ledger
from hookproof.operations.records import Chosen, Record, Records
from hookproof.operations.release import Releases
from hookproof.registry import get_provider
from hookproof.signer import Delivery, sign
from tests.support.operator import Operator, at, operator

RIGHT, WRONG = "whsec_the_right_one", "whsec_the_wrong_one"
ACTIONS = ("list", "show", "explain", "verify", "release", "purge")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operator(
        tmp_path_factory.mktemp("operator"), Quarantine="on", QuarantinePerMinute="400"
    ) as one:
        yield one


@pytest.fixture
def op(running: Operator) -> Operator:
    """The stack with a source whose secret is wrong."""
    running.empty()
    running.run("sources", "add", "stripe", "-s", running.secret(WRONG))
    running.secret(RIGHT)
    return running


def put_right(op: Operator) -> None:
    ran = op.run("sources", "rotate", "stripe", "-s", op.secret(RIGHT), "--no-wait")
    assert ran.status == 0, ran.err


def listed(op: Operator, *more: object) -> list[Any]:
    return op.run("quarantine", "list", "--json", *more).lines


def deployment() -> Deployment:
    return Deployment.of(Account(), "hookproof")


def records() -> list[Record]:
    return list(Records(deployment()).find(Chosen()))


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_explains_itself(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["quarantine", action, "--help"])
    assert end.value.code == 0
    assert f"hookproof quarantine {action}" in capsys.readouterr().out.partition("Example:")[2]


def test_what_is_refused_for_its_signature_or_time_is_kept(op: Operator) -> None:
    assert op.deliver("stripe", RIGHT, 1) == 401
    assert op.deliver("stripe", WRONG, 2, age=3600) == 401
    unsigned = Request(method="POST", url=op.url("stripe"), body=b"{}")
    assert exchange(unsigned).status == 401
    assert exchange(at(unsigned, op.url("nobody"))).status == 404
    assert exchange(replace(unsigned, method="PUT")).status == 405
    reasons = [one["reason"] for one in listed(op)]
    assert reasons == ["signature_mismatch", "timestamp_too_old", "signature_missing"]
    assert [one["source"] for one in listed(op)] == ["stripe"] * 3


def test_the_list_is_by_source_tenant_and_time(op: Operator) -> None:
    op.deliver("stripe", RIGHT, 1)
    assert listed(op, "--source", "github") == []
    assert listed(op, "--tenant", "acme") == []
    assert len(listed(op, "--source", "stripe", "--since", "10m")) == 1
    assert listed(op, "--until", "10m") == []
    assert "1 kept" in op.run("quarantine", "list").out
    assert op.run("quarantine", "list", "--since", "yesterday").status == 2


def test_show_hides_what_could_be_misused(op: Operator) -> None:
    request = op.signed("stripe", RIGHT, 1)
    exchange(replace(request, url=request.url + "?token=hidden-token"))
    (one,) = listed(op)
    signature = request.headers["Stripe-Signature"]
    shown = op.run("quarantine", "show", one["id"]).out
    assert signature not in shown
    assert "hidden-token" not in shown
    assert "evt_burst_001" not in shown
    assert "content-type: application/json" in shown
    revealed = op.run("quarantine", "show", one["id"], "--reveal", "--body").out
    assert signature in revealed
    assert "hidden-token" in revealed
    assert "evt_burst_001" in revealed


def test_the_request_is_one_that_other_commands_read(op: Operator) -> None:
    request = op.signed("stripe", RIGHT, 1)
    exchange(request)
    (one,) = listed(op)
    path = op.folder / "refused.json"
    path.write_text(op.run("quarantine", "show", one["id"], "--request").out)
    assert json.loads(path.read_text())["url"] == op.url("stripe")
    given = op.secret(RIGHT)
    assert op.run("verify", "-p", "stripe", "-s", given, path).status == 0


def test_explain_names_the_cause(op: Operator) -> None:
    op.deliver("stripe", RIGHT, 1)
    op.run("sources", "add", "shop", "--provider", "stripe", "-s", op.secret(RIGHT))
    (one,) = listed(op)
    report = op.run("quarantine", "explain", one["id"], "--json").json
    assert [cause["code"] for cause in report["causes"]] == ["secret_other_source"]
    assert "secret_other_source" in op.run("quarantine", "explain", one["id"]).out


def test_nothing_is_released_that_does_not_verify(op: Operator) -> None:
    op.deliver("stripe", RIGHT, 1)
    op.deliver("stripe", WRONG, 2, age=3600)
    ran = op.run("quarantine", "verify")
    assert ran.status == 1
    assert "0 would be released, 2 would stay" in ran.out
    assert "2 stay" in op.run("quarantine", "release").out
    assert op.queued() == []
    assert len(listed(op)) == 2


def test_what_verifies_now_is_released_as_if_it_had_just_come(op: Operator) -> None:
    request = op.signed("stripe", RIGHT, 1)
    exchange(request)
    op.deliver("stripe", "whsec_of_a_stranger", 2)
    arrived = records()[0].arrived
    put_right(op)
    assert "1 would be released, 1 would stay" in op.run("quarantine", "verify").out
    # The same delivery, accepted, is what the release is held against.
    assert op.deliver("stripe", RIGHT, 1) == 200
    (direct,) = op.queued()
    ran = op.run("quarantine", "release", "--json")
    assert ran.status == 0, ran.err
    assert [one["outcome"] for one in ran.lines] == ["accepted", "rejected"]
    _, released = op.queued()
    assert released.pop("released").endswith("Z")
    assert released.pop("time") == rfc3339(arrived)
    direct.pop("time")
    assert released == direct
    one, other = op.stack.aws.messages(op.queue_url)
    assert (one.attributes, one.group) == (other.attributes, other.group)
    assert [one["reason"] for one in listed(op)] == ["signature_mismatch"]


def test_a_late_release_judges_freshness_by_the_arrival(op: Operator) -> None:
    op.deliver("stripe", RIGHT, 1)
    put_right(op)
    (record,) = records()
    late = replace(record, arrived=record.arrived + 3600)
    releases = Releases(deployment(), fetch=fetch_document)
    assert releases.verify(record).verified
    assert releases.verify(late).reason == "timestamp_too_old"
    assert releases.release(late).outcome == "rejected"
    assert op.queued() == []


def test_the_senders_repeats_are_released_once(op: Operator) -> None:
    for _ in range(3):
        op.deliver("stripe", RIGHT, 1)
    put_right(op)
    ran = op.run("quarantine", "release")
    assert "1 released, 2 were in the queue before, 0 stay" in ran.out
    assert [one["id"] for one in op.queued()] == ["evt_burst_001"]
    assert listed(op) == []
    # And so it is when one more of them turns up in a later run.
    op.run("sources", "finish-rotation", "stripe", "--force")
    op.stack.aws.put_secret("hookproof/stripe", json.dumps({"provider": "stripe", "secret": WRONG}))
    op.stack.aws.put_secret(
        "hookproof/stripe", json.dumps({"provider": "stripe", "secret": "whsec_third_of_all"})
    )
    assert op.deliver("stripe", RIGHT, 1) == 401
    op.stack.aws.put_secret("hookproof/stripe", json.dumps({"provider": "stripe", "secret": RIGHT}))
    assert "1 were in the queue before" in op.run("quarantine", "release").out
    assert len(op.queued()) == 1


def test_one_can_be_released_by_its_id(op: Operator) -> None:
    op.deliver("stripe", RIGHT, 1)
    op.deliver("stripe", RIGHT, 2)
    put_right(op)
    second = listed(op)[1]["id"]
    assert "1 released" in op.run("quarantine", "release", second).out
    assert [one["id"] for one in op.queued()] == ["evt_burst_002"]
    assert op.run("quarantine", "release", "../bodies/1").status == 2


def test_an_interrupted_release_goes_on_without_loss_or_repeat(
    op: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        op.deliver("stripe", RIGHT, number)
    put_right(op)
    really = Ledger.done

    def interrupted(ledger: Ledger, event: str) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        really(ledger, event)

    monkeypatch.setattr(Ledger, "done", interrupted)
    assert op.run("quarantine", "release").status == 130
    assert len(op.queued()) == 1
    assert len(listed(op)) == 3
    monkeypatch.setattr(Ledger, "done", really)
    assert "3 released, 0 were" in op.run("quarantine", "release").out
    assert sorted(one["id"] for one in op.queued()) == [f"evt_burst_00{n}" for n in range(4)]


@pytest.mark.parametrize("step", ["done", "delete"])
def test_a_run_that_is_killed_after_sending_loses_nothing(
    op: Operator, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    op.deliver("stripe", RIGHT, 1)
    put_right(op)
    whose = Ledger if step == "done" else Records
    with monkeypatch.context() as patch:
        patch.setattr(whose, step, die)
        with pytest.raises(Killed):
            op.run("quarantine", "release")
    assert len(op.queued()) == 1
    assert len(listed(op)) == 1
    if step == "done":
        # Not known to have been sent: another run may be at it. Later it is sent again.
        ran = op.run("quarantine", "release")
        assert (ran.status, "another release" in ran.out) == (1, True)
        monkeypatch.setattr("hookproof.operations.ledger._IN_DOUBT_AFTER", 0)
    assert op.run("quarantine", "release").status == 0
    assert {one["id"] for one in op.queued()} == {"evt_burst_001"}
    assert len(op.queued()) == (2 if step == "done" else 1)
    assert listed(op) == []


@pytest.mark.usefixtures("op")
def test_two_runs_never_take_over_the_same_event(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(deployment())
    assert ledger.begin("event")
    with pytest.raises(Unavailable, match="another release"):
        ledger.begin("event")
    ledger.failed("event", is_known=False)
    assert ledger.begin("event")
    ledger.failed("event", is_known=False)
    # Between the look of one run and its writing, another one begins.
    really = ledger._put

    def late(event: str, entry: Entry, **conditions: str) -> None:
        if "IfMatch" in conditions:
            Ledger(deployment()).done("event")
        really(event, entry, **conditions)

    monkeypatch.setattr(ledger, "_put", late)
    with pytest.raises(Unavailable, match="another release"):
        ledger.begin("event")
    assert not ledger.begin("event")


def test_while_the_queue_is_away_records_stay(
    op: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    op.deliver("stripe", RIGHT, 1)
    put_right(op)

    def away(*_: object, **__: object) -> None:
        raise Unavailable("SQS is away")

    with monkeypatch.context() as patch:
        patch.setattr("hookproof.aws.sqs.Queues.send", away)
        ran = op.run("quarantine", "release")
    assert (ran.status, "SQS is away" in ran.out) == (1, True)
    assert len(listed(op)) == 1
    assert "1 released" in op.run("quarantine", "release").out
    assert len(op.queued()) == 1


def test_a_large_body_is_released_as_a_pointer(op: Operator) -> None:
    body = json.dumps({"id": "evt_large", "text": "é" * 600_000}, ensure_ascii=False).encode()
    delivery = Delivery(body=body, url=op.url("stripe"))
    request = sign(get_provider("stripe"), delivery, secret=RIGHT, now=time.time())
    assert exchange(request).status == 401
    put_right(op)
    assert "1 released" in op.run("quarantine", "release").out
    (message,) = op.stack.aws.messages(op.queue_url)
    event = consumer.parse(message.body, get=op.stack.aws.stored)
    assert event.data == body
    assert "released" in event.extensions


def test_purge_asks_and_deletes_only_what_is_meant(op: Operator) -> None:
    op.deliver("stripe", RIGHT, 1)
    assert op.run("quarantine", "purge").status == 2
    assert "0 deleted" in op.run("quarantine", "purge", "--source", "github", "--yes").out
    assert "1 deleted" in op.run("quarantine", "purge", "--yes").out
    assert listed(op) == []
    assert op.run("quarantine", "show", "stripe/20260131T1200Z-001").status == 2


def test_nothing_prints_a_body_unasked(op: Operator) -> None:
    op.deliver("stripe", RIGHT, 1)
    printed = "".join(op.run("quarantine", action).out for action in ("list", "verify", "release"))
    assert "{" not in printed
