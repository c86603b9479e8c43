"""A request as a ``curl`` command that one can paste into a shell."""

from __future__ import annotations

import shlex

from hookproof.messages import Request


def write_curl(request: Request) -> str:
    """The command, one option a line; the body byte for byte."""
    options = [f"curl -X {request.method} {shlex.quote(request.url)}"]
    options += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers]
    if request.body:
        options.append(f"--data-binary {_quoted(request.body)}")
    return " \\\n  ".join(options) + "\n"


def _quoted(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    # curl would read a file for a body that starts with @, and a shell's words hold no NUL.
    if text and text[0] != "@" and all(one.isprintable() or one == "\n" for one in text):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(octet) for octet in body) + "'"


def _escaped(octet: int) -> str:
    character = chr(octet)
    return character if character.isascii() and character.isalnum() else f"\\x{octet:02x}"
