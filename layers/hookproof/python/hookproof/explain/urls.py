"""Hypotheses about the URL: what stages, proxies and TLS terminators make of it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode

from hookproof.explain.case import Case
from hookproof.messages import Request
from hookproof.values import replace

_STAGES = (
    *("prod", "dev", "stage", "staging", "test", "v1", "default", "Prod", "Stage", "live"),
    *("production", "qa", "beta", "api", "Dev", "$default", "v2", "latest", "main"),
)
_HOST_HEADERS = ("X-Forwarded-Host", "X-Original-Host", "Host", "X-Host", "X-Forwarded-Server")
_TARGET_HEADERS = ("X-Original-Uri", "X-Original-Url", "X-Forwarded-Uri", "X-Rewrite-Url")
_PORTS = ("443", "80", "8443", "8080", "3000", "8000", "5000", "4040", "9000", "8888")
_SAFE = ("", "!'()*~", "/:@!$'()*,;~", "/", ":")
_MAX_PARAMETERS = 4


def schemes(case: Case) -> Iterator[tuple[Case, str]]:
    """A scheme that was changed: http for https, or the other way round."""
    for scheme in ("https", "http"):
        url = f"{scheme}://{case.request.url.partition('://')[2]}"
        yield from _distinct(case, url, f"is over the {scheme} URL")


def ports(case: Case) -> Iterator[tuple[Case, str]]:
    """A port that was added or dropped."""
    host = _host(case.request.authority)
    forwarded = case.request.headers.get("X-Forwarded-Port") or ""
    named = [_port(authority) for authority in _authorities(case) if _host(authority) == host]
    yield from _distinct(case, _at(case.request, host), "is over the URL without a port")
    for port in dict.fromkeys([*filter(str.isdigit, (*named, forwarded)), *_PORTS]):
        url = _at(case.request, f"{host}:{port}")
        yield from _distinct(case, url, f"is over the URL with the port {port}")


def hosts(case: Case) -> Iterator[tuple[Case, str]]:
    """The host before a proxy rewrote it, alone and with all that the proxy says of the URL."""
    own = case.request.authority
    bare = own.removeprefix("www.")
    others = [*_authorities(case), own.lower(), bare, f"www.{bare}", own.rstrip(".")]
    for authority in dict.fromkeys(others):
        if authority and (_host(authority) != _host(own) or authority.lower() == own.lower()):
            words = f"is over the URL with the host {authority}"
            yield from _distinct(case, _at(case.request, authority), words)
            for url in _forwarded_urls(case.request, authority):
                yield from _distinct(case, url, f"is over the URL that was forwarded, {authority}")


def paths(case: Case) -> Iterator[tuple[Case, str]]:
    """A stage or base path added or dropped, a trailing slash, another case."""
    question = f"?{case.request.query}" if case.request.query else ""
    for path, words in _other_paths(case.request):
        yield from _distinct(case, f"{_origin(case.request)}{path}{question}", words)
    for target in _original_targets(case.request):
        if target.partition("?")[0] != case.request.path:
            url = _origin(case.request) + target
            yield from _distinct(case, url, "is over the URL with the original path")


def queries(case: Case) -> Iterator[tuple[Case, str]]:
    """The query dropped, sorted, or encoded again."""
    base = _origin(case.request) + case.request.path
    urls: dict[str, str] = {}
    for query, words in _other_queries(case.request.query):
        urls.setdefault(f"{base}?{query}" if query is not None else base, words)
    for url, words in urls.items():
        yield from _distinct(case, url, f"is over the URL {words}")
    for target in _original_targets(case.request):
        if target.partition("?")[0] == case.request.path:
            url = _origin(case.request) + target
            yield from _distinct(case, url, "is over the URL with the original query")


def named(case: Case, part: str) -> Iterator[tuple[Case, str]]:
    """The URLs that the operator named, where ``part`` is the first that differs."""
    for url in case.urls:
        if _first_difference(url, case.request) == part:
            # A query may hold a token.
            base, question, _ = url.partition("?")
            shown = base + (f"{question}…" if question else "")
            yield case.with_url(url), f"the signature is over the URL {shown}"


def _other_paths(request: Request) -> Iterator[tuple[str, str]]:
    path = request.path
    yield path.rstrip("/") or "/", "is over the URL without the slash at the end of the path"
    yield path + "/", "is over the URL with a slash at the end of the path"
    yield re.sub("//+", "/", path), "is over the URL with single slashes in the path"
    yield path.lower(), "is over the URL with the path in lower case"
    yield unquote(path), "is over the URL with the path decoded"
    for safe in ("/", "/:@!$&'()*+,;=~"):
        yield quote(unquote(path), safe=safe), "is over the URL with the path encoded again"
    steps = path.split("/")
    for dropped in range(1, min(len(steps) - 1, 4)):
        words = f"is over the URL without the first {dropped} of the path's steps"
        yield "/" + "/".join(steps[1 + dropped :]), words
    prefix = (request.headers.get("X-Forwarded-Prefix") or "").strip("/")
    for stage in (*([prefix] if prefix else []), *_STAGES):
        yield f"/{stage}{path}", f"is over the URL with /{stage} before the path"
    yield "", "is over the URL without a path"


def _other_queries(query: str) -> Iterator[tuple[str | None, str]]:
    items = query.split("&")
    yield None, "without the query"
    yield "", "with an empty query"
    yield query.replace("&amp;", "&"), "with & in the query"
    for ordered, order in _orders(items):
        text = "&".join(ordered)
        yield text, f"with the query{order}"
        for encoded, encoding in _reencoded(text):
            yield encoded, f"with the query{order} encoded again, {encoding}"
    for at in range(len(items)):
        yield "&".join([*items[:at], *items[at + 1 :]]) or None, "with one parameter less"
    yield "&".join(item.removesuffix("=") for item in items), "without = behind empty values"
    yield "&".join(one if "=" in one else f"{one}=" for one in items), "with = behind empty values"


def _orders(items: list[str]) -> Iterator[tuple[Sequence[str], str]]:
    yield items, ""
    yield sorted(items), " sorted"
    yield items[::-1], " in reverse order"
    if len(items) <= _MAX_PARAMETERS:
        for several in itertools.permutations(items):
            yield several, " in another order"


def _reencoded(query: str) -> Iterator[tuple[str, str]]:
    pairs = parse_qsl(query, keep_blank_values=True)
    for safe, (via, spaces) in itertools.product(_SAFE, ((quote, "%20"), (quote_plus, "+"))):
        encoded = urlencode(pairs, safe=safe, quote_via=via)
        yield encoded, f"spaces as {spaces}"
        lower = re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
        yield lower, f"spaces as {spaces}, in lower case"
    yield query.replace("%20", "+"), "spaces as +"
    yield query.replace("+", "%20"), "spaces as %20"
    yield unquote(query), "not encoded at all"


def _forwarded_urls(request: Request, authority: str) -> Iterator[str]:
    """All that a proxy says at once: the scheme, the host, the prefix of the path."""
    question = f"?{request.query}" if request.query else ""
    prefix = (request.headers.get("X-Forwarded-Prefix") or "").strip("/")
    targets = [request.path + question, *_original_targets(request)]
    targets += [f"/{prefix}{request.path}{question}"] if prefix else []
    for scheme, target in itertools.product(("https", "http"), targets):
        yield f"{scheme}://{authority}{target}"


def _original_targets(request: Request) -> Iterator[str]:
    for name in _TARGET_HEADERS:
        value = request.headers.get(name)
        if value:
            yield "/" + re.sub(r"^\w+://[^/]*", "", value).lstrip("/")


def _authorities(case: Case) -> Iterator[str]:
    """Hosts that the request's headers, or the operator, name; ports included."""
    values: Iterable[str] = (case.request.headers.get(name) or "" for name in _HOST_HEADERS)
    for value in values:
        yield value.partition(",")[0].strip()
    for element in re.split("[,;]", case.request.headers.get("Forwarded") or ""):
        name, _, host = element.strip().partition("=")
        if name.lower() == "host":
            yield host.strip('"')
    yield from (replace(case.request, url=url).authority for url in case.urls)


def _first_difference(url: str, request: Request) -> str | None:
    other = replace(request, url=url)
    differences = (
        ("host", _host(other.authority) != _host(request.authority)),
        ("path", other.path != request.path),
        ("scheme", url.partition("://")[0] != request.url.partition("://")[0]),
        ("port", other.authority != request.authority),
        ("query", other.query != request.query),
    )
    return next((part for part, differs in differences if differs), None)


def _host(authority: str) -> str:
    return re.sub(r":[0-9]*$", "", authority)


def _port(authority: str) -> str:
    return authority[len(_host(authority)) :].lstrip(":")


def _origin(request: Request) -> str:
    return f"{request.url.partition('://')[0]}://{request.authority}"


def _at(request: Request, authority: str) -> str:
    scheme, mark, rest = request.url.partition("://")
    return f"{scheme}{mark}{authority}{rest[len(request.authority) :]}"


def _distinct(case: Case, url: str, words: str) -> Iterator[tuple[Case, str]]:
    if url != case.request.url:
        yield case.with_url(url), f"the signature {words}"
