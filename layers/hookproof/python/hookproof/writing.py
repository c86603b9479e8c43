"""The inverse of ``components``: a request with a text put into one of its places.

Signing needs it, verifying does not: a delivery never loads this.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from hookproof.components import Component
from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request
from hookproof.values import replace

# Numbers keep the form in which they are written: they stand as marked texts meanwhile.
_MARKED = re.compile(r'"\\u0000([^"\\]*)"')
_WHOLE = re.compile(r"0|[1-9][0-9]*")


def write(request: Request, place: Component, text: str, values: Mapping[str, str]) -> Request:
    """The request with ``text`` in the place, instead of what is there.

    ``values``: the secret's, for places that it names. Raises: ConfigurationError for a place
    that nothing can be put into.
    """
    name = place.name
    if name.startswith("$"):
        name = values.get(name[1:], name)
    if place.kind == "header" and place.pointer is None:
        return replace(request, headers=_with_header(request.headers, name, text))
    if place.kind == "query" and place.pointer is None:
        base, _, _ = request.url.partition("?")
        return replace(request, url=f"{base}?{_with_pair(request.query, name, text)}")
    if place.kind == "form":
        return _in_form(request, name, place.pointer, text)
    if place.kind == "body" and place.pointer:
        return replace(request, body=_with_value(request.body, place.pointer, text))
    raise ConfigurationError(f"signing is not possible here: nothing can be put into {place}")


def _with_header(headers: Headers, name: str, text: str) -> Headers:
    if name not in headers:
        return Headers([*headers, (name, text)])
    kept = [pair for pair in headers if pair[0].lower() != name.lower()]
    return Headers([*kept, (name, text)])


def _with_pair(encoded: str, name: str, text: str) -> str:
    """The pairs with the name's value; what is not changed stays as it is written."""
    items = encoded.split("&") if encoded else []
    kept = [item for item in items if not _is_named(item, name)]
    return "&".join([*kept, urlencode({name: text})])


def _is_named(item: str, name: str) -> bool:
    return [known for known, _ in parse_qsl(item, keep_blank_values=True)] == [name]


def _in_form(request: Request, name: str, pointer: str | None, text: str) -> Request:
    if "multipart/" in (request.headers.get("Content-Type") or "").lower():
        raise ConfigurationError("signing is not possible here: the form is multipart")
    try:
        form = request.body.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError("body: expected a form") from error
    if pointer:
        known = dict(parse_qsl(form, keep_blank_values=True)).get(name, "{}")
        text = _with_value(known.encode(), pointer, text).decode()
    return replace(request, body=_with_pair(form, name, text).encode())


def _with_value(body: bytes, pointer: str, text: str) -> bytes:
    try:
        document = json.loads(body, parse_int=_marked, parse_float=_marked)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError("body: expected JSON") from error
    if b"\\u0000" in body or not _put(document, pointer.split("/")[1:], text):
        raise ConfigurationError(f"signing is not possible here: nothing can be put at {pointer}")
    written = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return _MARKED.sub(r"\1", written).encode("utf-8", "surrogatepass")


def _marked(number: str) -> str:
    return f"\0{number}"


def _put(node: object, steps: list[str], text: str) -> bool:
    step = steps[0].replace("~1", "/").replace("~0", "~")
    if isinstance(node, list) and step == "*":
        done = [_put(one, steps[1:], text) for one in node]
        return bool(done) and all(done)
    if isinstance(node, list) and _WHOLE.fullmatch(step) and int(step) < len(node) and steps[1:]:
        return _put(node[int(step)], steps[1:], text)
    if not isinstance(node, dict):
        return False
    if steps[1:]:
        return _put(node.setdefault(step, {}), steps[1:], text)
    was_number = isinstance(known := node.get(step), str) and known.startswith("\0")
    node[step] = _marked(text) if was_number and _WHOLE.fullmatch(text) else text
    return True
