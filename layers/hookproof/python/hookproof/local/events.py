"""HTTP requests in the three shapes in which a Lambda function sees them.

What is documented is taken from the API Gateway and Lambda developer guides; which content types
stay text is not documented, and follows what others measured on AWS (``is_text``).
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from hookproof.local.routes import Route
from hookproof.messages import Request

Event = dict[str, Any]

ACCOUNT = "123456789012"
API = "laptop"

# They concern one connection, and end at the gateway. Source: RFC 9110 §7.6.1.
_HOP_BY_HOP = frozenset(
    ("connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade")
)
# The gateway says these by itself; a tunnel's words about them went into the request's URL.
_REPLACED = frozenset(
    ("host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto")
)
_TEXT_TYPES = frozenset(("application/json", "application/xml", "application/javascript"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it reached the gateway, with the route that it takes."""

    request: Request
    route: Route
    source_ip: str
    received: float
    request_id: str


def http_api(call: Call) -> Event:
    """An HTTP API's event, payload format 2.0: the path decoded, repeated headers joined."""
    path = unquote(call.request.path)
    event = _version_2(call, path=path, route_key=call.route.key)
    if call.route.parameters:
        event["pathParameters"] = dict(call.route.parameters)
    return event


def function_url(call: Call) -> Event:
    """A function URL's event: as an HTTP API's, without routes, the path as it was sent."""
    event = _version_2(call, path=call.request.path, route_key="$default")
    event["requestContext"]["accountId"] = "anonymous"
    return event


def rest_api(call: Call) -> Event:
    """A REST API's event, payload format 1.0, every header and parameter with all its values.

    The API is one whose binary media types are ``*/*``, as a receiver of exact bytes has to set
    them: each body is then base64, whatever its type.
    """
    request = call.request
    fields = _multi(_forwarded(call, drop=("content-length",)))
    query = _multi(parse_qsl(request.query, keep_blank_values=True))
    body = base64.b64encode(request.body).decode() if request.body else None
    return {
        "version": "1.0",
        "resource": call.route.resource,
        "path": unquote(request.path),
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in fields.items()},
        "multiValueHeaders": fields,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(call.route.parameters) or None,
        "stageVariables": None,
        "requestContext": _rest_context(call),
        "body": body,
        "isBase64Encoded": body is not None,
    }


def is_text(content_type: str | None) -> bool:
    """Whether an HTTP API or a function URL hands a body of this type over as text.

    A missing type and ``application/x-www-form-urlencoded`` do not count as text, nor does any
    charset but UTF-8. Source: measured on AWS, github.com/ministackorg/ministack/pull/766 and
    github.com/floci-io/floci/issues/2172.
    """
    media_type, _, parameters = (content_type or "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "").partition("charset=")[2]
    media_type = media_type.strip()
    return charset in ("", "utf-8") and (
        media_type.startswith("text/") or media_type in _TEXT_TYPES
    )


def _version_2(call: Call, *, path: str, route_key: str) -> Event:
    request = call.request
    fields = _forwarded(call, drop=("cookie",))
    body, encoded = _body(request)
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": {name.lower(): ",".join(values) for name, values in _lower(fields).items()},
        "requestContext": _context_2(call, path=path, route_key=route_key),
        "isBase64Encoded": encoded,
    }
    optional = {
        "cookies": [part.strip() for part in (request.headers.get("cookie") or "").split(";")],
        "queryStringParameters": _joined(parse_qsl(request.query, keep_blank_values=True)),
    }
    event.update({name: value for name, value in optional.items() if any(value)})
    if body is not None:
        event["body"] = body
    return event


def _body(request: Request) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if is_text(request.headers.get("content-type")):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            # What API Gateway does with a text that is none is not documented; what counts on a
            # laptop is that the bytes survive.
            pass
    return base64.b64encode(request.body).decode(), True


def _context_2(call: Call, *, path: str, route_key: str) -> Event:
    request = call.request
    return {
        "accountId": ACCOUNT,
        "apiId": API,
        "domainName": request.authority,
        "domainPrefix": request.authority.partition(".")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": call.source_ip,
            "userAgent": request.headers.get("user-agent") or "",
        },
        "requestId": call.request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": _clock(call.received),
        "timeEpoch": int(call.received * 1000),
    }


def _rest_context(call: Call) -> Event:
    request = call.request
    return {
        "accountId": ACCOUNT,
        "apiId": API,
        "domainName": request.authority,
        "domainPrefix": request.authority.partition(".")[0],
        "extendedRequestId": call.request_id,
        "httpMethod": request.method,
        "identity": {
            "sourceIp": call.source_ip,
            "userAgent": request.headers.get("user-agent"),
        },
        "path": request.path,
        "protocol": "HTTP/1.1",
        "requestId": call.request_id,
        "requestTime": _clock(call.received),
        "requestTimeEpoch": int(call.received * 1000),
        "resourceId": "laptop",
        "resourcePath": call.route.resource,
        "stage": "Prod",
    }


def _clock(received: float) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(received))


def _forwarded(call: Call, *, drop: tuple[str, ...]) -> list[tuple[str, str]]:
    """The fields of the request, and those that API Gateway adds to every request."""
    headers = call.request.headers
    hidden = {*_HOP_BY_HOP, *_REPLACED, *drop}
    scheme = call.request.url.partition("://")[0]
    port = call.request.authority.rpartition(":")[2]
    known = (*headers.get_all("x-forwarded-for"), call.source_ip)
    return [
        *((name, value) for name, value in headers if name.lower() not in hidden),
        ("Host", call.request.authority),
        ("X-Amzn-Trace-Id", f"Root=1-{int(call.received):08x}-{call.request_id[:24]}"),
        ("X-Forwarded-For", ", ".join(known)),
        ("X-Forwarded-Port", port if port.isdigit() else "443"),
        ("X-Forwarded-Proto", scheme),
    ]


def _lower(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    return _multi([(name.lower(), value) for name, value in fields])


def _multi(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    return {name: ",".join(values) for name, values in _multi(pairs).items()}


SHAPES: dict[str, Callable[[Call], Event]] = {
    "http": http_api,
    "rest": rest_api,
    "url": function_url,
}
