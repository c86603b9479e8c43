import pytest

from hookproof.aws.client import Client
from hookproof.aws.dynamodb import Duplicates
from hookproof.aws.service_errors import NotFound
from hookproof.errors import Unavailable
from tests.aws.conftest import Clock
from tests.aws.fault_server import FaultServer, answer, refusal


@pytest.fixture
def duplicates(client: Client, clock: Clock) -> Duplicates:
    return Duplicates(client, table="events", keep=3600, now=clock.now)


def test_an_event_is_written_with_its_end(
    duplicates: Duplicates, server: FaultServer, clock: Clock
) -> None:
    duplicates.add("/webhooks/stripe", "evt_1")
    (request,) = server.received
    assert request.headers["x-amz-target"] == "DynamoDB_20120810.PutItem"
    assert request.payload == {
        "TableName": "events",
        "Item": {
            "id": {"S": "/webhooks/stripe evt_1"},
            "expires": {"N": str(int(clock.time) + 3600)},
        },
    }


def test_reading_is_consistent(duplicates: Duplicates, server: FaultServer) -> None:
    assert duplicates.has("/webhooks/stripe", "evt_1") is False
    (request,) = server.received
    assert request.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert request.payload["ConsistentRead"] is True
    assert request.payload["Key"] == {"id": {"S": "/webhooks/stripe evt_1"}}


@pytest.mark.parametrize(("seconds", "expected"), [(1, True), (0, False), (-9, False)])
def test_an_event_counts_until_its_end_though_it_is_deleted_later(
    duplicates: Duplicates, server: FaultServer, clock: Clock, seconds: int, expected: bool
) -> None:
    server.usual = answer(200, {"Item": {"expires": {"N": str(int(clock.time) + seconds)}}})
    assert duplicates.has("/webhooks/stripe", "evt_1") is expected


@pytest.mark.parametrize("item", [None, {}, {"expires": {}}, {"expires": {"N": "x"}}])
def test_a_row_of_another_form_is_no_duplicate(
    duplicates: Duplicates, server: FaultServer, item: object
) -> None:
    server.usual = answer(200, {"Item": item})
    assert duplicates.has("/webhooks/stripe", "evt_1") is False


def test_a_long_id_becomes_a_digest_within_the_limit(
    duplicates: Duplicates, server: FaultServer
) -> None:
    for event in ("é" * 2000, "é" * 2001):
        duplicates.add("/webhooks/stripe", event)
    keys = [one.payload["Item"]["id"]["S"] for one in server.received]
    assert all(len(key.encode()) <= 2048 for key in keys)
    assert keys[0] != keys[1]


def test_failures_are_not_taken_for_an_answer(duplicates: Duplicates, server: FaultServer) -> None:
    server.usual = refusal(400, "ProvisionedThroughputExceededException")
    with pytest.raises(Unavailable):
        duplicates.has("/webhooks/stripe", "evt_1")
    server.usual = refusal(400, "ResourceNotFoundException")
    with pytest.raises(NotFound):
        duplicates.has("/webhooks/stripe", "evt_1")
