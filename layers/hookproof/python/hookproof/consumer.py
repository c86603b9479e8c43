"""What a consumer of the queue needs: a message's body in, the verified event out.

A body that was too large for SQS lies in S3, and the message is a pointer to it in the format of
the Amazon SQS Extended Client. Nothing here calls AWS: who wants pointers followed passes a
function that reads an object, with whatever client is at hand::

    s3 = boto3.client("s3")

    def get(bucket: str, key: str) -> bytes:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    event = hookproof.consumer.parse(record["body"], get=get)
"""

from __future__ import annotations

import json
from collections.abc import Callable

from hookproof.envelope import Envelope
from hookproof.errors import HookproofError

__all__ = ["Get", "MessageMalformed", "parse", "pointer"]

POINTER_CLASSES = (
    "software.amazon.payloadoffloading.PayloadS3Pointer",
    # What version 1 of the Extended Client wrote.
    "com.amazon.sqs.javamessaging.MessageS3Pointer",
)

EXPECTED = "expected a CloudEvents JSON object or a pointer to one in S3"

Get = Callable[[str, str], bytes]
"""(bucket, key) to the object's bytes."""


class MessageMalformed(HookproofError):
    """The message is none of Hookproof's: trying it again is of no use."""

    code = "message_malformed"


def parse(body: str, *, get: Get | None = None) -> Envelope:
    """The event in an SQS message's body; ``get`` reads the objects that pointers name.

    Raises MessageMalformed when the message is not Hookproof's, or is a pointer and there is no
    ``get``; and what ``get`` raises. Source: CloudEvents 1.0 JSON format; Amazon SQS Extended
    Client for Java 2.
    """
    place = pointer(body)
    if place is None:
        return _envelope(body)
    if get is None:
        raise MessageMalformed("the message points to S3, and no function was given to read it")
    try:
        text = get(*place).decode("utf-8")
    except UnicodeDecodeError:
        raise MessageMalformed(f"the object in S3: {EXPECTED}") from None
    return _envelope(text)


def pointer(body: str) -> tuple[str, str] | None:
    """Bucket and key when the message points to S3, None when it holds the event itself."""
    if not body.lstrip().startswith("["):
        return None
    try:
        name, place = json.loads(body)
        bucket, key = place["s3BucketName"], place["s3Key"]
    except (ValueError, TypeError, KeyError):
        raise MessageMalformed(f"the message: {EXPECTED}") from None
    if name not in POINTER_CLASSES or not isinstance(bucket, str) or not isinstance(key, str):
        raise MessageMalformed(f"the message: {EXPECTED}")
    return bucket, key


def _envelope(text: str) -> Envelope:
    try:
        return Envelope.from_json(text)
    except HookproofError as error:
        raise MessageMalformed(str(error)) from error
