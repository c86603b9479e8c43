"""Verified: a request that is proven genuine and fresh, and what can be read of it."""

from __future__ import annotations

from collections.abc import Mapping

from hookproof.components import Parts
from hookproof.errors import VerificationError
from hookproof.provider import Provider
from hookproof.schemes import Proof
from hookproof.template import Template
from hookproof.values import field, frozen

_MAX_EVENT_TEXT = 256


@frozen
class Verified:
    """A request that is proven genuine and fresh. Only ``Verifier`` makes these.

    What stands in the body is read when it is asked for: who wants the proof alone does not
    pay for parsing JSON.
    """

    sender: Provider = field(repr=False)
    parts: Parts = field(repr=False)
    proof: Proof

    @property
    def provider(self) -> str:
        """The provider's id."""
        return self.sender.id

    @property
    def body(self) -> bytes:
        """The very bytes that were verified."""
        return self.parts.request.body

    @property
    def secret_index(self) -> int:
        """The position of the secret that matched."""
        return self.proof.secret_index

    @property
    def timestamp(self) -> float | None:
        """When it was signed, in seconds since 1970."""
        return self.proof.timestamp

    @property
    def signed(self) -> tuple[str, ...]:
        """The components that the signature covers."""
        return self.proof.signed

    @property
    def body_signed(self) -> bool:
        """Whether it covers the body; false for tokens, and schemes that leave the body out."""
        return self.proof.body_signed

    @property
    def event_id(self) -> str | None:
        """The provider's id of the event, None where it gives none."""
        return _event_text(self.sender.event.id, self.parts)

    @property
    def event_type(self) -> str | None:
        """The provider's word for what happened, None where it gives none."""
        return _event_text(self.sender.event.type, self.parts)

    @property
    def content_type(self) -> str | None:
        """The Content-Type field."""
        return self.parts.request.headers.get("Content-Type")

    @property
    def context(self) -> Mapping[str, str]:
        """The header fields that the provider's file lists for consumers."""
        headers = self.parts.request.headers
        names = self.sender.event.context
        return {name: value for name in names if (value := headers.get(name))}

    @property
    def is_json(self) -> bool:
        """Whether the body is a JSON document in UTF-8."""
        try:
            self.parts.document(self.body, "body")
        except VerificationError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verified) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash((self.provider, self.body))

    def _facts(self) -> tuple[object, ...]:
        event = (self.event_id, self.event_type, self.content_type, self.context)
        return (self.provider, self.body, self.proof, *event)


def _event_text(templates: tuple[Template, ...], parts: Parts) -> str | None:
    """The first of the places that holds a text of sensible length."""
    for template in templates:
        try:
            text = template.render(parts).decode()
        except (VerificationError, ValueError):
            continue
        if 0 < len(text) <= _MAX_EVENT_TEXT and text.isprintable():
            return text
    return None
