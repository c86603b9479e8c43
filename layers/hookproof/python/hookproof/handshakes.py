"""Challenge recognised? -> Response: the requests by which a provider checks an endpoint.

A handshake is data in the provider's file::

    {"when": {"method": "GET", "query:hub.mode": "subscribe"},   all must hold; true = present
     "verified": false,                                          is it signed like an event?
     "require": {"query:hub.verify_token": "{secret:verify_token}"},
     "status": 200, "content_type": "text/plain", "body": "{query:hub.challenge}"}

In place of ``body``, ``json`` gives an object whose texts are templates. ``headers`` are
templates too. ``computed`` makes ``{param:computed}``: a template, digested or signed with the
source's key, in hex; ``decrypt`` opens what came encrypted: ``{param:decrypted}``. ``visit`` is
a URL to be called (a confirmation link): only to ``hosts``, and only for sources that allow it;
otherwise the request goes the way of an event. ``refused`` is the status for a challenge that
fails ``require``. ``keep`` marks requests that bring the secret itself: they go to the
quarantine, if there is one, for the operator to read it there.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hookproof.components import Component, Parts, parse_component
from hookproof.document import Fields, mapping
from hookproof.errors import ConfigurationError, RequestMalformed, SignatureMismatch
from hookproof.messages import Headers, Response
from hookproof.template import Template
from hookproof.values import frozen

if TYPE_CHECKING:
    from hookproof.challenges import Computed, Encrypted

_MAX_ECHO = 4096
_MAX_TOKEN = 128
_TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=")


@frozen
class Handshake:
    """One kind of challenge and its answer."""

    method: str | None
    conditions: tuple[tuple[Component, str | bool], ...]
    verified: bool
    require: tuple[tuple[Component, Template], ...]
    status: int
    headers: tuple[tuple[str, Template], ...]
    body: Template | None
    json: object
    visit: Template | None
    hosts: tuple[str, ...]
    refused: int | None
    keep: bool
    computed: Computed | None
    encrypted: Encrypted | None

    @classmethod
    def from_json(cls, document: object) -> Handshake:
        """The handshake that the object describes. Raises: ConfigurationError."""
        fields = Fields(document, "handshakes")
        when = dict(mapping(fields.take("when"), "handshakes.when"))
        method = when.pop("method", None)
        content_type = fields.text("content_type", "text/plain; charset=utf-8")
        handshake = cls(
            method=None if method is None else str(method),
            conditions=tuple(_condition(place, value) for place, value in when.items()),
            verified=fields.flag("verified", default=True),
            require=tuple(
                (parse_component(place, "handshakes.require"), _template(text))
                for place, text in fields.texts_by_name("require").items()
            ),
            status=int(fields.number("status", 200) or 200),
            headers=_headers(content_type, fields.texts_by_name("headers")),
            body=_template(fields.text("body")) if fields.has("body") else None,
            json=_compiled(fields.take("json")),
            visit=_template(fields.text("visit")) if fields.has("visit") else None,
            hosts=fields.texts("hosts"),
            refused=int(fields.number("refused") or 0) or None,
            keep=fields.flag("keep", default=False),
            computed=_part(fields, "computed"),
            encrypted=_part(fields, "decrypt"),
        )
        fields.done()
        return handshake

    @property
    def has_body(self) -> bool:
        """Whether the answer has a body."""
        return self.body is not None or self.json is not None

    def matches(self, parts: Parts) -> bool:
        """Whether the request is this challenge."""
        if self.method not in (None, parts.request.method.upper()):
            return False
        # What is said in the clear comes first: few requests are worth decrypting.
        clear = [one for one in self.conditions if one[0].kind != "param"]
        if not all(_holds(parts, place, expected) for place, expected in clear):
            return False
        if self.encrypted is not None and not self.encrypted.opens(parts):
            return False
        return all(_holds(parts, place, expected) for place, expected in self.conditions)

    def answer(self, parts: Parts, key: bytes) -> Response:
        """The answer that the provider wants.

        Raises: SignatureMismatch when the challenge does not know what it must know,
        RequestMalformed when it lacks what the answer is made of.
        """
        if not self._knows(parts, key):
            if self.refused:
                return Response(status=self.refused)
            raise SignatureMismatch("challenge: not the value that the source expects")
        self._check_oracle(parts)
        if self.computed is not None:
            parts.params = self.computed.params(parts, key)
        body = self.body.render(parts, key) if self.body else b""
        if self.json is not None:
            body = json.dumps(_filled(self.json, parts, key), separators=(",", ":")).encode()
        headers = [(name, _line(one.render(parts, key))) for name, one in self.headers]
        if len(body) > _MAX_ECHO:
            raise RequestMalformed("challenge: longer than any provider's")
        return Response(status=self.status, headers=Headers(headers), body=body)

    def _knows(self, parts: Parts, key: bytes) -> bool:
        return all(
            hmac.compare_digest(place.read(parts) or b"", expected)
            for place, expected in (
                (place, template.render(parts, key)) for place, template in self.require
            )
        )

    def _check_oracle(self, parts: Parts) -> None:
        """Sign short tokens only: an answer must never be the signature of a forged event."""
        templates = (self.body, *_templates(self.json))
        keyed = [one for template in templates if template for one in template.keyed]
        for component in (*keyed, *(self.computed.keyed if self.computed else ())):
            value = component.read(parts) or b""
            if not 0 < len(value) <= _MAX_TOKEN or set(value) - _TOKEN:
                raise RequestMalformed(f"{component}: expected a short token")


def find_handshake(
    handshakes: tuple[Handshake, ...], parts: Parts, *, verified: bool
) -> Handshake | None:
    """The first of the handshakes that the request is, among the signed or the unsigned ones."""
    for handshake in handshakes:
        if handshake.verified == verified and handshake.matches(parts):
            return handshake
    return None


def _holds(parts: Parts, place: Component, expected: str | bool) -> bool:
    try:
        value = place.read(parts)
    except RequestMalformed:
        return expected is False
    if isinstance(expected, bool):
        return (value is not None) == expected
    return value == expected.encode()


def _part(fields: Fields, key: str) -> Any:
    # Few challenges need one, so the others do not load what reads it.
    if not fields.has(key):
        return None
    from hookproof.challenges import PARTS

    return PARTS[key].from_json(fields.take(key))


def _condition(place: str, value: object) -> tuple[Component, str | bool]:
    if not isinstance(value, str | bool):
        raise ConfigurationError(f"handshakes.when.{place}: expected a text, true or false")
    return parse_component(place, "handshakes.when"), value


def _template(text: str) -> Template:
    return Template.parse(text, "handshakes")


def _headers(content_type: str, more: Mapping[str, str]) -> tuple[tuple[str, Template], ...]:
    # A browser must never take an echoed challenge for a page.
    fixed = {"Content-Type": content_type, "X-Content-Type-Options": "nosniff"}
    return tuple((name, _template(text)) for name, text in {**fixed, **more}.items())


def _line(value: bytes) -> str:
    text = value.decode("latin-1")
    if not text.isprintable():
        raise RequestMalformed("challenge: expected printable characters")
    return text


def _compiled(node: object) -> object:
    if isinstance(node, Mapping):
        return {name: _compiled(value) for name, value in node.items()}
    return _template(node) if isinstance(node, str) else node


def _templates(node: object) -> tuple[Template, ...]:
    if isinstance(node, dict):
        return tuple(one for value in node.values() for one in _templates(value))
    return (node,) if isinstance(node, Template) else ()


def _filled(node: object, parts: Parts, key: bytes) -> object:
    if isinstance(node, dict):
        return {name: _filled(value, parts, key) for name, value in node.items()}
    if isinstance(node, Template):
        return node.render(parts, key).decode("utf-8", "replace")
    return node
