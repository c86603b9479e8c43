"""Source: what a secret's JSON says of one configured endpoint, validated, its keys parsed once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, lru_cache

from hookproof.errors import (
    ConfigurationError,
    UnknownSource,
    VerificationError,
)
from hookproof.keys import Key, Secret
from hookproof.messages import Request
from hookproof.provider import Provider
from hookproof.schemes import Fetch
from hookproof.source_settings import SourceSettings
from hookproof.values import field, frozen, replace
from hookproof.verified import Verified
from hookproof.verifier import Verifier

DEFAULT_OVERLAP = 86_400
MAX_TENANTS = 256  # of a source that are kept ready, 1 to 6 KB each


@frozen
class SecretVersions:
    """The texts of one stored secret: the current one, and the one before it.

    ``rotated_at``: when the current one came, in seconds since 1970.
    """

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    rotated_at: float | None = None


@frozen
class Source:
    """A configured endpoint, or one tenant of it, ready to verify requests."""

    name: str
    tenant: str | None
    settings: SourceSettings
    previous: SourceSettings | None
    previous_until: float
    verifier: Verifier | None
    previous_verifier: Verifier | None

    @classmethod
    def of(cls, name: str, versions: SecretVersions, *, overlap: float = DEFAULT_OVERLAP) -> Source:
        """The source of this name. ``overlap``: seconds for which the previous secret counts.

        Raises: ConfigurationError naming what is wrong in the secret.
        """
        settings = SourceSettings.from_text(name, versions.current)
        previous = None
        if versions.previous is not None and versions.rotated_at is not None:
            previous = _readable(name, versions.previous)
        return cls(
            name=name,
            tenant=None,
            settings=settings,
            previous=previous,
            previous_until=(versions.rotated_at or 0) + overlap,
            verifier=_verifier(settings, settings.secrets),
            previous_verifier=None if previous is None else _previous(previous, previous.secrets),
        )

    @cached_property
    def for_tenant(self) -> Callable[[str], Source]:
        """What gives the source with the secrets of one tenant. It raises UnknownSource."""
        return lru_cache(MAX_TENANTS)(self._of_tenant)

    def _of_tenant(self, tenant: str) -> Source:
        secrets = self.settings.tenants.get(tenant)
        if secrets is None:
            raise UnknownSource(f"source {self.name!r} has no tenant {tenant!r}")
        before = self.previous.tenants.get(tenant) if self.previous else None
        return replace(
            self,
            tenant=tenant,
            verifier=_verifier(self.settings, secrets),
            previous_verifier=_previous(self.previous, before)
            if self.previous and before
            else None,
        )

    @property
    def provider(self) -> Provider:
        """The provider that calls this endpoint."""
        return self.settings.provider

    @property
    def key(self) -> Key:
        """The current key, for answers to challenges. Raises: UnknownSource."""
        if self.verifier is None:
            raise UnknownSource(f"source {self.name!r} has tenants only")
        return self.verifier.key

    @property
    def path(self) -> str:
        """The endpoint's path, which is also the CloudEvents ``source``."""
        return f"/webhooks/{self.name}" + (f"/{self.tenant}" if self.tenant else "")

    def verify(
        self, request: Request, *, now: float, fetch: Fetch | None = None
    ) -> tuple[Verified, str]:
        """The verified request, and which secret proved it.

        That is ``current``, ``previous``, or for the second of a list ``current.1``.

        Raises: VerificationError, UnknownSource, ConfigurationError, Unavailable.
        """
        if self.verifier is None:
            raise UnknownSource(f"source {self.name!r} has tenants only")
        try:
            verified = self.verifier.verify(request, now=now, fetch=fetch)
        except VerificationError:
            if self.previous_verifier is None or now > self.previous_until:
                raise
            return self._by_previous(request, now=now, fetch=fetch)
        return verified, _label("current", verified)

    def public(self, request: Request) -> Request:
        """The request with the URL that the provider was given, where the source names it."""
        if self.settings.url is None:
            return request
        base, _, own_query = self.settings.url.partition("?")
        if self.tenant:
            filled = base.replace("{tenant}", self.tenant)
            base = filled if filled != base else f"{base}/{self.tenant}"
        query = request.query or own_query
        return replace(request, url=f"{base}?{query}" if query else base)

    def _by_previous(
        self, request: Request, *, now: float, fetch: Fetch | None
    ) -> tuple[Verified, str]:
        assert self.previous_verifier is not None  # noqa: S101 - verify has looked
        assert self.verifier is not None  # noqa: S101
        try:
            verified = self.previous_verifier.verify(request, now=now, fetch=fetch)
        except VerificationError:
            # What the current secret says of the request is what counts.
            self.verifier.verify(request, now=now, fetch=fetch)
            raise
        return verified, _label("previous", verified)


def _label(stage: str, verified: Verified) -> str:
    return f"{stage}.{verified.secret_index}" if verified.secret_index else stage


def _readable(name: str, text: str) -> SourceSettings | None:
    # A previous secret that was never right must not take the current one down.
    with suppress(ConfigurationError):
        return SourceSettings.from_text(name, text)
    return None


def _previous(settings: SourceSettings, secrets: tuple[Secret, ...]) -> Verifier | None:
    # The same for one that can be read, and holds no key.
    with suppress(ConfigurationError):
        return _verifier(settings, secrets)
    return None


def _verifier(settings: SourceSettings, secrets: tuple[Secret, ...]) -> Verifier | None:
    needs_none = any(scheme.key_source for scheme in settings.provider.schemes)
    if not secrets and needs_none and not settings.tenants:
        secrets = ({},)
    if not secrets and settings.tenants:
        return None
    return Verifier.of(settings.provider, secrets, tolerance=settings.tolerance)
