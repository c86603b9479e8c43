"""Secret text -> Key: the octets (or the key object) that an algorithm works with.

A secret is a text, or an object of texts where a provider needs several values. Nothing
empty ever becomes a key.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hookproof.document import Fields
from hookproof.encodings import decode
from hookproof.errors import ConfigurationError
from hookproof.values import field, frozen

if TYPE_CHECKING:
    from hookproof.template import Template

Secret = str | Mapping[str, str]

ENCODINGS = ("utf8", "hex", "base64", "base64url", "pem", "jwk", "jwks")
_AS_TEXT = ("utf8", "pem", "jwk", "jwks")
_OWN_FORM = ("-----BEGIN", "{")
NORMALIZATIONS = ("NFKD", "ed25519-seed")


class WrongKey(ConfigurationError):
    """The key is one, but not for this algorithm: of another kind, or on another curve."""


class Key:
    """One key: ``octets`` for keyed hashes, ``values`` of the secret it came from.

    ``loaded`` keeps what the algorithms made of the octets, by their names: public keys that
    are parsed, a keyed hash that has taken its key.
    """

    __slots__ = ("loaded", "octets", "values")

    def __init__(self, octets: bytes, values: Mapping[str, str]) -> None:
        self.octets = octets
        self.values = values
        self.loaded: dict[str, object] = {}


@frozen
class SecretForm:
    """How a provider writes its secret, and which part of it is the key.

    ``names``: the values it needs; a trailing ``?`` marks one that may be left out.
    ``any_of``: names of which each is a key by itself. ``key``: template of the key's text.
    ``separator``: what stands between the values where they are written as one text.
    ``only``/``never``: prefixes that a text must have, or must not have, to be a key here
    (a public key must never serve as the shared secret of another way of signing).
    """

    encoding: str = "utf8"
    prefixes: tuple[str, ...] = ()
    normalize: str | None = None
    names: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    key: Template | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, document: object, where: str = "secret") -> SecretForm:
        """The form that the object describes. Raises: ConfigurationError naming the key."""
        from hookproof.template import Template

        fields = Fields(document if document is not None else {}, where)
        template = fields.optional_text("key")
        form = cls(
            encoding=fields.choice("encoding", ENCODINGS, "utf8"),
            prefixes=fields.texts("prefix"),
            normalize=fields.choice("normalize", NORMALIZATIONS)
            if fields.has("normalize")
            else None,
            names=fields.texts("names"),
            any_of=fields.texts("any_of"),
            key=None if template is None else Template.parse(template, f"{where}.key"),
            defaults=fields.texts_by_name("defaults"),
            separator=fields.optional_text("separator"),
            only=fields.texts("only"),
            never=fields.texts("never"),
        )
        fields.done()
        return form

    def values_of(self, secret: Secret) -> dict[str, str]:
        """The secret's values by name; a bare text is the first of them.

        Raises: ConfigurationError when one is missing or empty.
        """
        values = {**self.defaults, **_named(self._split(secret), self._first)}
        if "secret" in values:
            values.setdefault(self._first, values["secret"])
        for name in self.names:
            if not name.endswith("?") and name not in values and name not in self.any_of:
                raise ConfigurationError(f"secret: {name!r} is missing")
        if not self._complete(values):
            raise ConfigurationError(f"secret: expected {self._first!r}")
        values.setdefault("secret", values.get(self._first, ""))
        return values

    def keys_of(self, secret: Secret) -> tuple[Key, ...]:
        """Every key that the secret holds for this way of signing.

        Raises: ConfigurationError.
        """
        values = self.values_of(secret)
        if self.any_of:
            named = [name for name in self.any_of if values.get(name)] or ["secret"]
        else:
            named = ["secret"]
        return tuple(
            self._key(values, values[name]) for name in named if self._serves(values[name])
        )

    def octets_of(self, text: str) -> bytes:
        """The text's octets by the encoding, prefix taken off. Raises: ConfigurationError."""
        if self.normalize == "ed25519-seed":
            from hookproof.secret_texts import ed25519_of

            return ed25519_of(text)
        if self.normalize:
            import unicodedata

            text = unicodedata.normalize("NFKD", text)
        for prefix in sorted(self.prefixes, key=len, reverse=True):
            if text.startswith(prefix):
                text = text[len(prefix) :]
                break
        if self.encoding in _AS_TEXT or text.startswith(_OWN_FORM):
            octets = text.encode()
        else:
            octets = self._decoded(text)
        if not octets:
            raise ConfigurationError("secret: expected a text that is not empty")
        return octets

    def _complete(self, values: Mapping[str, str]) -> bool:
        if self.names and all(name.endswith("?") for name in self.names) and not self.any_of:
            return True
        named = (*self.names, *self.any_of, "secret")
        return bool(values.keys() & {name.rstrip("?") for name in named})

    @property
    def _first(self) -> str:
        return self.names[0].rstrip("?") if self.names else "secret"

    def _split(self, secret: Secret) -> Secret:
        if self.names and isinstance(secret, str) and secret.startswith("{"):
            from hookproof.secret_texts import object_of

            secret = object_of(secret, [name.rstrip("?") for name in self.names])
        if self.separator is None or not isinstance(secret, str) or self.separator not in secret:
            return secret
        names = [name.rstrip("?") for name in self.names]
        return dict(zip(names, secret.split(self.separator, len(names) - 1), strict=False))

    def _serves(self, text: str) -> bool:
        barred = bool(self.never) and text.startswith(self.never)
        return not barred and text.startswith(self.only or ("",))

    def _key(self, values: dict[str, str], text: str) -> Key:
        values = {**values, "secret": text}
        if self.key is None:
            return Key(self.octets_of(text) if text else b"", values)
        if not self.key.is_static:
            return Key(b"", values)
        return Key(self.key.render_static(values), values)

    def _decoded(self, text: str) -> bytes:
        try:
            if self.encoding in ("base64", "base64url"):
                return _any_base64(text)
            return decode(text.encode("ascii"), (self.encoding,))
        except (ValueError, binascii.Error) as error:
            raise ConfigurationError(f"secret: expected {self.encoding} text") from error


def _named(secret: object, first: str) -> dict[str, str]:
    """The secret's values by name, none of them empty. JSON may have put anything there."""
    if isinstance(secret, str) or is_key_set(secret):
        secret = {first: secret}
    if not isinstance(secret, Mapping):
        raise ConfigurationError("secret: expected a text or an object of texts")
    return {str(name): _text(str(name), value) for name, value in secret.items()}


def _text(name: str, value: object) -> str:
    if is_key_set(value):
        return json.dumps(value)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"secret {name!r}: expected a text that is not empty")
    return value


def is_key_set(value: object) -> bool:
    """Whether JSON was given where a JWK or JWKS is meant: it stands for its own text."""
    return isinstance(value, Mapping) and (
        isinstance(value.get("keys"), list) or isinstance(value.get("kty"), str)
    )


def _any_base64(text: str) -> bytes:
    # Consoles show keys in either alphabet, with and without padding; all mean the same octets.
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    padded = standard + "=" * (-len(standard) % 4)
    return binascii.a2b_base64(padded.encode("ascii"), strict_mode=True)
