"""Amazon SNS's subscription confirmation: visited only where the operator named the topic."""

from __future__ import annotations

import json

import pytest

from hookproof.envelope import Envelope
from hookproof.receiver import Receiver
from hookproof.sources import SecretVersions, Source
from hookproof.timestamps import parse_timestamp
from tests.support.vectors import FOLDER, load

CONFIRMATION = next(
    one for one in load(FOLDER / "aws-sns.json") if "subscription-confirmation" in one.id
)
MESSAGE = json.loads(CONFIRMATION.request.body)


@pytest.mark.parametrize(
    ("secret", "confirm", "visited"),
    [
        ({"topic_arn": MESSAGE["TopicArn"]}, True, [MESSAGE["SubscribeURL"]]),
        ({"topic_arn": MESSAGE["TopicArn"]}, False, []),
        ({}, True, []),
    ],
)
def test_a_subscription_is_confirmed_for_a_named_topic_only(
    secret: dict[str, str], confirm: bool, visited: list[str]
) -> None:
    text = json.dumps(
        {
            "provider": "aws-sns",
            "secret": {"certificate": CONFIRMATION.secret, **secret},
            "confirm": confirm,
        }
    )
    source = Source.of("topic", SecretVersions(current=text))
    calls: list[str] = []
    queued: list[str] = []

    def fetch(url: str, _refresh: bool) -> bytes:
        calls.append(url)
        return b""

    def enqueue(envelope: Envelope, _source: Source, _group: str) -> str:
        queued.append(envelope.type)
        return "accepted"

    receiver = Receiver(lambda _name, _refresh: source, enqueue, fetch=fetch)
    now = parse_timestamp(MESSAGE["Timestamp"].encode(), "rfc3339")
    outcome = receiver.receive(CONFIRMATION.request, name="topic", tenant=None, now=now)
    assert outcome.response.status == 200
    assert calls == visited
    assert queued == ([] if visited else ["aws-sns.SubscriptionConfirmation"])
