"""Whatever bytes arrive, ``verify`` says Verified or raises one of its own errors."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof import (
    Headers,
    HookproofError,
    Request,
    VerificationError,
    Verified,
    Verifier,
    get_provider,
)
from hookproof.envelope import Envelope
from hookproof.signer import Delivery, sign
from tests.support import mutations
from tests.support.vectors import Vector, vectors

NOW = 1_700_000_000
FIRST_VALID = list({one.provider: one for one in vectors(heavy=False) if one.valid}.values())
SHARED = [
    ("stripe", "whsec_test"),
    ("slack", "8f742231b10e8888abcd99yyyzzz85a5"),
    ("github", "secret"),
    ("shopify", "hush"),
    ("twilio", "12345"),
    ("square", "key"),
    ("hubspot", "secret"),
    ("zoom", "secret"),
    ("zendesk", "secret"),
    ("close", "00112233445566778899aabbccddeeff"),
    ("microsoft-teams", "vqF0En+Z0ucuRTM/01o2GuhMH3hKKk/N2bOmlM31zaA="),
    ("openai", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("paddle", "pdl_ntfset_key"),
    ("pipedrive", "user:password"),
    ("telegram", "token"),
    ("line", "channel secret"),
    ("hubspot-v1", "secret"),
    ("hubspot-v2", "secret"),
]
TEXT = st.text(max_size=60)
ANY_REQUEST = st.builds(
    Request,
    method=st.sampled_from(["POST", "GET", "", "post", "PÖST"]),
    url=st.one_of(TEXT, st.just("https://example.com/a?b=c&d=%zz&=&%ff")),
    headers=st.builds(Headers, st.lists(st.tuples(TEXT, TEXT), max_size=6)),
    body=st.binary(max_size=200),
)


def named(several: list[Vector]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", several, ids=[one.provider for one in several])


@named(FIRST_VALID)
@settings(max_examples=15, deadline=None)
@given(request=ANY_REQUEST)
def test_arbitrary_requests_are_refused_and_nothing_else(vector: Vector, request: Request) -> None:
    with pytest.raises(VerificationError):
        vector.verify(request, now=NOW)


@named(FIRST_VALID)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_arbitrary_values_in_the_right_places_never_crash(
    vector: Vector, data: st.DataObject
) -> None:
    request = vector.request
    for name, _ in request.headers:
        if data.draw(st.booleans()):
            request = mutations.with_header(request, name, data.draw(TEXT))
    request = Request(
        method=request.method,
        url=request.url,
        headers=request.headers,
        body=data.draw(st.one_of(st.just(request.body), st.binary(max_size=100), JSON)),
    )
    try:
        assert isinstance(vector.verify(request), Verified)
    except VerificationError:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())


@pytest.mark.parametrize(("provider", "secret"), SHARED, ids=[name for name, _ in SHARED])
@settings(max_examples=30, deadline=None)
@given(body=st.binary(max_size=300))
def test_what_is_signed_verifies_and_under_no_other_secret(
    provider: str, secret: str, body: bytes
) -> None:
    delivery = Delivery(body=body, headers=Headers([("Content-Type", "text/plain")]))
    if provider == "twilio":
        delivery = Delivery(body=b"", headers=delivery.headers)
    request = sign(get_provider(provider), delivery, secret=secret, now=NOW)
    verified = Verifier.of(get_provider(provider), secret).verify(request, now=NOW)
    assert request.body == verified.body
    other = str(mutations.other_secret(secret))
    with pytest.raises(VerificationError):
        Verifier.of(get_provider(provider), other).verify(request, now=NOW)


@settings(max_examples=200, deadline=None)
@given(
    body=st.one_of(JSON, st.binary(max_size=200)),
    content_type=st.sampled_from(["application/json", "text/plain", "", "application/x+json"]),
)
def test_an_envelope_carries_the_exact_bytes(body: bytes, content_type: str) -> None:
    headers = Headers([("Content-Type", content_type)])
    request = sign(
        get_provider("github"), Delivery(body=body, headers=headers), secret="s", now=NOW
    )
    verified = Verifier.of(get_provider("github"), "s").verify(request, now=NOW)
    envelope = Envelope.of(verified, source="/webhooks/x", received=NOW, secret_version="current")
    text = envelope.to_json()
    document = json.loads(text)
    assert document["specversion"] == "1.0"
    assert envelope.id == document["id"]
    assert body == Envelope.from_json(text).data
    if "data" in document:
        assert json.loads(body) == document["data"] or body.find(b"NaN") < 0


@given(text=st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_arbitrary_messages_are_refused_by_our_own_error(text: str) -> None:
    try:
        Envelope.from_json(text)
    except HookproofError:
        return
