"""The bare call: one SendMessage on awscrt alone, signed and sent as its documentation shows."""

import json
import os
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from awscrt.auth import AwsCredentialsProvider, AwsSigningConfig, aws_sign_request
from awscrt.http import HttpClientConnection, HttpHeaders, HttpRequest

_url = urlsplit(os.environ["AWS_ENDPOINT_URL"])
_connection = HttpClientConnection.new(_url.hostname, _url.port).result()
_credentials = AwsCredentialsProvider.new_static(
    os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
)


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Send the event's body."""
    payload = {
        "QueueUrl": os.environ["QUEUE_URL"],
        "MessageBody": event["body"],
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": name}
            for name in ("provider", "source", "type", "id")
        },
        "MessageGroupId": "/webhooks/stripe",
    }
    body = json.dumps(payload).encode()
    headers = [
        ("Host", _url.netloc),
        ("Content-Length", str(len(body))),
        ("Content-Type", "application/x-amz-json-1.0"),
        ("X-Amz-Target", "AmazonSQS.SendMessage"),
    ]
    request = HttpRequest("POST", "/", HttpHeaders(headers), BytesIO(body))
    config = AwsSigningConfig(
        credentials_provider=_credentials, region=os.environ["AWS_REGION"], service="sqs"
    )
    signed = aws_sign_request(request, config).result()
    status: list[int] = []
    answer = bytearray()
    stream = _connection.request(
        signed,
        lambda status_code, **_: status.append(status_code),
        lambda chunk, **_: answer.extend(chunk),
    )
    stream.activate()
    stream.completion_future.result()
    json.loads(answer)
    return {"statusCode": status[0]}
