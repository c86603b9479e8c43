"""The laptop stack: gateway, execution environments, emulated AWS and inspector as one thing."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from hookproof.errors import ConfigurationError
from hookproof.local import results
from hookproof.local.aws import Deployed, EmulatedAws, Message
from hookproof.local.deliveries import Delivery, Journal, log_line
from hookproof.local.environments import Environments, Function, Invocation
from hookproof.local.events import SHAPES, Call
from hookproof.local.gateway import Gateway
from hookproof.local.inspector import Inspector
from hookproof.local.metrics import publish
from hookproof.local.routes import Route, Routes
from hookproof.local.sources_file import queue_of, secret_texts
from hookproof.local.template import load
from hookproof.messages import Request, Response

# Lambda's limit on the event, with the growth by base64. Source: its own error message.
MAX_EVENT = 6_291_556


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the stack is made of. A port of 0 is any free one; None, the usual one if it is free."""

    project: Path
    port: int = 0
    aws_port: int = 0
    inspector_port: int | None = 0
    event_format: str = "http"
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    environments: int = 4
    listener: Callable[[Delivery], None] | None = None


class LaptopStack:
    """The application on this machine; use it as a context manager, it stops at the end.

    Raises: ConfigurationError on entering, when a port, the template or the handler stops it.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._parts: list[Callable[[], None]] = []
        self._secrets: set[str] = set()
        self._queues: dict[str, str] = {}
        self.journal = Journal(options.listener)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        options = self._options
        template = load(options.project, options.parameters)
        self._gateway = Gateway(self.answer, port=options.port)
        self._parts.append(self._gateway.stop)
        self.aws = EmulatedAws(port=options.aws_port)
        self._parts.append(self.aws.stop)
        self._cloudwatch = self.aws.client("cloudwatch")
        self.deployed = self.aws.deploy(template.with_endpoint(f"{self.url}/webhooks/"))
        for name, text in options.sources.items():
            self.put_source(name, text)
        self._routes = Routes.of(template.resources)
        self._environments = Environments(
            _function(template.folder, self.deployed, self.aws), limit=options.environments
        )
        self._parts.append(self._environments.stop)
        self._environments.warm()
        self._inspector = Inspector(self, port=options.inspector_port)
        self._parts.append(self._inspector.stop)
        self._inspector.start()
        self._gateway.start()

    def stop(self) -> None:
        """Stop the parts, last started first."""
        while self._parts:
            self._parts.pop()()

    @property
    def url(self) -> str:
        """Where deliveries go, followed by /webhooks/ and the source's name."""
        return self._gateway.url

    @property
    def addresses(self) -> dict[str, str]:
        """What a program that uses the stack has to know."""
        return {
            "url": self.url,
            "aws_endpoint": self.aws.endpoint,
            "queue_url": self.queue_url,
            "dlq_url": self.deployed.outputs["DeadLetterQueueUrl"],
            "inspector": self._inspector.url,
        }

    @property
    def queue_url(self) -> str:
        """The queue of verified events."""
        return self.deployed.outputs["QueueUrl"]

    @property
    def secrets(self) -> list[str]:
        """The texts that must not be shown, longest first."""
        return sorted(self._secrets, key=len, reverse=True)

    def put_source(self, name: str, text: str) -> None:
        """Add a source, or rotate its secret."""
        self._secrets.update(secret_texts(text))
        if queue := queue_of(text):
            self.aws.ensure_queue(queue)
            self._queues[name] = queue
        self.aws.put_secret(self.deployed.settings["SECRET_PREFIX"] + name, text)

    def answer(self, request: Request, source_ip: str) -> Response:
        """What API Gateway and the function make of a request; it goes into the journal."""
        received, begun = time.time(), time.perf_counter()
        invocation, response = self._invoke(request, source_ip, received)
        log = log_line(invocation.printed)
        message = self._queued(log)
        publish(invocation.printed, self._cloudwatch)
        seconds = time.perf_counter() - begun
        self.journal.add(
            lambda number: Delivery(
                number=number,
                received=received,
                request=request,
                response=response,
                milliseconds=seconds * 1000,
                cold=invocation.cold,
                log=log,
                printed=invocation.printed,
                fault=invocation.fault,
                message=message,
            )
        )
        return response

    def _invoke(
        self, request: Request, source_ip: str, received: float
    ) -> tuple[Invocation, Response]:
        route = self._route(request)
        if route is None:
            return Invocation(), results.message(404, "Not Found")
        call = Call(
            request=request,
            route=route,
            source_ip=source_ip,
            received=received,
            request_id=uuid.uuid4().hex,
        )
        event = SHAPES[self._options.event_format](call)
        if len(json.dumps(event, ensure_ascii=False).encode()) > MAX_EVENT:
            return Invocation(), results.message(413, "Request Entity Too Large")
        invocation = self._environments.invoke(event)
        return invocation, self._response(invocation)

    def _route(self, request: Request) -> Route | None:
        if self._options.event_format == "url":
            return Route(method="ANY", resource="$default")
        return self._routes.find(request.method, request.path)

    def _response(self, invocation: Invocation) -> Response:
        read = results.version_1 if self._options.event_format == "rest" else results.version_2
        if invocation.fault is None:
            try:
                return read(invocation.result)
            except results.MalformedResult:
                pass
        return results.message(502, "Internal Server Error")

    def _queued(self, log: Mapping[str, object]) -> Message | None:
        event_id, source = log.get("event_id"), str(log.get("source"))
        if log.get("outcome") != "accepted" or not isinstance(event_id, str):
            return None
        return self.aws.find_message(self._queues.get(source, self.queue_url), event_id)


def _function(folder: Path, deployed: Deployed, aws: EmulatedAws) -> Function:
    if not (folder / "app.py").is_file():
        raise ConfigurationError(f"{folder}: no app.py, which template.yaml names as the handler")
    return Function(
        folder=folder,
        handler=deployed.handler,
        settings={**deployed.settings, **aws.variables()},
        memory=deployed.memory,
        timeout=deployed.timeout,
    )
