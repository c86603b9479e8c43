"""SourceSettings: what a secret's JSON says of one configured endpoint, validated."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hookproof.components import parse_component
from hookproof.document import Fields, mapping
from hookproof.errors import ConfigurationError, UnknownProvider
from hookproof.keys import Secret, is_key_set
from hookproof.provider import Provider
from hookproof.registry import get_provider
from hookproof.template import Template
from hookproof.values import field, frozen


@frozen
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
                for tenant, secret in mapping(fields.take("tenants"), "tenants").items()
            },
            tolerance=fields.number("tolerance"),
            url=fields.optional_text("url"),
            queue=fields.optional_text("queue"),
            group=_group(fields.optional_text("group")),
            confirm=fields.flag("confirm", default=False),
        )
        fields.done()
        return settings


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
    # Null marks a slot that is empty, as where a provider has a primary and a secondary key.
    return tuple(_secret(one, where) for one in several if one is not None)


def _secret(value: object, where: str) -> Secret:
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError(f"{where}: expected a text, an object of texts, or a list")
    # A JWKS may stand in the secret as an object: as the secret, or a value of it, it is text.
    if is_key_set(value):
        return json.dumps(value)
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in value.items()}


def _group(text: str | None) -> Template | None:
    if text is None:
        return None
    if "{" in text:
        return Template.parse(text, "group")
    parse_component(text, "group")
    return Template.parse("{" + text + "}", "group")
