"""The emulated AWS: moto's server, with the template's resources and the sources' secrets."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from hookproof.errors import ConfigurationError
from hookproof.local.gateway import port_error
from hookproof.local.template import REGION, Template

ACCOUNT = "123456789012"
STACK = "hookproof"
# No real account has this key: a call that went astray would be refused.
ACCESS_KEY = "laptop"

_QUEUE_REGION = re.compile(r"https://(?:sqs\.([a-z0-9-]+)\.|([a-z0-9-]+)\.queue\.)")
_QUEUE_HOST = f"https://sqs.{REGION}.amazonaws.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it lies in a queue; looking at it does not receive it."""

    id: str
    body: str
    attributes: Mapping[str, str]
    group: str | None
    sent: float


class EmulatedAws:
    """SQS, S3, DynamoDB and Secrets Manager on one port of loopback, all in memory."""

    def __init__(self, *, port: int = 0) -> None:
        self._port = port
        self._server = self._listen()

    def _listen(self) -> Any:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        _require_free(self._port)
        server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        server.start()
        self._port = server.get_host_and_port()[1]
        return server

    @property
    def endpoint(self) -> str:
        """The address of every service."""
        return f"http://127.0.0.1:{self._port}"

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client of a service."""
        session = boto3.Session(
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=ACCESS_KEY, region_name=region
        )
        config = Config(
            connect_timeout=2,
            proxies={},
            read_timeout=20,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        )
        return session.client(service, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]

    def deploy(self, template: Template) -> Deployed:
        """Make the template's resources.

        Raises: ConfigurationError with CloudFormation's reason.
        """
        cloudformation = self.client("cloudformation")
        body = json.dumps(template.emulated)
        try:
            cloudformation.create_stack(StackName=STACK, TemplateBody=body)
            stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        except Exception as error:
            raise ConfigurationError(f"template.yaml: {error}") from error
        if stack["StackStatus"] != "CREATE_COMPLETE":
            raise ConfigurationError(f"template.yaml: {stack['StackStatus']}")
        outputs = {one["OutputKey"]: self._local(one["OutputValue"]) for one in stack["Outputs"]}
        name = outputs["IngestFunctionName"]
        function = self.client("lambda").get_function_configuration(FunctionName=name)
        settings = function["Environment"]["Variables"]
        return Deployed(
            outputs=outputs,
            handler=function["Handler"],
            memory=function["MemorySize"],
            timeout=function["Timeout"],
            settings={name: self._local(value) for name, value in settings.items()},
        )

    def _local(self, value: object) -> str:
        """A value as text, a queue's URL as the emulated SQS serves it."""
        return str(value).replace(_QUEUE_HOST, f"{self.endpoint}/", 1)

    def variables(self) -> dict[str, str]:
        """What a program has to find in its environment to use this AWS."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def put_secret(self, name: str, value: str) -> None:
        """Store a secret, or rotate it: the value before becomes AWSPREVIOUS."""
        secrets = self.client("secretsmanager")
        try:
            secrets.create_secret(Name=name, SecretString=value)
        except secrets.exceptions.ResourceExistsException:
            secrets.put_secret_value(SecretId=name, SecretString=value)

    def ensure_queue(self, url: str) -> None:
        """Make the queue that a source names, of whichever region and account."""
        region, name = _place(url)
        if name not in _queues(region):
            attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
            sqs = self.client("sqs", region)
            sqs.create_queue(QueueName=name, Attributes=attributes)

    def count(self, queue_url: str) -> int:
        """How many messages wait in a queue."""
        return len(_lying_in(queue_url))

    def messages(self, queue_url: str) -> list[Message]:
        """Everything in a queue, oldest first, without receiving it."""
        return [_message(one) for one in _lying_in(queue_url)]

    def find_message(self, queue_url: str, event_id: str) -> Message | None:
        """The newest message in a queue that carries this event, be it being consumed or not."""
        region, name = _place(queue_url)
        # ``messages`` would look at the clock for each one that is there.
        for found in reversed(list(_queues(region)[name]._messages)):  # noqa: SLF001
            if found.message_attributes.get("id", {}).get("StringValue") == event_id:
                return _message(found)
        return None

    def stored(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        body: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """Nothing answers meanwhile, and nothing is lost."""
        self._server.stop()
        try:
            yield
        finally:
            self._server = self._listen()

    def stop(self) -> None:
        """Stop, and forget everything."""
        # moto keeps its state in the process: without this, the next stack would begin with it.
        urllib.request.urlopen(f"{self.endpoint}/moto-api/reset", data=b"").close()  # noqa: S310
        self._server.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """The stack's outputs, and how the function is configured."""

    outputs: Mapping[str, str]
    handler: str
    memory: int
    timeout: float
    settings: Mapping[str, str]


def _queues(region: str) -> Any:
    # Over the API a look would be a receive, which counts and may end in the dead letters.
    from moto.backends import get_backend

    return get_backend("sqs")[ACCOUNT][region].queues


def _lying_in(queue_url: str) -> list[Any]:
    region, name = _place(queue_url)
    return list(_queues(region)[name].messages)


def _place(queue_url: str) -> tuple[str, str]:
    """The region and the name of a queue."""
    named = _QUEUE_REGION.match(queue_url)
    return (named[1] or named[2]) if named else REGION, queue_url.rpartition("/")[2]


def _message(found: Any) -> Message:
    values = {name: one.get("StringValue") or "" for name, one in found.message_attributes.items()}
    return Message(
        id=found.id,
        body=found.body,
        attributes=values,
        group=found.group_id,
        sent=(found.sent_timestamp or 0) / 1000,
    )


def _require_free(port: int) -> None:
    """Refuse a port that is taken; moto's thread would die of it in silence."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise port_error(error, port, "--aws-port") from error
