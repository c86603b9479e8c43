"""Verified: a request that is proven genuine and fresh, and what can be read of it."""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.components import Parts
from hookproof.errors import VerificationError
from hookproof.provider import Provider
from hookproof.schemes import Proof
from hookproof.template import Template

_MAX_EVENT_TEXT = 256


class Verified:
    """A request that is proven genuine and fresh. Only ``Verifier`` makes these.

    What stands in the body is read when it is first asked for: who wants the proof alone does
    not pay for parsing JSON.
    """

    __slots__ = ("_event_texts", "_parts", "_proof", "_sender")

    def __init__(self, sender: Provider, parts: Parts, proof: Proof) -> None:
        self._sender = sender
        self._parts = parts
        self._proof = proof
        self._event_texts: dict[str, str | None] = {}

    @property
    def provider(self) -> str:
        """The provider's id."""
        return self._sender.id

    @property
    def body(self) -> bytes:
        """The very bytes that were verified."""
        return self._parts.request.body

    @property
    def secret_index(self) -> int:
        """The position of the secret that matched."""
        return self._proof.secret_index

    @property
    def timestamp(self) -> float | None:
        """When it was signed, in seconds since 1970."""
        return self._proof.timestamp

    @property
    def signed(self) -> tuple[str, ...]:
        """The components that the signature covers."""
        return self._proof.signed

    @property
    def body_signed(self) -> bool:
        """Whether it covers the body; false for tokens, and schemes that leave the body out."""
        return self._proof.body_signed

    @property
    def event_id(self) -> str | None:
        """The provider's id of the event, None where it gives none."""
        return self._event_text("id", self._sender.event.id)

    @property
    def event_type(self) -> str | None:
        """The provider's word for what happened, None where it gives none."""
        return self._event_text("type", self._sender.event.type)

    @property
    def content_type(self) -> str | None:
        """The Content-Type field."""
        return self._parts.request.headers.get("Content-Type")

    @property
    def context(self) -> Mapping[str, str]:
        """The header fields that the provider's file lists for consumers."""
        headers = self._parts.request.headers
        names = self._sender.event.context
        return {name: value for name in names if (value := headers.get(name))}

    @property
    def is_json(self) -> bool:
        """Whether the body is a JSON document in UTF-8."""
        try:
            self._parts.document(self.body, "body")
        except VerificationError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verified) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash((self.provider, self.body))

    def __repr__(self) -> str:
        # Neither the body nor what a token claims belongs into a log.
        return f"Verified(provider={self.provider!r}, signed={self.signed!r})"

    def _event_text(self, name: str, templates: tuple[Template, ...]) -> str | None:
        if name not in self._event_texts:
            self._event_texts[name] = _first_text(templates, self._parts)
        return self._event_texts[name]

    def _facts(self) -> tuple[object, ...]:
        proof = (self.secret_index, self.timestamp, self.signed, self.body_signed)
        event = (self.event_id, self.event_type, self.content_type, self.context)
        return (self.provider, self.body, *proof, *event)


def _first_text(templates: tuple[Template, ...], parts: Parts) -> str | None:
    """The first of the places that holds a text of sensible length."""
    for template in templates:
        try:
            text = template.render(parts).decode()
        except (VerificationError, ValueError):
            continue
        if 0 < len(text) <= _MAX_EVENT_TEXT and text.isprintable():
            return text
    return None
