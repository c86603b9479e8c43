"""The handler in this process, with every AWS service behind a server that can be made to fail.

Between faults each server hands requests on to moto, so the same handler meets a service that
works, then fails, then works again, at one address.
"""

import base64
import hashlib
import hmac
import importlib.util
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from tests.aws.fault_server import Behaviour, Exchange, FaultServer

APP = Path(__file__).parents[2] / "functions" / "ingest" / "app.py"
REGION = "eu-west-1"
GITHUB = "github-signing-secret"
STRIPE = "whsec_stripe-signing-secret"
VARIABLES = {
    "secretsmanager": "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "sqs": "AWS_ENDPOINT_URL_SQS",
    "s3": "AWS_ENDPOINT_URL_S3",
    "dynamodb": "AWS_ENDPOINT_URL_DYNAMODB",
}


def forward_to(url: str) -> Behaviour:
    """Hand the request on and its answer back."""
    host = urlsplit(url).netloc

    def behave(exchange: Exchange) -> None:
        request = exchange.request
        connection = HTTPConnection(host)
        connection.request(request.method, request.path, request.body, request.headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        exchange.respond(answer.status, body, {})

    return behave


def client(service: str, url: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@dataclass
class IngestStack:
    """The servers, the environment, and the handler once it is started."""

    url: str
    environ: dict[str, str]
    queue_url: str
    services: Mapping[str, FaultServer]
    monkeypatch: pytest.MonkeyPatch
    handler: Any = None

    def start(self, **settings: str) -> None:
        """Import the function afresh, as a new execution environment does."""
        for name, value in (self.environ | settings).items():
            self.monkeypatch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("ingest_app", APP)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.handler = module.handler

    def invoke(self, event: object) -> dict[str, Any]:
        """The handler's result. Started by the test itself, it logs to the test's own output."""
        if self.handler is None:
            self.start()
        result: dict[str, Any] = self.handler(event, None)
        return result

    def post(self, event: object) -> tuple[int, dict[str, Any]]:
        """The status and the JSON body of the answer."""
        result = self.invoke(event)
        return result["statusCode"], json.loads(result["body"])

    def put_secret(self, source: str, text: str) -> None:
        store, name = client("secretsmanager", self.url), self.environ["SECRET_PREFIX"] + source
        try:
            store.create_secret(Name=name, SecretString=text)
        except store.exceptions.ResourceExistsException:
            store.put_secret_value(SecretId=name, SecretString=text)

    def messages(self) -> list[dict[str, Any]]:
        """What lies in the queue; it is taken out."""
        sqs = client("sqs", self.url)
        taken: list[dict[str, Any]] = []
        while True:
            answer = sqs.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                AttributeNames=["All"],
            )
            if not answer.get("Messages"):
                return taken
            for message in answer["Messages"]:
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
                taken.append(message)

    def sent(self) -> int:
        """How many requests SQS has had."""
        return len(self.services["sqs"].received)


@contextmanager
def running(
    moto_url: str, name: str, monkeypatch: pytest.MonkeyPatch, *, fifo: bool = False
) -> Iterator[IngestStack]:
    """A queue, a bucket, a table and two sources of their own, behind servers of their own."""
    suffix = ".fifo" if fifo else ""
    attributes = {"FifoQueue": "true"} if fifo else {}
    sqs, s3, table = (client(service, moto_url) for service in ("sqs", "s3", "dynamodb"))
    queue_url = sqs.create_queue(QueueName=name + suffix, Attributes=attributes)["QueueUrl"]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    table.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with ExitStack() as stack:
        services = {
            service: stack.enter_context(FaultServer(forward_to(moto_url))) for service in VARIABLES
        }
        environ = {VARIABLES[service]: server.url for service, server in services.items()} | {
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "the-functions-own-secret-key",
            "QUEUE_URL": queue_url,
            "BUCKET": name,
            "SECRET_PREFIX": f"{name}/",
            "POWERTOOLS_SERVICE_NAME": name,
        }
        made = IngestStack(
            url=moto_url,
            environ=environ,
            queue_url=queue_url,
            services=services,
            monkeypatch=monkeypatch,
        )
        made.put_secret("github", GITHUB)
        made.put_secret("stripe", json.dumps({"provider": "stripe", "secret": STRIPE}))
        yield made


def event(
    source: str, headers: Mapping[str, str], body: bytes, *, encode: bool = False
) -> dict[str, Any]:
    """An HTTP API's event, payload format 2.0."""
    return {
        "version": "2.0",
        "rawPath": f"/webhooks/{source}",
        "rawQueryString": "",
        "headers": {"host": "hooks.example.com", "content-type": "application/json", **headers},
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "pathParameters": {"source": source},
        "body": base64.b64encode(body).decode() if encode else body.decode(),
        "isBase64Encoded": encode,
    }


def github(body: bytes, secret: str = GITHUB, *, delivery: str = "d-1") -> dict[str, str]:
    """The headers of GitHub's deliveries."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "x-hub-signature-256": f"sha256={digest}",
        "x-github-event": "push",
        "x-github-delivery": delivery,
    }


def stripe(body: bytes, secret: str = STRIPE, *, age: float = 0.0) -> dict[str, str]:
    """The header of Stripe's deliveries, signed ``age`` seconds ago."""
    stamp = str(int(time.time() - age))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={stamp},v1={digest}"}
