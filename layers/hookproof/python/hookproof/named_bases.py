"""Signature bases that no template can say, by name. Loaded only by providers that name one.

Each takes the request's parts and gives the exact bytes that are signed. A file writes
``{"named": "sorted_json"}`` as its base, or as a piece of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

from hookproof.components import Component, Parts, octets, parse_json
from hookproof.errors import RequestMalformed, SignatureMalformed
from hookproof.json_text import Number, leaf_text, leaves, member_text, written
from hookproof.template import Missing

Base = Callable[[Parts], bytes]


def sorted_json(parts: Parts) -> bytes:
    """The body as compact JSON with the keys of every object sorted. Source: NOWPayments, IPN."""
    return written(parse_json(parts.request.body, "body", numbers=Number), ordered=True)


def php_object_payload(parts: Parts) -> bytes:
    """``object_payload`` as PHP's json_encode writes it. Source: Treezor, webhook security."""
    document = parse_json(parts.request.body, "body", numbers=Number)
    payload = document.get("object_payload") if isinstance(document, Mapping) else None
    if payload is None:
        raise Missing("json:/object_payload: missing, and it is what is signed")
    return written(payload, ordered=False, ascii_only=True).replace(b"/", b"\\/")


def content_text(parts: Parts) -> bytes:
    """The characters of ``Content`` in the body, as they stand there. Source: Exact Online."""
    try:
        text = member_text(parts.request.body.decode(), "Content")
    except (ValueError, RecursionError) as error:
        raise RequestMalformed("body: expected a JSON object") from error
    if text is None:
        raise Missing("json:/Content: missing, and it is what is signed")
    return text.encode()


def python_form_json(parts: Parts) -> bytes:
    """The form as Python's json.dumps writes a dict of it. Source: FreshBooks, webhooks."""
    fields = {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in parts.pairs("form")
    }
    return json.dumps(fields).encode()


def leaf_values(parts: Parts) -> bytes:
    """Every value of the JSON but the signature, sorted, joined by ``/``. Source: TrustPay."""
    document = parse_json(parts.request.body, "body", numbers=Number)
    signature = document.get("Signature") if isinstance(document, Mapping) else None
    values = sorted(leaf_text(one) for one in leaves(document) if one != signature)
    return b"/".join(values)


def contentful(parts: Parts) -> bytes:
    """Method, path, the named headers, and the body. Source: contentful/node-apps-toolkit."""
    from urllib.parse import quote

    request = parts.request
    names = (request.headers.get("x-contentful-signed-headers") or "").lower().split(",")
    if "x-contentful-timestamp" not in names:
        raise SignatureMalformed("x-contentful-signed-headers: expected the timestamp among them")
    fields = {name.strip(): request.headers.get(name.strip()) for name in names}
    lines = [
        f"{name}:{value.strip()}" for name, value in sorted(fields.items()) if value is not None
    ]
    path = request.path
    if request.query:
        # The toolkit escapes the query as a whole, then the result once more.
        path = quote(f"{path}?{quote(request.query, safe=_UNESCAPED)}", safe=_URI_UNESCAPED)
    head = "\n".join([request.method.upper(), path, ";".join(lines)])
    return octets(head) + b"\n" + request.body


def hook0_headers(parts: Parts) -> bytes:
    """Time, names of headers, their values, body, joined by dots. Source: hook0/hook0."""
    names = parts.params.get("h")
    time = parts.params.get("t")
    if names is None or time is None:
        raise SignatureMalformed("X-Hook0-Signature: expected t, h and v1")
    values = []
    for name in names.decode("latin-1").split(" "):
        value = parts.request.headers.get(name)
        if value is None:
            raise Missing(f"header:{name}: missing, and it is part of what is signed")
        values.append(octets(value))
    return b".".join([time, names, b".".join(values), parts.request.body])


def hook0_body(parts: Parts) -> bytes:
    """Time and body joined by a dot, where the stronger code is absent. Source: hook0/hook0."""
    if "v1" in parts.params:
        raise SignatureMalformed("X-Hook0-Signature: v1 decides, where it is offered")
    return parts.params.get("t", b"") + b"." + parts.request.body


def plivo_v3(parts: Parts) -> bytes:
    """The URL, its sorted query, and the sorted form. Source: plivo/plivo-python signature_v3."""
    query = b"&".join(name + b"=" + value for name, value in sorted(parts.pairs("query")))
    form = parts.pairs("form") if parts.request.method.upper() == "POST" else ()
    url = octets(parts.request.url.partition("?")[0])
    if not form:
        return url + b"?" + query if query else url
    values = b"".join(name + value for name, value in sorted(form))
    return url + b"?" + (query + b"." if query else b"") + values


def fiuu(parts: Parts) -> bytes:
    """Two nested MD5 over fields of the form, the secret last. Source: Fiuu, payment response."""
    inner = _joined(parts, "tranID", "orderid", "status", "domain", "amount", "currency")
    digest = hashlib.md5(inner, usedforsecurity=False).hexdigest().encode()
    secret = parts.values.get("secret", "").encode()
    return _joined(parts, "paydate", "domain") + digest + _joined(parts, "appcode") + secret


def midtrans_snap(parts: Parts) -> bytes:
    """Method, path, digest of the body without white space, time. Source: Midtrans, SNAP BI."""
    document = parse_json(parts.request.body, "body", numbers=Number)
    compact = written(document, ordered=False)
    digest = hashlib.sha256(compact).hexdigest()
    head = octets(f"POST:{parts.request.path}:{digest}:")
    return head + (parts.timestamp or b"")


def php_form(parts: Parts) -> bytes:
    """The form without its signature as PHP's serialize writes it. Source: Paddle Classic."""
    fields = sorted(dict(parts.pairs("form")).items())
    texts = [text for pair in fields if pair[0] != b"p_signature" for text in pair]
    items = b"".join(b's:%d:"%b";' % (len(text), text) for text in texts)
    return b"a:%d:{%b}" % (len(texts) // 2, items)


def jira_query_hash(parts: Parts) -> bytes:
    """The digest of the canonical request. Source: Atlassian Connect, query string hash."""
    from urllib.parse import quote

    values: dict[str, list[str]] = {}
    for name, value in parts.pairs("query"):
        if name != b"jwt":
            values.setdefault(quote(name, safe="-_.~"), []).append(quote(value, safe="-_.~"))
    query = "&".join(
        f"{name}={','.join(sorted(several))}" for name, several in sorted(values.items())
    )
    path = parts.request.path.rstrip("/").replace("&", "%26") or "/"
    text = f"{parts.request.method.upper()}&{path}&{query}"
    return hashlib.sha256(text.encode()).hexdigest().encode()


def truelayer(parts: Parts) -> bytes:
    """Method, path, the headers that the token names, and the body. Source: TrueLayer signing."""
    return _truelayer(parts, parts.request.path)


def truelayer_other_slash(parts: Parts) -> bytes:
    """The same, the path with or without the slash at its end that it came without or with."""
    path = parts.request.path
    return _truelayer(parts, path[:-1] if path.endswith("/") else path + "/")


def covered(name: str) -> tuple[Component, ...]:
    """The components that the named base covers."""
    return tuple(
        Component(kind="body", pointer=field)
        if kind == "json"
        else Component(kind=kind, name=field)
        for kind, field in _COVERED[name]
    )


def _truelayer(parts: Parts, path: str) -> bytes:
    if parts.params.get("tl_version") != b"2":
        raise SignatureMalformed("header:Tl-Signature: expected tl_version 2")
    lines = [f"{parts.request.method.upper()} {path}\n"]
    for name in filter(None, parts.params.get("tl_headers", b"").decode("latin-1").split(",")):
        value = parts.request.headers.get(name)
        if value is None:
            raise Missing(f"header:{name}: missing, and it is part of what is signed")
        lines.append(f"{name}: {value}\n")
    return octets("".join(lines)) + parts.request.body


def _joined(parts: Parts, *names: str) -> bytes:
    fields = dict(parts.pairs("form"))
    missing = [name for name in names if name.encode() not in fields]
    if missing:
        raise Missing(f"form:{missing[0]}: missing, and it is part of what is signed")
    return b"".join(fields[name.encode()] for name in names)


_UNESCAPED = "-_.!~*'()"
_URI_UNESCAPED = "-_.!~*'();/?:@&=+$,#"
_BODY = (("body", ""),)
# What the JSON means is signed, its very bytes are not: other bytes may mean the same.
_VALUES = (("json", "/*"),)
_TRUELAYER = (("method", ""), ("path", ""), ("header", "X-Tl-Webhook-Timestamp"), *_BODY)
_COVERED: dict[str, tuple[tuple[str, str], ...]] = {
    "sorted_json": _VALUES,
    "content_text": (("json", "/Content"),),
    "php_object_payload": (("json", "/object_payload"),),
    "python_form_json": (("form", "*"),),
    "leaf_values": _VALUES,
    "contentful": (("method", ""), ("target", ""), ("header", "x-contentful-timestamp"), *_BODY),
    "hook0_headers": (("timestamp", ""), *_BODY),
    "hook0_body": (("timestamp", ""), *_BODY),
    "midtrans_snap": (("path", ""), ("timestamp", ""), *_VALUES),
    "php_form": (("form", "*"),),
    "jira_query_hash": (("method", ""), ("path", ""), ("query", "*")),
    "truelayer": _TRUELAYER,
    "truelayer_other_slash": _TRUELAYER,
    "plivo_v3": (("url", ""), ("form", "*")),
    "fiuu": (("form", "tranID"), ("form", "amount"), ("form", "status"), ("secret", "")),
}
NAMED_BASES: dict[str, Base] = {
    "sorted_json": sorted_json,
    "content_text": content_text,
    "php_object_payload": php_object_payload,
    "python_form_json": python_form_json,
    "leaf_values": leaf_values,
    "contentful": contentful,
    "hook0_headers": hook0_headers,
    "hook0_body": hook0_body,
    "midtrans_snap": midtrans_snap,
    "php_form": php_form,
    "jira_query_hash": jira_query_hash,
    "truelayer": truelayer,
    "truelayer_other_slash": truelayer_other_slash,
    "plivo_v3": plivo_v3,
    "fiuu": fiuu,
}
