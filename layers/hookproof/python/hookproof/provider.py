"""Provider and its parts as frozen values, read from the JSON that describes a scheme.

A provider signs in one or more ways: the keys at the top of its file describe one, and each
object under ``variants`` is another that overrides some of them. ``from_json`` refuses every
key it does not know; ``providers/schema.json`` is the same vocabulary for editors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hookproof.document import Fields, mapping
from hookproof.scheme import SCHEME_KEYS, Scheme
from hookproof.template import Template
from hookproof.values import frozen

if TYPE_CHECKING:
    from hookproof.handshakes import Handshake

ESTABLISHED = ("sdk", "docs", "third-party", "custom")
_AUTHORIZATION = "header:authorization"
_LOGINS = frozenset({"Basic", "Bearer"})


@frozen
class Event:
    """Where the event's id and type stand, and which headers go along in the envelope."""

    id: tuple[Template, ...] = ()
    type: tuple[Template, ...] = ()
    context: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, document: object) -> Event:
        """The places that the object describes. Raises: ConfigurationError."""
        fields = Fields(document or {}, "event")
        event = cls(
            id=tuple(_place(text, "event.id") for text in fields.texts("id")),
            type=tuple(_place(text, "event.type") for text in fields.texts("type")),
            context=fields.texts("context"),
        )
        fields.done()
        return event


@frozen
class Provider:
    """All that is known of one provider: ``guide`` is for people, the rest for the engine."""

    id: str
    name: str
    category: str
    established: str
    aliases: tuple[str, ...]
    schemes: tuple[Scheme, ...]
    event: Event
    handshakes: tuple[Handshake, ...]
    response: Handshake | None
    guide: Mapping[str, object]

    @property
    def logins(self) -> tuple[str, ...]:
        """The authentication schemes in ``Authorization`` that prove a request, sorted."""
        prefixes = {
            prefix.strip()
            for scheme in self.schemes
            for prefix in scheme.signature.prefixes
            if any(str(place).lower() == _AUTHORIZATION for place in scheme.signature.places)
        }
        return tuple(sorted(prefixes & _LOGINS))

    @classmethod
    def from_json(cls, document: object, *, id: str) -> Provider:  # noqa: A002 - the field's word
        """The provider that the JSON object describes.

        Raises: ConfigurationError naming the key and what was expected there.
        """
        fields = Fields(document, "")
        shared = {key: value for key in SCHEME_KEYS if (value := fields.take(key)) is not None}
        variants = fields.objects("variants") or ({},)
        provider = cls(
            id=id,
            name=fields.text("name", id),
            category=fields.text("category", "custom"),
            established=fields.choice("established", ESTABLISHED, "custom"),
            aliases=fields.texts("aliases"),
            schemes=tuple(
                Scheme.from_json({**shared, **mapping(variant, "variants")}) for variant in variants
            ),
            event=Event.from_json(fields.take("event")),
            handshakes=_handshakes(fields.objects("handshakes")),
            response=_response(fields.take("response")),
            guide=mapping(fields.take("guide"), "guide"),
        )
        fields.take("$schema")
        fields.done()
        return provider


def _place(text: str, where: str) -> Template:
    return Template.parse(text if "{" in text else "{" + text + "}", where)


def _handshakes(documents: tuple[object, ...]) -> tuple[Handshake, ...]:
    # Most providers have none, and need not wait for the module.
    if not documents:
        return ()
    from hookproof.handshakes import Handshake

    return tuple(Handshake.from_json(one) for one in documents)


def _response(document: object) -> Handshake | None:
    if document is None:
        return None
    return _handshakes(({"when": {}, **mapping(document, "response")},))[0]
