"""Bodies that are too large for SQS: into the bucket, and a pointer in their place.

Source: Amazon SQS Extended Client Library for Java 2 (payload-offloading's ``PayloadS3Pointer``).
"""

import json
from collections.abc import Callable

from hookproof.aws.calls import Calls
from hookproof.aws.sqs_rules import Message

_POINTER = "software.amazon.payloadoffloading.PayloadS3Pointer"


class LargeBodies:
    """Keeps bodies under ``bodies/``; ``new_name`` gives a name that nothing else has.

    Each message has its own object: consumers delete it together with the message.
    """

    def __init__(self, client: Calls, *, bucket: str, new_name: Callable[[], str]) -> None:
        self._client = client
        self._bucket = bucket
        self._new_name = new_name

    def keep(self, message: Message) -> Message:
        """Write the message's body to S3 and return the message that points to it.

        Raises Unavailable or ConfigurationError.
        """
        body = message.octets
        key = f"bodies/{self._new_name()}"
        self._client.put_object(
            self._bucket, key, body, content_type="application/cloudevents+json"
        )
        place = {"s3BucketName": self._bucket, "s3Key": key}
        size = {"DataType": "Number", "StringValue": str(len(body))}
        return Message(
            body=json.dumps([_POINTER, place], separators=(",", ":")),
            attributes={**message.attributes, "ExtendedPayloadSize": size},
        )
