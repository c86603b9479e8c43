"""Hypotheses about the body: what frameworks, proxies and editors do to bytes."""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hookproof.explain.case import Case
from hookproof.explain.json_text import writings

Rewrite = Callable[[bytes], Iterable[tuple[bytes, str]]]

_BOM = b"\xef\xbb\xbf"
_CHARSETS = ("utf-8", "latin-1", "cp1252", "utf-16", "utf-16-le")
_MAX_ORDERED = 5
_QUOTERS: tuple[tuple[Callable[..., str], str, str], ...] = (
    (quote_plus, "", "spaces as +"),
    (quote, "", "spaces as %20"),
    (quote, "~()*!'", "spaces as %20, as JavaScript does"),
    (quote_plus, "*-._", "as a browser does"),
    (quote_plus, "/:@", "slashes and colons as they are"),
    (quote, "/:@!$'()*,;~", "punctuation as it is"),
)


def undoing(rewrite: Rewrite) -> Callable[[Case], Iterator[tuple[Case, str]]]:
    """The hypothesis that the body is one of those that ``rewrite`` yields."""

    def undo(case: Case) -> Iterator[tuple[Case, str]]:
        received = case.request.body
        # Of a document the white space around it says nothing.
        known = received.strip() if rewrite is json_forms else received
        for body, words in case.memory.rewritten(known, rewrite):
            if body != received:
                yield case.with_body(body), words

    return undo


def newlines(body: bytes) -> Iterator[tuple[bytes, str]]:
    """A line end added, dropped or rewritten."""
    yield body + b"\n", "a line end was taken off the body"
    yield body + b"\r\n", "a Windows line end was taken off the body"
    yield body.removesuffix(b"\n"), "a line end was added to the body"
    yield body.removesuffix(b"\r\n"), "a Windows line end was added to the body"
    yield body.rstrip(), "white space was added behind the body"
    yield body.strip(), "white space was added around the body"
    yield body.replace(b"\r\n", b"\n"), "line ends were rewritten to CRLF"
    yield re.sub(rb"(?<!\r)\n", b"\r\n", body), "line ends were rewritten from CRLF to LF"
    yield body.replace(b"\r\n", b"\r").replace(b"\n", b"\r"), "line ends were rewritten from CR"
    yield b"\n" + body, "a line end was taken off the front of the body"
    yield body + b" ", "a space was taken off the body"


def base64_layers(body: bytes) -> Iterator[tuple[bytes, str]]:
    """The body still encoded, or decoded once too often."""
    quoted = body.strip().removeprefix(b'"').removesuffix(b'"')
    joined = b"".join(quoted.split()).rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        padded = joined + b"=" * (-len(joined) % 4)
        yield base64.b64decode(padded, validate=True), "the body is still base64"
    except binascii.Error:
        pass
    encoded = base64.b64encode(body)
    yield encoded, "the body was base64 and has been decoded"
    yield encoded.rstrip(b"="), "the body was base64 without padding and has been decoded"
    yield encoded.replace(b"+", b"-").replace(b"/", b"_"), "the body was base64url, now decoded"
    yield base64.encodebytes(body), "the body was base64 in lines and has been decoded"


def charsets(body: bytes) -> Iterator[tuple[bytes, str]]:
    """A byte order mark, or text taken for another charset."""
    yield body.removeprefix(_BOM), "a byte order mark was put before the body"
    yield _BOM + body, "a byte order mark was taken off the body"
    for read, written in itertools.permutations(_CHARSETS, 2):
        try:
            other = body.decode(read).encode(written)
        except ValueError:
            continue
        yield other, f"the body was {written} and was rewritten as {read}"


def json_forms(body: bytes) -> Iterator[tuple[bytes, str]]:
    """The body parsed and written again in another form of the same JSON."""
    for text, words in writings(body):
        yield text, f"the JSON was parsed and written again; signed {words}"


def form_forms(body: bytes) -> Iterator[tuple[bytes, str]]:
    """The form parsed and encoded again."""
    if b"=" not in body or body[:1] in (b"{", b"["):
        return
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    for ordered, order in _orders(pairs):
        for quoter, safe, words in _QUOTERS:
            text = urlencode(ordered, quote_via=quoter, safe=safe, encoding="latin-1").encode()
            said = f"the form was encoded again; signed {words}{order}"
            yield text, said
            yield _lower_escapes(text), f"{said}, escapes in lower case"
    items = body.split(b"&")
    if len(items) <= _MAX_ORDERED:
        for several in itertools.permutations(items):
            yield b"&".join(several), "the fields of the form came in another order"
    yield b"&".join(sorted(items)), "the fields of the form were sorted"
    yield b"&".join(item for item in items if not item.endswith(b"=")), "empty fields were added"


def emptied(body: bytes) -> Iterator[tuple[bytes, str]]:
    """A signature over no body at all."""
    if body:
        yield b"", "the signature is that of an empty body"


def _orders(pairs: list[tuple[str, str]]) -> Iterator[tuple[list[tuple[str, str]], str]]:
    yield pairs, ""
    yield sorted(pairs), ", sorted"
    yield [pair for pair in pairs if pair[1]], ", without empty fields"


def _lower_escapes(text: bytes) -> bytes:
    return re.sub(rb"%[0-9A-F]{2}", lambda match: match[0].lower(), text)
