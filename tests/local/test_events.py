"""The events' shapes, and the way back: the function's own reader finds the very request."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.aws.apigateway import read_event
from hookproof.local.events import SHAPES, Call, function_url, http_api, is_text, rest_api
from hookproof.local.routes import Route
from hookproof.messages import Headers, Request

ROUTE = Route(method="ANY", resource="/webhooks/{source}", parameters={"source": "stripe"})
URL = "http://127.0.0.1:8000/webhooks/stripe"


def call(*fields: tuple[str, str], url: str = URL, body: bytes = b"", method: str = "POST") -> Call:
    host = url.partition("://")[2].partition("/")[0]
    headers = Headers([("Host", host), *fields])
    return Call(
        request=Request(method=method, url=url, headers=headers, body=body),
        route=ROUTE,
        source_ip="203.0.113.7",
        received=1_700_000_000.5,
        request_id="0123456789abcdef0123456789abcdef",
    )


def test_http_api_joins_repeated_headers_and_takes_cookies_out() -> None:
    event = http_api(call(("X-Tag", "a"), ("x-tag", "b"), ("Cookie", "one=1; two=2")))
    assert event["headers"]["x-tag"] == "a,b"
    assert event["cookies"] == ["one=1", "two=2"]
    assert "cookie" not in event["headers"]


def test_http_api_decodes_the_path_and_leaves_the_query_alone() -> None:
    event = http_api(call(url="http://h/webhooks/a%20b?x=%2F&x=1&y"))
    assert event["rawPath"] == "/webhooks/a b"
    assert event["rawQueryString"] == "x=%2F&x=1&y"
    assert event["queryStringParameters"] == {"x": "/,1", "y": ""}
    assert event["requestContext"]["http"]["path"] == "/webhooks/a b"


def test_http_api_says_when_from_where_and_by_which_route() -> None:
    event = http_api(call(("User-Agent", "Stripe/1.0")))
    context = event["requestContext"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == context["routeKey"] == "ANY /webhooks/{source}"
    assert event["pathParameters"] == {"source": "stripe"}
    assert context["time"] == "14/Nov/2023:22:13:20 +0000"
    assert context["timeEpoch"] == 1_700_000_000_500
    assert context["http"]["sourceIp"] == "203.0.113.7"
    assert context["http"]["userAgent"] == "Stripe/1.0"
    assert event["headers"]["x-forwarded-for"] == "203.0.113.7"


def test_http_api_leaves_out_what_is_not_there() -> None:
    event = http_api(call())
    assert {"body", "cookies", "queryStringParameters"}.isdisjoint(event)
    assert event["isBase64Encoded"] is False


def test_headers_of_the_connection_end_at_the_gateway() -> None:
    fields = [("Connection", "keep-alive"), ("Transfer-Encoding", "chunked"), ("Expect", "x")]
    for shape in SHAPES.values():
        names = {name.lower() for name in shape(call(*fields))["headers"]}
        assert names.isdisjoint({"connection", "transfer-encoding", "expect"})


def test_a_tunnel_is_believed_about_the_url_and_asked_to_say_it_once() -> None:
    fields = [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "hooks.example.com")]
    event = http_api(call(*fields, url="https://hooks.example.com/webhooks/stripe"))
    assert event["headers"]["host"] == "hooks.example.com"
    assert event["headers"]["x-forwarded-proto"] == "https"
    assert event["headers"]["x-forwarded-port"] == "443"
    assert "x-forwarded-host" not in event["headers"]


def test_function_url_has_no_routes_and_the_path_as_sent() -> None:
    event = function_url(call(url="http://h/webhooks/a%20b"))
    assert event["routeKey"] == "$default"
    assert event["rawPath"] == "/webhooks/a%20b"
    assert event["requestContext"]["accountId"] == "anonymous"
    assert "pathParameters" not in event


def test_rest_api_keeps_every_value_and_the_headers_as_written() -> None:
    fields = (("X-Tag", "a"), ("X-Tag", "b"), ("Cookie", "one=1"))
    event = rest_api(call(*fields, url=f"{URL}?x=1&x=%2F", body=b"{}"))
    assert event["multiValueHeaders"]["X-Tag"] == ["a", "b"]
    assert event["headers"]["X-Tag"] == "b"
    assert event["headers"]["Cookie"] == "one=1"
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "/"]}
    assert event["queryStringParameters"] == {"x": "/"}
    assert event["requestContext"]["resourcePath"] == event["resource"] == "/webhooks/{source}"


def test_rest_api_encodes_every_body_and_has_null_for_none() -> None:
    event = rest_api(call(("Content-Type", "application/json"), body=b"{}"))
    assert (event["body"], event["isBase64Encoded"]) == ("e30=", True)
    empty = rest_api(call())
    assert (empty["body"], empty["isBase64Encoded"]) == (None, False)


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ('Application/JSON; charset="UTF-8"', True),
        ("application/xml", True),
        ("application/javascript", True),
        ("text/plain", True),
        ("text/csv", True),
        ("text/plain; charset=iso-8859-1", False),
        ("application/x-www-form-urlencoded", False),
        ("application/cloudevents+json", False),
        ("application/octet-stream", False),
        ("multipart/form-data; boundary=x", False),
        ("", False),
        (None, False),
    ],
)
def test_what_is_text_is_what_was_measured_on_aws(content_type: str | None, *, text: bool) -> None:
    assert is_text(content_type) is text


@pytest.mark.parametrize("shape", [http_api, function_url])
def test_a_text_body_is_text_and_bytes_that_are_none_survive(shape: Any) -> None:
    json_type = ("Content-Type", "application/json")
    text = shape(call(json_type, body='{"é":"☕"}'.encode()))
    assert (text["body"], text["isBase64Encoded"]) == ('{"é":"☕"}', False)
    broken = shape(call(json_type, body=b'{"\xff"}'))
    assert broken["isBase64Encoded"] is True
    assert base64.b64decode(broken["body"]) == b'{"\xff"}'


VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
TYPES = st.sampled_from(
    ["application/json", "text/plain", "image/png", "application/x-www-form-urlencoded"]
)


@given(name=st.sampled_from(sorted(SHAPES)), body=st.binary(max_size=200), value=VALUES, kind=TYPES)
def test_the_function_reads_back_the_very_request(
    name: str, body: bytes, value: str, kind: str
) -> None:
    sent = call(("Content-Type", kind), ("X-Signature", value), body=body, url=f"{URL}?a=1&b=2")
    event = json.loads(json.dumps(SHAPES[name](sent)))
    delivery = read_event(event)
    assert delivery.source == "stripe"
    assert delivery.request.body == body
    assert delivery.request.method == "POST"
    assert delivery.request.url == f"{URL}?a=1&b=2"
    assert delivery.request.headers["x-signature"] == value
    assert delivery.request.headers["content-type"] == kind
