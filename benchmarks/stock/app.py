"""The same work with the stock parts, as their documentation shows it: what most teams deploy."""

import hashlib
import hmac
import json
import os
import time
from http import HTTPStatus
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.typing import LambdaContext

_TOLERANCE = 300
app = APIGatewayHttpResolver()
logger = Logger()
metrics = Metrics(namespace="Stock")
sqs = boto3.client("sqs")


@app.post("/webhooks/<source>")
def receive(source: str) -> Response[str]:
    """Verify one of Stripe's deliveries and queue it."""
    body = app.current_event.decoded_body or ""
    secret = parameters.get_secret(f"{os.environ['SECRET_PREFIX']}{source}", max_age=300)
    if not _is_genuine(str(secret), app.current_event.headers["stripe-signature"], body):
        return Response(HTTPStatus.UNAUTHORIZED, "application/json", '{"status":"rejected"}')
    event = json.loads(body)
    sqs.send_message(
        QueueUrl=os.environ["QUEUE_URL"],
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value}
            for name, value in (("source", source), ("id", event["id"]), ("type", event["type"]))
        },
    )
    logger.info("delivery", extra={"source": source, "event_id": event["id"]})
    metrics.add_metric("Accepted", MetricUnit.Count, 1)
    return Response(HTTPStatus.OK, "application/json", json.dumps({"status": "accepted"}))


def _is_genuine(secret: str, header: str, body: str) -> bool:
    items = dict(item.split("=", 1) for item in header.split(","))
    expected = hmac.digest(secret.encode(), f"{items['t']}.{body}".encode(), hashlib.sha256)
    is_fresh = abs(time.time() - int(items["t"])) <= _TOLERANCE
    return is_fresh and hmac.compare_digest(expected.hex(), items["v1"])


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP event."""
    return app.resolve(event, context)
