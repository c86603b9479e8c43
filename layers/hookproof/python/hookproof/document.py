"""Reading a JSON object whose keys are fixed, with errors that name the key and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hookproof.errors import ConfigurationError


class Fields:
    """The keys of one JSON object, taken one by one; ``done`` refuses what was not taken."""

    __slots__ = ("_left", "_where")

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, Mapping):
            raise ConfigurationError(f"{where}: expected a JSON object")
        self._left = dict(document)
        self._where = where

    def where(self, key: str) -> str:
        """The key with the path that leads to it, for messages."""
        return f"{self._where}.{key}" if self._where else key

    def take(self, key: str) -> object:
        """The value as it stands, None when absent."""
        return self._left.pop(key, None)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required when there is no default."""
        value = self._left.pop(key, default)
        if not isinstance(value, str):
            raise ConfigurationError(f"{self.where(key)}: expected a text")
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None when the key is absent or null."""
        return None if self._left.get(key) is None else self.text(key)

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of the words that are allowed here."""
        value = self.text(key, default)
        if value not in allowed:
            words = ", ".join(allowed)
            raise ConfigurationError(f"{self.where(key)}: expected one of {words}; found {value!r}")
        return value

    def texts(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one."""
        value = self._left.pop(key, default)
        if isinstance(value, str):
            return (value,)
        if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ConfigurationError(f"{self.where(key)}: expected a text or a list of texts")

    def texts_by_name(self, key: str) -> dict[str, str]:
        """An object whose values are all texts; empty when absent."""
        value = self._left.pop(key, None) or {}
        if isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values()):
            return dict(value)
        raise ConfigurationError(f"{self.where(key)}: expected an object of texts")

    def number(self, key: str, default: float | None = None) -> float | None:
        """A number that is not negative, or None when the value is null."""
        value = self._left.pop(key, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise ConfigurationError(f"{self.where(key)}: expected a number of at least 0 or null")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._left.pop(key, default)
        if not isinstance(value, bool):
            raise ConfigurationError(f"{self.where(key)}: expected true or false")
        return value

    def objects(self, key: str) -> tuple[object, ...]:
        """A list, empty when absent."""
        value = self._left.pop(key, None)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise ConfigurationError(f"{self.where(key)}: expected a list")
        return tuple(value)

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self._left.get(key) is not None

    def done(self) -> None:
        """Raises: ConfigurationError when a key is left that nobody knows."""
        if self._left:
            name = min(map(str, self._left))
            raise ConfigurationError(f"{self.where(name)}: not a key that is known here")


def mapping(value: object, where: str) -> Mapping[str, object]:
    """The JSON object, empty for null. Raises: ConfigurationError naming ``where``."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{where}: expected a JSON object")
    return value
