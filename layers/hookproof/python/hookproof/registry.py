"""provider_ids(), get_provider(id): opens ``providers/<id>.json`` on demand, and only that."""

from __future__ import annotations

import json
import os
from functools import cache

from hookproof.errors import UnknownProvider
from hookproof.provider import Provider

_FOLDER = os.path.join(os.path.dirname(__file__), "providers")  # noqa: PTH118, PTH120 - pathlib costs a cold start
_NOT_PROVIDERS = frozenset({"schema", "aliases"})


def provider_ids() -> tuple[str, ...]:
    """The ids of the whole catalogue, sorted."""
    files = os.listdir(_FOLDER)  # noqa: PTH208 - as above
    names = (name.removesuffix(".json") for name in files if name.endswith(".json"))
    return tuple(sorted(name for name in names if name not in _NOT_PROVIDERS))


@cache
def get_provider(name: str) -> Provider:
    """The provider of this id or alias, parsed once.

    Raises: UnknownProvider.

    >>> get_provider("stripe").name
    'Stripe'
    """
    if not _is_id(name):
        raise UnknownProvider("provider: expected a name of lower-case letters, digits and hyphens")
    document = _document(name)
    if document is None:
        alias = (_document("aliases") or {}).get(name)
        document = _document(alias) if isinstance(alias, str) else None
        if document is None or not isinstance(alias, str):
            raise UnknownProvider(f"no provider {name!r}; `hookproof providers` lists them all")
        name = alias
    return Provider.from_json(document, id=name)


def _is_id(name: str) -> bool:
    bare = name.replace("-", "")
    return bare.isascii() and bare.isalnum() and name == name.lower() and name not in _NOT_PROVIDERS


def _document(name: str) -> dict[str, object] | None:
    try:
        with open(os.path.join(_FOLDER, f"{name}.json"), "rb") as file:  # noqa: PTH118, PTH123
            document: dict[str, object] = json.loads(file.read())
    except FileNotFoundError:
        return None
    return document
