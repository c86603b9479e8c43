import json
from dataclasses import replace
from itertools import count

import pytest

from hookproof.aws.client import Client
from hookproof.aws.delivery import Enqueue
from hookproof.aws.dynamodb import Duplicates
from hookproof.aws.sqs import Queues
from hookproof.envelope import Envelope
from hookproof.errors import HookproofError
from hookproof.sources import SecretVersions, Source
from tests.aws.conftest import Clock, MakeClient
from tests.aws.fault_server import FaultServer, answer
from tests.aws.strict_sqs import StrictQueue

EVENT = Envelope(
    id="evt_1",
    source="/webhooks/github",
    type="github.push",
    time="2026-01-01T00:00:00.000Z",
    datacontenttype="application/json",
    data=b"{}",
    provider="github",
    bodysigned=True,
    secretversion="current",
    is_json=True,
)
PING = replace(EVENT, id="a digest", identified=False)
SOURCE = Source.of("github", SecretVersions(current="s"))


@pytest.fixture
def queue(clock: Clock) -> StrictQueue:
    return StrictQueue(now=clock.now, fifo=True)


@pytest.fixture
def client(make_client: MakeClient, server: FaultServer, queue: StrictQueue) -> Client:
    server.usual = queue.behave
    return make_client({"*": server.url})


def enqueue_of(client: Client, duplicates: Duplicates | None = None) -> Enqueue:
    names = count()
    forgotten: list[HookproofError] = []
    return Enqueue(
        queues=Queues(client, large=None),
        queue_url="https://sqs.eu-west-1.amazonaws.com/1/events.fifo",
        duplicates=duplicates,
        new_name=lambda: f"name-{next(names)}",
        on_forgotten=forgotten.append,
    )


def test_the_message_is_the_envelope_with_its_attributes(
    client: Client, queue: StrictQueue
) -> None:
    assert enqueue_of(client)(EVENT, SOURCE, "/webhooks/github") == "accepted"
    (sent,) = queue.messages
    assert sent["MessageBody"] == EVENT.to_json()
    assert sent["MessageAttributes"]["id"] == {"DataType": "String", "StringValue": "evt_1"}
    assert sent["MessageGroupId"] == "/webhooks/github"
    assert sent["MessageDeduplicationId"] == "/webhooks/github#evt_1"


def test_events_of_two_sources_with_one_id_are_two(client: Client, queue: StrictQueue) -> None:
    enqueue = enqueue_of(client)
    enqueue(EVENT, SOURCE, "g")
    enqueue(replace(EVENT, source="/webhooks/other"), SOURCE, "g")
    assert len(queue.messages) == 2


def test_equal_deliveries_without_an_id_of_the_providers_are_two_events(
    client: Client, queue: StrictQueue
) -> None:
    enqueue = enqueue_of(client)
    for _ in range(2):
        assert enqueue(PING, SOURCE, "g") == "accepted"
    assert len(queue.messages) == 2


def test_nor_are_they_looked_up_or_remembered(
    client: Client, make_client: MakeClient, queue: StrictQueue, clock: Clock
) -> None:
    with FaultServer(answer(200, {})) as table:
        duplicates = Duplicates(make_client({"*": table.url}), table="t", keep=60, now=clock.now)
        enqueue_of(client, duplicates)(PING, SOURCE, "g")
        assert table.received == []
        enqueue_of(client, duplicates)(EVENT, SOURCE, "g")
        assert len(table.received) == 2
    assert len(queue.messages) == 2


def test_a_source_names_its_queue(client: Client, queue: StrictQueue) -> None:
    queue.fifo = False
    secret = json.dumps({"provider": "github", "secret": "s", "queue": "https://x.test/own"})
    source = Source.of("mine", SecretVersions(current=secret))
    enqueue_of(client)(EVENT, source, "g")
    assert queue.messages[0]["QueueUrl"] == "https://x.test/own"
