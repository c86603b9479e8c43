"""The same JSON document in the words of other serialisers: spacing, escapes, numbers, order.

Works on the pieces of the text, so that numbers and repeated keys stay as they were written.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hookproof.explain.json_numbers import other_numbers, single_numbers
from hookproof.explain.json_order import in_order

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+|\s+')
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPE = re.compile(r"\\u[0-9a-f]{4}")
_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"} | {
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
_PLAIN = json.JSONEncoder(ensure_ascii=False)
# How much text one body is rewritten to: writing all of it must stay within seconds.
_BUDGET, _FEWEST, _MOST = 12 * 1024 * 1024, 6, 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """White space between pieces. ``inline``: arrays stay on one line, as Jackson writes them."""

    words: str
    item: str = ","
    key: str = ":"
    indent: str | None = None
    line: str = "\n"
    inline: bool = False


SPACINGS = (
    Spacing(words="compact"),
    Spacing(words="with spaces", item=", ", key=": "),
    Spacing(words="indented by 2", key=": ", indent="  "),
    Spacing(words="indented by 4", key=": ", indent="    "),
    Spacing(words="indented by tabs", key=": ", indent="\t"),
    Spacing(words="with spaces after colons", key=": "),
    Spacing(words="with spaces after commas", item=", "),
    Spacing(words="indented by 2, with Windows line ends", key=": ", indent="  ", line="\r\n"),
    Spacing(words="indented as Jackson does", key=" : ", indent="  ", inline=True),
    Spacing(words="indented by 4, with Windows line ends", key=": ", indent="    ", line="\r\n"),
    Spacing(words="indented by 3", key=": ", indent="   "),
    Spacing(words="indented by 1", key=": ", indent=" "),
)


def writings(body: bytes) -> Iterator[tuple[bytes, str]]:
    """Other texts of the document, the likeliest first, as many as the size of it allows."""
    count = min(_MOST, max(_FEWEST, _BUDGET // (len(body) + 1)))
    seen = {body}
    for text, words in itertools.islice(_written(body), 4 * count):
        written = text.encode("utf-8", "surrogatepass")
        if written not in seen:
            seen.add(written)
            yield written, words
        if len(seen) > count:
            return


def _written(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        text = body.decode("utf-8", "surrogatepass")
        json.loads(text)
        received = _TOKEN.findall(text)
        pieces = [_plain(piece) for piece in received if not piece.isspace()]
        yield from _spaced_and_escaped(pieces, "")
        yield from _escaped("".join(map(_plain, received)), "spaced as received")
        ordered = in_order(pieces)
        yield from _spaced_and_escaped(ordered, ", keys sorted")
        yield from _renumbered(pieces)
        unchanged = [piece for piece in received if not piece.isspace()]
        for spacing in SPACINGS:
            yield _spaced(unchanged, spacing), spacing.words
        for numbers, words in (*other_numbers(received), *single_numbers(received)):
            yield "".join(numbers), f"spaced as received, {words}"
    except (ValueError, RecursionError):
        return


def _spaced_and_escaped(pieces: Sequence[str], words: str) -> Iterator[tuple[str, str]]:
    for spacing in SPACINGS:
        yield from _escaped(_spaced(pieces, spacing), spacing.words + words)


def _renumbered(pieces: Sequence[str]) -> Iterator[tuple[str, str]]:
    for numbers, words in other_numbers(pieces):
        for spacing in SPACINGS[:5]:
            yield from _escaped(_spaced(numbers, spacing), f"{spacing.words}, {words}")
    for numbers, words in single_numbers(pieces):
        yield "".join(numbers), f"compact, {words}"


def _plain(piece: str) -> str:
    """A string with as few escapes as possible; any other piece as it is."""
    return _PLAIN.encode(json.loads(piece)) if piece[0] == '"' and "\\" in piece else piece


def _escaped(text: str, words: str) -> Iterator[tuple[str, str]]:
    yield text, words
    for escape, more in _ESCAPES:
        escaped = escape(text)
        if escaped != text:
            yield escaped, f"{words}, {more}"


def _spaced(pieces: Sequence[str], spacing: Spacing) -> str:
    if spacing.indent is not None:
        return "".join(_lines(pieces, spacing, spacing.indent))
    marks = {",": spacing.item, ":": spacing.key}
    return "".join([marks.get(piece, piece) for piece in pieces])


def _lines(pieces: Sequence[str], spacing: Spacing, indent: str) -> Iterator[str]:
    depth, previous = 0, ""
    inside: list[bool] = []  # whether each open bracket breaks lines
    for piece in pieces:
        if piece in "}]":
            breaks = inside.pop()
            depth -= breaks
            if previous in "{[":
                yield " " if spacing.inline else ""
            else:
                yield spacing.line + indent * depth if breaks else " "
        elif previous and previous in "{[,":
            yield spacing.line + indent * depth if inside[-1] else " "
        yield spacing.key if piece == ":" else piece
        if piece in "{[":
            inside.append(piece == "{" or not spacing.inline)
            depth += inside[-1]
        previous = piece


def _ascii(text: str) -> str:
    # Not strings alone: there is nothing else than ASCII between them.
    return _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _upper(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\\u" + found[0][2:].upper(), text)


def _slashes(text: str) -> str:
    return text.replace("/", "\\/")


def _replacing(marks: dict[str, str]) -> Callable[[str], str]:
    def replace_all(text: str) -> str:
        # Many times faster than str.translate, where there is little to replace.
        for mark, escape in marks.items():
            text = text.replace(mark, escape)
        return text

    return replace_all


_html = _replacing(_HTML)
_gson = _replacing({**_HTML, "=": "\\u003d", "'": "\\u0027"})
_dotnet = _replacing({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "'": "\\u0027"})


def _dotnet_all(text: str) -> str:
    quoted = re.sub(r'(?<!\\)((?:\\\\)*)\\"', r"\1\\u0022", _dotnet(_upper(_ascii(text))))
    return re.sub(r"(?<![0-9][eE])\+", r"\\u002B", quoted)


_ESCAPES: tuple[tuple[Callable[[str], str], str], ...] = (
    (_ascii, "non-ASCII escaped"),
    (_slashes, "slashes escaped"),
    (lambda text: _slashes(_ascii(text)), "non-ASCII and slashes escaped"),
    (_html, "HTML characters escaped"),
    (lambda text: _ascii(_html(text)), "non-ASCII and HTML characters escaped"),
    (lambda text: _upper(_ascii(text)), "non-ASCII escaped in upper case"),
    (_gson, "escaped as Gson does"),
    (_dotnet_all, "escaped as .NET does"),
    (lambda text: _upper(_html(text)), "HTML characters escaped in upper case"),
    (lambda text: _slashes(_html(text)), "slashes and HTML characters escaped"),
)
