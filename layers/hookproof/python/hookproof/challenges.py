"""What challenges need beyond templates: texts that are computed, and texts that come encrypted."""

from __future__ import annotations

from hookproof.components import Component, Parts, parse_component
from hookproof.document import Fields
from hookproof.errors import RequestMalformed
from hookproof.keys import Key
from hookproof.template import Template
from hookproof.values import frozen

COMPUTED = ("sha256", "ed25519", "framed")
_BESIDE = ("query:timestamp", "query:nonce")
ENCRYPTED = ("vector-first", "framed")


@frozen
class Computed:
    """What an answer holds that is computed over several places at once.

    With ``framed`` it is the template's text, encrypted, and ``{param:computed_signature}`` is
    the digest that goes with it, over the request's own timestamp and nonce.
    """

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
        return self.template.components if self.algorithm == "ed25519" else ()

    def params(self, parts: Parts, key: bytes) -> dict[str, bytes]:
        """The digest or the signature in hex. Raises: RequestMalformed, ConfigurationError."""
        message = self.template.render(parts, key)
        if self.algorithm == "framed":
            return _sealed(message, parts, key)
        from hookproof.algorithms import get_algorithm

        octets = get_algorithm(self.algorithm).sign(Key(key, parts.values), message)
        return {"computed": octets.hex().encode()}


def _sealed(message: bytes, parts: Parts, key: bytes) -> dict[str, bytes]:
    import hashlib

    from hookproof.ciphers import encrypt

    sealed = encrypt(message, parts.values)
    beside = [parse_component(place, "computed").read(parts) or b"" for place in _BESIDE]
    digest = hashlib.sha1(b"".join(sorted([key, *beside, sealed])), usedforsecurity=False)
    return {"computed": sealed, "computed_signature": digest.hexdigest().encode()}


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

    def opens(self, parts: Parts) -> bool:
        """Whether the key opens it: then there is ``{param:decrypted}``.

        Raises: ConfigurationError when the secret lacks the key.
        """
        from hookproof.ciphers import decrypt

        try:
            text = self.place.read(parts) or b""
            parts.params = {"decrypted": decrypt(self.form, text, parts.values)}
        except RequestMalformed:
            return False
        return True


PARTS: dict[str, type[Computed | Encrypted]] = {"computed": Computed, "decrypt": Encrypted}
