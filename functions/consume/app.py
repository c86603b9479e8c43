"""A worked consumer: each event is handled once, and one bad event holds up no other.

Write what your application does with an event into ``handle``. The rest is here so that:

- a batch in which one event fails is not tried again as a whole (partial batch response);
- an event that comes twice, as SQS and senders may, is handled once (Powertools' idempotency);
- in a FIFO queue an event that fails holds back its own group, and no other;
- bodies that were too large for SQS are read from S3.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BasePartialBatchProcessor,
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from hookproof import consumer
from hookproof.envelope import Envelope

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

# Longer than any sender tries: Stripe's three days, and a redrive from the dead-letter queue.
REMEMBER_SECONDS = 14 * 86400

logger = Logger()
s3 = boto3.client("s3")
once = IdempotencyConfig(expires_after_seconds=REMEMBER_SECONDS)
seen = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE"])
standard = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
fifo = SqsFifoPartialProcessor(skip_group_on_error=True)


def handle(event: Envelope) -> None:
    """What your application does with a verified event; an exception means: try it again."""
    logger.info(
        "event",
        extra={"event_id": event.id, "source": event.source, "type": event.type},
    )


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="key", config=once, persistence_store=seen
)
def handle_once(*, key: list[str], event: Envelope) -> None:
    """Handle the event unless one with this key was handled before."""
    del key  # read by the decorator
    handle(event)


def process(record: SQSRecord) -> None:
    """One message of the batch."""
    try:
        event = consumer.parse(record.body, get=read_object)
        # A provider's id is unique for one source only.
        handle_once(key=[event.source, event.id], event=event)
    except Exception:
        logger.exception("event failed", extra={"message_id": record.message_id})
        raise


def read_object(bucket: str, key: str) -> bytes:
    """A body that was too large for SQS."""
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Lambda's entry: answers which messages of the batch are to be tried again."""
    once.register_lambda_context(context)
    return process_partial_response(
        event=event, record_handler=process, processor=processor_of(event), context=context
    )


def processor_of(event: dict[str, Any]) -> BasePartialBatchProcessor:
    """The processor that keeps the order where the queue has one."""
    arn = event["Records"][0]["eventSourceARN"]
    return fifo if arn.endswith(".fifo") else standard
