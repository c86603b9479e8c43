"""Raw HTTP/1.1 text to a Request and back: what proxies, tunnels and sniffers show."""

from __future__ import annotations

import re

from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request

_START = re.compile(rb"\A\s*([A-Z]{3,16}) (\S+)(?: HTTP/[0-9.]{1,3})?[ \t]*\r?\n")
_BLANK = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def is_http(text: bytes) -> bool:
    """Whether the text starts like an HTTP request."""
    return _START.match(text) is not None


def parse_http(text: bytes, where: str) -> tuple[Request, tuple[str, ...]]:
    """The request, and remarks on what is odd about it. Raises: ConfigurationError."""
    start = _START.match(text)
    if start is None:
        raise ConfigurationError(f"{where}: expected a request line like POST /path HTTP/1.1")
    rest = text[start.end() - 1 :]
    blank = _BLANK.search(rest)
    head, body = (rest[: blank.start()], rest[blank.end() :]) if blank else (rest, b"")
    headers = Headers(_fields(head.decode("latin-1"), where))
    body, remarks = _framed(headers, body)
    if blank is None:
        remarks = (*remarks, "no empty line after the headers: taken as a request without a body")
    url = _url(start[2].decode("latin-1"), headers)
    return Request(method=start[1].decode(), url=url, headers=headers, body=body), remarks


def write_http(request: Request) -> bytes:
    """The request as it stands on the wire, with its Host and Content-Length."""
    target = request.path + (f"?{request.query}" if request.query else "")
    own = [("Host", request.authority), ("Content-Length", str(len(request.body)))]
    fields = [*((n, v) for n, v in own if n not in request.headers), *request.headers]
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + request.body


def _fields(head: str, where: str) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in head.splitlines():
        if line[:1] in (" ", "\t") and line.strip() and fields:
            # Obsolete line folding. Source: RFC 9112 §5.2.
            name, value = fields.pop()
            fields.append((name, f"{value} {line.strip()}"))
            continue
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            raise ConfigurationError(f"{where}: expected header lines like Name: value")
        fields.append((name, value.strip(" \t")))
    return fields


def _framed(headers: Headers, body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The body without its transfer coding, and without an editor's last line end."""
    if (headers.get("Transfer-Encoding") or "").lower() == "chunked":
        joined = _dechunked(body)
        return (body, ("the body is not chunked any more",)) if joined is None else (joined, ())
    length = headers.get("Content-Length") or ""
    if not (length.isascii() and length.isdigit()) or int(length) == len(body):
        return body, ()
    if body[int(length) :] in (b"\n", b"\r\n"):
        return body[: int(length)], ()
    return body, (f"the body has {len(body)} bytes, but its Content-Length says {length}",)


def _dechunked(body: bytes) -> bytes | None:
    joined, rest = b"", body
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size_text = line.partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size_text):
            return None
        size = int(size_text, 16)
        if size == 0:
            return joined
        if len(rest) < size:
            return None
        joined, rest = joined + rest[:size], rest[size:].removeprefix(b"\r\n")


def _url(target: str, headers: Headers) -> str:
    if "://" in target.partition("?")[0]:
        return target
    # Proxies say which scheme the sender used; without them, webhooks are sent over TLS.
    scheme = "http" if headers.get("X-Forwarded-Proto") == "http" else "https"
    path = target if target.startswith("/") else f"/{target}"
    return f"{scheme}://{headers.get('Host') or 'localhost'}{path}"
