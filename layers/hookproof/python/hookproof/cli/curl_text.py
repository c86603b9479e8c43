"""A request as a ``curl`` command that one can paste into a shell."""

from __future__ import annotations

import shlex

from hookproof.messages import Request


def write_curl(request: Request) -> str:
    """The command, one option a line; the body byte for byte."""
    options = [f"curl -X {request.method} {shlex.quote(request.url)}"]
    options += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers]
    pipe = ""
    if b"\0" in request.body:
        # No word of a shell can hold a NUL.
        pipe = f"printf '{_octal(request.body)}' | "
        options.append("--data-binary @-")
    elif request.body:
        options.append(f"--data-raw {_quoted(request.body)}")
    return pipe + " \\\n  ".join(options) + "\n"


def _quoted(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if text and all(one.isprintable() or one == "\n" for one in text):
        return shlex.quote(text)
    return "$'" + "".join(_escaped(octet) for octet in body) + "'"


def _escaped(octet: int) -> str:
    character = chr(octet)
    return character if character.isascii() and character.isalnum() else f"\\x{octet:02x}"


def _octal(body: bytes) -> str:
    return "".join(f"\\{octet:03o}" for octet in body)
