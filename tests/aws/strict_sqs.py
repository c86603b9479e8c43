"""SQS's documented limits, held to the letter: what moto lets pass, this refuses as SQS does.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
and https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.aws.fault_server import Exchange

IDENTIFIER = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
REMEMBERED = 300.0


class Refusal(Exception):
    """What SQS answers; the code stands first."""


@dataclass
class StrictQueue:
    """One queue. Use ``behave`` as what a fault server usually does."""

    now: Callable[[], float]
    fifo: bool = False
    maximum: int = 1_048_576
    messages: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, float] = field(default_factory=dict)

    def behave(self, exchange: Exchange) -> None:
        try:
            document = self.send(exchange.request.payload)
        except Refusal as refusal:
            code, _, message = str(refusal).partition(": ")
            body = {"__type": f"com.amazonaws.sqs#{code}", "message": message}
            exchange.respond(400, json.dumps(body).encode(), {})
        else:
            exchange.respond(200, json.dumps(document).encode(), {})

    def send(self, payload: dict[str, Any]) -> dict[str, str]:
        body, attributes = payload["MessageBody"], payload.get("MessageAttributes", {})
        require_legal(body, "MessageBody")
        if not body:
            raise Refusal("MissingParameter: The request must contain MessageBody.")
        require_attributes(attributes)
        size = len(body.encode()) + sum(map(attribute_bytes, attributes.items()))
        if size > self.maximum:
            raise Refusal(
                "InvalidParameterValueException: One or more parameters are invalid. "
                f"Reason: Message must be shorter than {self.maximum} bytes."
            )
        group = payload.get("MessageGroupId")
        require_identifier(group, "MessageGroupId", needed=self.fifo)
        deduplication = payload.get("MessageDeduplicationId")
        require_identifier(deduplication, "MessageDeduplicationId", needed=self.fifo)
        if deduplication and not self.fifo:
            raise Refusal("InvalidParameterValueException: MessageDeduplicationId is for FIFO.")
        if not self._is_repeat(deduplication):
            self.messages.append(payload)
        return {"MessageId": "1", "MD5OfMessageBody": hashlib.md5(body.encode()).hexdigest()}  # noqa: S324

    def _is_repeat(self, deduplication: str | None) -> bool:
        # Remembered from when it was accepted, also after the message was received and deleted.
        if deduplication is None:
            return False
        accepted = self.seen.get(deduplication)
        if accepted is not None and self.now() - accepted < REMEMBERED:
            return True
        self.seen[deduplication] = self.now()
        return False


def require_legal(text: str, where: str) -> None:
    for character in text:
        code = ord(character)
        legal = code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF
        if not (legal or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF):
            raise Refusal(f"InvalidMessageContents: #x{code:X} in {where}")


def require_attributes(attributes: dict[str, dict[str, str]]) -> None:
    if len(attributes) > 10:
        raise Refusal("InvalidParameterValueException: Number of message attributes exceeds 10.")
    for name, attribute in attributes.items():
        lower = name.lower()
        if not name or len(name) > 256 or not set(name) <= NAME:
            raise Refusal(f"InvalidParameterValueException: attribute name {name!r}")
        if lower.startswith(("aws.", "amazon.")) or ".." in name or name.strip(".") != name:
            raise Refusal(f"InvalidParameterValueException: attribute name {name!r}")
        if attribute["DataType"].partition(".")[0] not in {"String", "Number", "Binary"}:
            raise Refusal(f"InvalidParameterValueException: type of {name!r}")
        if not attribute["StringValue"]:
            raise Refusal(f"InvalidParameterValueException: {name!r} must contain a value")
        require_legal(attribute["StringValue"], name)


def attribute_bytes(item: tuple[str, dict[str, str]]) -> int:
    name, attribute = item
    return len((name + attribute["DataType"] + attribute["StringValue"]).encode())


def require_identifier(text: str | None, where: str, *, needed: bool) -> None:
    if text is None:
        if needed:
            raise Refusal(f"MissingParameter: The request must contain {where}.")
    elif not 1 <= len(text) <= 128 or not set(text) <= IDENTIFIER:
        raise Refusal(f"InvalidParameterValueException: {where}")
