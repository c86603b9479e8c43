"""``hookproof sources test``: a signed sample through the real endpoint, into the queue."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

from hookproof.cli import DONE, REJECTED
from hookproof.cli.aws_options import deployment_of
from hookproof.cli.http_client import exchange, fetch_document
from hookproof.cli.output import mark, print_facts, print_json, printable
from hookproof.cli.samples import new_event_id, refreshed, sample_of
from hookproof.cli.source_views import url_of
from hookproof.envelope import Envelope
from hookproof.errors import ConfigurationError, UnknownSource
from hookproof.messages import Request
from hookproof.operations.deployment import Deployment
from hookproof.operations.messages import Found
from hookproof.operations.queue import Queue
from hookproof.operations.secrets import Secrets
from hookproof.signer import Delivery, sign
from hookproof.sources import Source

_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    status: int
    answer: str
    event_id: str
    milliseconds: float
    found: bool = False

    @property
    def accepted(self) -> bool:
        return self.status // 100 == 2  # noqa: PLR2004 - HTTP's classes of answers


def test(args: argparse.Namespace) -> int:
    """Send the sample, and look for it in the source's queue."""
    deployment = deployment_of(args)
    stored = Secrets(deployment).get(args.name)
    source = _source(stored.source(overlap=deployment.overlap), args.tenant)
    url = args.url or url_of(deployment, stored, args.tenant)
    if url is None:
        raise ConfigurationError("expected --url: the stack's outputs do not say its endpoint")
    request = _signed(source, url)
    result = _send(source, request)
    if result.accepted:
        result = _find(args, deployment, source, result)
    _print(args, result, url)
    return DONE if result.accepted else REJECTED


def _source(source: Source, tenant: str | None) -> Source:
    try:
        return source.for_tenant(tenant) if tenant else source
    except UnknownSource as error:
        raise ConfigurationError(f"--tenant: {error}") from error


def _signed(source: Source, url: str) -> Request:
    """The sample as the provider would sign it; ``url`` is where it goes."""
    settings, provider, now = source.settings, source.provider, time.time()
    secrets = settings.tenants[source.tenant] if source.tenant else settings.secrets
    if not secrets:
        raise ConfigurationError("the source has public keys only: nobody else can sign for it")
    sample = refreshed(sample_of(provider), provider, now=now, event_id=new_event_id())
    public = source.public(Request(method="POST", url=url)).url
    delivery = Delivery(body=sample.body, headers=sample.headers, url=public)
    signed = sign(provider, delivery, secret=secrets[0], now=now)
    return Request(method=signed.method, url=url, headers=signed.headers, body=signed.body)


def _send(source: Source, request: Request) -> _Result:
    now = time.time()
    verified, version = source.verify(source.public(request), now=now, fetch=fetch_document)
    envelope = Envelope.of(verified, source=source.path, received=now, secret_version=version)
    started = time.perf_counter()
    response = exchange(request)
    return _Result(
        status=response.status,
        answer=printable(response.body.decode("utf-8", "replace").strip())[:300],
        event_id=envelope.id,
        milliseconds=(time.perf_counter() - started) * 1000,
    )


def _find(
    args: argparse.Namespace, deployment: Deployment, source: Source, result: _Result
) -> _Result:
    queue = Queue(deployment, source.settings.queue or deployment.queue_url)
    ends = time.monotonic() + args.timeout

    def matches(one: Found) -> bool:
        return one.text("id") == result.event_id and one.text("source") == source.path

    for _ in range(_ROUNDS):
        look = queue.look(limit=1, matches=matches, take=not args.keep)
        if look.found or look.worn or time.monotonic() > ends:
            break
    return _Result(
        status=result.status,
        answer=result.answer,
        event_id=result.event_id,
        milliseconds=result.milliseconds,
        found=bool(look.found),
    )


def _print(args: argparse.Namespace, result: _Result, url: str) -> None:
    if args.json:
        print_json(
            {
                "status": result.status,
                "event_id": result.event_id,
                "milliseconds": round(result.milliseconds, 1),
                "found_in_queue": result.found,
            }
        )
        return
    queued = "found in the queue" + ("" if args.keep else ", and taken out again")
    if not result.found:
        queued = "not seen in the queue: a consumer has taken it, or it was a repeat"
    print(f"{mark(good=result.accepted)} {url} answered {result.status}")
    print_facts(
        [
            ("answer", result.answer),
            ("event", result.event_id),
            ("took", f"{result.milliseconds:.0f} ms"),
            ("queue", queued if result.accepted else ""),
        ]
    )
    if not result.accepted:
        print("  The function's log has the reason: sam logs --name IngestFunction")
