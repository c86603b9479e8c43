"""The inspector's page and data, over HTTP, as a browser asks for them."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hookproof.errors import ConfigurationError
from hookproof.local.demo import post
from hookproof.local.gateway import Gateway
from hookproof.local.inspector import USUAL_PORT, Inspector
from hookproof.local.stack import LaptopStack
from tests.local.test_stack import SAMPLES, running, signed

Answer = tuple[int, http.client.HTTPMessage, bytes]


@pytest.fixture(scope="module")
def stack() -> Iterator[LaptopStack]:
    with running() as one:
        post(signed(one, "stripe"))
        request = signed(one, "gitlab")
        post(request)
        post(replace(request, body=b"\xff\x00"))
        post(replace(SAMPLES["github"], secret="wrong").signed(one.url, now=time.time()))
        yield one


def ask(stack: LaptopStack, path: str, method: str = "GET", **headers: str) -> Answer:
    port = int(stack.addresses["inspector"].strip("/").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(
            method, path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def read(stack: LaptopStack, path: str) -> Any:
    return json.loads(ask(stack, path)[2])


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")],
)
def test_the_page_is_served_and_may_load_nothing_from_elsewhere(
    stack: LaptopStack, path: str, kind: str
) -> None:
    status, headers, body = ask(stack, path)
    assert status == 200
    assert headers["Content-Type"].startswith(kind)
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"http://" not in body
    assert b"https://" not in body


def test_the_list_has_status_reason_and_event(stack: LaptopStack) -> None:
    found = read(stack, "/deliveries")["deliveries"]
    assert [one["status"] for one in found[:4]] == [200, 200, 200, 401]
    assert found[0]["event_id"] == "evt_1QK2"
    assert found[3]["reason"] == "signature_mismatch"


def test_the_detail_has_the_message_as_it_lies_in_the_queue(stack: LaptopStack) -> None:
    one = read(stack, "/deliveries/1")
    message = stack.journal.after(0)[0].message
    assert message is not None
    assert one["message"]["body"] == message.body
    assert one["message"]["attributes"]["provider"] == "stripe"
    assert "Stripe-Signature" in dict(one["headers"])


def test_a_binary_body_is_shown_as_base64(stack: LaptopStack) -> None:
    assert read(stack, "/deliveries/3")["body"] == {
        "text": "/wA=",
        "encoding": "base64",
        "bytes": 2,
        "cut": False,
    }


def test_no_secret_is_in_anything_that_is_served(stack: LaptopStack) -> None:
    everything = [ask(stack, f"/deliveries/{number}")[2] for number in range(1, 5)]
    everything.append(ask(stack, "/deliveries")[2])
    for sample in SAMPLES.values():
        assert isinstance(sample.secret, str)
        assert not any(sample.secret.encode() in one for one in everything)


def test_news_come_as_soon_as_there_are_any(stack: LaptopStack) -> None:
    count = stack.journal.count
    threading.Timer(0.2, post, [signed(stack, "slack")]).start()
    begun = time.monotonic()
    found = read(stack, f"/deliveries?after={count}")["deliveries"]
    assert [one["number"] for one in found] == [count + 1]
    assert time.monotonic() - begun < 10


def test_replay_sends_the_very_request_again(stack: LaptopStack) -> None:
    status, _, body = ask(stack, "/deliveries/1/replay", "POST", X_Inspector="1")
    assert (status, json.loads(body)) == (200, {"status": 200})
    first, last = stack.journal.after(0)[0], stack.journal.after(0)[-1]
    assert last.request == first.request
    assert last.number > first.number


def test_another_sites_page_can_neither_read_nor_replay(stack: LaptopStack) -> None:
    count = stack.journal.count
    assert ask(stack, "/deliveries", Host="evil.example")[0] == 403
    assert ask(stack, "/deliveries/1/replay", "POST")[0] == 405
    assert stack.journal.count == count


@pytest.mark.parametrize("path", ["/deliveries/999", "/nothing", "/deliveries/x", "/../stack.py"])
def test_what_is_not_there_is_404(stack: LaptopStack, path: str) -> None:
    assert ask(stack, path)[0] == 404


def test_it_takes_another_port_when_the_usual_one_is_taken(stack: LaptopStack) -> None:
    with contextlib.ExitStack() as ending:
        # Somebody else on this machine may have it already: that is as good.
        with contextlib.suppress(ConfigurationError):
            taken = Gateway(lambda *_: pytest.fail("nobody asks"), port=USUAL_PORT)
            ending.callback(taken.stop)
        second = Inspector(stack, port=None)
        ending.callback(second._gateway.stop)
        assert not second.url.endswith(f":{USUAL_PORT}/")
        assert second.url != stack.addresses["inspector"]
