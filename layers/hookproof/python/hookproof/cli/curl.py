"""A ``curl`` command, as documentation and browsers write it, as the request it would send."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

from hookproof.cli.files import read_bytes
from hookproof.cli.shell_words import split_words
from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request

# What an option is called for short, and which take a value that does not change the request.
_SHORT = {
    "X": "request", "H": "header", "d": "data", "u": "user", "G": "get", "I": "head",
    "A": "user-agent", "e": "referer", "b": "cookie", "F": "form", "T": "upload-file",
    "o": "output", "m": "max-time", "w": "write-out", "x": "proxy", "E": "cert", "c": "cookie-jar",
    "D": "dump-header", "K": "config", "r": "range",
}  # fmt: skip
_IGNORED_WITH_VALUE = frozenset(
    {
        "output", "max-time", "connect-timeout", "write-out", "proxy", "cert", "key", "cacert",
        "capath", "cookie-jar", "dump-header", "resolve", "retry", "retry-delay", "interface",
        "ciphers", "max-redirs", "proto", "stderr", "trace", "trace-ascii", "limit-rate",
    }
)  # fmt: skip
_IGNORED = frozenset(
    {
        "compressed", "insecure", "silent", "show-error", "location", "include", "verbose", "fail",
        "globoff", "http1.0", "http1.1", "http2", "http3", "http2-prior-knowledge", "no-buffer",
        "ipv4", "ipv6", "progress-bar", "fail-with-body", "no-keepalive", "path-as-is", "basic",
    }
)  # fmt: skip
_COMMAND = re.compile(rb"\s*(?:\$ )?curl(?:\.exe)?\s")
_IGNORED_SHORT = frozenset("ksSLivfgN#0146OqJR")


@dataclass(slots=True, kw_only=True)
class _Command:
    """What has been read of the command so far."""

    where: str
    method: str | None = None
    url: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    as_json: bool = False
    as_query: bool = False
    as_head: bool = False


def is_curl(text: bytes) -> bool:
    """Whether the text looks like a curl command."""
    return _COMMAND.match(text) is not None


def parse_curl(text: bytes, where: str) -> Request:
    """The request that the command would send. Raises: ConfigurationError naming the option."""
    words = split_words(text.strip().removeprefix(b"$ "), where)
    command = _Command(where=where)
    for option, value in _options(words[1:], where):
        _READERS[option](command, value)
    if not command.url:
        raise ConfigurationError(f"{where}: the curl command has no URL")
    return _request(command, command.url)


def _options(words: list[bytes], where: str) -> Iterator[tuple[str, bytes]]:
    """Each option that counts with its value; a bare word is the URL."""
    left = iter(words)
    for word in left:
        if not word.startswith(b"-") or word == b"-":
            yield "url", word
            continue
        for name, value in _named(word.decode("latin-1"), where):
            if name in _READERS and name in _FLAGS:
                yield name, b""
            elif name in _READERS or name in _IGNORED_WITH_VALUE:
                given = value.encode("latin-1") if value else next(left, None)
                if given is None:
                    raise ConfigurationError(f"{where}: curl's --{name} lacks its value")
                if name in _READERS:
                    yield name, given
            elif name not in _IGNORED:
                raise ConfigurationError(f"{where}: curl's option --{name} is not known here")


def _named(word: str, where: str) -> Iterator[tuple[str, str]]:
    """The long names of ``--name`` or of ``-sXvalue``, each with a value that is attached."""
    if word.startswith("--"):
        yield word[2:], ""
        return
    for position, letter in enumerate(word[1:], start=2):
        if letter in _IGNORED_SHORT:
            continue
        name = _SHORT.get(letter)
        if name is None:
            raise ConfigurationError(f"{where}: curl's option -{letter} is not known here")
        if name in _FLAGS:
            yield name, ""
        else:
            yield name, word[position:]
            return


def _set_method(command: _Command, value: bytes) -> None:
    command.method = value.decode("latin-1")


def _set_url(command: _Command, value: bytes) -> None:
    if command.url is not None:
        raise ConfigurationError(f"{command.where}: the curl command has more than one URL")
    url = value.decode("latin-1")
    command.url = url if "://" in url else f"http://{url}"


def _add_header(command: _Command, value: bytes) -> None:
    name, colon, text = value.decode("latin-1").partition(":")
    if not colon and name.endswith(";"):
        name, text = name[:-1], ""
    elif not colon:
        raise ConfigurationError(f"{command.where}: expected -H 'Name: value'")
    command.headers.append((name.strip(), text.strip()))


def _header_option(name: str) -> Callable[[_Command, bytes], None]:
    return lambda command, value: _add_header(command, name.encode() + b": " + value)


def _add_user(command: _Command, value: bytes) -> None:
    _add_header(command, b"Authorization: Basic " + base64.b64encode(value))


def _add_data(command: _Command, value: bytes) -> None:
    if value.startswith(b"@"):
        content = _file(command, value[1:])
        value = content.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
    command.data.append(value)


def _add_binary(command: _Command, value: bytes) -> None:
    command.data.append(_file(command, value[1:]) if value.startswith(b"@") else value)


def _add_raw(command: _Command, value: bytes) -> None:
    command.data.append(value)


def _add_json(command: _Command, value: bytes) -> None:
    command.as_json = True
    _add_binary(command, value)


def _add_urlencoded(command: _Command, value: bytes) -> None:
    name, sign, content = value.partition(b"=")
    if not sign:
        name, sign, content = value.partition(b"@")
        content = _file(command, content) if sign else value
        name = name if sign else b""
    encoded = quote_from_bytes(content, safe="").encode()
    command.data.append(name + b"=" + encoded if name else encoded)


def _refuse_form(command: _Command, _: bytes) -> None:
    raise ConfigurationError(
        f"{command.where}: curl makes up the boundary of a form with files each time; "
        "capture the raw request instead"
    )


def _set_get(command: _Command, _: bytes) -> None:
    command.as_query = True


def _set_head(command: _Command, _: bytes) -> None:
    command.as_head = True


_READERS: dict[str, Callable[[_Command, bytes], None]] = {
    "request": _set_method,
    "url": _set_url,
    "header": _add_header,
    "user": _add_user,
    "user-agent": _header_option("User-Agent"),
    "referer": _header_option("Referer"),
    "cookie": _header_option("Cookie"),
    "data": _add_data,
    "data-ascii": _add_data,
    "data-binary": _add_binary,
    "data-raw": _add_raw,
    "data-urlencode": _add_urlencoded,
    "json": _add_json,
    "form": _refuse_form,
    "form-string": _refuse_form,
    "get": _set_get,
    "head": _set_head,
}
_FLAGS = frozenset({"get", "head"})


def _file(command: _Command, name: bytes) -> bytes:
    try:
        return read_bytes(name.decode())
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{command.where}: a file's name is not UTF-8") from error


def _request(command: _Command, url: str) -> Request:
    body = (b"" if command.as_json else b"&").join(command.data)
    if command.as_query and command.data:
        url += ("&" if "?" in url else "?") + body.decode("latin-1")
    has_body = bool(command.data) and not command.as_query
    method = "POST" if has_body else "HEAD" if command.as_head else "GET"
    return Request(
        method=command.method or method,
        url=url,
        headers=_headers(command, has_body=has_body),
        body=body if has_body else b"",
    )


def _headers(command: _Command, *, has_body: bool) -> Headers:
    own = {name.lower() for name, _ in command.headers}
    made: list[tuple[str, str]] = []
    if has_body:
        form = "application/json" if command.as_json else "application/x-www-form-urlencoded"
        made.append(("Content-Type", form))
    if command.as_json:
        made.append(("Accept", "application/json"))
    # An empty header is curl's way of sending none.
    written = [(name, value) for name, value in command.headers if value]
    return Headers([*written, *((name, value) for name, value in made if name.lower() not in own)])
