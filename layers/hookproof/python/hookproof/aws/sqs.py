"""SendMessage: under SQS's own rules, a pointer where the message is too large for the queue."""

import re
from hashlib import md5
from typing import Any

from hookproof.aws.calls import Calls
from hookproof.aws.s3 import LargeBodies
from hookproof.aws.service_errors import Refused
from hookproof.aws.sqs_rules import Message, identifier
from hookproof.errors import ConfigurationError, Unavailable
from hookproof.values import frozen

_REGION = re.compile(r"https://(?:sqs\.([a-z0-9-]+)\.|([a-z0-9-]+)\.queue\.)")


@frozen
class Address:
    """Where a message goes: the queue, the group, and on FIFO queues what makes it unique."""

    queue_url: str
    group: str
    deduplication: str

    @property
    def is_fifo(self) -> bool:
        """Whether the queue keeps order. SQS requires the name's ending."""
        return self.queue_url.endswith(".fifo")

    @property
    def region(self) -> str | None:
        """The region that the queue's URL names, if any."""
        found = _REGION.match(self.queue_url)
        return (found[1] or found[2]) if found else None


class Queues:
    """Sends messages to any queue; ``large`` keeps what does not fit."""

    def __init__(self, client: Calls, *, large: LargeBodies | None) -> None:
        self._client = client
        self._large = large

    def send(self, message: Message, address: Address) -> None:
        """Return when SQS has answered that it holds the message.

        Raises Unavailable or ConfigurationError; the message may then be in the queue or not.
        """
        if not message.fits:
            message = self._pointer(message)
        try:
            self._send(message, address)
        except Refused as refused:
            # Queues from before SQS took 1 MiB have a smaller maximum of their own.
            if "must be shorter" not in str(refused) or self._large is None:
                raise
            self._send(self._pointer(message), address)

    def _pointer(self, message: Message) -> Message:
        if self._large is None:
            raise ConfigurationError(
                f"BUCKET is not set: a message of {message.size} bytes does not fit the queue"
            )
        return self._large.keep(message)

    def _send(self, message: Message, address: Address) -> None:
        answer = self._client.json(
            "sqs", "AmazonSQS.SendMessage", _payload(message, address), region=address.region
        )
        digest = md5(message.octets, usedforsecurity=False).hexdigest()
        if not answer.get("MessageId") or answer.get("MD5OfMessageBody") != digest:
            raise Unavailable("AmazonSQS.SendMessage: the answer does not match the message")


def _payload(message: Message, address: Address) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "QueueUrl": address.queue_url,
        "MessageBody": message.body,
        "MessageAttributes": message.attributes,
        # On a standard queue the group makes it a fair queue: one busy source cannot delay others.
        "MessageGroupId": identifier(address.group),
    }
    if address.is_fifo:
        payload["MessageDeduplicationId"] = identifier(address.deduplication)
    return payload
