import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof.aws.client import Client
from hookproof.aws.s3 import LargeBodies
from hookproof.aws.service_errors import Refused
from hookproof.aws.sqs import Address, Queues
from hookproof.aws.sqs_rules import MAX_BYTES, Message, identifier, text_attributes
from hookproof.errors import ConfigurationError, Unavailable
from tests.aws.conftest import Clock, MakeClient
from tests.aws.fault_server import FaultServer, answer, refusal, reset
from tests.aws.strict_sqs import Refusal, StrictQueue

STANDARD = Address(
    queue_url="https://sqs.eu-west-1.amazonaws.com/1/q", group="/webhooks/a", deduplication="d"
)
FIFO = Address(
    queue_url="https://sqs.eu-west-1.amazonaws.com/1/q.fifo", group="/webhooks/a", deduplication="d"
)


def message(body: str, **attributes: str) -> Message:
    return Message(body=body, attributes=text_attributes(attributes))


@pytest.fixture
def queue(clock: Clock, server: FaultServer) -> StrictQueue:
    strict = StrictQueue(now=clock.now)
    server.usual = strict.behave
    return strict


@pytest.fixture
def bucket() -> dict[str, bytes]:
    return {}


@pytest.fixture
def queues(make_client: MakeClient, server: FaultServer) -> Queues:
    client = make_client({"*": server.url})
    return Queues(client, large=None)


@pytest.fixture
def s3_server() -> object:
    with FaultServer(answer(200, b"")) as running:
        yield running


@pytest.fixture
def queues_with_bucket(
    make_client: MakeClient, server: FaultServer, s3_server: FaultServer
) -> Queues:
    client = make_client({"sqs": server.url, "s3": s3_server.url})
    large = LargeBodies(client, bucket="bodies", new_name=lambda: "0123abcd")
    return Queues(client, large=large)


def test_the_message_goes_as_it_is(queues: Queues, queue: StrictQueue) -> None:
    queues.send(message('{"é": 1}', provider="stripe", id="evt_1"), STANDARD)
    (sent,) = queue.messages
    assert sent == {
        "QueueUrl": STANDARD.queue_url,
        "MessageBody": '{"é": 1}',
        "MessageAttributes": {
            "provider": {"DataType": "String", "StringValue": "stripe"},
            "id": {"DataType": "String", "StringValue": "evt_1"},
        },
        "MessageGroupId": "/webhooks/a",
    }


def test_a_fifo_queue_keeps_a_repeat_out(queues: Queues, queue: StrictQueue, clock: Clock) -> None:
    queue.fifo = True
    for _ in range(2):
        queues.send(message("x"), FIFO)
    queue.messages.clear()  # received and deleted: still remembered
    queues.send(message("x"), FIFO)
    assert queue.messages == []
    clock.time += 300
    assert isinstance(queues._client, Client)
    queues._client._budget.restart()
    queues.send(message("x"), FIFO)
    assert len(queue.messages) == 1


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.us-east-2.amazonaws.com/1/q", "us-east-2"),
        ("https://us-east-2.queue.amazonaws.com/1/q", "us-east-2"),
        ("http://localhost:5000/1/q", None),
    ],
)
def test_the_region_is_the_queues_own(url: str, region: str | None) -> None:
    assert Address(queue_url=url, group="g", deduplication="d").region == region


@pytest.mark.usefixtures("queue")
def test_a_call_is_signed_for_the_queues_region(queues: Queues, server: FaultServer) -> None:
    elsewhere = Address(
        queue_url="https://sqs.us-east-2.amazonaws.com/1/q", group="g", deduplication="d"
    )
    queues.send(message("x"), elsewhere)
    assert "/us-east-2/sqs/aws4_request" in server.received[0].headers["authorization"]


@pytest.mark.parametrize(
    "wrong",
    [
        answer(200, {"MessageId": "1", "MD5OfMessageBody": "0" * 32}),
        answer(200, {"MD5OfMessageBody": "9dd4e461268c8034f5c8564e155c67a6"}),
        answer(200, {"MessageId": "1"}),
        answer(200, {}),
    ],
)
def test_an_answer_for_another_message_is_no_answer(
    queues: Queues, server: FaultServer, wrong: object
) -> None:
    server.usual = wrong  # type: ignore[assignment]
    with pytest.raises(Unavailable, match="does not match"):
        queues.send(message("x"), STANDARD)


def test_up_to_the_limit_the_message_goes_whole(
    queues_with_bucket: Queues, queue: StrictQueue, s3_server: FaultServer
) -> None:
    attributes = len("provider" + "String" + "stripe")
    queues_with_bucket.send(
        message("é" * ((MAX_BYTES - attributes) // 2), provider="stripe"), STANDARD
    )
    assert (len(queue.messages), len(s3_server.received)) == (1, 0)


def test_one_byte_more_goes_to_s3_with_a_pointer(
    queues_with_bucket: Queues, queue: StrictQueue, s3_server: FaultServer
) -> None:
    attributes = len("provider" + "String" + "stripe")
    body = "e" * (MAX_BYTES - attributes + 1)
    queues_with_bucket.send(message(body, provider="stripe"), STANDARD)
    (stored,) = s3_server.received
    assert (stored.method, stored.path) == ("PUT", "/bodies/bodies/0123abcd")
    assert stored.body == body.encode()
    assert stored.headers["content-type"] == "application/cloudevents+json"
    (sent,) = queue.messages
    assert json.loads(sent["MessageBody"]) == [
        "software.amazon.payloadoffloading.PayloadS3Pointer",
        {"s3BucketName": "bodies", "s3Key": "bodies/0123abcd"},
    ]
    assert sent["MessageAttributes"] == {
        "provider": {"DataType": "String", "StringValue": "stripe"},
        "ExtendedPayloadSize": {"DataType": "Number", "StringValue": str(len(body))},
    }


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ufffe", "\uffff"])
def test_characters_that_sqs_refuses_go_to_s3(
    queues_with_bucket: Queues, queue: StrictQueue, s3_server: FaultServer, character: str
) -> None:
    queues_with_bucket.send(message(f"a{character}b"), STANDARD)
    assert s3_server.received[0].body == f"a{character}b".encode()
    assert len(queue.messages) == 1


def test_a_queue_with_a_smaller_maximum_gets_a_pointer(
    queues_with_bucket: Queues, queue: StrictQueue, s3_server: FaultServer
) -> None:
    queue.maximum = 262_144
    queues_with_bucket.send(message("x" * 300_000), STANDARD)
    assert len(s3_server.received[0].body) == 300_000
    assert len(queue.messages) == 1


def test_without_a_bucket_a_large_message_names_the_setting(
    queues: Queues, queue: StrictQueue
) -> None:
    with pytest.raises(ConfigurationError, match="BUCKET is not set"):
        queues.send(message("x" * (MAX_BYTES + 1)), STANDARD)
    queue.maximum = 100
    with pytest.raises(Refused, match="must be shorter"):
        queues.send(message("x" * 101), STANDARD)


def test_when_s3_fails_nothing_is_sent(
    queues_with_bucket: Queues, queue: StrictQueue, s3_server: FaultServer
) -> None:
    s3_server.usual = answer(503, b"<Error><Code>SlowDown</Code></Error>")
    with pytest.raises(Unavailable, match="SlowDown"):
        queues_with_bucket.send(message("x" * (MAX_BYTES + 1)), STANDARD)
    assert queue.messages == []


def test_a_queue_that_is_not_there_is_the_operators_matter(
    queues: Queues, server: FaultServer
) -> None:
    server.usual = refusal(400, "QueueDoesNotExist")
    with pytest.raises(Refused, match="QueueDoesNotExist"):
        queues.send(message("x"), STANDARD)


def test_a_reset_while_sending_is_tried_again(
    queues: Queues, queue: StrictQueue, server: FaultServer
) -> None:
    server.script.append(reset)
    queues.send(message("x"), STANDARD)
    assert len(queue.messages) == 1


def test_attributes_are_left_out_or_mended_where_sqs_would_refuse_them() -> None:
    made = text_attributes(
        {
            "empty": "",
            "long": "é" * 513,
            "fits": "é" * 512,
            "lines": "a\tb\r\n\x7f\u2028",
            "nul": "a\x00b",
            "half": "\ud800",
            "no character": "\uffff",
        }
    )
    assert {name: one["StringValue"] for name, one in made.items()} == {
        "fits": "é" * 512,
        "lines": "a\tb\r\n\x7f\u2028",
        "nul": "a\ufffdb",
        "half": "\ufffd",
        "no character": "\ufffd",
    }


@pytest.mark.parametrize("text", ["a", "evt_1", "/webhooks/a#b", "!~", "x" * 128])
def test_a_legal_identifier_stays(text: str) -> None:
    assert identifier(text) == text


@pytest.mark.parametrize("text", ["", "x" * 129, "a b", "é", "a\n", "\x7f", "\ud800"])
def test_any_other_becomes_a_digest(text: str) -> None:
    made = identifier(text)
    assert (len(made), made) == (64, identifier(text))
    assert made != identifier(text + "x")


def test_half_of_a_surrogate_pair_does_not_fit() -> None:
    assert not message("a\ud800b").fits
    assert message("\t\n\r\x7f\u2028\ud7ff\ue000\ufffd\U0010ffff").fits


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    body=st.text(min_size=1),
    values=st.dictionaries(
        st.sampled_from(["provider", "source", "type", "id", "tenant"]), st.text()
    ),
    group=st.text(),
    deduplication=st.text(),
)
def test_what_is_said_to_fit_sqs_takes(
    body: str, values: dict[str, str], group: str, deduplication: str
) -> None:
    from hookproof.aws.sqs import _payload

    queue = StrictQueue(now=lambda: 0.0, fifo=True)
    made = message(body, **values)
    payload = _payload(made, Address(queue_url="x.fifo", group=group, deduplication=deduplication))
    if made.fits:
        queue.send(payload)
    else:
        with pytest.raises(Refusal, match="InvalidMessageContents"):
            queue.send(payload)


@pytest.mark.parametrize(
    "change",
    [
        {"MessageBody": "\x00"},
        {"MessageBody": "\ufffe"},
        {"MessageBody": "é" * 600_000},
        {"MessageBody": ""},
        {
            "MessageAttributes": {
                f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)
            }
        },
        {"MessageAttributes": {"AWS.x": {"DataType": "String", "StringValue": "x"}}},
        {"MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
        {"MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}},
        {"MessageAttributes": {"a": {"DataType": "String", "StringValue": "x" * 1_048_576}}},
        {"MessageDeduplicationId": "x" * 129},
        {"MessageDeduplicationId": "a b"},
        {"MessageGroupId": "é"},
        {"MessageGroupId": None},
    ],
)
def test_the_double_refuses_what_moto_lets_pass(change: dict[str, object]) -> None:
    right = {"MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    queue = StrictQueue(now=lambda: 0.0, fifo=True)
    queue.send(right)
    with pytest.raises(Refusal):
        queue.send(right | change)
