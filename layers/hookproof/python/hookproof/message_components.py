"""The components of HTTP Message Signatures and the base they make. Source: RFC 9421 §2."""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.errors import RequestMalformed, SignatureMalformed
from hookproof.messages import Request
from hookproof.structured_fields import InnerList, unquote

_MAX_COMPONENTS = 64
_MAX_PARAMETERS = 1000
_WIDE = 256


def signature_base(request: Request, covered: InnerList) -> bytes:
    """The text that is signed. Source: RFC 9421 §2.5.

    Raises: SignatureMalformed for a component that is named twice or cannot be had here,
    RequestMalformed for one that the request lacks.
    """
    texts = [text for _, _, text in covered.items]
    if len(texts) > _MAX_COMPONENTS or len(set(texts)) != len(texts):
        raise SignatureMalformed("header:Signature-Input: a component stands twice")
    lines = [
        f"{text}: {_value(request, name, parameters)}" for name, parameters, text in covered.items
    ]
    text = "\n".join([*lines, f'"@signature-params": {covered.text}'])
    # A line break inside a value could pass for another line, a wide character for any other.
    if text.count("\n") != len(lines) or not all(ord(one) < _WIDE for one in text):
        raise SignatureMalformed("header:Signature-Input: a component cannot be signed as it is")
    return text.encode("latin-1")


def _value(request: Request, name: str, parameters: Mapping[str, str]) -> str:
    if name.startswith("@"):
        return _derived(request, name, parameters)
    if parameters:
        raise SignatureMalformed(f"header:Signature-Input: {name} with parameters is not supported")
    if name != name.lower():
        raise SignatureMalformed("header:Signature-Input: expected names in lower case")
    values = request.headers.get_all(name)
    if not values:
        raise RequestMalformed(f"header:{name}: missing, and it is part of what is signed")
    return ", ".join(value.strip(" \t") for value in values)


def _derived(request: Request, name: str, parameters: Mapping[str, str]) -> str:
    if name == "@query-param":
        return _query_parameter(request, parameters)
    values = {
        "@method": request.method,
        "@target-uri": request.url,
        "@authority": _authority(request),
        "@scheme": request.url.partition("://")[0].lower(),
        "@request-target": request.path + (f"?{request.query}" if request.query else ""),
        "@path": request.path,
        "@query": f"?{request.query}",
    }
    if name not in values or parameters:
        raise SignatureMalformed(f"header:Signature-Input: {name} cannot be covered by a request")
    return values[name]


def _query_parameter(request: Request, parameters: Mapping[str, str]) -> str:
    from urllib.parse import parse_qsl

    if set(parameters) != {"name"}:
        raise SignatureMalformed("header:Signature-Input: @query-param needs a name")
    wanted = unquote(parameters["name"])
    try:
        pairs = parse_qsl(request.query, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
        values = [_escaped(value) for name, value in pairs if _escaped(name) == wanted]
    except ValueError as error:
        raise RequestMalformed(f"query: expected up to {_MAX_PARAMETERS} parameters") from error
    if len(values) != 1:
        raise RequestMalformed("query: a parameter that is signed must be there once")
    return values[0]


def _escaped(text: str) -> str:
    """Percent-encoded as the RFC says, which leaves fewer as they are than Python does."""
    from urllib.parse import quote

    return quote(text, safe="*-._").replace("~", "%7E")


def _authority(request: Request) -> str:
    authority = request.authority.rpartition("@")[2].lower()
    default = {"https": ":443", "http": ":80"}.get(request.url.partition("://")[0].lower(), "")
    return authority.removesuffix(default) if default else authority
