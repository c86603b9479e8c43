from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof.aws.apigateway import BODY_LIMIT, Delivery, read_event, write_result
from hookproof.errors import (
    BodyTooLarge,
    MethodNotAllowed,
    RequestMalformed,
    UnknownSource,
    VerificationError,
)
from hookproof.messages import Headers, Response


def http_api(**changes: Any) -> dict[str, Any]:
    """As API Gateway writes it, payload format 2.0; also what a function URL gives."""
    event = {
        "version": "2.0",
        "routeKey": "ANY /webhooks/{source}/{tenant}",
        "rawPath": "/webhooks/stripe/acme",
        "rawQueryString": "a=1&a=%2F2&b",
        "cookies": ["one=1", "two=2"],
        "headers": {
            "host": "hooks.example.com",
            "x-forwarded-proto": "https",
            "stripe-signature": "t=1,v1=a,v1=b",
        },
        "requestContext": {
            "domainName": "hooks.example.com",
            "stage": "$default",
            "http": {"method": "POST", "path": "/webhooks/stripe/acme"},
        },
        "pathParameters": {"source": "stripe", "tenant": "acme"},
        "body": "{}",
        "isBase64Encoded": False,
    }
    return event | changes


def rest_api(**changes: Any) -> dict[str, Any]:
    """As API Gateway writes it, payload format 1.0."""
    event = {
        "resource": "/webhooks/{source}",
        "path": "/webhooks/twilio",
        "httpMethod": "POST",
        "headers": {"Host": "abc.execute-api.eu-west-1.amazonaws.com", "X-Tag": "b"},
        "multiValueHeaders": {
            "Host": ["abc.execute-api.eu-west-1.amazonaws.com"],
            "X-Forwarded-Proto": ["https"],
            "X-Tag": ["a", "b"],
        },
        "queryStringParameters": {"q": "2"},
        "multiValueQueryStringParameters": {"q": ["a b", "/ü"], "empty": [""]},
        "pathParameters": {"source": "twilio"},
        "requestContext": {
            "path": "/prod/webhooks/twilio",
            "domainName": "abc.execute-api.eu-west-1.amazonaws.com",
            "stage": "prod",
        },
        "body": "a=1",
        "isBase64Encoded": False,
    }
    return event | changes


def load_balancer(**changes: Any) -> dict[str, Any]:
    event = {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": "POST",
        "path": "/webhooks/github",
        "queryStringParameters": {"a": "%2F1", "b": ""},
        "headers": {"host": "alb.example.com:8443", "x-forwarded-proto": "https"},
        "body": "",
        "isBase64Encoded": False,
    }
    return event | changes


def names(delivery: Delivery) -> tuple[str, str | None]:
    return delivery.source, delivery.tenant


def test_http_api_gives_the_url_as_it_was_called() -> None:
    delivery = read_event(http_api())
    request = delivery.request
    assert names(delivery) == ("stripe", "acme")
    assert request.url == "https://hooks.example.com/webhooks/stripe/acme?a=1&a=%2F2&b"
    assert (request.method, request.body) == ("POST", b"{}")
    assert request.headers["Stripe-Signature"] == "t=1,v1=a,v1=b"
    assert request.headers["Cookie"] == "one=1; two=2"


def test_rest_api_gives_the_stage_and_the_parameters_encoded_again() -> None:
    delivery = read_event(rest_api())
    request = delivery.request
    assert names(delivery) == ("twilio", None)
    assert request.url == (
        "https://abc.execute-api.eu-west-1.amazonaws.com/prod/webhooks/twilio"
        "?q=a%20b&q=%2F%C3%BC&empty="
    )
    assert request.headers.get_all("x-tag") == ("a", "b")


def test_rest_api_without_the_multi_valued_members() -> None:
    event = rest_api(multiValueHeaders=None, multiValueQueryStringParameters=None)
    request = read_event(event).request
    assert request.headers.get_all("x-tag") == ("b",)
    assert request.query == "q=2"


def test_a_load_balancer_gives_its_parameters_as_they_were_written() -> None:
    request = read_event(load_balancer()).request
    assert request.url == "https://alb.example.com:8443/webhooks/github?a=%2F1&b="


def test_a_load_balancer_with_multi_value_headers() -> None:
    event = load_balancer(
        headers=None,
        queryStringParameters=None,
        multiValueHeaders={"host": ["alb.example.com"], "x-tag": ["1", "2"]},
        multiValueQueryStringParameters={"a": ["1", "2"]},
    )
    request = read_event(event).request
    assert (request.headers["x-tag"], request.query) == ("1, 2", "a=1&a=2")


def test_a_local_gateway_may_speak_plain_http_on_a_port() -> None:
    headers = {"Host": "127.0.0.1:3000", "X-Forwarded-Proto": "http"}
    url = read_event(http_api(headers=headers, rawQueryString="")).request.url
    assert url == "http://127.0.0.1:3000/webhooks/stripe/acme"


def test_without_a_host_field_the_domain_name_counts() -> None:
    url = read_event(http_api(headers={}, cookies=None)).request.url
    assert url.startswith("https://hooks.example.com/")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/webhooks/a", ("a", None)),
        ("/webhooks/a/b-c_1", ("a", "b-c_1")),
        ("/prod/webhooks/a", ("a", None)),
        ("/x/y/webhooks/a/b", ("a", "b")),
        ("/webhooks/webhooks/a", ("a", None)),
        ("/webhooks/" + "a" * 64, ("a" * 64, None)),
    ],
)
def test_source_and_tenant_are_read_from_the_path(
    path: str, expected: tuple[str, str | None]
) -> None:
    assert names(read_event(http_api(rawPath=path, pathParameters=None))) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/webhooks",
        "/webhooks/",
        "/webhooks/A",
        "/webhooks/-a",
        "/webhooks/a/",
        "/webhooks/a/b/c",
        "/webhooks/a%2Fb",
        "/webhooks/a\n",
        "/webhooks/a\x00",
        "/webhooks/..",
        "/webhooks/ä",
        "/webhooks/" + "a" * 65,
        "/other/a",
    ],
)
def test_any_other_path_is_an_unknown_source(path: str) -> None:
    with pytest.raises(UnknownSource):
        read_event(http_api(rawPath=path, pathParameters=None))


@pytest.mark.parametrize("source", ["A", "a/b", "", None, 7, "a\n"])
def test_path_parameters_are_checked_the_same(source: object) -> None:
    with pytest.raises(UnknownSource):
        read_event(http_api(pathParameters={"source": source}))


@pytest.mark.parametrize("octets", [b"", b"\x00\xff\xfe", b"{}", bytes(range(256))])
def test_base64_gives_back_the_exact_bytes(octets: bytes) -> None:
    import base64

    event = http_api(body=base64.b64encode(octets).decode(), isBase64Encoded=True)
    assert read_event(event).request.body == octets


def test_text_is_its_utf8_bytes() -> None:
    assert read_event(http_api(body="é\u2028\x00")).request.body == "é\u2028\x00".encode()
    assert read_event(http_api(body=None)).request.body == b""


@pytest.mark.parametrize(
    "change",
    [
        {"body": "a", "isBase64Encoded": True},
        {"body": "YQ==\n", "isBase64Encoded": True},
        {"body": "YQ", "isBase64Encoded": True},
        {"body": "YQ=é", "isBase64Encoded": True},
        {"body": "{}", "isBase64Encoded": "true"},
        {"body": {"a": 1}},
        {"body": b"x"},
        {"body": "\ud800"},
        {"headers": [["host", "x"]]},
        {"headers": {"host": "hooks.example.com", "x": 1}},
        {"headers": {"host": "hooks.example.com", "x": None}},
        {"headers": {"host": "hooks.example.com", "x": "\udfff"}},
        {"headers": {"host": "a b"}},
        {"headers": {"host": "evil.example/path"}},
        {"headers": {"host": "a@b"}},
        {"headers": {}, "requestContext": {"http": {"method": "POST"}}},
        {"headers": {"host": "h", "x": "a" * (1024 * 1024)}},
        {"cookies": "a=1"},
        {"cookies": [1]},
        {"requestContext": None},
        {"requestContext": {}},
        {"requestContext": {"http": {}}},
        {"requestContext": {"http": {"method": 1}}},
        {"rawPath": None},
        {"rawPath": ["/webhooks/a"]},
        {"rawQueryString": 1},
        {"version": "3.0"},
        {"version": None},
    ],
)
def test_a_malformed_event_is_the_senders(change: dict[str, Any]) -> None:
    with pytest.raises(RequestMalformed):
        read_event(http_api(**change))


@pytest.mark.parametrize(
    "change",
    [
        {"httpMethod": None},
        {"path": None, "requestContext": {}},
        {"multiValueHeaders": {"host": "h", "x": [1]}},
        {"multiValueHeaders": 7},
        {"multiValueQueryStringParameters": {"a": [None]}},
        {"multiValueQueryStringParameters": {"a": ["\ud800"]}},
    ],
)
def test_a_malformed_rest_event_is_the_senders(change: dict[str, Any]) -> None:
    with pytest.raises(RequestMalformed):
        read_event(rest_api(**change))


@pytest.mark.parametrize("event", [None, [], "x", 1, {}, {"version": "2.0"}, {"Records": []}])
def test_what_is_no_http_event_is_malformed(event: object) -> None:
    with pytest.raises(RequestMalformed):
        read_event(event)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "post", ""])
def test_other_methods_are_not_allowed(method: str) -> None:
    with pytest.raises(MethodNotAllowed):
        read_event(http_api(requestContext={"http": {"method": method}}))


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "OPTIONS"])
def test_the_methods_of_providers_are(method: str) -> None:
    event = http_api(requestContext={"http": {"method": method}})
    assert read_event(event).request.method == method


def test_the_limit_counts_what_the_event_carries() -> None:
    event = http_api(body="A" * BODY_LIMIT, isBase64Encoded=True)
    assert len(read_event(event).request.body) == BODY_LIMIT * 3 // 4
    for body, encoded in [("é" * (BODY_LIMIT // 2) + "e", False), ("A" * (BODY_LIMIT + 4), True)]:
        with pytest.raises(BodyTooLarge):
            read_event(http_api(body=body, isBase64Encoded=encoded))


leaves = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["2.0", "POST"])
documents = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*http_api(), *rest_api()]), documents))
def test_no_event_raises_anything_else(changes: dict[str, Any]) -> None:
    for base in (http_api(), rest_api(), load_balancer(), {}):
        try:
            delivery = read_event(base | changes)
        except VerificationError:
            continue
        assert isinstance(delivery.request.body, bytes)


RESPONSE = Response(
    status=200,
    headers=Headers([("Content-Type", "text/plain"), ("X-A", "1"), ("X-A", "2")]),
    body=b"ok",
)


def test_an_answer_to_payload_2() -> None:
    assert write_result(RESPONSE, http_api()) == {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain", "X-A": "1, 2"},
        "body": "ok",
        "isBase64Encoded": False,
    }


def test_an_answer_to_payload_1_keeps_repeated_fields() -> None:
    assert write_result(RESPONSE, rest_api()) == {
        "statusCode": 200,
        "multiValueHeaders": {"Content-Type": ["text/plain"], "X-A": ["1", "2"]},
        "body": "ok",
        "isBase64Encoded": False,
    }


def test_an_answer_to_a_load_balancer_describes_its_status() -> None:
    result = write_result(Response(status=413), load_balancer())
    assert result["statusDescription"] == "413 Payload Too Large"
    assert result["headers"] == {}
    event = load_balancer(headers=None, multiValueHeaders={"host": ["x"]})
    assert write_result(RESPONSE, event)["multiValueHeaders"]["X-A"] == ["1", "2"]


def test_a_binary_answer_is_base64() -> None:
    result = write_result(Response(status=200, body=b"\xff"), http_api())
    assert (result["body"], result["isBase64Encoded"]) == ("/w==", True)


@pytest.mark.parametrize("event", [None, "x", {}, {"requestContext": 1}])
def test_even_what_is_no_event_gets_an_answer(event: object) -> None:
    assert write_result(Response(status=400), event)["statusCode"] == 400
