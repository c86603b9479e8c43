"""Source: what a secret's JSON says of one configured endpoint, validated, its keys parsed once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hookproof.components import parse_component
from hookproof.document import Fields
from hookproof.errors import (
    ConfigurationError,
    UnknownProvider,
    UnknownSource,
    VerificationError,
)
from hookproof.keys import Key, Secret
from hookproof.messages import Request
from hookproof.provider import Provider
from hookproof.registry import get_provider
from hookproof.schemes import Fetch
from hookproof.signature_base import Template
from hookproof.verifier import Verified, Verifier

DEFAULT_OVERLAP = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVersions:
    """The texts of one stored secret: the current one, and the one before it.

    ``rotated_at``: when the current one came, in seconds since 1970.
    """

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)
    rotated_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One version of a source's secret, read and checked."""

    provider: Provider
    secrets: tuple[Secret, ...] = field(repr=False)
    tenants: Mapping[str, tuple[Secret, ...]] = field(default_factory=dict, repr=False)
    tolerance: float | None = None
    url: str | None = None
    queue: str | None = None
    group: Template | None = None
    confirm: bool = False

    @classmethod
    def from_text(cls, name: str, text: str) -> SourceSettings:
        """The settings that a secret's text holds for the source ``name``.

        A text that is no JSON object is the signing secret itself, of the provider whose
        name the source has. Raises: ConfigurationError naming the key.
        """
        document = _json_object(text)
        if document is None:
            return cls(provider=_provider(name), secrets=(text,))
        fields = Fields(document, "")
        custom = fields.take("scheme")
        provider_id = fields.text("provider", name)
        settings = cls(
            provider=_provider(provider_id)
            if custom is None
            else Provider.from_json(custom, id=provider_id),
            secrets=_secrets(fields.take("secret"), "secret"),
            tenants={
                tenant: _secrets(secret, f"tenants.{tenant}")
                for tenant, secret in _object(fields.take("tenants"), "tenants").items()
            },
            tolerance=fields.number("tolerance"),
            url=fields.optional_text("url"),
            queue=fields.optional_text("queue"),
            group=_group(fields.optional_text("group")),
            confirm=fields.flag("confirm", default=False),
        )
        fields.done()
        return settings


@dataclass(frozen=True, slots=True, kw_only=True)
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
    def of(
        cls, name: str, versions: SecretVersions, *, overlap: float = DEFAULT_OVERLAP
    ) -> Source:
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
            previous_verifier=previous and _verifier(previous, previous.secrets),
        )

    def for_tenant(self, tenant: str) -> Source:
        """The source with the secrets of one tenant. Raises: UnknownSource."""
        secrets = self.settings.tenants.get(tenant)
        if secrets is None:
            raise UnknownSource(f"source {self.name!r} has no tenant {tenant!r}")
        before = self.previous.tenants.get(tenant) if self.previous else None
        return replace(
            self,
            tenant=tenant,
            verifier=_verifier(self.settings, secrets),
            previous_verifier=_verifier(self.previous, before)
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
        """The verified request, and which secret proved it: ``current``, ``previous``, ``current.1``.

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
    try:
        return SourceSettings.from_text(name, text)
    except ConfigurationError:
        # A previous secret that was never right must not take the current one down.
        return None


def _verifier(settings: SourceSettings, secrets: tuple[Secret, ...]) -> Verifier | None:
    needs_none = any(scheme.key_source for scheme in settings.provider.schemes)
    if not secrets and needs_none and not settings.tenants:
        secrets = ({},)
    if not secrets and settings.tenants:
        return None
    return Verifier.of(settings.provider, secrets, tolerance=settings.tolerance)


def _json_object(text: str) -> dict[str, object] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError("secret: expected JSON, since it starts with '{'") from error
    return document if isinstance(document, dict) else None


def _provider(name: str) -> Provider:
    try:
        return get_provider(name)
    except UnknownProvider as error:
        raise ConfigurationError(f"provider: {error}") from error


def _secrets(value: object, where: str) -> tuple[Secret, ...]:
    if value is None:
        return ()
    several = value if isinstance(value, list) else [value]
    for one in several:
        if not isinstance(one, str) and not _is_texts(one):
            raise ConfigurationError(f"{where}: expected a text, an object of texts, or a list")
    return tuple(one if isinstance(one, str) else _as_texts(one) for one in several)


def _is_texts(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _as_texts(value: Mapping[str, object]) -> dict[str, str]:
    # A JWKS may stand in the secret as an object: as a value of the secret it is text.
    return {
        name: one if isinstance(one, str) else json.dumps(one) for name, one in value.items()
    }


def _object(value: object, where: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{where}: expected a JSON object")
    return value


def _group(text: str | None) -> Template | None:
    if text is None:
        return None
    if "{" in text:
        return Template.parse(text, "group")
    parse_component(text, "group")
    return Template.parse("{" + text + "}", "group")
