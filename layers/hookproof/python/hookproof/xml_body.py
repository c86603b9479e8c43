"""An XML body as nested objects. Loaded only for deliveries of that kind."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hookproof.errors import RequestMalformed


def parse_xml(body: bytes) -> dict[str, object]:
    """The document as objects of objects and texts; elements that repeat make a list.

    Namespaces are left out of the names. Raises: RequestMalformed.
    """
    # expat refuses entity bombs by itself; a document type is never part of a webhook.
    if b"<!DOCTYPE" in body:
        raise RequestMalformed("body: XML with a document type is not accepted")
    try:
        root = ET.fromstring(body)  # noqa: S314 - no document type, so no entities
        return {_name(root): _value(root)}
    except (ET.ParseError, ValueError, LookupError, RecursionError) as error:
        raise RequestMalformed("body: expected XML") from error


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: ET.Element) -> object:
    if len(element) == 0:
        return element.text or ""
    children: dict[str, object] = {}
    for child in element:
        name, value = _name(child), _value(child)
        known = children.get(name)
        if known is None:
            children[name] = value
        else:
            children[name] = [*known, value] if isinstance(known, list) else [known, value]
    return children
