"""Hypotheses about the way of signing: algorithm, form of the signature, another provider."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from hookproof.algorithms import HASHES
from hookproof.components import Parts
from hookproof.errors import HookproofError
from hookproof.explain.case import Case
from hookproof.provider import Provider
from hookproof.registry import get_provider, provider_ids
from hookproof.scheme import AlgorithmChoice, Scheme
from hookproof.signature_field import SignatureField

_ENCODINGS = (("hex",), ("base64",), ("base64url",), ("base64", "hex"), ("percent", "base64"))
# Many providers sign by these two; their own names are the likelier answer.
_GENERAL = frozenset({"standard-webhooks", "svix"})
_ESTABLISHED = ("sdk", "docs", "third-party", "custom")
_PREFIXES = ("sha256=", "sha1=", "sha512=", "v0=", "v1=", "v1,", "Bearer ", "hmac ", "HMAC ", "0x")


def algorithms(case: Case) -> Iterator[tuple[Case, str]]:
    """Another hash than the expected one."""
    for name in HASHES:
        schemes = tuple(
            replace(scheme, algorithm=AlgorithmChoice(names=(_swapped(scheme, name),)))
            for scheme in case.provider.schemes
            if _is_keyed_hash(scheme)
        )
        if schemes and schemes != case.provider.schemes:
            yield case.with_schemes(schemes), f"the signature is made with hmac-{name}"


def signature_forms(case: Case) -> Iterator[tuple[Case, str]]:
    """The signature in another encoding, or with another prefix."""
    schemes = case.provider.schemes
    for encodings in _ENCODINGS:
        changed = tuple(
            _with_field(one, replace(one.signature, encodings=encodings)) for one in schemes
        )
        if changed != schemes:
            words = " in ".join(encodings)
            yield case.with_schemes(changed), f"the signature is written in {words}"
            yield case.with_schemes(_plain(changed)), f"the signature is written in {words}, bare"
            yield from _prefixed(case, changed, f", in {words}")
    yield case.with_schemes(_plain(schemes)), "the signature is written without its prefix"
    yield from _prefixed(case, schemes, "")


def providers(case: Case) -> Iterator[tuple[Case, str]]:
    """Another provider of the catalogue whose signature stands in this request.

    Those whose event id and type are there too come first: many sign alike.
    """
    present = [one for one in _catalogue() if one.id != case.provider.id and _is_sender(one, case)]
    for provider in sorted(present, key=lambda one: _unlikeliness(one, case)):
        yield replace(case, provider=provider), f"it verifies as {provider.name} ({provider.id})"


def signature_is_present(case: Case) -> bool:
    """Whether the request has a header in which the case's own provider signs."""
    return _is_sender(case.provider, case)


def _catalogue() -> Iterator[Provider]:
    for name in provider_ids():
        with contextlib.suppress(HookproofError):
            yield get_provider(name)


def _is_sender(provider: Provider, case: Case) -> bool:
    return any(_is_present(scheme, case) for scheme in provider.schemes)


def _unlikeliness(provider: Provider, case: Case) -> tuple[int, bool, int, str]:
    parts = Parts(case.request)
    headers = [
        component
        for template in (*provider.event.id, *provider.event.type)
        for component in template.components
        if component.kind == "header" and parts.read(component)
    ]
    established = _ESTABLISHED.index(provider.established)
    return -len(headers), provider.id not in _GENERAL, established, provider.id


def _is_keyed_hash(scheme: Scheme) -> bool:
    names = scheme.algorithm.names
    return bool(names) and names[0].removeprefix("hmac-") in HASHES


def _swapped(scheme: Scheme, name: str) -> str:
    return f"hmac-{name}" if scheme.algorithm.names[0].startswith("hmac-") else name


def _with_field(scheme: Scheme, field: SignatureField) -> Scheme:
    return replace(scheme, signature=field)


def _plain(schemes: tuple[Scheme, ...]) -> tuple[Scheme, ...]:
    return tuple(
        _with_field(one, replace(one.signature, form="plain"))
        if one.signature.form == "prefix"
        else one
        for one in schemes
    )


def _prefixed(case: Case, schemes: tuple[Scheme, ...], words: str) -> Iterator[tuple[Case, str]]:
    for prefix in _PREFIXES:
        changed = tuple(
            _with_field(one, replace(one.signature, form="prefix", prefixes=(prefix,)))
            for one in schemes
            if one.signature.form in ("plain", "prefix") and prefix not in one.signature.prefixes
        )
        if changed:
            yield (
                case.with_schemes(changed),
                f"the signature is written with {prefix.strip()} in front{words}",
            )


def _is_present(scheme: Scheme, case: Case) -> bool:
    return any(
        place.kind == "header" and place.name in case.request.headers
        for place in scheme.signature.places
    )
