"""Lambda's HTTP events to a Request with the exact bytes, and a Response to Lambda's answer.

The shapes: HTTP API and function URL (payload 2.0), REST API (1.0), Application Load Balancer.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
and https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from itertools import chain
from typing import Any

from hookproof.errors import BodyTooLarge, MethodNotAllowed, RequestMalformed, UnknownSource
from hookproof.messages import Headers, Request, Response
from hookproof.values import frozen

# What Lambda can be called with, 6 MB, counts the body as it stands in the event.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
BODY_LIMIT = 6 * 1024 * 1024
_HEADER_LIMIT = 64 * 1024  # the load balancer's; API Gateway's is 10 KiB
_METHODS = frozenset({"POST", "GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"[A-Za-z0-9._-]{1,255}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_REASONS = {
    200: "OK",
    202: "Accepted",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    503: "Service Unavailable",
}


@frozen
class Delivery:
    """A request, and the source and tenant that its path names."""

    request: Request
    source: str
    tenant: str | None


def read_event(event: object) -> Delivery:
    """Read an event of any of the four shapes.

    Raises RequestMalformed, MethodNotAllowed, BodyTooLarge or UnknownSource, and nothing else.
    """
    fields = _mapping(event, "the event")
    context = _mapping(fields.get("requestContext"), "requestContext")
    headers = _headers(fields)
    if fields.get("version") == "2.0":
        http = _mapping(context.get("http"), "requestContext.http")
        method = _text(http, "method")
        path, query = _text(fields, "rawPath"), _text(fields, "rawQueryString", "")
    else:
        method = _text(fields, "httpMethod")
        path = _text(context, "path", "") or _text(fields, "path")
        query = _rebuilt_query(fields, encoded="elb" in context)
    if method not in _METHODS:
        raise MethodNotAllowed("expected POST, GET, HEAD or OPTIONS")
    url = _origin(headers, context) + path + ("?" + query if query else "")
    _check_text(url, headers)
    source, tenant = _names(fields, path)
    request = Request(method=method, url=url, headers=headers, body=_body(fields))
    return Delivery(request=request, source=source, tenant=tenant)


def write_result(response: Response, event: object) -> dict[str, Any]:
    """Return the answer in the shape that belongs to the event's."""
    fields = event if isinstance(event, dict) else {}
    context = fields.get("requestContext")
    is_load_balancer = isinstance(context, dict) and "elb" in context
    result: dict[str, Any] = {"statusCode": response.status, **_written_body(response.body)}
    if is_load_balancer:
        reason = _REASONS.get(response.status, "")
        result["statusDescription"] = f"{response.status} {reason}".strip()
    multiple = "multiValueHeaders" if is_load_balancer else "httpMethod"
    if fields.get("version") != "2.0" and multiple in fields:
        result["multiValueHeaders"] = {
            name: list(response.headers.get_all(name)) for name, _ in response.headers
        }
    else:
        result["headers"] = {name: response.headers[name] for name, _ in response.headers}
    return result


def _written_body(body: bytes) -> dict[str, Any]:
    try:
        return {"body": body.decode("utf-8"), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": b2a_base64(body, newline=False).decode("ascii"), "isBase64Encoded": True}


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise RequestMalformed(f"{name}: expected an object of an HTTP event")
    return value


def _text(fields: Mapping[str, object], name: str, default: str | None = None) -> str:
    value = fields.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise RequestMalformed(f"{name}: expected text in the event")
    return value


def _headers(fields: Mapping[str, object]) -> Headers:
    headers = _pairs(fields, "multiValueHeaders", "headers")
    cookies = fields.get("cookies") or []
    if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
        raise RequestMalformed("cookies: expected a list of text in the event")
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))
    made = Headers(headers)
    if made.size > _HEADER_LIMIT:
        raise RequestMalformed(f"more than {_HEADER_LIMIT} bytes of header fields")
    return made


def _pairs(fields: Mapping[str, object], multiple: str, single: str) -> list[tuple[str, str]]:
    """Each name and value, from the multi-valued member where the event has one."""
    listed = fields.get(multiple) or fields.get(single) or {}
    pairs: list[tuple[str, str]] = []
    for name, value in _mapping(listed, single).items():
        if isinstance(value, str):
            pairs.append((name, value))
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            pairs += [(name, one) for one in value]
        else:
            raise RequestMalformed(f"{single}: expected text values in the event")
    return pairs


def _rebuilt_query(fields: Mapping[str, object], *, encoded: bool) -> str:
    # REST events hold the parameters decoded, and not as they were written; the load balancer's
    # are as written. The order is the event's own.
    pairs = _pairs(fields, "multiValueQueryStringParameters", "queryStringParameters")
    if not encoded:
        pairs = [(_quoted(name), _quoted(value)) for name, value in pairs]
    return "&".join(f"{name}={value}" for name, value in pairs)


def _quoted(text: str) -> str:
    from urllib.parse import quote

    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise RequestMalformed("queryStringParameters: not Unicode text") from None


def _origin(headers: Headers, context: Mapping[str, object]) -> str:
    # The Host field is what the sender called, port included; API Gateway routes by it.
    host = headers.get("host") or _text(context, "domainName", "")
    if not _HOST.fullmatch(host):
        raise RequestMalformed("host: expected a host name")
    scheme = headers.get("x-forwarded-proto")
    return f"{'http' if scheme == 'http' else 'https'}://{host}"


def _check_text(url: str, headers: Headers) -> None:
    # JSON can escape half of a surrogate pair, which no sender can have sent.
    try:
        "".join([url, *chain.from_iterable(headers)]).encode()
    except UnicodeEncodeError:
        raise RequestMalformed("the event holds text that is not Unicode") from None


def _names(fields: Mapping[str, object], path: str) -> tuple[str, str | None]:
    parameters = fields.get("pathParameters")
    if isinstance(parameters, dict) and "source" in parameters:
        source, tenant = parameters["source"], parameters.get("tenant")
    else:
        source, tenant = _split(path)
    if not _is_name(source) or not (tenant is None or _is_name(tenant)):
        raise UnknownSource("expected /webhooks/{source}[/{tenant}], each [a-z0-9][a-z0-9_-]{0,63}")
    return source, tenant


def _split(path: str) -> tuple[str | None, str | None]:
    # What stands in front is a stage or a mapping of the domain.
    parts = path.split("/")
    if parts[-2:-1] == ["webhooks"]:
        return parts[-1], None
    if parts[-3:-2] == ["webhooks"]:
        return parts[-2], parts[-1]
    return None, None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _body(fields: Mapping[str, object]) -> bytes:
    text = _text(fields, "body", "")
    is_encoded = fields.get("isBase64Encoded") or False
    if not isinstance(is_encoded, bool):
        raise RequestMalformed("isBase64Encoded: expected true or false in the event")
    try:
        carried = text.encode("ascii" if is_encoded else "utf-8")
        if len(carried) > BODY_LIMIT:
            raise BodyTooLarge(f"the body is larger than the {BODY_LIMIT} bytes that fit an event")
        return a2b_base64(carried, strict_mode=True) if is_encoded else carried
    except (UnicodeEncodeError, Base64Error):
        form = "base64" if is_encoded else "Unicode text"
        raise RequestMalformed(f"body: expected {form} in the event") from None
