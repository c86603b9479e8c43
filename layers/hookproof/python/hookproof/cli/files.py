"""Reading and writing the files that a command line names, with errors that name them too."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from hookproof.errors import ConfigurationError

STANDARD = "-"
_LIMIT = 64 * 1024 * 1024


def shown(name: str) -> str:
    """The file's name for messages."""
    return "standard input" if name == STANDARD else name


def read_bytes(name: str) -> bytes:
    """The bytes of the file, or of standard input for ``-``. Raises: ConfigurationError."""
    try:
        if name == STANDARD:
            data = sys.stdin.buffer.read(_LIMIT + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{shown(name)}: cannot be read: {_reason(error)}") from error
    if len(data) > _LIMIT:
        raise ConfigurationError(f"{shown(name)}: larger than {_LIMIT >> 20} MiB")
    return data


def read_text(name: str) -> str:
    """The text of the file. Raises: ConfigurationError when it is not UTF-8."""
    try:
        return read_bytes(name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{shown(name)}: expected UTF-8 text; byte {error.start} is none"
        ) from error


def read_json(name: str) -> object:
    """The JSON document of the file. Raises: ConfigurationError naming the place at fault."""
    return parse_json(read_text(name), shown(name))


def parse_json(text: str, where: str) -> object:
    """The JSON document that the text is. Raises: ConfigurationError naming the place at fault."""
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            f"{where}: not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise ConfigurationError(f"{where}: not JSON that can be read: {error}") from error
    return document


def write_text(name: str, text: str) -> None:
    """Write the file, or standard output for ``-``. Raises: ConfigurationError."""
    write_bytes(name, text.encode("utf-8", "surrogateescape"))


def write_bytes(name: str, data: bytes) -> None:
    """Write the file, or standard output for ``-``. Raises: ConfigurationError."""
    if name == STANDARD:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    try:
        Path(name).write_bytes(data)
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot be written: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
