"""What a function returned, turned into the answer that API Gateway would give for it."""

from __future__ import annotations

import base64
import json
from typing import Any

from hookproof.messages import Headers, Response

# The only fields of format 1.0; with any other, API Gateway calls the whole result malformed.
_FIELDS_1 = frozenset(("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"))
_JSON = ("content-type", "application/json")


class MalformedResult(ValueError):
    """The function's result is none that API Gateway understands; it answers 502."""


def message(status: int, text: str) -> Response:
    """An answer of the gateway's own, in the form that API Gateway gives it."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return Response(status=status, headers=Headers([_JSON]), body=body)


def version_2(result: Any) -> Response:
    """The answer of an HTTP API or a function URL; without a status code, JSON with 200.

    Raises: MalformedResult. Source: the developer guide's "payload format version".
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        text = result if isinstance(result, str) else json.dumps(result)
        return Response(status=200, headers=Headers([_JSON]), body=text.encode())
    fields = _fields(result.get("headers"))
    cookies = result.get("cookies") or []
    if not isinstance(cookies, list):
        raise MalformedResult("cookies must be a list")
    fields += [("set-cookie", _text(cookie)) for cookie in cookies]
    return _response(result, fields)


def version_1(result: Any) -> Response:
    """The answer of a REST API whose binary media types are ``*/*``.

    Raises: MalformedResult. Source: the developer guide's "output format of a Lambda function
    for proxy integration".
    """
    if not isinstance(result, dict) or not _FIELDS_1.issuperset(result):
        raise MalformedResult("a REST API takes statusCode, headers, body … and nothing else")
    multiple = result.get("multiValueHeaders") or {}
    if not isinstance(multiple, dict):
        raise MalformedResult("multiValueHeaders must be an object")
    fields = [(name, _text(value)) for name, values in multiple.items() for value in values]
    taken = {name.lower() for name, _ in fields}
    fields += [pair for pair in _fields(result.get("headers")) if pair[0].lower() not in taken]
    return _response({"statusCode": 200, **result}, fields)


def _response(result: dict[str, Any], fields: list[tuple[str, str]]) -> Response:
    status = result["statusCode"]
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:  # noqa: PLR2004
        raise MalformedResult("statusCode must be an HTTP status")
    if not any(name.lower() == _JSON[0] for name, _ in fields):
        fields = [*fields, _JSON]
    return Response(status=status, headers=Headers(fields), body=_body(result))


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResult("body must be a string")
    if not result.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except ValueError as error:
        raise MalformedResult("body is not base64") from error


def _fields(headers: Any) -> list[tuple[str, str]]:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise MalformedResult("headers must be an object")
    return [(name, _text(value)) for name, value in headers.items()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise MalformedResult("a header's value must be a string")
