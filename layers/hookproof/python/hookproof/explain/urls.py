"""Hypotheses about the URL: what stages, proxies and TLS terminators make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qsl, quote, unquote, urlencode

from hookproof.explain.case import Case

_STAGES = ("prod", "dev", "stage", "staging", "test", "v1", "default", "Prod", "Stage", "live")
_HOST_HEADERS = ("X-Forwarded-Host", "X-Original-Host", "Host", "X-Host", "X-Forwarded-Server")
_PORTS = ("", ":443", ":80", ":8443", ":8080", ":3000", ":8000", ":5000")


def schemes(case: Case) -> Iterator[tuple[Case, str]]:
    """A scheme that was changed: http for https, or the other way round."""
    scheme, mark, rest = case.request.url.partition("://")
    for other in ("https", "http"):
        if mark and other != scheme:
            yield _with(case, f"{other}://{rest}"), f"the signature is over the {other} URL"


def ports(case: Case) -> Iterator[tuple[Case, str]]:
    """A port that was added or dropped."""
    host = case.request.authority.partition(":")[0]
    for port in _PORTS:
        words = f"with {port} in the host" if port else "without a port"
        yield from _distinct(case, _with_authority(case, host + port), words)


def hosts(case: Case) -> Iterator[tuple[Case, str]]:
    """The host before a proxy rewrote it."""
    named = [value for name in _HOST_HEADERS if (value := case.request.headers.get(name))]
    named += _forwarded(case.request.headers.get("Forwarded") or "")
    for host in (*named, case.request.authority.lower()):
        first = host.partition(",")[0].strip()
        yield from _distinct(case, _with_authority(case, first), f"with the host {first}")


def paths(case: Case) -> Iterator[tuple[Case, str]]:
    """A stage or base path added or dropped, a trailing slash, another case."""
    path = case.request.path
    first, slash, rest = path[1:].partition("/")
    edits = [
        (path.rstrip("/") or "/", "without the slash at the end of the path"),
        (path + "/", "with a slash at the end of the path"),
        (path.lower(), "with the path in lower case"),
        (unquote(path), "with the path decoded"),
        (quote(path, safe="/"), "with the path encoded"),
    ]
    if slash:
        edits.append((f"/{rest}", f"without the first step of the path, /{first}"))
        edits.append((f"/{rest.partition('/')[2]}", "without the first two steps of the path"))
    edits += [(f"/{stage}{path}", f"with the stage /{stage} before the path") for stage in _STAGES]
    edits.append(("", "without a path"))
    for other, words in edits:
        query = f"?{case.request.query}" if case.request.query else ""
        yield from _distinct(case, f"{_origin(case)}{other}{query}", words)


def queries(case: Case) -> Iterator[tuple[Case, str]]:
    """The query dropped, sorted, or encoded again."""
    base = _origin(case) + case.request.path
    query = case.request.query
    pairs = parse_qsl(query, keep_blank_values=True)
    edits = [
        (base, "without the query"),
        (f"{base}?{'&'.join(sorted(query.split('&')))}", "with the query sorted"),
        (f"{base}?{'&'.join(reversed(query.split('&')))}", "with the query in reverse order"),
        (f"{base}?{urlencode(pairs)}", "with the query encoded again, spaces as +"),
        (f"{base}?{urlencode(pairs, quote_via=quote)}", "with the query encoded again, as %20"),
        (f"{base}?{urlencode(sorted(pairs))}", "with the query sorted and encoded again"),
        (f"{base}?{unquote(query)}", "with the query decoded"),
        (f"{base}?{query.replace('%20', '+')}", "with spaces as + in the query"),
        (f"{base}?{query.replace('+', '%20')}", "with spaces as %20 in the query"),
        (f"{base}?", "with an empty query"),
    ]
    original = case.request.headers.get("X-Original-Uri") or case.request.headers.get(
        "X-Original-Url"
    )
    if original:
        edits.append((_origin(case) + "/" + original.lstrip("/"), "with the original URI"))
    for url, words in edits:
        yield from _distinct(case, url, words)


def _origin(case: Case) -> str:
    scheme = case.request.url.partition("://")[0]
    return f"{scheme}://{case.request.authority}"


def _with_authority(case: Case, authority: str) -> str:
    scheme, mark, rest = case.request.url.partition("://")
    return f"{scheme}{mark}{authority}{rest[len(case.request.authority) :]}"


def _with(case: Case, url: str) -> Case:
    return case.with_request(replace(case.request, url=url))


def _distinct(case: Case, url: str, words: str) -> Iterator[tuple[Case, str]]:
    if url != case.request.url:
        yield _with(case, url), f"the signature is over the URL {words}"


def _forwarded(value: str) -> list[str]:
    parts = [part.strip() for element in value.split(",") for part in element.split(";")]
    return [part[5:].strip('"') for part in parts if part.lower().startswith("host=")]
