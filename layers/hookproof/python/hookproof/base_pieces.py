"""The pieces of a signature base that are more than a template. Loaded by bases that have one."""

from __future__ import annotations

from collections.abc import Iterable

from hookproof.components import Component, Parts
from hookproof.document import Fields
from hookproof.errors import ConfigurationError
from hookproof.filters import HASH_FILTERS, apply_filter
from hookproof.messages import Request
from hookproof.template import Missing, Template
from hookproof.values import frozen

_NO_REQUEST = Request(method="", url="")


@frozen
class _IfPresent:
    template: Template

    def render(self, parts: Parts, key: bytes = b"") -> bytes:
        try:
            return self.template.render(parts, key)
        except Missing:
            return b""

    @property
    def components(self) -> tuple[Component, ...]:
        return self.template.components


@frozen
class _UnlessForm:
    template: Template

    def render(self, parts: Parts, key: bytes = b"") -> bytes:
        return b"" if parts.pairs("form") else self.template.render(parts, key)

    @property
    def components(self) -> tuple[Component, ...]:
        return self.template.components


@frozen
class _Sorted:
    templates: tuple[Template, ...]

    def render(self, parts: Parts, key: bytes = b"") -> bytes:
        return b"".join(sorted(template.render(parts, key) for template in self.templates))

    @property
    def components(self) -> tuple[Component, ...]:
        return tuple(one for template in self.templates for one in template.components)


@frozen
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

    def render(self, parts: Parts, _key: bytes = b"") -> bytes:
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
        scratch = Parts(_NO_REQUEST)
        return self.join.join([self._item(scratch, name, value) for name, value in pairs])

    def _item(self, scratch: Parts, name: bytes, value: bytes) -> bytes:
        scratch.params = {"name": name, "value": value}
        return self.item.render(scratch)

    @property
    def components(self) -> tuple[Component, ...]:
        return tuple(Component(kind=kind, name="*") for kind in self.kinds)


@frozen
class _Hashed:
    template: Template
    hash: str

    def render(self, parts: Parts, key: bytes = b"") -> bytes:
        return apply_filter(self.hash, self.template.render(parts, key), key)

    @property
    def components(self) -> tuple[Component, ...]:
        return self.template.components


@frozen
class _Named:
    name: str

    def render(self, parts: Parts, _key: bytes = b"") -> bytes:
        from hookproof.named_bases import NAMED_BASES

        return NAMED_BASES[self.name](parts)

    @property
    def components(self) -> tuple[Component, ...]:
        from hookproof.named_bases import covered

        return covered(self.name)


Piece = _IfPresent | _UnlessForm | _Sorted | _Parameters | _Hashed | _Named


def parse_piece(document: object, where: str) -> Piece:
    """The piece that the object describes. Raises: ConfigurationError naming the key."""
    fields = Fields(document, where)
    piece: Piece
    if fields.has("if_present"):
        piece = _IfPresent(template=_template(fields, "if_present"))
    elif fields.has("unless_form"):
        piece = _UnlessForm(template=_template(fields, "unless_form"))
    elif fields.has("hashed"):
        template = _template(fields, "hashed")
        piece = _Hashed(template=template, hash=fields.choice("with", HASH_FILTERS))
    elif fields.has("named"):
        piece = _Named(name=fields.choice("named", _named_bases()))
    elif fields.has("sorted"):
        texts = fields.texts("sorted")
        piece = _Sorted(templates=tuple(Template.parse(text, f"{where}.sorted") for text in texts))
    else:
        piece = _parse_parameters(fields)
    fields.done()
    return piece


def _named_bases() -> tuple[str, ...]:
    from hookproof.named_bases import NAMED_BASES

    return tuple(NAMED_BASES)


def _template(fields: Fields, key: str) -> Template:
    return Template.parse(fields.text(key), fields.where(key))


def _gathered(pairs: Iterable[tuple[bytes, bytes]], joint: bytes) -> Iterable[tuple[bytes, bytes]]:
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
