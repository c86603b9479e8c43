"""A request as the Lambda event of an HTTP API, a REST API, a function URL or a load balancer."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace
from typing import Any

from hookproof.local.events import SHAPES, Call, is_text
from hookproof.local.routes import Route, Routes
from hookproof.messages import Headers, Request

FORMATS = ("http", "rest", "url", "alb")
_PATHS = ("/webhooks/{source}", "/webhooks/{source}/{tenant}")
_SOURCE_IP = "203.0.113.7"  # a range for documentation: RFC 5737
_TARGET_GROUP = (
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/hookproof/0123456789abcdef"
)


def write_event(request: Request, form: str, *, now: float) -> dict[str, Any]:
    """The event of the request; the same one whenever request and ``now`` are the same."""
    if "Host" not in request.headers:
        headers = Headers([("Host", request.authority), *request.headers])
        request = replace(request, headers=headers)
    if form == "alb":
        return _load_balancer(request)
    digest = hashlib.sha256(f"{now}{request.url}".encode() + request.body).hexdigest()
    route = Routes((request.method, path) for path in _PATHS).find(request.method, request.path)
    call = Call(
        request=request,
        route=route or Route(method=request.method, resource="$default"),
        source_ip=_SOURCE_IP,
        received=now,
        request_id=digest[:32],
    )
    return SHAPES[form](call)


def _load_balancer(request: Request) -> dict[str, Any]:
    """A load balancer's event: names in lower case, parameters as they were written.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    pairs = [item.partition("=") for item in request.query.split("&") if item]
    added = {"x-forwarded-for": _SOURCE_IP, "x-forwarded-port": "443", "x-forwarded-proto": "https"}
    plain = is_text(request.headers.get("content-type")) and _is_utf8(request.body)
    return {
        "requestContext": {"elb": {"targetGroupArn": _TARGET_GROUP}},
        "httpMethod": request.method,
        "path": request.path,
        "queryStringParameters": {name: value for name, _, value in pairs},
        "headers": {**{name.lower(): value for name, value in request.headers}, **added},
        "body": request.body.decode() if plain else b64encode(request.body).decode(),
        "isBase64Encoded": not plain,
    }


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
