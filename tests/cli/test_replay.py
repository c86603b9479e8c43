"""``hookproof replay``: the very bytes again, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hookproof.cli.http_text import write_http
from hookproof.cli.request_json import write_request
from hookproof.messages import Headers, Request
from tests.aws.fault_server import FaultServer, answer
from tests.cli.conftest import Hookproof

BODY = b'{"id": "evt_1", "text": "\xc3\xa9",\r\n "n": 1.0}\x00'
REQUEST = Request(
    method="POST",
    url="https://hooks.example.com/webhooks/stripe?a=%2F&b=1",
    headers=Headers([("X-Sig", "t=1,v1=ab"), ("X-Tag", "1"), ("X-Tag", "2")]),
    body=BODY,
)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(answer(200, {"status": "accepted"})) as running:
        yield running


@pytest.fixture
def stored(tmp_path: Path) -> list[Path]:
    """The request in the two forms that keep every byte."""
    as_json, as_http = tmp_path / "a.json", tmp_path / "b.http"
    as_json.write_text(json.dumps(write_request(REQUEST)))
    as_http.write_bytes(write_http(REQUEST))
    return [as_json, as_http]


def test_deliveries_go_out_as_they_were(
    hookproof: Hookproof, server: FaultServer, stored: list[Path]
) -> None:
    ran = hookproof("replay", *stored, "--url", f"{server.url}/webhooks/other")
    assert ran.status == 0, ran.err
    assert len(server.received) == 2
    for received in server.received:
        assert (received.method, received.body) == ("POST", BODY)
        assert received.path == "/webhooks/other?a=%2F&b=1"
        assert received.headers["x-sig"] == "t=1,v1=ab"
        assert received.headers["host"] == server.url.removeprefix("http://")
    assert ran.out.count("200") == 2
    assert "accepted" in ran.out


def test_answers_are_there_for_programs(
    hookproof: Hookproof, server: FaultServer, stored: list[Path]
) -> None:
    server.usual = answer(401, {"status": "rejected"})
    ran = hookproof("replay", stored[0], "--url", server.url, "--json")
    assert ran.status == 1
    (one,) = json.loads(ran.out)
    assert (one["status"], json.loads(one["body"])) == (401, {"status": "rejected"})


def test_the_files_own_host_is_sent_when_asked(
    hookproof: Hookproof, server: FaultServer, stored: list[Path]
) -> None:
    hookproof("replay", stored[1], "--url", server.url, "--keep-host")
    assert server.received[0].headers["host"] == "hooks.example.com"


def test_a_record_of_the_quarantine_is_a_request_too(
    hookproof: Hookproof, server: FaultServer, tmp_path: Path
) -> None:
    record = {"source": "stripe", "reason": "signature_mismatch", "request": write_request(REQUEST)}
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record))
    assert hookproof("replay", path, "--url", server.url).status == 0
    assert server.received[0].body == BODY


def test_nothing_is_sent_when_one_file_is_none(
    hookproof: Hookproof, server: FaultServer, stored: list[Path]
) -> None:
    ran = hookproof("replay", stored[0], "/nowhere/file", "--url", server.url)
    assert (ran.status, "/nowhere/file" in ran.err) == (2, True)
    assert server.received == []


def test_nobody_answers(hookproof: Hookproof, stored: list[Path]) -> None:
    ran = hookproof("replay", stored[0], "--url", "http://127.0.0.1:9", "--timeout", "1")
    assert ran.status == 2
