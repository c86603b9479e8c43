"""The signature base: which bytes are signed.

A base is a template (see ``template``) or a list of pieces, each one of::

    "{url}"                                       a template
    {"if_present": "id:{query:data.id};"}         gone when one of its components is missing
    {"parameters": "form", "item": "{name}{value}", "join": "", "omit": ["sign"]}
    {"sorted": ["{secret:token}", "{query:nonce}"]}   pieces joined in the order of their bytes
    {"unless_form": "{body}"}                     gone when the body is a form
    {"hashed": "{timestamp}.{body}", "with": "sha256"}   the digest of a template's bytes
    {"named": "sorted_json"}                      one of those in ``named_bases``
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from hookproof.components import Component
from hookproof.template import Template, joined
from hookproof.values import frozen

if TYPE_CHECKING:
    from hookproof.base_pieces import Piece
    from hookproof.template import Render


@frozen
class SignatureBase:
    """What is signed: pieces whose bytes are joined.

    ``components`` are all that the signature covers, ``signed`` their names without the secret,
    ``covers_body`` whether the whole body is among them.
    """

    pieces: tuple[Template | Piece, ...]
    components: tuple[Component, ...]
    signed: tuple[str, ...]
    covers_body: bool

    @classmethod
    def from_json(cls, document: object, where: str = "signature_base") -> SignatureBase:
        """The base that a text or a list of pieces describes. Raises: ConfigurationError."""
        items = document if isinstance(document, list) else [document]
        pieces = tuple(_parse_piece(item, where) for item in items)
        components = tuple(component for piece in pieces for component in piece.components)
        return cls(
            pieces=pieces,
            components=components,
            signed=tuple(dict.fromkeys(str(one) for one in components if one.kind != "secret")),
            covers_body=any(one.kind == "body" and one.pointer is None for one in components)
            and not any(isinstance(piece, Template) and piece.has_checksum for piece in pieces),
        )

    @cached_property
    def render(self) -> Render:
        """What makes the exact bytes that are signed, settled once.

        Raises: Missing, SignatureMalformed.
        """
        return joined([piece.render for piece in self.pieces])


def _parse_piece(document: object, where: str) -> Template | Piece:
    if isinstance(document, str):
        return Template.parse(document, where)
    # Most bases are a template, and need not wait for the module.
    from hookproof.base_pieces import parse_piece

    return parse_piece(document, where)
