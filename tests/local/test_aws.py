"""The emulated AWS over HTTP, with the resources of the real template."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import EndpointConnectionError

from hookproof.errors import ConfigurationError
from hookproof.local.aws import Deployed, EmulatedAws
from hookproof.local.template import load
from tests.local.conftest import ROOT


@pytest.fixture
def aws() -> Iterator[EmulatedAws]:
    emulated = EmulatedAws()
    yield emulated
    emulated.stop()


@pytest.fixture
def deployed(aws: EmulatedAws) -> Deployed:
    return aws.deploy(load(ROOT, {"Deduplication": "on"}))


def test_the_function_is_configured_by_the_stack(aws: EmulatedAws, deployed: Deployed) -> None:
    settings = deployed.settings
    assert settings["QUEUE_URL"] == deployed.outputs["QueueUrl"]
    assert settings["QUEUE_URL"].startswith(aws.endpoint)
    assert settings["BUCKET"] == deployed.outputs["BucketName"]
    assert settings["DEDUPLICATION_TABLE"] in aws.client("dynamodb").list_tables()["TableNames"]
    assert settings["SECRET_MAX_AGE"] == "300"
    assert (deployed.handler, deployed.timeout) == ("app.handler", 10)


def test_the_queue_hands_failures_to_the_dead_letters(aws: EmulatedAws, deployed: Deployed) -> None:
    attributes = aws.client("sqs").get_queue_attributes(
        QueueUrl=deployed.outputs["QueueUrl"], AttributeNames=["RedrivePolicy"]
    )["Attributes"]
    name = deployed.outputs["DeadLetterQueueUrl"].rpartition("/")[2]
    assert f":{name}" in attributes["RedrivePolicy"]


def test_looking_at_messages_does_not_receive_them(aws: EmulatedAws, deployed: Deployed) -> None:
    url, sqs = deployed.outputs["QueueUrl"], aws.client("sqs")
    for event in ("a", "b", "a"):
        attributes = {"id": {"DataType": "String", "StringValue": event}}
        sqs.send_message(QueueUrl=url, MessageBody=f"é {event}", MessageAttributes=attributes)
    assert [message.body for message in aws.messages(url)] == ["é a", "é b", "é a"]
    newest = aws.find_message(url, "a")
    assert newest == aws.messages(url)[2]
    assert aws.find_message(url, "c") is None
    received = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])
    assert received["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_secret_that_is_put_again_is_rotated(aws: EmulatedAws) -> None:
    aws.put_secret("hookproof/x", "old")
    aws.put_secret("hookproof/x", "new")
    secrets = aws.client("secretsmanager")
    values = [
        secrets.get_secret_value(SecretId="hookproof/x", VersionStage=stage)["SecretString"]
        for stage in ("AWSCURRENT", "AWSPREVIOUS")
    ]
    assert values == ["new", "old"]


def test_an_outage_answers_nobody_and_loses_nothing(aws: EmulatedAws, deployed: Deployed) -> None:
    url, sqs = deployed.outputs["QueueUrl"], aws.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="before")
    with aws.outage(), pytest.raises(EndpointConnectionError):
        sqs.send_message(QueueUrl=url, MessageBody="meanwhile")
    sqs.send_message(QueueUrl=url, MessageBody="after")
    assert [message.body for message in aws.messages(url)] == ["before", "after"]


def test_a_second_stack_begins_with_nothing() -> None:
    first = EmulatedAws()
    first.put_secret("hookproof/x", "old")
    first.stop()
    second = EmulatedAws()
    try:
        assert second.client("secretsmanager").list_secrets()["SecretList"] == []
    finally:
        second.stop()


def test_a_port_that_is_taken_is_named(aws: EmulatedAws) -> None:
    port = int(aws.endpoint.rpartition(":")[2])
    with pytest.raises(ConfigurationError, match=f"--aws-port {port}: another program"):
        EmulatedAws(port=port)
