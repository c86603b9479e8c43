"""Reading a REQUEST from a file in whichever of its forms it has, told by its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from hookproof.aws.apigateway import read_event
from hookproof.cli.curl import is_curl, parse_curl
from hookproof.cli.files import parse_json, read_bytes, shown
from hookproof.cli.har import is_har, parse_har
from hookproof.cli.http_text import is_http, parse_http
from hookproof.cli.request_json import parse_request
from hookproof.errors import ConfigurationError, VerificationError
from hookproof.messages import Request

_EXPECTED = (
    "expected a JSON request, raw HTTP, a curl command, a HAR file or a Lambda event (see --help)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A request out of a file: in which form it stood there, and when it was sent if known."""

    request: Request
    form: str
    received: float | None = None
    remarks: tuple[str, ...] = ()


def read_request(name: str, *, url: str | None = None) -> Captured:
    """The request in the file, ``-`` for standard input; ``url`` takes the place of its own.

    Raises: ConfigurationError naming the file and what was expected.
    """
    where = shown(name)
    captured = parse_captured(read_bytes(name), where)
    if url is None:
        return captured
    return replace(captured, request=replace(captured.request, url=url))


def parse_captured(text: bytes, where: str) -> Captured:
    """The request that the text holds. Raises: ConfigurationError."""
    text = text.removeprefix(b"\xef\xbb\xbf")
    start = text.lstrip()[:1]
    try:
        if start == b"{":
            return _from_json(text, where)
        if is_curl(text):
            return Captured(request=parse_curl(text, where), form="curl command")
        if is_http(text):
            request, remarks = parse_http(text, where)
            return Captured(request=request, form="raw HTTP", remarks=remarks)
    except VerificationError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    found = "nothing" if not start else "a JSON list" if start == b"[" else "something else"
    raise ConfigurationError(f"{where}: {_EXPECTED}; found {found}")


def _from_json(text: bytes, where: str) -> Captured:
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{where}: JSON that is not UTF-8 text") from error
    document = parse_json(decoded, where)
    assert isinstance(document, dict)  # noqa: S101 - it starts with a brace, and was parsed
    if "requestContext" in document:
        return _from_event(document)
    if is_har(document):
        request, started = parse_har(document, where)
        return Captured(request=request, form="HAR entry", received=_seconds(started))
    if isinstance(document.get("request"), dict):
        # A line of a batch, a test vector, or a record of the quarantine, which knows its arrival.
        arrived = document.get("arrived")
        return Captured(
            request=parse_request(document["request"]),
            form="JSON request",
            received=float(arrived) if isinstance(arrived, int | float) else None,
        )
    if not document.keys() & {"method", "url", "headers", "body", "body_base64"}:
        keys = ", ".join(sorted(map(repr, document))[:5]) or "none"
        raise ConfigurationError(f"{where}: {_EXPECTED}; found a JSON object with the keys {keys}")
    return Captured(request=parse_request(document), form="JSON request")


def _from_event(event: Mapping[str, object]) -> Captured:
    # Which source the path names is not asked here, so any path will do.
    delivery = read_event({**event, "pathParameters": {"source": "any"}})
    context = event["requestContext"]
    received = None
    if isinstance(context, Mapping):
        epoch = context.get("timeEpoch", context.get("requestTimeEpoch"))
        received = epoch / 1000 if isinstance(epoch, int) else None
    return Captured(request=delivery.request, form="Lambda event", received=received)


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
