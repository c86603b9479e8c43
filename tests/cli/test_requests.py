from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.cli.event_shapes import FORMATS, write_event
from hookproof.cli.request_json import parse_request, write_request
from hookproof.cli.requests import parse_captured, read_request
from hookproof.errors import ConfigurationError, RequestMalformed
from hookproof.messages import Headers, Request
from tests.cli.conftest import Write

BODY = '{"name":"é"}'


def entry(method: str = "POST", text: str = BODY) -> dict[str, object]:
    return {
        "startedDateTime": "2023-11-14T22:13:20.000Z",
        "request": {
            "method": method,
            "url": "https://a.example/hook?x=1",
            "headers": [{"name": ":method", "value": "POST"}, {"name": "X-Sig", "value": "abc"}],
            "postData": {"mimeType": "application/json", "text": text},
        },
    }


def read(document: object) -> Request:
    return parse_captured(json.dumps(document).encode(), "the file").request


def test_the_json_form() -> None:
    request = read(
        {"method": "PUT", "url": "https://a.example/", "headers": {"A": ["1", "2"]}, "body": BODY}
    )
    assert (request.method, request.headers.get_all("a")) == ("PUT", ("1", "2"))
    assert request.body == BODY.encode()
    assert read({"body_base64": "AP8="}).body == b"\x00\xff"
    assert read({"headers": {}}).method == "POST"


def test_a_vector_or_a_case_is_its_request() -> None:
    assert read({"case": 1, "request": {"method": "GET", "headers": {"A": "b"}}}).method == "GET"


def test_a_har_file_and_an_entry() -> None:
    for document in (entry(), {"log": {"entries": [entry()]}}):
        captured = parse_captured(json.dumps(document).encode(), "x")
        assert (captured.form, captured.received) == ("HAR entry", 1_700_000_000)
        assert list(captured.request.headers) == [("X-Sig", "abc")]
        assert captured.request.body == BODY.encode()


def test_the_only_post_of_a_har_file() -> None:
    assert read({"log": {"entries": [entry("GET"), entry(text="x"), entry("GET")]}}).body == b"x"
    with pytest.raises(ConfigurationError, match="found 2 entries, 2 of them POST"):
        read({"log": {"entries": [entry(), entry()]}})


def test_a_har_form_without_its_text() -> None:
    document = entry()
    request = document["request"]
    assert isinstance(request, dict)
    request["postData"] = {"params": [{"name": "a", "value": "1 2"}, {"name": "b", "value": "&"}]}
    assert read(document).body == b"a=1+2&b=%26"


@pytest.mark.parametrize("form", FORMATS)
def test_lambda_events_of_all_four_shapes(form: str) -> None:
    headers = Headers([("Content-Type", "application/json"), ("X-Sig", "abc")])
    sent = Request(
        method="POST",
        url="https://a.example/webhooks/stripe?a=1&b=%20",
        headers=headers,
        body=BODY.encode(),
    )
    event = write_event(sent, form, now=1_700_000_000)
    captured = parse_captured(json.dumps(event).encode(), "x")
    assert captured.form == "Lambda event"
    assert captured.received in (1_700_000_000, None)
    assert captured.request.body == sent.body
    assert captured.request.url == sent.url
    assert captured.request.headers["x-sig"] == "abc"
    assert write_event(sent, form, now=1_700_000_000) == event


@pytest.mark.parametrize("form", FORMATS)
def test_any_bytes_survive_every_shape(form: str) -> None:
    body = bytes(range(256))
    for content_type in ("application/json", "application/octet-stream", "text/plain"):
        headers = Headers([("Content-Type", content_type)])
        sent = Request(method="POST", url="https://a.example/any/path", headers=headers, body=body)
        event = write_event(sent, form, now=1)
        assert parse_captured(json.dumps(event).encode(), "x").request.body == body


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "expected a JSON request.*found nothing"),
        (b"[1]", "found a JSON list"),
        (b"hello", "found something else"),
        (b'{"a": 1, "b": 2}', "found a JSON object with the keys 'a', 'b'"),
        (b"{}", "with the keys none"),
        (b'{"url": ', "not JSON: Expecting value in line 1"),
        (b'{"url": "\xff"}', "not UTF-8"),
        (b'{"url": 1}', "request.url: expected a text"),
        (b'{"headers": [1]}', "request.headers: expected an object"),
        (b'{"headers": {"a": 1}}', "request.headers: a: expected a text or a list"),
        (b'{"body_base64": "a"}', "request.body: expected base64"),
        (b'{"body": "\\ud800"}', "request.body: expected Unicode text"),
        (b'{"requestContext": {}}', "httpMethod: expected text in the event"),
        (b'{"log": {}}', "found 0 entries"),
        (b"{" * 100_000, "not JSON"),
    ],
)
def test_what_cannot_be_read_says_what_was_expected(text: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the file: .*{message}"):
        parse_captured(text, "the file")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.json: cannot be read: No such file"):
        read_request(str(tmp_path / "nothing.json"))
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_request(str(tmp_path))


def test_another_url_takes_the_place_of_the_file_s(write: Write) -> None:
    file = write("r.json", {"url": "https://a.example/", "body": "x"})
    assert read_request(str(file), url="https://b.example/").request.url == "https://b.example/"


@given(st.binary(), st.lists(st.sampled_from(["A", "a", "B"])))
def test_the_json_form_comes_back(body: bytes, names: list[str]) -> None:
    headers = Headers([(name, f"{position}") for position, name in enumerate(names)])
    request = Request(method="POST", url="https://a.example/", headers=headers, body=body)
    assert parse_request(json.loads(json.dumps(write_request(request)))) == request


@given(st.binary())
def test_no_bytes_make_reading_fail_otherwise(text: bytes) -> None:
    with contextlib.suppress(ConfigurationError):
        parse_captured(text, "x")


def test_a_request_that_is_no_object() -> None:
    with pytest.raises(RequestMalformed, match="request: expected an object"):
        parse_request([])
