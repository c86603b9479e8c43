"""The sources of the laptop stack: a JSON file that maps source names to their secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hookproof.errors import ConfigurationError
from hookproof.sources import SecretVersions, Source

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_EXAMPLE = '{"stripe": {"provider": "stripe", "secret": "whsec_…"}}'
# Shorter texts would also stand for something else, somewhere in a delivery.
_LEAST_SECRET = 5


class SourcesFile:
    """The file, and what it said when it was last read; ``path`` None is an empty one.

    Raises: ConfigurationError that names the file, the source and the key at fault.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stamp = self._look()
        self.texts = self._read()

    def changes(self) -> dict[str, str]:
        """The sources that were added or changed since, after the file was written again."""
        stamp = self._look()
        if stamp == self._stamp:
            return {}
        self._stamp = stamp
        before, self.texts = self.texts, self._read()
        return {name: text for name, text in self.texts.items() if before.get(name) != text}

    def _look(self) -> tuple[int, int]:
        try:
            found = self._path.stat() if self._path else None
        except OSError:
            found = None
        return (found.st_mtime_ns, found.st_size) if found else (0, 0)

    def _read(self) -> dict[str, str]:
        return read_sources(self._path) if self._path else {}


def read_sources(path: Path) -> dict[str, str]:
    """The secret texts by source name, each checked as the function will check it.

    Raises: ConfigurationError that names the file, the source and the key at fault.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{path}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path}: must be an object of sources, such as {_EXAMPLE}")
    return {name: _checked(path, name, value) for name, value in document.items()}


def secret_texts(text: str) -> Iterator[str]:
    """Every text within a secret that must not be shown."""
    document = _document(text)
    if isinstance(document, dict):
        for key in ("secret", "tenants"):
            yield from _texts(document.get(key))
    else:
        yield from _texts(document)


def queue_of(text: str) -> str | None:
    """The queue that a source names for itself."""
    document = _document(text)
    queue = document.get("queue") if isinstance(document, dict) else None
    return queue if isinstance(queue, str) else None


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _checked(path: Path, name: str, value: Any) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{path}: {name!r}: a source's name has lower-case letters, digits, - and _ only"
        )
    if not isinstance(value, (str, dict)):
        raise ConfigurationError(f"{path}: {name}: must be an object such as {_EXAMPLE}")
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        Source.of(name, SecretVersions(current=text))
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {name}: {error}") from error
    return text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= _LEAST_SECRET:
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
