"""What challenges need beyond templates: texts that are computed, and texts that come encrypted."""

from __future__ import annotations

from hookproof.components import Component, Parts, parse_component
from hookproof.document import Fields
from hookproof.keys import Key
from hookproof.template import Template
from hookproof.values import frozen

COMPUTED = ("sha256", "ed25519")
ENCRYPTED = ("vector-first", "framed")


@frozen
class Computed:
    """What an answer holds that is computed over several places at once."""

    template: Template
    algorithm: str

    @classmethod
    def from_json(cls, document: object) -> Computed:
        """``{"from": template, "with": algorithm}``. Raises: ConfigurationError."""
        fields = Fields(document, "handshakes.computed")
        computed = cls(
            template=Template.parse(fields.text("from"), "handshakes"),
            algorithm=fields.choice("with", COMPUTED),
        )
        fields.done()
        return computed

    @property
    def keyed(self) -> tuple[Component, ...]:
        """The components that are signed with the source's key."""
        return () if self.algorithm == "sha256" else self.template.components

    def text(self, parts: Parts, key: bytes) -> bytes:
        """The digest or the signature, in hex. Raises: RequestMalformed, ConfigurationError."""
        from hookproof.algorithms import get_algorithm

        message = self.template.render(parts, key)
        return get_algorithm(self.algorithm).sign(Key(key, parts.values), message).hex().encode()


@frozen
class Encrypted:
    """What a challenge brings encrypted, and in which of the forms of ``ciphers``."""

    place: Component
    form: str

    @classmethod
    def from_json(cls, document: object) -> Encrypted:
        """``{"in": place, "form": form}``. Raises: ConfigurationError."""
        fields = Fields(document, "handshakes.decrypt")
        encrypted = cls(
            place=parse_component(fields.text("in"), "handshakes.decrypt.in"),
            form=fields.choice("form", ENCRYPTED),
        )
        fields.done()
        return encrypted

    def open(self, parts: Parts) -> None:
        """Decrypt it, for the places that read it. Raises: RequestMalformed."""
        from hookproof.ciphers import decrypt

        text = parts.read(self.place) or b""
        parts.params = {"decrypted": decrypt(self.form, text, parts.values)}
