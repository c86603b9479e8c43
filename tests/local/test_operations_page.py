"""docs/operate.md as written: its four bad days, command by command, on the laptop stack."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

import pytest

from hookproof.cli.request_json import write_request
from tests.support.operator import ROOT, Operator, Ran, operator

PAGE = (ROOT / "docs" / "operate.md").read_text("utf-8")
OLD, NEW = "whsec_of_the_page_old", "whsec_of_the_page_new"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("page")
    with operator(folder, Quarantine="on", MaxReceiveCount="9") as one:
        yield one


@pytest.fixture
def op(running: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.chdir(running.folder)
    monkeypatch.setattr("hookproof.cli.source_rotation._wait", lambda _: None)
    running.empty()
    running.secrets |= {OLD, NEW}
    return running


def commands(title: str) -> list[str]:
    """The commands of a section, in order."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def run(op: Operator, line: str, **meant: str) -> Ran:
    for word, value in meant.items():
        line = line.replace(word, value)
    ran = op.run(*shlex.split(line)[1:])
    # What is explained does not verify, and that is what its exit status says.
    assert ran.status == int(" explain " in line), (line, ran.out, ran.err)
    return ran


def write(op: Operator, name: str, text: str) -> None:
    (op.folder / name).write_text(text)


def test_every_day(op: Operator) -> None:
    write(op, "secret.txt", OLD)
    said = [run(op, line).out for line in commands("Every day")]
    assert op.url("stripe") in said[0]
    assert "found in the queue" in said[1]
    assert "stripe" in said[2]
    assert said[3] == "The queue is empty.\n"


def test_signature_verification_failed(op: Operator) -> None:
    write(op, "secret.txt", OLD)
    run(op, "hookproof sources add stripe --secret-file secret.txt")
    assert op.deliver("stripe", NEW, 1) == 401
    write(op, "secret.txt", NEW)
    (one,) = op.run("quarantine", "list", "--json").lines
    said = [run(op, line, ID=one["id"]).out for line in commands('"Signature verification failed"')]
    assert "signature_mismatch" in said[0]
    assert "1 would be released" in said[-2]
    assert "1 released" in said[-1]
    assert [event["id"] for event in op.queued()] == ["evt_burst_001"]


def test_we_rotated_and_lost_events(op: Operator) -> None:
    write(op, "secret.txt", OLD)
    run(op, "hookproof sources add stripe --secret-file secret.txt")
    write(op, "new.txt", NEW)
    write(op, "both.json", json.dumps([NEW, OLD]))
    *rotation, both, release, end = commands('"We rotated and lost events"')
    for line in rotation:
        run(op, line)
    assert op.deliver("stripe", OLD, 1) == 401
    run(op, both)
    assert "1 released" in run(op, release).out
    run(op, end)
    assert [event["id"] for event in op.queued()] == ["evt_burst_001"]
    assert [op.deliver("stripe", one, 2) for one in (OLD, NEW)] == [401, 200]


def test_the_consumer_had_a_bug(op: Operator) -> None:
    for number in range(6):
        op.dead(number)
    lines = commands('"The consumer had a bug: the DLQ is full"')
    said = [run(op, line).out for line in lines]
    assert "6 shown" in said[0]
    assert "1 sent back" in said[2]
    assert "2 sent back" in said[3]
    assert "deleted" in said[4]
    back = {event["id"] for event in op.queued()}
    assert back >= {"evt_1", "evt_3", "evt_5"}
    assert op.queued(op.dead_url) == []


def test_aws_was_down(op: Operator) -> None:
    write(op, "secret.txt", OLD)
    run(op, "hookproof sources add stripe --secret-file secret.txt")
    assert op.deliver("stripe", OLD, 0) == 200
    request = op.signed("stripe", OLD, 1)
    with op.stack.aws.outage():
        assert op.deliver("stripe", OLD, 1) == 503
    write(op, "delivery.json", json.dumps(write_request(request)))
    endpoint = {"http://127.0.0.1:8000": op.stack.url}
    said = [run(op, line, **endpoint).out for line in commands('"AWS was down"')]
    assert "found in the queue" in said[0]
    assert "accepted" in said[-1]
    assert [event["id"] for event in op.queued()] == ["evt_burst_000", "evt_burst_001"]


SECTIONS = [
    "Every day",
    '"Signature verification failed"',
    '"We rotated and lost events"',
    '"The consumer had a bug: the DLQ is full"',
    '"AWS was down"',
]


def test_every_section_with_commands_is_tried() -> None:
    parts = re.findall(r"\n## ([^\n]+)\n(.*?)(?=\n## |\Z)", PAGE, re.DOTALL)
    assert [title for title, text in parts if "```sh" in text] == SECTIONS
