"""The JSON form of a request: ``{"method", "url", "headers", "body" | "body_base64"}``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from hookproof.errors import RequestMalformed
from hookproof.messages import Headers, Request

_KEYS = ("method", "url", "headers", "body", "body_base64")
DEFAULT_URL = "https://localhost/"


def parse_request(document: object, where: str = "request") -> Request:
    """The request that the object describes; a header's value may be a list of values.

    Raises: RequestMalformed naming the key and what was expected.
    """
    if not isinstance(document, Mapping):
        raise RequestMalformed(f"{where}: expected an object with {', '.join(_KEYS)}")
    return Request(
        method=text_of(document, "method", where, "POST"),
        url=text_of(document, "url", where, DEFAULT_URL),
        headers=Headers(_fields(document.get("headers"), where)),
        body=decoded_body(document, where),
    )


def write_request(request: Request) -> dict[str, object]:
    """The inverse of ``parse_request``; repeated header fields become a list."""
    written: dict[str, object] = {"method": request.method, "url": request.url}
    headers: dict[str, object] = {}
    for name in dict.fromkeys(name.lower() for name, _ in request.headers):
        values = request.headers.get_all(name)
        shown = next(one for one, _ in request.headers if one.lower() == name)
        headers[shown] = values[0] if len(values) == 1 else list(values)
    written["headers"] = headers
    try:
        written["body"] = request.body.decode()
    except UnicodeDecodeError:
        written["body_base64"] = base64.b64encode(request.body).decode()
    return written


def text_of(
    document: Mapping[str, object], key: str, where: str, default: str | None = None
) -> str:
    """The text under the key. Raises: RequestMalformed."""
    value = document.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise RequestMalformed(f"{where}.{key}: expected a text")
    return value


def decoded_body(document: Mapping[str, object], where: str) -> bytes:
    """The bytes of ``body`` (text) or ``body_base64``; none when there is neither.

    Raises: RequestMalformed.
    """
    encoded = document.get("body_base64")
    try:
        if encoded is not None:
            return base64.b64decode(text_of(document, "body_base64", where), validate=True)
        return text_of(document, "body", where, "").encode()
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        form = "base64" if encoded is not None else "Unicode text"
        raise RequestMalformed(f"{where}.body: expected {form}") from error


def _fields(headers: object, where: str) -> Iterator[tuple[str, str]]:
    if headers is None:
        return
    if not isinstance(headers, Mapping):
        raise RequestMalformed(f"{where}.headers: expected an object of texts")
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str):
                raise RequestMalformed(
                    f"{where}.headers: {name}: expected a text or a list of them"
                )
            yield name, one
