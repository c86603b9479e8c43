"""An operator at a laptop stack: commands in this process, over real HTTP, and all they printed."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

from hookproof.cli import main
from hookproof.cli.http_client import exchange
from hookproof.local.samples import event
from hookproof.local.stack import LaptopStack, Options
from hookproof.messages import Headers, Request
from hookproof.registry import get_provider
from hookproof.signer import Delivery, sign

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON objects, where there is one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class _Input(io.TextIOWrapper):
    def __init__(self, data: bytes, *, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(data), "utf-8")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@dataclass
class Operator:
    """Runs commands, keeps secrets in files, and remembers both."""

    stack: LaptopStack
    folder: Path
    secrets: set[str] = field(default_factory=set)
    printed: list[str] = field(default_factory=list)

    def run(self, *arguments: object, stdin: bytes = b"", is_terminal: bool = False) -> Ran:
        """The command in this process; whatever it prints must hold no secret."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with ExitStack() as during:
            during.enter_context(redirect_stdout(out))
            during.enter_context(redirect_stderr(err))
            given = _Input(stdin, is_terminal=is_terminal)
            during.enter_context(mock.patch.object(sys, "stdin", given))
            try:
                status = main([str(argument) for argument in arguments])
            except SystemExit as stop:
                status = int(stop.code or 0)
        ran = Ran(status=status, out=_text(out), err=_text(err))
        self.printed += [ran.out, ran.err]
        shown = [one for one in self.secrets if one in ran.out + ran.err]
        assert not shown, f"{arguments} shows a secret"
        return ran

    def secret(self, text: str) -> Path:
        """A file with a secret that nothing may print."""
        self.secrets.add(text)
        path = self.folder / f"secret-{len(self.secrets)}"
        path.write_text(f"{text}\n")
        return path

    def url(self, path: str) -> str:
        return f"{self.stack.url}/webhooks/{path}"

    def signed(self, path: str, secret: str, number: int, *, age: float = 0) -> Request:
        """A delivery of Stripe's, whose event's id has this number."""
        delivery = Delivery(body=event(number), url=self.url(path))
        provider = get_provider("stripe")
        return sign(provider, delivery, secret=secret, now=time.time() - age)

    def deliver(self, path: str, secret: str, number: int, *, age: float = 0) -> int:
        """The status that such a delivery is answered with."""
        return exchange(self.signed(path, secret, number, age=age)).status

    def queued(self, url: str | None = None) -> list[Any]:
        """The messages' bodies as JSON; looking does not receive them."""
        return [json.loads(one.body) for one in self.stack.aws.messages(url or self.queue_url)]

    @property
    def queue_url(self) -> str:
        return self.stack.queue_url

    @property
    def dead_url(self) -> str:
        return self.stack.deployed.outputs["DeadLetterQueueUrl"]

    def empty(self) -> None:
        """Leave nothing in the queues, the quarantine and the store."""
        sqs, s3 = self.stack.aws.client("sqs"), self.stack.aws.client("s3")
        for url in (self.queue_url, self.dead_url):
            # SQS purges once a minute only.
            while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
                "Messages"
            ):
                for one in found:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        bucket = self.stack.deployed.outputs["BucketName"]
        for one in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=one["Key"])
        secrets = self.stack.aws.client("secretsmanager")
        for one in secrets.list_secrets()["SecretList"]:
            secrets.delete_secret(SecretId=one["Name"], ForceDeleteWithoutRecovery=True)

    def dead(self, number: int, *, source: str = "stripe", group: str | None = None) -> str:
        """A message in the dead-letter queue as a delivery of this number leaves it; its body."""
        sent = {
            "id": f"evt_{number}",
            "source": f"/webhooks/{source}",
            "type": "stripe.even" if number % 2 == 0 else "stripe.odd",
        }
        head = {"specversion": "1.0", **sent, "time": "2026-01-31T12:00:00.000Z"}
        rest = {"datacontenttype": "application/json", "provider": "stripe", "bodysigned": True}
        body = json.dumps({**head, **rest, "data": number}, separators=(",", ":"))
        extra = (
            {"MessageDeduplicationId": f"first-{number}"} if self.dead_url[-5:] == ".fifo" else {}
        )
        self.stack.aws.client("sqs").send_message(
            QueueUrl=self.dead_url,
            MessageBody=body,
            MessageGroupId=group or sent["source"],
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in sent.items()
            },
            **extra,
        )
        return body


def at(request: Request, url: str) -> Request:
    """The same request for another URL."""
    kept = [pair for pair in request.headers if pair[0].lower() != "host"]
    return replace(request, url=url, headers=Headers(kept))


@contextmanager
def operator(folder: Path, **parameters: str) -> Iterator[Operator]:
    """A laptop stack without sources, and whoever operates it, by the usual variables."""
    # Functions that remember nothing see each change of a secret at once.
    parameters = {"SecretMaxAgeSeconds": "0", **parameters}
    with LaptopStack(Options(project=ROOT, parameters=parameters, environments=2)) as stack:
        variables = {**stack.aws.variables(), "NO_COLOR": "1"}
        # The emulated queues show at once all that is there.
        quick = mock.patch("hookproof.operations.queue._WAIT", 0)
        with quick, mock.patch.dict(os.environ, variables):
            yield Operator(stack=stack, folder=folder)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
