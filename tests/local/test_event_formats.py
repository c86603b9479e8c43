"""Each shape of event end to end: real handler, real template, real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from hookproof import consumer
from hookproof.local.demo import post
from hookproof.local.samples import event
from hookproof.local.stack import LaptopStack
from tests.local.test_stack import SAMPLES, last, queued, running, signed


@pytest.fixture(scope="module", params=["http", "rest", "url"])
def stack(request: pytest.FixtureRequest) -> Iterator[LaptopStack]:
    with running(event_format=request.param) as one:
        yield one


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_sample_is_accepted_byte_for_byte(stack: LaptopStack, name: str) -> None:
    request = signed(stack, name)
    assert post(request) == 200, last(stack).log
    assert queued(stack) == request.body


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (bytes(range(256)), "application/octet-stream"),
        (bytes(range(256)), "application/json"),
        (b'{"a": "\xc3\xa9\xe2\x98\x95\xf0\x9f\x8e\x89\\u0026\\/"}\r\n', "application/json"),
        (b"payload=%7B%22a%22%3A1%7D&b=+", "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n\xff\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"\xef\xbb\xbf<a>\xe9</a>", "text/xml; charset=iso-8859-1"),
        (b"\x00", "text/plain"),
    ],
)
def test_bodies_of_every_kind_survive(stack: LaptopStack, body: bytes, content_type: str) -> None:
    request = signed(stack, "github", body=body, content_type=content_type)
    assert post(request) == 200, last(stack).log
    assert queued(stack) == body


def test_a_forged_delivery_is_refused_and_not_queued(stack: LaptopStack) -> None:
    before = len(stack.aws.messages(stack.queue_url))
    request = signed(stack, "stripe")
    assert post(replace(request, body=request.body + b" ")) == 401
    assert last(stack).logged("reason") == "signature_mismatch"
    assert len(stack.aws.messages(stack.queue_url)) == before


def test_a_signed_url_with_a_query_is_verified_as_it_was_called(stack: LaptopStack) -> None:
    request = signed(stack, "twilio", query="tenant=a%20b&x=1")
    assert post(request) == 200, last(stack).log
    stranger = replace(request, url=request.url.replace("x=1", "x=2"))
    assert post(stranger) == 401


def test_a_body_beyond_what_lambda_takes_is_413(stack: LaptopStack) -> None:
    assert post(signed(stack, "github", body=b"x" * 6_400_000)) == 413


def test_many_at_once_are_all_queued_once(stack: LaptopStack) -> None:
    bodies = [event(number) for number in range(40)]
    requests = [signed(stack, "stripe", body=body) for body in bodies]
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(post, requests)) == {200}
    lying = [
        consumer.parse(message.body).data
        for message in stack.aws.messages(stack.queue_url)
        if message.attributes["id"].startswith("evt_burst_")
    ]
    assert sorted(lying) == sorted(bodies)
