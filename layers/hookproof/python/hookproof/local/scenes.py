"""The scenes of the demonstration; the first line of each is its heading."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hookproof.local.demo import ACCEPTED, OVERLAP_SECONDS, Demo, Expected, post, refused
from hookproof.local.samples import Sample, event
from hookproof.messages import Headers, Request

_LARGE = 2 * 1024 * 1024
_AT_ONCE = 60


def genuine(demo: Demo) -> None:
    """Genuine deliveries: accepted, and in the queue byte for byte."""
    for sample in demo.samples.values():
        demo.send(sample.title, demo.signed(sample), ACCEPTED)


def forged(demo: Demo) -> None:
    """Forged, stale and broken ones: refused, and nothing reaches the queue."""
    stripe, slack, github = (demo.samples[name] for name in ("stripe", "slack", "github"))
    genuine_one = demo.signed(stripe)
    richer = replace(genuine_one, body=genuine_one.body.replace(b"4200", b"9200"))
    demo.send("Stripe: the amount was changed on the way", richer, refused("signature_mismatch"))
    stranger = replace(github, secret="somebody else's secret")  # noqa: S106
    demo.send(
        "GitHub: signed with a wrong secret", demo.signed(stranger), refused("signature_mismatch")
    )
    late = demo.signed(stripe, age=600)
    demo.send("Stripe: genuine, and ten minutes old", late, refused("timestamp_too_old"))
    early = demo.signed(slack, age=-600)
    demo.send("Slack: stamped ten minutes ahead", early, refused("timestamp_in_future"))
    bare = replace(genuine_one, headers=_without(genuine_one.headers, "stripe-signature"))
    demo.send("Stripe: no signature at all", bare, refused("signature_missing"))
    broken = replace(bare, headers=Headers([*bare.headers, ("Stripe-Signature", "v1=;;=nonsense")]))
    demo.send(
        "Stripe: a signature header that is none", broken, refused("signature_malformed", 400)
    )
    stranger = replace(demo.samples["telegram"], secret="guessed")  # noqa: S106
    demo.send("Telegram: a guessed token", demo.signed(stranger), refused("signature_mismatch"))
    unknown = replace(genuine_one, url=f"{demo.stack.url}/webhooks/nobody")
    demo.send("A source that does not exist", unknown, refused("unknown_source", 404))
    deleting = replace(genuine_one, method="DELETE")
    demo.send("A method that no provider uses", deleting, refused("method_not_allowed", 405))


def handshake(demo: Demo) -> None:
    """Handshakes: the provider asks whether the endpoint is ours, and gets its answer."""
    asking = (
        ("slack", b'{"type":"url_verification","challenge":"3eZbrw1aB10F"}', b"3eZbrw1aB10F"),
        ("discord", b'{"type":1}', b'"type":1'),
    )
    for name, body, wanted in asking:
        request = demo.signed(replace(demo.samples[name], body=body))
        title = f"{name.capitalize()}: {body.decode()}"
        demo.send(title, request, Expected(status=200, outcome="handshake"))
        answer = demo.stack.journal.after(0)[-1].response.body
        faults = [] if wanted in answer.replace(b" ", b"") else ["that is not what it asked for"]
        demo.check(f"The answer: {answer.decode()}", faults)


def rotation(demo: Demo) -> None:
    """A rotation: both secrets count for a while, then only the new one."""
    before = demo.samples["shopify"]
    after = replace(before, secret=before.secret[::-1] if isinstance(before.secret, str) else "")
    demo.stack.put_source("shopify", after.source_text)
    rotated = time.monotonic()
    number = iter(("d1f0", "d1f1", "d1f2", "d1f3"))

    def order(sample: Sample) -> Request:
        headers = (("X-Shopify-Topic", "orders/create"), ("X-Shopify-Webhook-Id", next(number)))
        return demo.signed(replace(sample, headers=headers))

    by_previous = replace(ACCEPTED, secret_version="previous")  # noqa: S106
    demo.send("Shopify: signed with the new secret", order(after), ACCEPTED)
    demo.send("Shopify: signed with the old one, just after", order(before), by_previous)
    time.sleep(max(0.0, rotated + OVERLAP_SECONDS + 1 - time.monotonic()))
    late = refused("signature_mismatch")
    demo.send(f"Shopify: the old one, {OVERLAP_SECONDS} seconds later", order(before), late)
    demo.send("Shopify: the new one, as before", order(after), ACCEPTED)


def large(demo: Demo) -> None:
    """A body beyond what SQS takes: kept in S3, and the message points to it."""
    filler = b'{"ref":"refs/heads/main","commits":["' + b"x" * _LARGE + b'"]}'
    headers = (("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "0b989ba4-242f-11e5-81e1"))
    sample = replace(demo.samples["github"], body=filler, headers=headers)
    demo.send("GitHub: a push of two megabytes", demo.signed(sample), ACCEPTED)


def duplicate(demo: Demo) -> None:
    """The same event again: answered 200, and queued once."""
    stripe = demo.samples["stripe"]
    known = Expected(status=200, outcome="duplicate")
    demo.send("Stripe: the payment of the beginning, again", demo.signed(stripe), known)


def burst(demo: Demo) -> None:
    """Many at once: each one answered, each one queued."""
    stripe = demo.samples["stripe"]
    requests = [demo.signed(replace(stripe, body=event(number))) for number in range(_AT_ONCE)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(post, requests))
    seconds = time.perf_counter() - begun
    demo.accepted += _AT_ONCE
    lying = {demo.queued_bytes(one.body) for one in demo.stack.aws.messages(demo.stack.queue_url)}
    missing = sum(request.body not in lying for request in requests)
    faults = [f"{status} was answered" for status in set(statuses) - {200}]
    faults += [f"{missing} are not in the queue"] if missing else []
    demo.check(f"{_AT_ONCE} deliveries, 16 at a time, in {seconds:.1f} s: all in the queue", faults)


def outage(demo: Demo) -> None:
    """An outage: 503 and never 200, so that the sender tries again; then nothing is lost."""
    request = demo.signed(
        demo.samples["stripe"].changed(title="", id="evt_during_an_outage", type="charge.refunded")
    )
    down = Expected(status=503, outcome="unavailable", reason="unavailable")
    with demo.stack.aws.outage():
        demo.send("Stripe: a refund, while nothing of AWS can be reached", request, down)
    retry = demo.stack.journal.after(0)[-1].response.headers.get("retry-after")
    demo.check(f"The answer says when to try again: Retry-After: {retry}", [] if retry else ["no"])
    demo.send("Stripe: the very same delivery, after the recovery", request, ACCEPTED)


def conclusion(demo: Demo) -> None:
    """In the end."""
    lying = demo.count()
    faults = [] if lying == demo.accepted else [f"it holds {lying}"]
    demo.check(
        f"The queue holds the {demo.accepted} events that were accepted, and no other", faults
    )


def _without(headers: Headers, name: str) -> Headers:
    return Headers((key, value) for key, value in headers if key.lower() != name)


SCENES: tuple[Callable[[Demo], None], ...] = (
    genuine,
    forged,
    handshake,
    rotation,
    large,
    duplicate,
    burst,
    outage,
    conclusion,
)
