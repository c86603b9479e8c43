"""Hypotheses about the way of signing: another algorithm, another provider."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from functools import cache

from hookproof.algorithms import ASYMMETRIC, HASHES
from hookproof.components import Component, Parts
from hookproof.errors import HookproofError
from hookproof.explain.case import Case, is_asymmetric
from hookproof.jose import JOSE_NAMES
from hookproof.provider import Provider
from hookproof.registry import get_provider, provider_ids
from hookproof.scheme import AlgorithmChoice, Scheme
from hookproof.values import replace

# Many providers sign by these two; their own names are the likelier answer.
_GENERAL = frozenset({"standard-webhooks", "svix"})
_ESTABLISHED = ("sdk", "docs", "third-party", "custom")
# A header that more providers than these sign in says nothing of the sender.
_FEW = 3


def algorithms(case: Case) -> Iterator[tuple[Case, str]]:
    """Another algorithm of the same kind as the expected one."""
    for name in (*HASHES, *ASYMMETRIC):
        changed = tuple(_by(one, name) for one in case.provider.schemes)
        schemes = tuple(one for one in changed if one is not None)
        if schemes and schemes != case.provider.schemes:
            shown = schemes[0].algorithm.names[0]
            yield case.with_schemes(schemes), f"the signature is made with {shown}"


def providers(case: Case) -> Iterator[tuple[Case, str]]:
    """Another provider of the catalogue whose signature stands in this request.

    Those of which more is in the request come first: many sign alike.
    """
    present = [
        provider
        for provider in _catalogue()
        if provider.id != case.provider.id and _is_sender(provider, case)
    ]
    for provider in sorted(present, key=lambda one: _unlikeliness(one, case)):
        # Who knows a public key could make a keyed hash with it. Nothing is fetched for a guess.
        schemes = tuple(
            one for one in provider.schemes if is_asymmetric(one) or not case.has_public_keys
        )
        if schemes:
            other = replace(provider, schemes=schemes)
            yield (
                replace(case, provider=other, fetch=None),
                f"it verifies as {provider.name} ({provider.id})",
            )


def traces(provider: Provider, case: Case) -> int:
    """How many headers of the request only this provider, or few, would send."""
    places = [place for scheme in provider.schemes for place in _places(scheme)]
    places += [one for template in (*provider.event.id, *provider.event.type)
               for one in template.components]  # fmt: skip
    names = {place.name.lower() for place in places if place.kind == "header"}
    names |= {name.lower() for name in provider.event.context}
    return sum(name in case.request.headers and _senders()[name] <= _FEW for name in names)


def _by(scheme: Scheme, name: str) -> Scheme | None:
    """The scheme with the algorithm, where that is of the same kind."""
    names = scheme.algorithm.names or tuple(scheme.algorithm.named.values())
    other = _alike(names, name) if names else None
    if other is None or other in names:
        return None
    if scheme.module != "signed" and not set(names) | {other} <= set(JOSE_NAMES):
        # The other modules choose by themselves.
        return None
    field, old = scheme.signature, names[0].removeprefix("hmac-")
    # Where the prefix names the algorithm, it names the other one, or has stayed.
    renamed = tuple(prefix.replace(old, name) for prefix in field.prefixes)
    return replace(
        scheme,
        algorithm=AlgorithmChoice(names=(other,)),
        signature=replace(field, prefixes=tuple(dict.fromkeys((*field.prefixes, *renamed)))),
    )


def _alike(names: tuple[str, ...], name: str) -> str | None:
    """The algorithm as these are written; None for one of another kind."""
    if set(names) <= set(ASYMMETRIC):
        is_of_family = name.partition("-")[0] == names[0].partition("-")[0]
        return name if name in ASYMMETRIC and is_of_family else None
    if name in HASHES and names[0].removeprefix("hmac-") in HASHES:
        return f"hmac-{name}" if names[0].startswith("hmac-") else name
    return None


def _catalogue() -> Iterator[Provider]:
    for name in provider_ids():
        with contextlib.suppress(HookproofError):
            yield get_provider(name)


@cache
def _senders() -> Counter[str]:
    """How many providers sign in each header, or name it in their events."""
    counts: Counter[str] = Counter()
    for provider in _catalogue():
        places = [place for scheme in provider.schemes for place in _places(scheme)]
        counts.update({place.name.lower() for place in places if place.kind == "header"})
    return counts


def _places(scheme: Scheme) -> Iterator[Component]:
    yield from scheme.signature.places
    yield from (component for component in (scheme.base.components if scheme.base else ()))
    if scheme.timestamp is not None:
        yield scheme.timestamp.place


def _is_sender(provider: Provider, case: Case) -> bool:
    """Whether a signature of this provider may stand in the request."""
    parts = Parts(case.request)
    for scheme in provider.schemes:
        for place in scheme.signature.places:
            with contextlib.suppress(HookproofError):
                if place.read(parts):
                    return True
    return False


def _unlikeliness(provider: Provider, case: Case) -> tuple[int, bool, int, str]:
    established = _ESTABLISHED.index(provider.established)
    return -traces(provider, case), provider.id not in _GENERAL, established, provider.id
