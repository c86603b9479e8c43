"""Hypotheses about the headers that carry the signature and the timestamp."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hookproof.explain.case import Case
from hookproof.messages import Headers, Request

_MAX_SIBLINGS = 60


def folded(case: Case) -> Iterator[tuple[Case, str]]:
    """Repeated headers joined with commas."""
    for name in dict.fromkeys(name for name, _ in case.request.headers):
        items = [item.strip() for item in (case.request.headers.get(name) or "").split(",")]
        if len(items) > 1:
            for item in dict.fromkeys(items):
                yield (
                    case.with_request(with_header(case.request, name, item)),
                    f"{name} holds several values joined with commas; one of them matches",
                )
            yield (
                case.with_request(with_header(case.request, name, " ".join(items))),
                f"{name} was joined with commas in place of spaces",
            )


def siblings(case: Case) -> Iterator[tuple[Case, str]]:
    """The valid signature in another header than the one that is read."""
    places = [
        place
        for scheme in case.provider.schemes
        for place in scheme.signature.places
        if place.kind == "header" and not place.name.startswith("$")
    ]
    fields = list(case.request.headers)[:_MAX_SIBLINGS]
    for place in dict.fromkeys(places):
        for name, value in fields:
            if name.lower() != place.name.lower():
                yield (
                    case.with_request(with_header(case.request, place.name, value)),
                    f"the valid signature stands in {name}, not in {place.name}",
                )


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with this one field of the name."""
    kept = [(n, v) for n, v in request.headers if n.lower() != name.lower()]
    return replace(request, headers=Headers([*kept, (name, value)]))
