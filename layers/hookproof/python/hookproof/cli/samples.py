"""A small realistic delivery for every provider: bodies out of its test vectors, as data.

``samples.json`` is written by ``scripts/catalogue.py``; for a provider that is not in it, a
body with what its scheme and its event need is made up.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hookproof.components import Component, Parts
from hookproof.document import mapping
from hookproof.errors import ConfigurationError, RequestMalformed
from hookproof.messages import Headers, Request
from hookproof.provider import Provider
from hookproof.timestamps import format_timestamp
from hookproof.writing import write

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_FILE = Path(__file__).with_name("samples.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The headers that say what the event is, with its content type, and the body."""

    headers: Headers
    body: bytes


def sample_of(provider: Provider) -> Sample:
    """The provider's sample, or one made up from its scheme."""
    document = _samples().get(provider.id)
    if document is None:
        return _made_up(provider)
    headers = [
        (str(name), str(value)) for name, value in mapping(document["headers"], "headers").items()
    ]
    return Sample(headers=Headers(headers), body=str(document["body"]).encode())


def refreshed(sample: Sample, provider: Provider, *, now: float, event_id: str | None) -> Sample:
    """The sample with the present time where its body holds the one that counts.

    With ``event_id`` it becomes another event: receivers take the same id only once.
    """
    values: dict[Component, str] = {}
    for scheme in provider.schemes:
        if scheme.timestamp is not None and scheme.timestamp.place.kind in ("body", "form"):
            place, unit = scheme.timestamp.place, scheme.timestamp.unit
            values[place] = format_timestamp(now, "ms" if unit == "s-or-ms" else unit)
    if event_id is not None:
        templates = (one for one in provider.event.id if len(one.pieces) == 1)
        values.update((one.components[0], event_id) for one in templates if one.components)
    request = _request(sample)
    parts = Parts(request)
    for place, value in values.items():
        # Only what is there is changed; a header that names the event may be added.
        if _is_named(place) and (_has(parts, place) or place.kind == "header"):
            request = write(request, place, value, {})
    return Sample(headers=request.headers, body=request.body)


def known_keys(provider: Provider) -> frozenset[str]:
    """The keys at the top of the provider's sample; none where that is made up, or no object."""
    known = _samples().get(provider.id, {})
    return keys_of(str(known.get("body", "")).encode())


def keys_of(body: bytes) -> frozenset[str]:
    """The keys at the top of a JSON object; none for anything else."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(document) if isinstance(document, dict) else frozenset()


def new_event_id() -> str:
    """An id that no other event has."""
    return f"evt_{secrets.token_hex(12)}"


@cache
def _samples() -> Mapping[str, Mapping[str, object]]:
    document: Mapping[str, Mapping[str, object]] = json.loads(_FILE.read_bytes())
    return document


def _made_up(provider: Provider) -> Sample:
    """A body that has something in each place that the scheme or the event asks for."""
    places = [one for one in dict.fromkeys(_needed(provider)) if _is_named(one)]
    kinds = {one.kind for one in places}
    is_form = "form" in kinds and "body" not in kinds
    empty = Sample(
        headers=Headers.of({"Content-Type": FORM if is_form else JSON}),
        body=b"" if is_form else b"{}",
    )
    request = _request(empty)
    for place in places:
        with suppress(ConfigurationError):
            request = write(request, place, "sample", {})
    body = request.body if request.body != b"{}" else b'{"id":"evt_sample","type":"sample"}'
    return Sample(headers=request.headers, body=body)


def _request(sample: Sample) -> Request:
    return Request(method="POST", url="", headers=sample.headers, body=sample.body)


def _is_named(place: Component) -> bool:
    """Whether the place is one that a text can be put into, by its own name."""
    if place.kind == "body":
        return bool(place.pointer)
    return place.kind in ("header", "form") and place.name[:1] not in ("$", "*")


def _has(parts: Parts, place: Component) -> bool:
    try:
        return bool(place.read(parts))
    except RequestMalformed:
        return False


def _needed(provider: Provider) -> Iterator[Component]:
    for template in (*provider.event.id[:1], *provider.event.type[:1]):
        yield from template.components
    scheme = provider.schemes[0]
    if scheme.timestamp is not None and scheme.timestamp.place.kind != "header":
        yield scheme.timestamp.place
    for component in scheme.base.components if scheme.base else ():
        if component.kind != "header":
            yield component
