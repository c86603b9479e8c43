"""The words of a shell command, as a POSIX shell with bash's ``$'…'`` reads them.

``shlex`` knows no ``$'…'``, in which browsers write bodies that are not plain ASCII, and works
on text, where a body is bytes.
"""

from __future__ import annotations

import re
import sys

from hookproof.errors import ConfigurationError

_WORD_PART = re.compile(
    rb"""\$'((?:[^'\\]|\\.)*)'"""  # 1: $'…', with C's escapes
    rb"""|'([^']*)'"""  # 2: '…', as it stands
    rb"""|"((?:[^"\\]|\\.)*)\""""  # 3: "…", where a backslash protects \ " $ ` and line ends
    rb"""|\\(\r?\n|.)"""  # 4: one protected character, or a line that goes on
    rb"""|([^\s'"\\]+)""",  # 5: anything plain
    re.DOTALL,
)
_HALF = b"\xed"  # the first byte of a surrogate, wherever there is one
_SPACE = re.compile(rb"\s+")
_IN_DOUBLE = re.compile(rb'\\(\r?\n|[\\"$`])', re.DOTALL)
_ESCAPE = re.compile(
    rb"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|.)", re.DOTALL
)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f"}
_NAMED |= {b"v": b"\v", b"e": b"\x1b", b"E": b"\x1b"}


def split_words(command: bytes, where: str) -> list[bytes]:
    r"""The words of the command. Raises: ConfigurationError where a quote is not closed.

    >>> split_words(b"curl -d $'a\\nb' \"c d\"", "x")
    [b'curl', b'-d', b'a\nb', b'c d']
    """
    words: list[bytes] = []
    position, word = 0, None
    while position < len(command):
        if space := _SPACE.match(command, position):
            if word is not None:
                words.append(word)
            position, word = space.end(), None
            continue
        part = _WORD_PART.match(command, position)
        if part is None:
            line = command.count(b"\n", 0, position) + 1
            raise ConfigurationError(f"{where}: a quote is not closed, from line {line} on")
        position = part.end()
        text = _unquoted(part)
        if text is not None:
            word = (word or b"") + text
    return words if word is None else [*words, word]


def _unquoted(part: re.Match[bytes]) -> bytes | None:
    escaped, single, double, protected, plain = part.groups()
    if escaped is not None:
        return _joined(_ESCAPE.sub(lambda found: _character(found[1]), escaped))
    if double is not None:
        return _IN_DOUBLE.sub(lambda found: b"" if found[1].endswith(b"\n") else found[1], double)
    if protected is not None:
        # None: the line goes on, and that neither begins nor ends a word.
        return None if protected.endswith(b"\n") else bytes(protected)
    return bytes(single if single is not None else plain)


def _character(code: bytes) -> bytes:
    kind = code[:1]
    if kind == b"x" and len(code) > 1:
        return bytes((int(code[1:], 16),))
    if kind in b"uU" and len(code) > 1:
        return _encoded(int(code[1:], 16))
    if kind.isdigit():
        return bytes((int(code, 8) & 0xFF,))
    return _NAMED.get(code, code)


def _encoded(number: int) -> bytes:
    return chr(min(number, sys.maxunicode)).encode("utf-8", "surrogatepass")


def _joined(text: bytes) -> bytes:
    r"""The text with each two ``\u`` that were halves of one character put together."""
    if _HALF not in text:
        return text
    try:
        units = text.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass")
        return units.decode("utf-16").encode()
    except UnicodeError:
        return text
