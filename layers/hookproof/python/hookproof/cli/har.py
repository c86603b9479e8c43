"""HAR files, or one entry of them, to a Request.

Source: http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from hookproof.cli.request_json import decoded_body, text_of
from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request

# They name parts of HTTP/2's request line, and are no header fields.
_PSEUDO = ":"


def is_har(document: Mapping[str, object]) -> bool:
    """Whether the document is a HAR file or an entry of one."""
    return "log" in document or (
        isinstance(document.get("request"), Mapping) and _is_entry(document)
    )


def parse_har(document: Mapping[str, object], where: str) -> tuple[Request, str | None]:
    """The request of the only entry, or of the only POST, and when it was sent (RFC 3339).

    Raises: ConfigurationError when there are several, or none.
    """
    entry = document if _is_entry(document) else _entry(document, where)
    started = entry.get("startedDateTime")
    request = entry.get("request")
    if not isinstance(request, Mapping):
        raise ConfigurationError(f"{where}: request: expected an object in the HAR entry")
    pairs = [pair for pair in _list(request.get("headers")) if isinstance(pair, Mapping)]
    fields = [(text_of(one, "name", where), text_of(one, "value", where)) for one in pairs]
    return (
        Request(
            method=text_of(request, "method", where),
            url=text_of(request, "url", where),
            headers=Headers([pair for pair in fields if not pair[0].startswith(_PSEUDO)]),
            body=_body(request.get("postData"), where),
        ),
        started if isinstance(started, str) else None,
    )


def _is_entry(document: Mapping[str, object]) -> bool:
    request = document.get("request")
    return isinstance(request, Mapping) and isinstance(request.get("headers"), list)


def _entry(document: Mapping[str, object], where: str) -> Mapping[str, object]:
    log = document.get("log")
    entries = (
        [one for one in _list(log.get("entries")) if isinstance(one, Mapping)]
        if isinstance(log, Mapping)
        else []
    )
    posts = [one for one in entries if _is_entry(one) and _method(one) == "POST"]
    chosen = entries if len(entries) == 1 else posts
    if len(chosen) != 1:
        raise ConfigurationError(
            f"{where}: expected a HAR file with one entry, or one POST among them; found "
            f"{len(entries)} entries, {len(posts)} of them POST. Save the one entry by itself"
        )
    return chosen[0]


def _method(entry: Mapping[str, object]) -> object:
    request = entry.get("request")
    return request.get("method") if isinstance(request, Mapping) else None


def _body(data: object, where: str) -> bytes:
    if not isinstance(data, Mapping):
        return b""
    if isinstance(data.get("text"), str):
        encoded = data.get("encoding") == "base64"
        return decoded_body({"body_base64" if encoded else "body": data["text"]}, where)
    pairs = [one for one in _list(data.get("params")) if isinstance(one, Mapping)]
    # Without the text, the form is written anew: its bytes may differ from what was sent.
    return urlencode([(one.get("name", ""), one.get("value", "")) for one in pairs]).encode()


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
