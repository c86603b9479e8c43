"""Hypotheses about the headers that carry the signature and the timestamp."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hookproof.components import Component
from hookproof.explain.case import Case
from hookproof.messages import Headers, Request
from hookproof.scheme import Scheme
from hookproof.values import replace

_MAX_SIBLINGS = 60
_MAX_ITEMS = 16
_NAME = re.compile(r"[\w-]+=")


def folded(case: Case) -> Iterator[tuple[Case, str]]:
    """Repeated headers joined with commas, one of them or all."""
    unfolded = {name: items for name in _names(case.request) if (items := _items(case, name))}
    for name, items in unfolded.items():
        for item in items:
            yield (
                case.with_request(with_header(case.request, name, item)),
                f"{name} holds several values joined with commas; one of them matches",
            )
    for at, words in ((0, "first"), (-1, "last")):
        request = case.request
        for name, items in unfolded.items():
            request = with_header(request, name, items[at])
        if len(unfolded) > 1:
            yield (
                case.with_request(request),
                f"headers hold several values joined with commas; the {words} ones match",
            )


def siblings(case: Case) -> Iterator[tuple[Case, str]]:
    """The valid signature, or its time, in another header than the one that is read."""
    fields = list(case.request.headers)[:_MAX_SIBLINGS]
    for place in dict.fromkeys(
        place for scheme in case.provider.schemes for place in _places(scheme)
    ):
        for name, value in fields:
            if name.lower() != place.name.lower():
                yield (
                    case.with_request(with_header(case.request, place.name, value)),
                    f"what belongs into {place.name} stands in {name}",
                )


def with_header(request: Request, name: str, value: str) -> Request:
    """The request with this one field of the name."""
    kept = [(n, v) for n, v in request.headers if n.lower() != name.lower()]
    return replace(request, headers=Headers([*kept, (name, value)]))


def _places(scheme: Scheme) -> Iterator[Component]:
    """Where headers are read: the signature first, then what is signed beside the body."""
    several = [*scheme.signature.places, *([scheme.timestamp.place] if scheme.timestamp else [])]
    several += scheme.base.components if scheme.base else ()
    for place in several:
        if place.kind == "header" and place.name not in ("*", "") and place.name[0] != "$":
            yield place


def _names(request: Request) -> list[str]:
    return list({name.lower(): name for name, _ in request.headers}.values())


def _items(case: Case, name: str) -> list[str]:
    """The values that may have been joined, none for a header that holds one."""
    text = case.request.headers.get(name) or ""
    splits = [re.split(r",\s+", text), re.split(r"\s*,\s*", text)]
    versions = {f"{one.signature.version}," for one in case.provider.schemes}
    starts = [*versions, *([first[0]] if (first := _NAME.match(text)) else [])]
    splits += [re.split(rf"\s*,\s*(?={re.escape(start)})", text) for start in starts]
    several = [items for items in splits if len(items) > 1]
    # Where spaces belong between the values, commas may have come in their place.
    joined = [" ".join(items) for items in several]
    items = [item for items in several for item in items if item]
    return list(dict.fromkeys([*items, *joined]))[:_MAX_ITEMS]
