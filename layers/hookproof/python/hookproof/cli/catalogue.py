"""The catalogue as people look at it: what each provider's file says, and how it is proven."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hookproof.algorithms import ASYMMETRIC
from hookproof.provider import Provider
from hookproof.registry import get_provider, provider_ids
from hookproof.scheme import Scheme

_HERE = Path(__file__).parent
_PROVIDERS = _HERE.parent / "providers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the catalogue.

    ``schemes``: the families of its ways to sign, the usual one first; ``vectors``: how many
    test vectors prove that its genuine deliveries are accepted.
    """

    provider: Provider
    schemes: tuple[str, ...]
    aliases: tuple[str, ...]
    vectors: int
    source: str

    @property
    def id(self) -> str:
        """The provider's id."""
        return self.provider.id

    def matches(self, words: Sequence[str]) -> bool:
        """Whether each word occurs in the id, the name, the aliases, the category or a scheme."""
        provider = self.provider
        texts = (provider.id, provider.name, provider.category, *self.aliases, *self.schemes)
        joined = "\n".join(texts).lower()
        return all(word.lower() in joined for word in words)


def entries() -> tuple[Entry, ...]:
    """The whole catalogue, sorted by id."""
    return tuple(entry_of(get_provider(name)) for name in provider_ids())


def entry_of(provider: Provider) -> Entry:
    """The provider's line in the catalogue."""
    proof = _proofs().get(provider.id, {})
    return Entry(
        provider=provider,
        schemes=tuple(dict.fromkeys(family(scheme) for scheme in provider.schemes)),
        aliases=(*provider.aliases, *_aliases().get(provider.id, ())),
        vectors=int(str(proof.get("vectors", 0))),
        source=str(proof.get("source", "")),
    )


def document_of(provider: Provider) -> Mapping[str, object]:
    """The provider's file as it is written."""
    document: Mapping[str, object] = json.loads((_PROVIDERS / f"{provider.id}.json").read_bytes())
    return document


def schema() -> Mapping[str, object]:
    """The JSON Schema of provider files."""
    document: Mapping[str, object] = json.loads((_PROVIDERS / "schema.json").read_bytes())
    return document


def family(scheme: Scheme) -> str:
    """The family that a way of signing belongs to.

    One of hmac, digest, token, basic, ed25519, ecdsa, rsa, standard-webhooks, and the names of
    the modules that sign in their own way: jwt, http-message-signatures …
    """
    if scheme.module != "signed":
        return scheme.module.replace("_", "-")
    if scheme.signature.form == "versioned":
        return "standard-webhooks"
    names = scheme.algorithm.names or tuple(scheme.algorithm.named.values())
    name = names[0] if names else "token"
    if name in ASYMMETRIC:
        return name.partition("-")[0]
    if name == "token":
        is_basic = any(prefix.lower() == "basic " for prefix in scheme.signature.prefixes)
        return "basic" if is_basic else "token"
    return "hmac" if name.startswith("hmac-") else "digest"


@cache
def _aliases() -> Mapping[str, Sequence[str]]:
    """The other names of each id."""
    file = _PROVIDERS / "aliases.json"
    named: dict[str, list[str]] = {}
    for alias, name in json.loads(file.read_bytes()).items() if file.is_file() else ():
        named.setdefault(str(name), []).append(str(alias))
    return named


def names() -> tuple[str, ...]:
    """Every id and every alias, for suggestions."""
    return (*provider_ids(), *(alias for aliases in _aliases().values() for alias in aliases))


@cache
def _proofs() -> Mapping[str, Mapping[str, object]]:
    document: Mapping[str, Mapping[str, object]] = json.loads((_HERE / "proofs.json").read_bytes())
    return document
