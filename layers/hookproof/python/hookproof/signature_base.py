"""Template of literals and components -> the exact bytes that are signed.

``"v0:{timestamp}:{body}"`` is literals and components in braces; ``{{`` and ``}}`` are braces.
``{body|sha256|hex}`` passes the bytes through filters; ``{json:/reason?}`` is empty where the
request has nothing there. A base is a template or a list of pieces, each one of::

    "{url}"                                       a template
    {"if_present": "id:{query:data.id};"}         gone when one of its components is missing
    {"parameters": "form", "item": "{name}{value}", "join": "", "omit": ["sign"]}
    {"sorted": ["{secret:token}", "{query:nonce}"]}   pieces joined in the order of their bytes
    {"unless_form": "{body}"}                     gone when the body is a form
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hookproof.components import Component, Parts, parse_component
from hookproof.document import Fields
from hookproof.errors import ConfigurationError, RequestMalformed, SignatureMalformed
from hookproof.filters import FILTERS, apply_filter
from hookproof.messages import Request

# A value that could hold the literal behind it would make the concatenation ambiguous.
_STRICT_KINDS = frozenset({"header", "param"})


class Missing(RequestMalformed):
    """A component that the signature covers is not in the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hole:
    component: Component
    filters: tuple[str, ...] = ()
    optional: bool = False
    forbidden: bytes = b""

    def render(self, parts: Parts, key: bytes) -> bytes:
        value = parts.read(self.component)
        if value is None:
            if not self.optional:
                raise Missing(f"{self.component}: missing, and it is part of what is signed")
            value = b""
        if self.forbidden and self.forbidden in value:
            raise SignatureMalformed(
                f"{self.component}: must not contain {self.forbidden.decode()!r}, the separator"
            )
        for name in self.filters:
            value = apply_filter(name, value, key)
        return value


@dataclass(frozen=True, slots=True)
class Template:
    """Literals and components in turn; ``render`` joins what the request has for them."""

    pieces: tuple[bytes | _Hole, ...]

    @classmethod
    def parse(cls, text: str, where: str) -> Template:
        """The template that ``text`` writes. Raises: ConfigurationError naming ``where``."""
        pieces: list[bytes | _Hole] = []
        for literal, hole in _split(text, where):
            if literal:
                pieces.append(literal.encode())
            if hole:
                pieces.append(_parse_hole(hole, where))
        return cls(tuple(_with_separators(pieces)))

    def render(self, parts: Parts, key: bytes = b"") -> bytes:
        """The bytes for this request. Raises: Missing, SignatureMalformed."""
        found = [
            piece if isinstance(piece, bytes) else piece.render(parts, key) for piece in self.pieces
        ]
        return found[0] if len(found) == 1 else b"".join(found)

    def render_static(self, values: Mapping[str, str]) -> bytes:
        """The bytes of a template that names nothing but the secret."""
        return self.render(Parts(Request(method="", url=""), values=values))

    @property
    def components(self) -> tuple[Component, ...]:
        """The components in order of appearance."""
        return tuple(piece.component for piece in self.pieces if isinstance(piece, _Hole))

    @property
    def is_static(self) -> bool:
        """Whether it depends on the secret only, not on the request."""
        return all(component.kind == "secret" for component in self.components)


@dataclass(frozen=True, slots=True, kw_only=True)
class _IfPresent:
    template: Template

    def render(self, parts: Parts, key: bytes) -> bytes:
        try:
            return self.template.render(parts, key)
        except Missing:
            return b""

    @property
    def components(self) -> tuple[Component, ...]:
        return self.template.components


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnlessForm:
    template: Template

    def render(self, parts: Parts, key: bytes) -> bytes:
        return b"" if parts.pairs("form") else self.template.render(parts, key)

    @property
    def components(self) -> tuple[Component, ...]:
        return self.template.components


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    templates: tuple[Template, ...]

    def render(self, parts: Parts, key: bytes) -> bytes:
        return b"".join(sorted(template.render(parts, key) for template in self.templates))

    @property
    def components(self) -> tuple[Component, ...]:
        return tuple(one for template in self.templates for one in template.components)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameters:
    """All parameters of the query or the form, sorted by name unless told otherwise."""

    kinds: tuple[str, ...]
    item: Template
    join: bytes
    omit: frozenset[bytes]
    order: str
    unique: bool
    skip_empty: bool
    repeated: bytes | None

    def render(self, parts: Parts, key: bytes) -> bytes:
        pairs: Iterable[tuple[bytes, bytes]] = (
            (name, value)
            for kind in self.kinds
            for name, value in parts.pairs(kind)
            if name not in self.omit and (value or not self.skip_empty)
        )
        if self.unique:
            pairs = dict.fromkeys(pairs)
        if self.repeated is not None:
            pairs = _gathered(pairs, self.repeated)
        if self.order == "sorted":
            pairs = sorted(pairs)
        return self.join.join(self._item(name, value) for name, value in pairs)

    def _item(self, name: bytes, value: bytes) -> bytes:
        scratch = Parts(Request(method="", url=""))
        scratch.params = {"name": name, "value": value}
        return self.item.render(scratch)

    @property
    def components(self) -> tuple[Component, ...]:
        return tuple(Component(kind=kind, name="*") for kind in self.kinds)


_Piece = Template | _IfPresent | _UnlessForm | _Sorted | _Parameters


@dataclass(frozen=True, slots=True)
class SignatureBase:
    """What is signed: pieces whose bytes are joined."""

    pieces: tuple[_Piece, ...]

    @classmethod
    def from_json(cls, document: object, where: str = "signature_base") -> SignatureBase:
        """The base that a text or a list of pieces describes. Raises: ConfigurationError."""
        items = document if isinstance(document, list) else [document]
        return cls(tuple(_parse_piece(item, where) for item in items))

    def render(self, parts: Parts, key: bytes = b"") -> bytes:
        """The exact bytes that are signed. Raises: Missing, SignatureMalformed."""
        if len(self.pieces) == 1:
            return self.pieces[0].render(parts, key)
        return b"".join(piece.render(parts, key) for piece in self.pieces)

    @property
    def components(self) -> tuple[Component, ...]:
        """Every component that the signature covers."""
        return tuple(component for piece in self.pieces for component in piece.components)

    @property
    def covers_body(self) -> bool:
        """Whether the whole body is among what is signed."""
        return any(one.kind == "body" and one.pointer is None for one in self.components)


def _split(text: str, where: str) -> Iterable[tuple[str, str]]:
    from string import Formatter

    try:
        for literal, field, spec, conversion in Formatter().parse(text):
            if conversion:
                raise ValueError(f"!{conversion}")
            yield literal, f"{field}:{spec}" if spec else field or ""
    except ValueError as error:
        raise ConfigurationError(f"{where}: expected balanced braces ({error})") from error


def _parse_hole(text: str, where: str) -> _Hole:
    place, *filters = text.split("|")
    for name in filters:
        if name not in FILTERS:
            raise ConfigurationError(
                f"{where}: expected a filter out of {', '.join(FILTERS)}; found {name!r}"
            )
    component = parse_component(place.removesuffix("?"), where)
    return _Hole(component=component, filters=tuple(filters), optional=place.endswith("?"))


def _with_separators(pieces: list[bytes | _Hole]) -> Iterable[bytes | _Hole]:
    for piece, after in zip(pieces, [*pieces[1:], b""], strict=True):
        strict = isinstance(piece, _Hole) and piece.component.kind in _STRICT_KINDS
        if strict and isinstance(piece, _Hole) and isinstance(after, bytes) and not piece.filters:
            yield _Hole(
                component=piece.component, optional=piece.optional, forbidden=after[:1]
            )
        else:
            yield piece


def _parse_piece(document: object, where: str) -> _Piece:
    if isinstance(document, str):
        return Template.parse(document, where)
    fields = Fields(document, where)
    piece: _Piece
    if fields.has("if_present"):
        piece = _IfPresent(template=_template(fields, "if_present"))
    elif fields.has("unless_form"):
        piece = _UnlessForm(template=_template(fields, "unless_form"))
    elif fields.has("sorted"):
        texts = fields.texts("sorted")
        piece = _Sorted(templates=tuple(Template.parse(text, f"{where}.sorted") for text in texts))
    else:
        piece = _parse_parameters(fields)
    fields.done()
    return piece


def _template(fields: Fields, key: str) -> Template:
    return Template.parse(fields.text(key), fields.where(key))


def _gathered(
    pairs: Iterable[tuple[bytes, bytes]], joint: bytes
) -> Iterable[tuple[bytes, bytes]]:
    """Each name once, its values joined in order of arrival."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return [(name, joint.join(several)) for name, several in values.items()]


def _parse_parameters(fields: Fields) -> _Parameters:
    item = fields.text("item", "{name}={value}")
    item = item.replace("{name", "{param:name").replace("{value", "{param:value")
    return _Parameters(
        kinds=tuple(_checked_kind(kind, fields) for kind in fields.texts("parameters")),
        item=Template.parse(item, fields.where("item")),
        join=fields.text("join", "&").encode(),
        omit=frozenset(name.encode() for name in fields.texts("omit")),
        order=fields.choice("order", ("sorted", "received"), "sorted"),
        unique=fields.flag("unique", default=False),
        skip_empty=fields.flag("skip_empty", default=False),
        repeated=fields.text("repeated").encode() if fields.has("repeated") else None,
    )


def _checked_kind(kind: str, fields: Fields) -> str:
    if kind not in ("query", "form"):
        raise ConfigurationError(f"{fields.where('parameters')}: expected query or form")
    return kind
