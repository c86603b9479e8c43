"""A small realistic delivery for every provider: bodies out of its test vectors, as data.

``samples.json`` is written by ``scripts/catalogue.py``; for a provider that is not in it, a
body with what its scheme and its event need is made up.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from hookproof.components import Component
from hookproof.document import mapping
from hookproof.messages import Headers
from hookproof.provider import Provider
from hookproof.timestamps import format_timestamp

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
    return _with_values(sample, values)


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


def _with_values(sample: Sample, values: Mapping[Component, str]) -> Sample:
    headers, body = list(sample.headers), sample.body
    for place, value in values.items():
        if place.kind == "header":
            headers = [(name, value if _same(name, place) else old) for name, old in headers]
            if place.name not in Headers(headers) and not place.name.startswith("$"):
                headers.append((place.name, value))
        elif place.kind == "body" and place.pointer:
            body = _with_json_value(body, place.pointer, value)
        elif place.kind == "form" and place.pointer is None:
            body = _with_form_value(body, place.name, value)
    return Sample(headers=Headers(headers), body=body)


def _same(name: str, place: Component) -> bool:
    return name.lower() == place.name.lower()


def _with_json_value(body: bytes, pointer: str, value: str) -> bytes:
    """The body with the value in the place of one that is there; as it was, where there is none."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    *steps, last = pointer.split("/")[1:]
    node = document
    for step in steps:
        node = node.get(step) if isinstance(node, dict) else None
    if not isinstance(node, dict) or last not in node:
        return body
    is_number = isinstance(node[last], int) and value.isdigit()
    node[last] = int(value) if is_number else value
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _with_form_value(body: bytes, name: str, value: str) -> bytes:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        return body
    if not any(known == name for known, _ in pairs):
        return body
    return urlencode([(known, value if known == name else old) for known, old in pairs]).encode()


def _made_up(provider: Provider) -> Sample:
    """A body that has something in each place that the scheme or the event asks for."""
    places = list(dict.fromkeys(_needed(provider)))
    headers = {one.name: "sample" for one in places if one.kind == "header" and one.name[0] != "$"}
    forms = [one.name for one in places if one.kind == "form" and one.name != "*"]
    if forms and not any(one.kind == "body" and one.pointer for one in places):
        body = urlencode([(name, "sample") for name in forms]).encode()
        return Sample(headers=Headers.of({"Content-Type": FORM, **headers}), body=body)
    document: dict[str, object] = {}
    for one in places:
        if one.kind == "body" and one.pointer:
            _put(document, one.pointer.split("/")[1:], "sample")
    document = document or {"id": "evt_sample", "type": "sample.created"}
    body = json.dumps(document, separators=(",", ":")).encode()
    return Sample(headers=Headers.of({"Content-Type": JSON, **headers}), body=body)


def _needed(provider: Provider) -> Iterator[Component]:
    for template in (*provider.event.id[:1], *provider.event.type[:1]):
        yield from template.components
    scheme = provider.schemes[0]
    if scheme.timestamp is not None and scheme.timestamp.place.kind != "header":
        yield scheme.timestamp.place
    for component in scheme.base.components if scheme.base else ():
        if component.kind != "header":
            yield component


def _put(node: dict[str, object], steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        child = node.setdefault(step, {})
        if not isinstance(child, dict):
            return
        node = child
    node.setdefault(steps[-1], value)
