"""Case: a request, the way in which it is checked, and the secrets that are tried on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hookproof.errors import HookproofError
from hookproof.keys import Secret
from hookproof.messages import Request
from hookproof.provider import Provider
from hookproof.scheme import Scheme
from hookproof.schemes import Fetch
from hookproof.verifier import Verified, Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one refused request.

    ``secrets``: what the source accepts now. ``retired``: what it accepted before. ``others``:
    the secrets of other sources and tenants, by name. ``fetch`` as for ``Verifier.verify``.
    """

    request: Request
    provider: Provider
    secrets: tuple[Secret, ...] = field(repr=False)
    now: float
    tolerance: float | None = None
    retired: tuple[Secret, ...] = field(default=(), repr=False)
    others: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    fetch: Fetch | None = None

    def verify(self) -> Verified:
        """The verified request, freshness judged. Raises: HookproofError."""
        verifier = Verifier.of(self.provider, self.secrets, tolerance=self.tolerance)
        return verifier.verify(self.request, now=self.now, fetch=self.fetch)

    def proves(self) -> Verified | None:
        """The verified request whatever its age, or None when nothing proves it."""
        try:
            verifier = Verifier.of(self.provider, self.secrets, tolerance=math.inf)
            return verifier.verify(self.request, now=self.now, fetch=self.fetch)
        except HookproofError:
            return None

    def with_request(self, request: Request) -> Case:
        """The same case for another form of the request."""
        return replace(self, request=request)

    def with_body(self, body: bytes) -> Case:
        """The same case with another body."""
        return self.with_request(replace(self.request, body=body))

    def with_secret(self, secret: Secret) -> Case:
        """The same case with one other secret."""
        return replace(self, secrets=(secret,))

    def with_schemes(self, schemes: tuple[Scheme, ...]) -> Case:
        """The same case with other ways of signing."""
        return replace(self, provider=replace(self.provider, schemes=schemes))

    @property
    def covers(self) -> frozenset[str]:
        """The kinds of components that any of the provider's signatures covers."""
        covered = {
            component.kind
            for scheme in self.provider.schemes
            for component in (scheme.base.components if scheme.base else ())
        }
        if any(scheme.body_digest or scheme.module != "signed" for scheme in self.provider.schemes):
            covered |= {"body", "url", "form"}
        return frozenset(covered)
