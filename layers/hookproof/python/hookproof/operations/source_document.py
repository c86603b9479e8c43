"""A source's secret JSON as a value to edit: secrets by tenant, and what may be shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hookproof.errors import ConfigurationError, UnknownSource
from hookproof.sources import SecretVersions, Source

MAIN = ""
"""The place of the source's own secret, beside those of its tenants."""

_HIDDEN = ("secret", "tenants")


def document_of(name: str, text: str) -> dict[str, Any]:
    """The JSON object that a stored text is; a bare secret becomes one.

    Raises: ConfigurationError.
    """
    if not text.lstrip().startswith("{"):
        return {"provider": name, "secret": text}
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ConfigurationError(f"the secret of {name!r}: not JSON") from error
    return document


def written(document: Mapping[str, Any]) -> str:
    """The text to store."""
    return json.dumps(document, ensure_ascii=False)


def check(name: str, document: Mapping[str, Any]) -> Source:
    """Parse every key, as the function will. Raises: ConfigurationError naming the one at fault."""
    source = Source.of(name, SecretVersions(current=written(document)))
    for tenant in document.get("tenants") or {}:
        try:
            source.for_tenant(tenant)
        except ConfigurationError as error:
            raise ConfigurationError(f"tenant {tenant!r}: {error}") from error
        except UnknownSource as error:
            raise ConfigurationError(f"tenant {tenant!r}: expected a secret") from error
    return source


def secrets_at(document: Mapping[str, Any], place: str) -> list[Any]:
    """The secrets of a place, newest first; a place is a tenant, or ``MAIN``."""
    found = document.get("secret") if place == MAIN else (document.get("tenants") or {}).get(place)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def places(document: Mapping[str, Any]) -> list[str]:
    """Every place that has a secret."""
    main = [MAIN] if document.get("secret") is not None else []
    return [*main, *(document.get("tenants") or {})]


def with_secrets(document: Mapping[str, Any], place: str, secrets: list[Any]) -> dict[str, Any]:
    """The document with other secrets at a place; without any, the place goes."""
    value = secrets[0] if len(secrets) == 1 else secrets
    if place == MAIN:
        changed = {**document, "secret": value}
        return changed if secrets else {k: v for k, v in changed.items() if k != "secret"}
    tenants = {k: v for k, v in (document.get("tenants") or {}).items() if k != place}
    if secrets:
        tenants[place] = value
    rest = {k: v for k, v in document.items() if k != "tenants"}
    return {**rest, "tenants": tenants} if tenants else rest


def lost_by(
    change: Mapping[str, Any], *, current: Mapping[str, Any], previous: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """What counts now, as previous, and would not any more: storing a change replaces it.

    Secrets by place, of places that the change leaves.
    """
    lost = {}
    for place in places(change):
        known = [*secrets_at(change, place), *secrets_at(current, place)]
        gone = [one for one in secrets_at(previous, place) if one not in known]
        if gone:
            lost[place] = gone
    return lost


def newest_only(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the first secret of each place alone."""
    changed = dict(document)
    for place in places(document):
        changed = with_secrets(changed, place, secrets_at(document, place)[:1])
    return changed


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown: everything but the secrets, of which only the number."""
    facts = {key: value for key, value in document.items() if key not in _HIDDEN}
    tenants = {name: len(secrets_at(document, name)) for name in document.get("tenants") or {}}
    return {**facts, "secrets": len(secrets_at(document, MAIN)), "tenants": tenants}
