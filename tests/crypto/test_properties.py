"""Whatever a sender writes, the schemes with keys of their own refuse it by their own errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof import Headers, Request, VerificationError
from tests.support import mutations
from tests.support.vectors import Vector, vectors

NOW = 1_700_000_000
FIRST_VALID = list({one.provider: one for one in vectors(heavy=True) if one.valid}.values())
TEXT = st.text(max_size=60)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
ANY_REQUEST = st.builds(
    Request,
    method=st.sampled_from(["POST", "GET", "", "post", "PÖST"]),
    url=st.one_of(TEXT, st.just("https://example.com/a?b=c&d=%zz&=&%ff")),
    headers=st.builds(Headers, st.lists(st.tuples(TEXT, TEXT), max_size=6)),
    body=st.binary(max_size=200),
)
every_provider = pytest.mark.parametrize(
    "vector", FIRST_VALID, ids=[one.provider for one in FIRST_VALID]
)
fuzzed = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@every_provider
@fuzzed
@given(request=ANY_REQUEST)
def test_arbitrary_requests_are_refused_and_nothing_else(vector: Vector, request: Request) -> None:
    with pytest.raises(VerificationError):
        vector.verify(request, now=NOW)


@every_provider
@fuzzed
@given(data=st.data())
def test_arbitrary_values_in_the_right_places_never_crash(
    vector: Vector, data: st.DataObject
) -> None:
    request = vector.request
    for name, _ in request.headers:
        if data.draw(st.booleans()):
            request = mutations.with_header(request, name, data.draw(TEXT))
    try:
        vector.verify(mutations.with_body(request, data.draw(st.just(request.body) | st.binary())))
    except VerificationError:
        return


@pytest.mark.parametrize(
    "vector",
    [one for one in FIRST_VALID if one.request.body.startswith((b"{", b"["))],
    ids=lambda one: one.provider,
)
@fuzzed
@given(data=st.data())
def test_arbitrary_values_inside_the_body_never_crash(vector: Vector, data: st.DataObject) -> None:
    document = _changed(json.loads(vector.request.body), data)
    try:
        vector.verify(mutations.with_body(vector.request, json.dumps(document).encode()))
    except VerificationError:
        return


def _tokens(request: Request) -> list[str]:
    texts = [value.rpartition(" ")[2] for _, value in request.headers]
    if request.body[:1] == b"{":
        texts += [value for value in json.loads(request.body).values() if isinstance(value, str)]
    elif request.body:
        texts.append(request.body.decode("latin-1"))
    return [text for text in texts if text.startswith("eyJ") and text.count(".") == 2]


@pytest.mark.parametrize(
    "vector", [one for one in FIRST_VALID if _tokens(one.request)], ids=lambda one: one.provider
)
@fuzzed
@given(data=st.data())
def test_arbitrary_values_inside_a_token_are_refused(vector: Vector, data: st.DataObject) -> None:
    (token,) = _tokens(vector.request)
    segments = token.split(".")
    position = data.draw(st.sampled_from([0, 1] if segments[1] else [0]))
    padded = segments[position] + "=" * (-len(segments[position]) % 4)
    before = json.loads(base64.urlsafe_b64decode(padded))
    after = _changed(before, data)
    written = base64.urlsafe_b64encode(json.dumps(after).encode()).rstrip(b"=").decode()
    if written == segments[position]:
        return
    segments[position] = written
    forged = ".".join(segments)
    headers = Headers([(n, v.replace(token, forged)) for n, v in vector.request.headers])
    request = Request(
        method=vector.request.method,
        url=vector.request.url,
        headers=headers,
        body=vector.request.body.replace(token.encode(), forged.encode()),
    )
    with pytest.raises(VerificationError):
        vector.verify(request)


def _changed(document: Any, data: st.DataObject) -> Any:
    """The document with the value at one of its places replaced, taken away, or added to."""
    if isinstance(document, dict) and document and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(document)))
        if data.draw(st.booleans()):
            return {**document, name: _changed(document[name], data)}
        return {key: value for key, value in document.items() if key != name}
    if isinstance(document, list) and document and data.draw(st.booleans()):
        return [_changed(document[0], data), *document[1:]]
    if isinstance(document, dict) and data.draw(st.booleans()):
        return {**document, data.draw(TEXT): data.draw(VALUE)}
    return data.draw(VALUE)
