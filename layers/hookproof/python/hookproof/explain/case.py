"""Case: a request, the way in which it is checked, and the secrets that are tried on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hookproof.errors import HookproofError
from hookproof.explain.memory import Memory
from hookproof.keys import Secret
from hookproof.messages import Request
from hookproof.provider import Provider
from hookproof.scheme import Scheme
from hookproof.schemes import Fetch
from hookproof.values import replace
from hookproof.verified import Verified
from hookproof.verifier import Verifier

_PUBLIC_FORMS = ("-----BEGIN", "{")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one refused request.

    ``secrets``: what the source accepts now. ``retired``: what it accepted before. ``others``:
    the secrets of other sources and tenants, by name. ``urls``: what the public URL may be.
    ``fetch`` as for ``Verifier.verify``.
    """

    request: Request
    provider: Provider
    secrets: tuple[Secret, ...] = field(repr=False)
    now: float
    tolerance: float | None = None
    retired: tuple[Secret, ...] = field(default=(), repr=False)
    others: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    urls: tuple[str, ...] = ()
    fetch: Fetch | None = None
    memory: Memory = field(default_factory=Memory, repr=False, compare=False)

    def verify(self) -> Verified:
        """The verified request, freshness judged. Raises: HookproofError."""
        verifier = Verifier.of(self.provider, self.secrets, tolerance=self.tolerance)
        return verifier.verify(self.request, now=self.now, fetch=self._fetch)

    def proves(self) -> Verified | None:
        """The verified request whatever its age, or None when nothing proves it."""
        verifier = self.memory.verifier(self)
        if verifier is None:
            return None
        try:
            return verifier.verify(self.request, now=self.now, fetch=self._fetch)
        except HookproofError:
            return None

    def with_request(self, request: Request) -> Case:
        """The same case for another form of the request."""
        return replace(self, request=request)

    def with_body(self, body: bytes) -> Case:
        """The same case with another body."""
        return self.with_request(replace(self.request, body=body))

    def with_url(self, url: str) -> Case:
        """The same case at another URL."""
        return self.with_request(replace(self.request, url=url))

    def with_secret(self, secret: Secret) -> Case:
        """The same case with one other secret."""
        return replace(self, secrets=(secret,))

    def with_schemes(self, schemes: tuple[Scheme, ...]) -> Case:
        """The same case with other ways of signing."""
        return replace(self, provider=replace(self.provider, schemes=schemes))

    @property
    def has_public_keys(self) -> bool:
        """Whether the source's secrets are public keys: whoever signs by those proves nothing."""
        schemes = self.provider.schemes
        marks = tuple(mark for one in schemes if is_asymmetric(one) for mark in one.secret.only)
        return all(map(is_asymmetric, schemes)) or any(
            is_public(secret) or any(text.startswith(marks) for text in texts_of(secret))
            for secret in self.secrets
        )

    @property
    def covers(self) -> frozenset[str]:
        """The kinds of components that any of the provider's signatures covers."""
        return frozenset(kind for scheme in self.provider.schemes for kind in _covered(scheme))

    @property
    def _fetch(self) -> Fetch | None:
        return None if self.fetch is None else self.memory.fetching(self.fetch)


def as_texts(secret: object) -> Secret:
    """The secret with a key set, which may stand in it as JSON, as the text of that."""
    if not isinstance(secret, Mapping):
        return str(secret)
    if "keys" in secret or "kty" in secret:
        return json.dumps(secret)
    return {str(name): str(as_texts(one)) for name, one in secret.items()}


def is_asymmetric(scheme: Scheme) -> bool:
    """Whether what verifies there is a public key."""
    return scheme.module == "aws_sns" or scheme.algorithm.is_asymmetric


def is_public(secret: Secret) -> bool:
    """Whether the secret is written as public keys are."""
    return any(text.lstrip().startswith(_PUBLIC_FORMS) for text in texts_of(secret))


def texts_of(secret: Secret) -> tuple[str, ...]:
    """The texts of a secret, one or several."""
    return (secret,) if isinstance(secret, str) else tuple(secret.values())


def _covered(scheme: Scheme) -> Iterator[str]:
    for component in scheme.base.components if scheme.base else ():
        yield component.kind
    if scheme.body_digest is not None:
        yield from ("body", "form")
    if scheme.module != "signed":
        yield from ("body", "form", "url")
    # Signatures and times in the body or the query are found there, so those must be right too.
    places = [*scheme.signature.places, *([scheme.timestamp.place] if scheme.timestamp else [])]
    yield from (place.kind for place in places)
