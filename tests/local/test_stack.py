"""The laptop stack end to end: real handler, real template, real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from hookproof import consumer
from hookproof.errors import ConfigurationError
from hookproof.local.deliveries import Delivery
from hookproof.local.demo import post
from hookproof.local.samples import event, samples
from hookproof.local.stack import LaptopStack, Options
from hookproof.messages import Request
from tests.local.conftest import ROOT, MakeProject

SAMPLES = samples()
SOURCES = {name: sample.source_text for name, sample in SAMPLES.items()}


@contextmanager
def running(**options: Any) -> Iterator[LaptopStack]:
    with LaptopStack(Options(**{"project": ROOT, "sources": SOURCES, **options})) as stack:
        yield stack


def last(stack: LaptopStack) -> Delivery:
    return stack.journal.after(0)[-1]


def queued(stack: LaptopStack) -> bytes:
    message = last(stack).message
    assert message is not None
    return consumer.parse(message.body, get=stack.aws.stored).data


def signed(stack: LaptopStack, name: str, **changes: Any) -> Request:
    return replace(SAMPLES[name], **changes).signed(stack.url, now=time.time())


def test_paths_that_the_api_does_not_route_never_reach_the_function() -> None:
    with running(sources={}) as stack:
        assert post(Request(method="POST", url=f"{stack.url}/elsewhere")) == 404
        assert last(stack).outcome == "not routed"
        assert post(Request(method="POST", url=f"{stack.url}/webhooks/nobody")) == 404
        assert last(stack).logged("reason") == "unknown_source"


def test_a_fifo_queue_keeps_order_and_drops_repeats() -> None:
    with running(parameters={"QueueType": "fifo"}) as stack:
        assert stack.queue_url.endswith(".fifo")
        bodies = [event(number) for number in (3, 1, 2, 1)]
        for body in bodies:
            assert post(signed(stack, "stripe", body=body)) == 200
        found = stack.aws.messages(stack.queue_url)
        assert [consumer.parse(one.body).data for one in found] == bodies[:3]
        assert {one.group for one in found} == {"/webhooks/stripe"}


def test_an_outage_is_503_and_the_same_delivery_is_accepted_afterwards() -> None:
    with running() as stack:
        request = signed(stack, "stripe")
        post(signed(stack, "stripe", body=event(1)))
        with stack.aws.outage():
            assert post(request) == 503
        assert last(stack).response.headers["retry-after"].isdecimal()
        assert post(request) == 200
        assert queued(stack) == request.body


def test_tenants_have_secrets_of_their_own() -> None:
    stripe = SAMPLES["stripe"]
    document = {"provider": "stripe", "tenants": {"acme": stripe.secret, "other": "whsec_other"}}
    with running(sources={"stripe": json.dumps(document)}) as stack:
        acme = replace(signed(stack, "stripe"), url=f"{stack.url}/webhooks/stripe/acme")
        assert post(acme) == 200
        assert last(stack).logged("tenant") == "acme"
        message = last(stack).message
        assert message is not None
        assert json.loads(message.body)["source"] == "/webhooks/stripe/acme"
        assert post(replace(acme, url=f"{stack.url}/webhooks/stripe/other")) == 401
        assert post(replace(acme, url=f"{stack.url}/webhooks/stripe/nobody")) == 404


def test_a_source_with_a_queue_of_its_own_has_it_on_the_laptop_too() -> None:
    queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/payments.fifo"
    stripe = {"provider": "stripe", "secret": SAMPLES["stripe"].secret, "queue": queue}
    with running(sources={"stripe": json.dumps(stripe)}) as stack:
        request = signed(stack, "stripe")
        assert post(request) == 200, last(stack).log
        assert queued(stack) == request.body
        assert stack.aws.count(queue) == 1
        assert stack.aws.count(stack.queue_url) == 0


@pytest.mark.parametrize(
    ("app", "status"),
    [
        ("def handler(event, context): raise ValueError('on purpose')", 502),
        ("def handler(event, context): return {'statusCode': 'many'}", 502),
        ("def handler(event, context): return {'statusCode': 418}", 418),
    ],
)
def test_a_function_that_fails_is_answered_as_api_gateway_does(
    make_project: MakeProject, app: str, status: int
) -> None:
    with running(project=make_project(app), sources={}) as stack:
        assert post(Request(method="POST", url=f"{stack.url}/webhooks/x")) == status


def test_a_stack_that_cannot_start_leaves_nothing_behind(make_project: MakeProject) -> None:
    project = make_project("import nothing_of_this_name")
    stack = LaptopStack(Options(project=project))
    with pytest.raises(ConfigurationError, match="nothing_of_this_name"), stack:
        pass
    with running(sources={}) as second:
        assert second.addresses["url"].startswith("http://127.0.0.1:")
