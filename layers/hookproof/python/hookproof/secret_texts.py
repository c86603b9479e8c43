"""Secrets written in ways that few providers need; loaded only for those."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

# What PKCS#8 writes before the 32 octets of a seed. Source: RFC 8410 §7.
ED25519_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
_SEED_LENGTH = 32


def ed25519_of(text: str) -> bytes:
    """The private key whose seed is the text, repeated to its length. Source: botgo, signature."""
    seed = text.encode() * _SEED_LENGTH
    return ED25519_PKCS8 + seed[:_SEED_LENGTH]


def object_of(text: str, names: Collection[str]) -> str | Mapping[str, str]:
    """The object that the text writes, if it has one of the names; else the text itself."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, dict) and found.keys() & set(names) else text
