"""Queue: receive, give back, delete and send on, and a look that leaves everything as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hookproof.errors import ConfigurationError, Unavailable
from hookproof.operations.account import explained
from hookproof.operations.deployment import Deployment
from hookproof.operations.interruption import uninterrupted
from hookproof.operations.messages import Found

_BATCH = 10
# Long enough for a look at many pages; whoever is killed gives the messages back after it.
_HOLD = 120
_EMPTY_ROUNDS = 2
# Without it, SQS asks a part of its servers only, and may show nothing of what is there.
_WAIT = 1
_VALUE_KEYS = ("DataType", "StringValue", "BinaryValue")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What SQS says of a queue, approximately."""

    waiting: int
    taken: int
    delayed: int
    most_receives: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look has shown; ``worn`` when it ended so as not to wear messages out."""

    found: tuple[Found, ...]
    worn: bool


class Queue:
    """One queue by its URL."""

    def __init__(self, deployment: Deployment, url: str) -> None:
        self._client = deployment.sqs(url)
        self.url = url

    @property
    def is_fifo(self) -> bool:
        """Whether the queue keeps order. SQS requires the name's ending."""
        return self.url.endswith(".fifo")

    def state(self) -> State:
        """Counts, and how many receives a message survives. Raises: ConfigurationError."""
        with explained():
            answer = self._client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])
        values = answer["Attributes"]
        policy = json.loads(values.get("RedrivePolicy") or "{}")
        return State(
            waiting=int(values.get("ApproximateNumberOfMessages", 0)),
            taken=int(values.get("ApproximateNumberOfMessagesNotVisible", 0)),
            delayed=int(values.get("ApproximateNumberOfMessagesDelayed", 0)),
            most_receives=int(policy["maxReceiveCount"]) if "maxReceiveCount" in policy else None,
        )

    def receive(self, *, hold: int = _HOLD, wait: int | None = None) -> list[Found]:
        """Up to ten messages, nobody else's for ``hold`` seconds; ``wait`` for the first one."""
        with explained():
            answer = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_BATCH,
                VisibilityTimeout=hold,
                WaitTimeSeconds=_WAIT if wait is None else wait,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        return [Found.of(one) for one in answer.get("Messages", [])]

    def hold(self, messages: Sequence[Found], seconds: int) -> None:
        """Keep messages from others for so long; 0 gives them back.

        One that is no longer there has been dealt with by somebody else.
        """
        for start in range(0, len(messages), _BATCH):
            entries = [
                {"Id": str(i), "ReceiptHandle": one.receipt, "VisibilityTimeout": seconds}
                for i, one in enumerate(messages[start : start + _BATCH])
            ]
            with explained():
                self._client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def give_back(self, messages: Sequence[Found]) -> None:
        """Let others have the messages at once."""
        self.hold(messages, 0)

    def delete(self, message: Found) -> None:
        """Take a message out for good."""
        with explained():
            self._client.delete_message(QueueUrl=self.url, ReceiptHandle=message.receipt)

    def send_on(self, message: Found) -> None:
        """Send a message of another queue here, as it is: body, attributes, group.

        Of a FIFO queue the same message within five minutes counts once. Raises:
        ConfigurationError, Unavailable; only without an exception has SQS taken it.
        """
        fields: dict[str, Any] = {"QueueUrl": self.url, "MessageBody": message.body}
        if message.attributes:
            fields["MessageAttributes"] = {
                name: {key: value for key, value in one.items() if key in _VALUE_KEYS}
                for name, one in message.attributes.items()
            }
        if message.group:
            fields["MessageGroupId"] = message.group
        if self.is_fifo:
            # Not the first one: within five minutes SQS would take that for a repeat, and drop it.
            fields["MessageDeduplicationId"] = f"redrive-{message.id}"
            fields.setdefault("MessageGroupId", "redriven")
        with explained():
            answer = self._client.send_message(**fields)
        if not answer.get("MessageId"):
            raise Unavailable("SQS did not say that it holds the message")

    def look(
        self,
        *,
        limit: int,
        matches: Callable[[Found], bool] = lambda _: True,
        seen: Callable[[Found], None] = lambda _: None,
        take: bool = False,
    ) -> Look:
        """Up to ``limit`` messages that match, each given back at the end, whatever happens.

        With ``take`` those that match are taken out for good. Looking counts as receiving. Before
        the queue's own limit would send messages to the dead letters, the look ends.
        """
        spare = self.state().most_receives
        if spare is not None and spare <= 1:
            raise ConfigurationError(
                f"{queue_name(self.url)}: a message goes to the dead letters after one receive, and"
                " looking is one"
            )
        taken: dict[str, Found] = {}
        found: list[Found] = []
        worn, empty = False, 0
        try:
            while len(found) < limit and empty < _EMPTY_ROUNDS and not worn:
                batch = self.receive()
                fresh = [one for one in batch if one.id not in taken]
                taken.update((one.id, one) for one in batch)
                empty = 0 if fresh else empty + 1
                worn = spare is not None and any(one.received >= spare - 2 for one in batch)
                for one in list(filter(matches, fresh))[: limit - len(found)]:
                    found.append(one)
                    seen(one)
                    if take:
                        self.delete(taken.pop(one.id))
        finally:
            with uninterrupted():
                self.give_back(list(taken.values()))
        return Look(found=tuple(found), worn=worn)


def queue_name(url: str) -> str:
    """The last part of a queue's URL. Raises: ConfigurationError when it is none."""
    name = url.rpartition("/")[2]
    if "://" not in url or not name:
        raise ConfigurationError(f"expected a queue's URL; found {url!r}")
    return name
