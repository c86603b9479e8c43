from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.consumer import MessageMalformed, parse, pointer
from hookproof.envelope import Envelope

POINTER = "software.amazon.payloadoffloading.PayloadS3Pointer"


def envelope(data: bytes = b'{"a": 1}', *, is_json: bool = True) -> Envelope:
    return Envelope(
        id="evt_1",
        source="/webhooks/stripe",
        type="stripe.event",
        time="2026-01-01T00:00:00.000Z",
        datacontenttype="application/json",
        data=data,
        provider="stripe",
        bodysigned=True,
        secretversion="current",
        is_json=is_json,
    )


def points_to(bucket: object, key: object, *, name: str = POINTER) -> str:
    return json.dumps([name, {"s3BucketName": bucket, "s3Key": key}])


def never(bucket: str, key: str) -> bytes:
    raise AssertionError(f"{bucket}/{key} was read")


def test_a_message_is_the_event() -> None:
    assert parse(envelope().to_json(), get=never) == envelope()


@given(st.binary(max_size=200))
def test_the_body_is_the_very_bytes_that_arrived(data: bytes) -> None:
    assert parse(envelope(data, is_json=False).to_json()).data == data


@given(st.recursive(st.none() | st.text(), st.lists))
def test_a_json_body_is_its_very_characters(document: object) -> None:
    data = json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
    assert parse(envelope(data).to_json()).data == data


@pytest.mark.parametrize("name", [POINTER, "com.amazon.sqs.javamessaging.MessageS3Pointer"])
def test_a_pointer_is_followed(name: str) -> None:
    objects = {("bucket", "bodies/1"): envelope().to_json().encode()}
    body = points_to("bucket", "bodies/1", name=name)
    assert parse(body, get=lambda bucket, key: objects[bucket, key]) == envelope()


def test_a_pointer_needs_a_function_that_reads() -> None:
    with pytest.raises(MessageMalformed, match="no function was given"):
        parse(points_to("bucket", "bodies/1"))


def test_what_reading_raises_goes_through() -> None:
    def fail(bucket: str, key: str) -> bytes:
        raise ConnectionError(bucket, key)

    with pytest.raises(ConnectionError):
        parse(points_to("bucket", "bodies/1"), get=fail)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "text",
        "null",
        "[]",
        "[1, 2, 3]",
        '["x"',
        '{"specversion": "1.0"}',
        points_to("bucket", "key", name="another.Class"),
        points_to(1, "key"),
        points_to("bucket", None),
    ],
)
def test_what_is_no_message_of_hookproof_is_refused(body: str) -> None:
    with pytest.raises(MessageMalformed):
        parse(body, get=never)


@pytest.mark.parametrize("stored", [b"\xff", b"", b"{}", b"[]"])
def test_what_lies_in_s3_is_held_to_the_same(stored: bytes) -> None:
    with pytest.raises(MessageMalformed):
        parse(points_to("bucket", "key"), get=lambda *_: stored)


@given(st.text(max_size=100))
def test_nothing_else_escapes(body: str) -> None:
    try:
        parse(body, get=lambda *_: b"{}")
    except MessageMalformed:
        return
    assert Envelope.from_json(body).source


def test_a_pointer_is_told_from_an_event() -> None:
    assert pointer(points_to("bucket", "key")) == ("bucket", "key")
    assert pointer(envelope().to_json()) is None
