from typing import Any

import pytest

from hookproof.aws.apigateway import write_result
from hookproof.local.results import MalformedResult, version_1, version_2
from hookproof.messages import Headers, Response


def test_a_result_becomes_the_answer() -> None:
    result = {"statusCode": 201, "headers": {"X-A": "b", "X-N": 3}, "body": "hé"}
    response = version_2(result)
    assert response.status == 201
    assert response.body == "hé".encode()
    assert response.headers["x-a"] == "b"
    assert response.headers["x-n"] == "3"
    assert response.headers["content-type"] == "application/json"


def test_cookies_become_set_cookie_headers() -> None:
    response = version_2({"statusCode": 200, "cookies": ["a=1", "b=2"]})
    assert response.headers.get_all("set-cookie") == ("a=1", "b=2")


def test_base64_becomes_bytes() -> None:
    for read in (version_1, version_2):
        response = read({"statusCode": 200, "body": "/wA=", "isBase64Encoded": True})
        assert response.body == b"\xff\x00"


@pytest.mark.parametrize(
    ("result", "body"), [({"ok": True}, b'{"ok": true}'), ("hi", b"hi"), (None, b"null")]
)
def test_without_a_status_code_format_2_answers_200_with_json(result: Any, body: bytes) -> None:
    response = version_2(result)
    assert (response.status, response.body) == (200, body)
    assert response.headers["content-type"] == "application/json"


def test_format_1_takes_headers_with_many_values() -> None:
    result = {"statusCode": 200, "multiValueHeaders": {"X": ["1", "2"]}, "headers": {"x": "3"}}
    assert version_1(result).headers.get_all("x") == ("1", "2")


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "abc"},
        {"statusCode": 99},
        {"statusCode": 1000},
        {"statusCode": True},
        {"statusCode": None},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "***", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["x"]},
        {"statusCode": 200, "headers": {"x": {}}},
    ],
)
def test_what_api_gateway_calls_malformed_is_malformed(result: Any) -> None:
    for read in (version_1, version_2):
        with pytest.raises(MalformedResult):
            read(result)


@pytest.mark.parametrize("result", [None, "text", [], {"statusCode": 200, "cookies": []}])
def test_format_1_is_stricter(result: Any) -> None:
    with pytest.raises(MalformedResult):
        version_1(result)


def test_format_2_wants_cookies_in_a_list() -> None:
    with pytest.raises(MalformedResult):
        version_2({"statusCode": 200, "cookies": "a=1"})


@pytest.mark.parametrize("body", [b"", b"ok", b"\x00\xff"])
def test_what_the_function_writes_comes_out_the_same(body: bytes) -> None:
    sent = Response(status=202, headers=Headers([("Content-Type", "text/plain")]), body=body)
    for read, event in ((version_2, {"version": "2.0"}), (version_1, {"httpMethod": "POST"})):
        assert read(write_result(sent, event)) == sent
