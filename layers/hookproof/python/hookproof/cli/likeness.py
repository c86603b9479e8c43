"""How well a request fits each provider: which of its marks are there, and how rare they are.

A mark is a place that the provider's scheme or event names. One that few providers have says much
(``Stripe-Signature``), one that many have says little (``Authorization``): its weight is the
logarithm of that. A signature that is not in the provider's form or length speaks against it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hookproof.cli.samples import keys_of, known_keys
from hookproof.components import Component, Parts
from hookproof.errors import HookproofError, SignatureMissing
from hookproof.handshakes import find_handshake
from hookproof.messages import Request
from hookproof.provider import ESTABLISHED, Provider
from hookproof.scheme import Scheme

_SIGNATURE, _TIME, _EVENT = 3.0, 2.0, 1.0  # how much a mark of this kind counts
_AGENT, _LENGTH = 10.0, 2.0
_CHALLENGE, _SAID = 6.0, 20.0  # a verification request by its places; by a word of the provider's
_SHAPE, _ALIKE = 5.0, 0.6
_WRONG_FORM = 0.2  # what is left of the score when the signature is not in the form
_LEAST_NAME = 4  # shorter names occur in anything
_LENGTHS = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64, "sha3_256": 32}
_FIXED_LENGTHS = {"ed25519": 64, "ecdsa-p256-sha256": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How well the request fits a provider, and what speaks for it."""

    provider: Provider
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Something of a provider that the request has."""

    weight: float
    reason: str


def rank(request: Request, providers: Sequence[Provider]) -> list[Likeness]:
    """The providers that could have sent the request, the likeliest first."""
    parts = Parts(request)
    rarity = _Rarity(providers)
    found = (_likeness(provider, parts, rarity) for provider in providers)
    return sorted((one for one in found if one.score > 0), key=_order)


def _order(one: Likeness) -> tuple[float, bool, int, str]:
    """By score; among equals what many senders have in common first, then the best known."""
    provider = one.provider
    known = ESTABLISHED.index(provider.established)
    return -round(one.score, 1), provider.category != "generic", known, provider.id


class _Rarity:
    """How rare each place is among all providers."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._count = len(providers) + 1
        self._known = Counter(
            place for provider in providers for place in set(map(_key, _places(provider)))
        )

    def __call__(self, place: Component) -> float:
        return math.log(self._count / max(1, self._known[_key(place)]))


def _key(place: Component) -> str:
    return str(place).lower()


def _places(provider: Provider) -> Iterator[Component]:
    for scheme in provider.schemes:
        yield from scheme.signature.places
        if scheme.timestamp is not None:
            yield scheme.timestamp.place
        yield from scheme.base.components if scheme.base else ()
    for template in (*provider.event.id, *provider.event.type):
        yield from template.components
    yield from (Component(kind="header", name=name) for name in provider.event.context)


def _likeness(provider: Provider, parts: Parts, rarity: _Rarity) -> Likeness:
    best = max((_by_scheme(one, parts, rarity) for one in provider.schemes), key=_total)
    signed = bool(best)
    marks = [*best, *_agent(provider, parts.request), *_handshake(provider, parts)]
    if signed or marks:
        # What the event looks like decides between those whose signature fits; alone it is nothing.
        marks += [*_event(provider, parts, rarity), *_shape(provider, parts.request)]
    reasons = dict.fromkeys(mark.reason for mark in sorted(marks, key=lambda one: -one.weight))
    return Likeness(provider=provider, score=_total(marks), reasons=tuple(reasons))


def _total(marks: Sequence[_Mark]) -> float:
    return sum(mark.weight for mark in marks)


def _by_scheme(scheme: Scheme, parts: Parts, rarity: _Rarity) -> list[_Mark]:
    """The marks of one way of signing; none when the signature's place is empty."""
    present = [place for place in scheme.signature.places if _has(parts, place)]
    named = [place for place in present if not place.name.startswith("$")]
    if not named:
        return []
    place = max(named, key=rarity)
    weight = _SIGNATURE * rarity(place)
    try:
        groups = scheme.signature.candidates(parts)
    except SignatureMissing:
        return []
    except HookproofError:
        return [_Mark(weight=weight * _WRONG_FORM, reason=f"{place} is there, in another form")]
    signatures = [signature for group, _ in groups for signature in group]
    if scheme.module == "jwt" and not any(map(_is_token, signatures)):
        return []
    lengths = set(map(len, signatures))
    expected = _expected_lengths(scheme)
    if expected and not lengths & expected:
        return [_Mark(weight=weight * _WRONG_FORM, reason=f"{place} is there, of another length")]
    marks = [_Mark(weight=weight, reason=f"{place} holds a signature in its form")]
    if expected:
        marks.append(_Mark(weight=_LENGTH, reason="the signature's length is right"))
    return marks + _signed_beside(scheme, parts, rarity, place)


def _is_token(text: bytes) -> bool:
    """Whether it has the three parts of a JSON Web Token. Source: RFC 7515 §7.1."""
    return text.count(b".") == 2 and text.replace(b".", b"").isascii()  # noqa: PLR2004


def _signed_beside(
    scheme: Scheme, parts: Parts, rarity: _Rarity, signature: Component
) -> list[_Mark]:
    """What else the scheme signs or asks for: each thing that is there, or speaks against it."""
    places = list(scheme.base.components) if scheme.base else []
    if scheme.timestamp is not None and scheme.timestamp.required:
        places.append(scheme.timestamp.place)
    marks = []
    for place in dict.fromkeys(places):
        if place == signature or place.kind not in ("header", "query", "form"):
            continue
        if _has(parts, place):
            marks.append(_Mark(weight=_TIME * rarity(place), reason=f"{place} is there"))
        elif place.kind == "header":
            marks.append(_Mark(weight=-_TIME * rarity(place), reason=f"{place} is missing"))
    return marks


def _expected_lengths(scheme: Scheme) -> set[int]:
    names = (*scheme.algorithm.names, *scheme.algorithm.named.values())
    found = {_LENGTHS.get(name.removeprefix("hmac-")) or _FIXED_LENGTHS.get(name) for name in names}
    return set() if None in found else {length for length in found if length}


def _event(provider: Provider, parts: Parts, rarity: _Rarity) -> list[_Mark]:
    templates = (*provider.event.id, *provider.event.type)
    places = [place for template in templates for place in template.components]
    places += [Component(kind="header", name=name) for name in provider.event.context]
    marks = []
    for place in dict.fromkeys(places):
        if _has(parts, place):
            weight = _TIME if place.kind == "header" else _EVENT
            marks.append(_Mark(weight=weight * rarity(place), reason=f"{place} is there"))
    return marks


def _shape(provider: Provider, request: Request) -> list[_Mark]:
    """How far the body has the keys that the provider's sample has."""
    known, found = known_keys(provider), keys_of(request.body)
    alike = len(known & found) / max(1, len(known | found))
    if alike < _ALIKE:
        return []
    return [_Mark(weight=_SHAPE * alike, reason="its body has the keys of this provider's events")]


def _agent(provider: Provider, request: Request) -> list[_Mark]:
    """Whether the sender's own name for itself is the provider's."""
    agent = (request.headers.get("User-Agent") or "").lower().replace(" ", "")
    names = {provider.id, provider.id.replace("-", ""), *provider.aliases}
    if any(len(name) >= _LEAST_NAME and name in agent for name in names):
        return [_Mark(weight=_AGENT, reason="its User-Agent says so")]
    return []


def _handshake(provider: Provider, parts: Parts) -> list[_Mark]:
    """Whether the request is one by which the provider checks an endpoint."""
    for verified in (True, False):
        try:
            found = find_handshake(provider.handshakes, parts, verified=verified)
        except HookproofError:
            continue
        # A bare method, or a place that anything has, tells nobody from another.
        if found is not None and found.conditions:
            said = any(isinstance(expected, str) for _, expected in found.conditions)
            weight = _SAID if said else _CHALLENGE
            return [_Mark(weight=weight, reason="it is one of its verification requests")]
    return []


def _has(parts: Parts, place: Component) -> bool:
    try:
        return bool(place.read(parts))
    except HookproofError:
        return False
