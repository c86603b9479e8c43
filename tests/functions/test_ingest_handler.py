"""The ingest handler in this process, on real HTTP servers that work, fail and work again."""

import base64
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tests.aws.fault_server import Behaviour, FaultServer, answer, garbage, refusal, reset, slow
from tests.functions.ingest_stack import (
    GITHUB,
    STRIPE,
    IngestStack,
    client,
    event,
    forward_to,
    github,
    running,
    stripe,
)

BODY = b'{"id":"evt_1","type":"charge.succeeded","note":"\xc3\xa9"}'


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"ingest-{abs(hash(request.node.nodeid)) % 10**12}"


@pytest.fixture
def stack(moto_url: str, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[IngestStack]:
    with running(moto_url, name, monkeypatch) as made:
        yield made


def logged(capsys: pytest.CaptureFixture[str]) -> tuple[list[Any], list[Any]]:
    """The lines that say something, and those with metrics; a delivery's is both."""
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return (
        [one for one in documents if "message" in one],
        [one for one in documents if "_aws" in one],
    )


def test_a_genuine_delivery_is_in_the_queue_byte_for_byte(stack: IngestStack) -> None:
    assert stack.post(event("stripe", stripe(BODY), BODY)) == (
        200,
        {"status": "accepted", "id": "evt_1"},
    )
    (message,) = stack.messages()
    assert message["Body"].encode().endswith(b',"data":' + BODY + b"}")
    envelope = json.loads(message["Body"])
    assert (envelope["id"], envelope["type"]) == ("evt_1", "stripe.charge.succeeded")
    assert (envelope["source"], envelope["secretversion"]) == ("/webhooks/stripe", "current")
    attributes = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert attributes == {
        "provider": "stripe",
        "source": "/webhooks/stripe",
        "type": "stripe.charge.succeeded",
        "id": "evt_1",
    }


def test_bytes_that_are_no_text_arrive_as_they_were(stack: IngestStack) -> None:
    octets = bytes(range(256))
    headers = github(octets) | {"content-type": "application/octet-stream"}
    status, _ = stack.post(event("github", headers, octets, encode=True))
    (message,) = stack.messages()
    assert status == 200
    assert base64.b64decode(json.loads(message["Body"])["data_base64"]) == octets


def test_all_four_shapes_of_event_are_accepted(stack: IngestStack) -> None:
    signed = github(b"{}")
    rest = {
        "httpMethod": "POST",
        "path": "/webhooks/github",
        "requestContext": {"path": "/prod/webhooks/github", "domainName": "a.example"},
        "multiValueHeaders": {name: [value] for name, value in signed.items()},
        "body": "{}",
    }
    balancer = {
        "httpMethod": "POST",
        "path": "/webhooks/github",
        "requestContext": {"elb": {}},
        "headers": signed | {"host": "a.example"},
        "body": "e30=",
        "isBase64Encoded": True,
    }
    url = event("github", signed, b"{}") | {"pathParameters": None}
    for one in (event("github", signed, b"{}"), url, rest, balancer):
        assert stack.post(one)[0] == 200
    assert len(stack.messages()) == 4


FORGED: dict[str, tuple[dict[str, Any], int, str]] = {
    "body changed": (event("stripe", stripe(BODY), BODY + b" "), 401, "signature_mismatch"),
    "wrong secret": (event("stripe", stripe(BODY, "whsec_x"), BODY), 401, "signature_mismatch"),
    "no signature": (event("stripe", {}, BODY), 401, "signature_missing"),
    "stale": (event("stripe", stripe(BODY, age=301), BODY), 401, "timestamp_too_old"),
    "from the future": (event("stripe", stripe(BODY, age=-900), BODY), 401, "timestamp_in_future"),
    "no scheme": (event("github", {"x-hub-signature-256": "zz"}, BODY), 400, "signature_malformed"),
    "non-ASCII signature": (
        event("github", {"x-hub-signature-256": "sha256=é\x00"}, BODY),
        400,
        "signature_malformed",
    ),
    "unknown source": (event("nobody", stripe(BODY), BODY), 404, "unknown_source"),
    "unknown tenant": (
        event("stripe", stripe(BODY), BODY)
        | {"pathParameters": {"source": "stripe", "tenant": "acme"}},
        404,
        "unknown_source",
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_nothing_that_is_forged_reaches_the_queue(
    stack: IngestStack, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    request, status, reason = FORGED[case]
    assert stack.post(request) == (status, {"status": "rejected", "id": None})
    (line,), metrics = logged(capsys)
    assert (line["outcome"], line["reason"]) == ("rejected", reason)
    assert [one["Rejected"] for one in metrics] == [[1.0], [1.0]]
    assert stack.sent() == 0
    assert stack.messages() == []


MALFORMED: dict[str, tuple[object, int]] = {
    "nothing": (None, 400),
    "not an object": ("{}", 400),
    "a list": ([], 400),
    "empty": ({}, 400),
    "another service's": ({"Records": [{"eventSource": "aws:s3"}]}, 400),
    "no request context": ({"version": "2.0", "rawPath": "/webhooks/github"}, 400),
    "no method": (event("github", {}, b"") | {"requestContext": {"http": {}}}, 400),
    "method PUT": (event("github", {}, b"") | {"requestContext": {"http": {"method": "PUT"}}}, 405),
    "wrong base64": (event("github", {}, b"") | {"body": "!", "isBase64Encoded": True}, 400),
    "half a character": (event("github", {}, b"") | {"body": "\ud800"}, 400),
    "1 MB of headers": (event("github", {"x": "a" * 1_048_576}, b""), 400),
    "10,000 headers": (event("github", {f"x-{n}": "aaaa" for n in range(10_000)}, b""), 400),
    "NUL in the path": (
        event("github", {}, b"") | {"rawPath": "/webhooks/git\x00hub", "pathParameters": None},
        404,
    ),
    "NUL in a header": (event("github", github(b"") | {"x-github-event": "\x00"}, b"x"), 401),
    "body of 6 MiB + 1": (event("github", {}, b"x" * (6 * 1024 * 1024 + 1)), 413),
    "headers of another type": (event("github", {}, b"") | {"headers": "host: x"}, 400),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_event_is_answered_and_never_raises(stack: IngestStack, case: str) -> None:
    request, status = MALFORMED[case]
    assert stack.post(request)[0] == status
    assert len(stack.messages()) == (status == 200)


def test_deep_json_that_is_genuine_is_delivered(stack: IngestStack) -> None:
    # Signed here: what is signed when tests are collected is stale when this one comes.
    deep = b"[" * 100_000
    assert stack.post(event("stripe", stripe(deep), deep))[0] == 200
    assert len(stack.messages()) == 1


def test_a_body_that_is_not_utf8_is_refused_or_delivered_but_never_an_exception(
    stack: IngestStack,
) -> None:
    for source in ("stripe", "github"):
        assert stack.post(event(source, {}, b"\xff\xfe", encode=True))[0] == 401
    headers = stripe(b"\xff\xfe")
    assert stack.post(event("stripe", headers, b"\xff\xfe", encode=True))[0] == 200


MUTE = slow(3.0, answer(200, {}))
FAULTS: dict[str, Behaviour] = {
    "500": refusal(500, "InternalFailure"),
    "503 in HTML": answer(503, b"<html>busy</html>"),
    "throttled": refusal(400, "ThrottlingException"),
    "too many requests": answer(429, b""),
    "reset": reset,
    "no HTTP": garbage,
    "not JSON": answer(200, b"oops"),
    "access denied": refusal(400, "AccessDeniedException"),
    "slow": MUTE,
}


# S3 answers a PutObject without a body: there is no wrong one.
FAILING = [
    (service, fault)
    for service in ("sqs", "secretsmanager", "s3", "dynamodb")
    for fault in FAULTS
    if (service, fault) != ("s3", "not JSON")
]


@pytest.mark.parametrize(("service", "fault"), FAILING)
def test_a_failing_service_is_503_and_the_repeat_is_accepted(
    stack: IngestStack, service: str, fault: str
) -> None:
    stack.start(
        DELIVERY_SECONDS="0.8",
        DEDUPLICATION_TABLE=stack.environ["BUCKET"] if service == "dynamodb" else "",
    )
    body = b'{"x":"' + b"x" * 1_048_576 + b'"}' if service == "s3" else b"{}"
    request = event("github", github(body), body)
    server = stack.services[service]
    working, server.usual = server.usual, FAULTS[fault]

    started = time.monotonic()
    result = stack.invoke(request)
    assert time.monotonic() - started < 2.5
    assert result["statusCode"] == 503
    assert int(result["headers"]["Retry-After"]) > 0
    assert json.loads(result["body"]) == {"status": "unavailable", "id": None}
    assert server.received

    server.usual = working
    assert stack.post(request) == (200, {"status": "accepted", "id": "d-1"})
    assert len(stack.messages()) == 1


@pytest.mark.parametrize("service", ["sqs", "secretsmanager"])
def test_an_unreachable_service_is_503_and_the_repeat_is_accepted(
    stack: IngestStack, moto_url: str, service: str
) -> None:
    with FaultServer() as gone:
        port, url = gone.port, gone.url
    variable = "AWS_ENDPOINT_URL_SQS" if service == "sqs" else "AWS_ENDPOINT_URL_SECRETS_MANAGER"
    stack.start(**{variable: url})
    request = event("github", github(b"{}"), b"{}")
    assert stack.post(request)[0] == 503
    assert stack.messages() == []
    with FaultServer(forward_to(moto_url), port=port):
        assert stack.post(request)[0] == 200
    assert len(stack.messages()) == 1


def test_with_the_usual_settings_a_mute_service_is_answered_before_senders_hang_up(
    stack: IngestStack,
) -> None:
    stack.services["sqs"].usual = MUTE
    started = time.monotonic()
    assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 503
    assert time.monotonic() - started < 2.9


def test_an_answer_of_sqs_for_other_bytes_is_no_acceptance(stack: IngestStack) -> None:
    stack.services["sqs"].script.append(
        answer(200, {"MessageId": "1", "MD5OfMessageBody": "0" * 32})
    )
    assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 503


def test_a_large_body_goes_to_the_bucket_and_a_pointer_to_the_queue(
    stack: IngestStack,
) -> None:
    body = b'{"x":"' + b"x" * 2_000_000 + b'"}'
    assert stack.post(event("github", github(body), body))[0] == 200
    (message,) = stack.messages()
    kind, place = json.loads(message["Body"])
    assert kind == "software.amazon.payloadoffloading.PayloadS3Pointer"
    stored = client("s3", stack.url).get_object(Bucket=place["s3BucketName"], Key=place["s3Key"])
    text = stored["Body"].read()
    assert text.endswith(b',"data":' + body + b"}")
    size = message["MessageAttributes"]["ExtendedPayloadSize"]
    assert size == {"DataType": "Number", "StringValue": str(len(text))}


def test_a_source_may_name_its_own_queue(stack: IngestStack, name: str) -> None:
    own = client("sqs", stack.url).create_queue(QueueName=f"{name}-own")["QueueUrl"]
    stack.put_secret("mine", json.dumps({"provider": "github", "secret": "s", "queue": own}))
    assert stack.post(event("mine", github(b"{}", "s"), b"{}"))[0] == 200
    assert stack.messages() == []
    stack.queue_url = own
    assert len(stack.messages()) == 1


def test_a_fifo_queue_gets_group_and_deduplication(
    moto_url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(moto_url, name, monkeypatch, fifo=True) as stack:
        stack.start()
        for _ in range(2):
            assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 200
        (message,) = stack.messages()
    assert message["Attributes"]["MessageGroupId"] == "/webhooks/github"
    assert message["Attributes"]["MessageDeduplicationId"] == "/webhooks/github#d-1"


def test_with_a_table_a_repeat_is_a_duplicate(stack: IngestStack) -> None:
    stack.start(DEDUPLICATION_TABLE=stack.environ["BUCKET"])
    request = event("github", github(b"{}"), b"{}")
    assert stack.post(request) == (200, {"status": "accepted", "id": "d-1"})
    assert stack.post(request) == (200, {"status": "duplicate", "id": "d-1"})
    assert len(stack.messages()) == 1


def test_an_attempt_that_died_half_way_does_not_make_the_repeat_a_duplicate(
    stack: IngestStack,
) -> None:
    stack.start(DEDUPLICATION_TABLE=stack.environ["BUCKET"])
    stack.services["sqs"].script.extend([refusal(500, "InternalFailure")] * 3)
    request = event("github", github(b"{}"), b"{}")
    assert stack.post(request)[0] == 503
    assert stack.post(request) == (200, {"status": "accepted", "id": "d-1"})


def test_a_queued_event_that_cannot_be_remembered_is_accepted_all_the_same(
    stack: IngestStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.start(DEDUPLICATION_TABLE=stack.environ["BUCKET"])
    table = stack.services["dynamodb"]
    table.script.extend([table.usual, *[refusal(500, "InternalServerError")] * 3])
    assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 200
    lines, metrics = logged(capsys)
    assert [one["message"] for one in lines] == ["event not remembered", "delivery"]
    assert metrics[0]["EventNotRemembered"] == [1.0]


def test_a_forged_delivery_does_not_touch_the_table(stack: IngestStack) -> None:
    stack.start(DEDUPLICATION_TABLE=stack.environ["BUCKET"])
    stack.post(event("github", github(b"{}"), b"{ }"))
    assert stack.services["dynamodb"].received == []


def test_a_rotated_secret_counts_at_once_and_the_old_one_for_the_overlap(
    stack: IngestStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.post(event("github", github(b"1"), b"1"))
    stack.put_secret("github", "rotated")
    stack.services["secretsmanager"].received.clear()
    assert stack.post(event("github", github(b"2", "rotated"), b"2"))[0] == 200
    assert stack.post(event("github", github(b"3"), b"3"))[0] == 200
    stages = [one.payload["VersionStage"] for one in stack.services["secretsmanager"].received]
    assert stages == ["AWSCURRENT", "AWSPREVIOUS"]
    lines, metrics = logged(capsys)
    assert [one["secret_version"] for one in lines] == ["current", "current", "previous"]
    assert metrics[-1]["PreviousSecretUsed"] == [1.0]
    versions = [json.loads(one["Body"])["secretversion"] for one in stack.messages()]
    assert sorted(versions) == ["current", "current", "previous"]


def test_after_the_overlap_the_old_secret_is_refused(stack: IngestStack) -> None:
    stack.put_secret("github", "rotated")
    stack.start(PREVIOUS_SECRET_SECONDS="0")
    assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 401
    assert stack.post(event("github", github(b"{}", "rotated"), b"{}"))[0] == 200


def test_forged_deliveries_refresh_the_secret_once(stack: IngestStack) -> None:
    stack.post(event("github", github(b"{}"), b"{}"))
    before = len(stack.services["secretsmanager"].received)
    for _ in range(20):
        assert stack.post(event("github", github(b"{}", "guess"), b"{}"))[0] == 401
    # One refresh: the current version, and the previous one that a young secret may have.
    assert len(stack.services["secretsmanager"].received) - before == 2


def test_strangers_do_not_make_it_ask_for_each_request(stack: IngestStack) -> None:
    for _ in range(20):
        assert stack.post(event("nobody", {}, b""))[0] == 404
    assert len(stack.services["secretsmanager"].received) == 1


@pytest.mark.parametrize("fault", ["500", "throttled", "reset", "slow"])
def test_when_secrets_manager_is_down_the_last_known_secret_serves_on(
    stack: IngestStack,
    capsys: pytest.CaptureFixture[str],
    fault: str,
) -> None:
    stack.start(SECRET_MAX_AGE="0")
    request = event("github", github(b"{}"), b"{}")
    assert stack.post(request)[0] == 200
    stack.services["secretsmanager"].usual = FAULTS[fault]
    for _ in range(3):
        assert stack.post(request)[0] == 200
    lines, metrics = logged(capsys)
    assert [one["message"] for one in lines[1:3]] == ["stale secret served", "delivery"]
    assert sum(one.get("StaleSecretServed", [0.0])[0] for one in metrics) == 3.0
    # A forged one is not called forged: the secret may have been rotated since.
    assert stack.post(event("github", github(b"{}", "new"), b"{}"))[0] == 503


def test_the_last_known_secret_serves_up_to_a_limit(stack: IngestStack) -> None:
    stack.start(SECRET_MAX_AGE="0", STALE_SECONDS="0")
    request = event("github", github(b"{}"), b"{}")
    assert stack.post(request)[0] == 200
    stack.services["secretsmanager"].usual = FAULTS["500"]
    assert stack.post(request)[0] == 503


@pytest.mark.parametrize(
    "secret",
    ['{"provider": "stripe"', '{"provider": "no-such"}', '{"provider": "github"}', "{}", ""],
)
def test_a_secret_that_cannot_work_is_503_for_the_operator_to_mend(
    stack: IngestStack, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    stack.put_secret("mine", secret or " ")
    assert stack.post(event("mine", github(b"{}"), b"{}"))[0] == 503
    (line,), _ = logged(capsys)
    assert (line["level"], line["reason"]) == ("ERROR", "configuration")
    stack.put_secret("mine", json.dumps({"provider": "github", "secret": "s"}))
    assert stack.post(event("mine", github(b"{}", "s"), b"{}"))[0] == 200


@pytest.mark.parametrize("variable", ["QUEUE_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID"])
def test_a_missing_setting_is_503_and_named_in_the_log(
    stack: IngestStack,
    capsys: pytest.CaptureFixture[str],
    variable: str,
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        stack.monkeypatch.delenv(name, raising=False)
    stack.start(**{variable: ""})
    assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 503
    (line,), _ = logged(capsys)
    assert (line["reason"], variable in line["detail"]) == ("configuration", True)


def test_sources_named_for_it_are_loaded_before_the_first_delivery(
    stack: IngestStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.start(PREFETCH_SOURCES="github,nobody")
    asked = len(stack.services["secretsmanager"].received)
    assert asked >= 2
    assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 200
    assert len(stack.services["secretsmanager"].received) == asked
    lines, _ = logged(capsys)
    assert [one["message"] for one in lines] == ["not prefetched", "delivery"]


def test_credentials_come_from_the_container_where_lambda_restores_snapshots(
    stack: IngestStack,
) -> None:
    document = {
        "AccessKeyId": "AKIDCONTAINER",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": "2999-01-01T00:00:00Z",
    }
    with FaultServer(answer(200, document)) as container:
        stack.start(
            AWS_ACCESS_KEY_ID="",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url,
            AWS_CONTAINER_AUTHORIZATION_TOKEN="token",
        )
        assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 200
    assert "AKIDCONTAINER" in stack.services["sqs"].received[0].headers["authorization"]
    assert len(container.received) == 1


def test_with_a_quarantine_what_is_refused_is_kept_and_still_refused(
    stack: IngestStack, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = stack.environ["BUCKET"]
    stack.start(QUARANTINE_BUCKET=bucket)
    forged = event("github", github(b"{}", "guess"), b"{}")
    assert stack.post(forged)[0] == 401
    assert stack.post(event("nobody", {}, b""))[0] == 404
    kept = client("s3", stack.url).list_objects_v2(Bucket=bucket)["Contents"]
    assert [one["Key"].split("/")[:2] for one in kept] == [["quarantine", "github"]]

    stack.services["s3"].usual = refusal(500, "InternalError")
    assert stack.post(forged)[0] == 401
    lines, metrics = logged(capsys)
    assert [one["message"] for one in lines][-2:] == ["not quarantined", "delivery"]
    assert metrics[-2]["NotQuarantined"] == [1.0]


def test_a_restored_snapshot_starts_with_new_connections_and_credentials(
    stack: IngestStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda's own module, as its runtime calls what is registered with it."""
    hooks: dict[str, Callable[[], None]] = {}
    runtime = ModuleType("snapshot_restore_py")
    for moment in ("before_snapshot", "after_restore"):
        monkeypatch.setattr(
            runtime, f"register_{moment}", partial(hooks.__setitem__, moment), raising=False
        )
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    document = {
        "AccessKeyId": "FIRST",
        "SecretAccessKey": "s",
        "Expiration": "2999-01-01T00:00:00Z",
    }
    with FaultServer(answer(200, document)) as container:
        stack.start(
            AWS_ACCESS_KEY_ID="",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=container.url,
            PREFETCH_SOURCES="github",
        )
        hooks["before_snapshot"]()
        container.usual = answer(200, document | {"AccessKeyId": "SECOND"})
        hooks["after_restore"]()
        assert stack.post(event("github", github(b"{}"), b"{}"))[0] == 200
    assert "SECOND" in stack.services["sqs"].received[0].headers["authorization"]
    assert stack.services["secretsmanager"].connections == 2


def test_neither_secret_nor_signature_nor_body_is_ever_printed(
    stack: IngestStack, capsys: pytest.CaptureFixture[str]
) -> None:
    body = b'{"id":"evt_1","note":"private-matter"}'
    signed = stripe(body)
    stack.post(event("stripe", signed, body))
    stack.post(event("stripe", stripe(body, "whsec_wrong"), body))
    stack.post(event("github", github(body, "x"), body + b"private-matter"))
    stack.services["sqs"].usual = refusal(500, "InternalFailure")
    stack.post(event("stripe", signed, body))
    stack.put_secret("mine", json.dumps({"provider": "github", "secret": "", "oops": GITHUB}))
    stack.post(event("mine", github(body), body))
    captured = capsys.readouterr()
    printed = captured.out + captured.err
    assert "evt_1" in printed
    hidden = [
        GITHUB,
        STRIPE,
        "private-matter",
        signed["stripe-signature"].split("v1=")[1],
        github(body, "x")["x-hub-signature-256"].split("=")[1],
        "the-functions-own-secret-key",
        "AKIDEXAMPLE",
    ]
    assert [text for text in hidden if text in printed] == []
