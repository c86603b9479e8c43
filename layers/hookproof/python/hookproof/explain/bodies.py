"""Hypotheses about the body: what frameworks, proxies and editors do to bytes."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

from hookproof.explain.case import Case

_BOM = b"\xef\xbb\xbf"
_SEPARATORS = (((",", ":"), "compact"), ((", ", ": "), "with spaces"), ((",", ": "), "half spaced"))
_INDENTS: tuple[tuple[int | str | None, str], ...] = (
    (None, ""),
    (2, ", indented by 2"),
    (4, ", indented by 4"),
    ("\t", ", with tabs"),
)


def newlines(case: Case) -> Iterator[tuple[Case, str]]:
    """A line end added, dropped or rewritten."""
    body = case.request.body
    edits: tuple[tuple[bytes, str], ...] = (
        (body + b"\n", "a line end was taken off the body"),
        (body + b"\r\n", "a Windows line end was taken off the body"),
        (body.removesuffix(b"\n"), "a line end was added to the body"),
        (body.removesuffix(b"\r\n"), "a Windows line end was added to the body"),
        (body.rstrip(), "white space was added behind the body"),
        (body.replace(b"\r\n", b"\n"), "line ends were rewritten to CRLF"),
        (re.sub(rb"(?<!\r)\n", b"\r\n", body), "line ends were rewritten from CRLF to LF"),
    )
    yield from _distinct(case, edits)


def base64_layers(case: Case) -> Iterator[tuple[Case, str]]:
    """The body still encoded, or decoded once too often."""
    body = case.request.body
    with contextlib.suppress(ValueError):
        yield case.with_body(base64.b64decode(body, validate=True)), "the body is still base64"
    yield case.with_body(base64.b64encode(body)), "the body was base64 and has been decoded"


def charsets(case: Case) -> Iterator[tuple[Case, str]]:
    """A byte order mark, or text taken for another charset."""
    body = case.request.body
    yield from _distinct(
        case,
        (
            (body.removeprefix(_BOM), "a byte order mark was put before the body"),
            (_BOM + body, "a byte order mark was taken off the body"),
        ),
    )
    for read, written in itertools.permutations(("utf-8", "latin-1", "cp1252", "utf-16"), 2):
        try:
            other = body.decode(read).encode(written)
        except ValueError:
            continue
        if other != body:
            yield case.with_body(other), f"the body was {written} and was rewritten as {read}"


def json_forms(case: Case) -> Iterator[tuple[Case, str]]:
    """The body parsed and written again in another form of the same JSON."""
    for document in _documents(case.request.body):
        seen = {case.request.body}
        for text, words in _writings(document):
            if text not in seen:
                seen.add(text)
                yield case.with_body(text), f"the JSON was parsed and written again; signed {words}"


def form_forms(case: Case) -> Iterator[tuple[Case, str]]:
    """The form parsed and encoded again."""
    body = case.request.body
    if b"=" not in body or body[:1] in (b"{", b"["):
        return
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    quoters: tuple[tuple[Callable[..., str], str, str], ...] = (
        (quote_plus, "", "spaces as +"),
        (quote, "", "spaces as %20"),
        (quote, "~()*!'", "spaces as %20, as JavaScript does"),
        (quote_plus, "*-._", "as a browser does"),
    )
    edits = []
    for ordered, order in ((pairs, ""), (sorted(pairs), ", sorted")):
        for quoter, safe, words in quoters:
            text = urlencode(ordered, quote_via=quoter, safe=safe, encoding="latin-1").encode()
            edits.append((text, f"the form was encoded again; signed {words}{order}"))
            edits.append(
                (_lower_escapes(text), f"the form was encoded again; signed {words}{order}")
            )
    yield from _distinct(case, edits)


def emptied(case: Case) -> Iterator[tuple[Case, str]]:
    """A signature over no body at all."""
    if case.request.body:
        yield case.with_body(b""), "the signature is that of an empty body"


def _distinct(case: Case, edits: Iterable[tuple[bytes, str]]) -> Iterator[tuple[Case, str]]:
    seen = {case.request.body}
    for body, words in edits:
        if body not in seen:
            seen.add(body)
            yield case.with_body(body), words


def _documents(body: bytes) -> Iterator[object]:
    try:
        yield json.loads(body)
    except (ValueError, RecursionError):
        return
    # JavaScript and spreadsheets turn 1 into 1.0, and 1.0 into 1.
    yield json.loads(body, parse_int=float)
    yield json.loads(body, parse_float=_shortest)


def _shortest(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


def _writings(document: object) -> Iterator[tuple[bytes, str]]:
    for (separators, spacing), (indent, indented) in itertools.product(_SEPARATORS, _INDENTS):
        for ascii_only, ordered in itertools.product((False, True), (False, True)):
            text = json.dumps(
                document,
                separators=separators,
                indent=indent,
                ensure_ascii=ascii_only,
                sort_keys=ordered,
            )
            words = spacing + indented
            words += ", non-ASCII escaped" if ascii_only else ", non-ASCII as it is"
            words += ", keys sorted" if ordered else ""
            yield from _escapings(text, words)


def _escapings(text: str, words: str) -> Iterator[tuple[bytes, str]]:
    slashed = text.replace("/", "\\/")
    html = (
        (text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
    upper = re.sub(r"\\u[0-9a-f]{4}", lambda match: "\\u" + match[0][2:].upper(), text)
    yield text.encode("utf-8", "surrogatepass"), words
    yield slashed.encode("utf-8", "surrogatepass"), words + ", slashes escaped"
    yield html.encode("utf-8", "surrogatepass"), words + ", HTML characters escaped"
    yield upper.encode("utf-8", "surrogatepass"), words + ", escapes in upper case"


def _lower_escapes(text: bytes) -> bytes:
    return re.sub(rb"%[0-9A-F]{2}", lambda match: match[0].lower(), text)
