"""Template: literals and components in turn, joined into the exact bytes.

``"v0:{timestamp}:{body}"`` is literals and components in braces; ``{{`` and ``}}`` are braces.
``{body|sha256|hex}`` passes the bytes through filters; ``{json:/reason?}`` is empty where the
request has nothing there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from hookproof.components import Component, Parts, parse_component
from hookproof.errors import ConfigurationError, RequestMalformed, SignatureMalformed
from hookproof.filters import FILTERS, apply_filter
from hookproof.messages import Request
from hookproof.values import frozen

if TYPE_CHECKING:
    from typing import Protocol

    class Render(Protocol):
        """What makes bytes out of a request's parts; ``key`` is what filters sign with."""

        def __call__(self, parts: Parts, key: bytes = b"", /) -> bytes: ...  # noqa: D102


# A value that could hold the literal behind it would make the concatenation ambiguous.
_STRICT_KINDS = frozenset({"header", "param"})


class Missing(RequestMalformed):
    """A component that the signature covers is not in the request."""


def joined(pieces: Sequence[bytes | Render]) -> Render:
    """What renders the pieces in turn and joins them."""
    first = pieces[0] if pieces else b""
    if len(pieces) == 1 and not isinstance(first, bytes):
        return first

    def render(parts: Parts, key: bytes = b"") -> bytes:
        return b"".join(
            [piece if isinstance(piece, bytes) else piece(parts, key) for piece in pieces]
        )

    return render


@frozen
class _Hole:
    component: Component
    filters: tuple[str, ...] = ()
    optional: bool = False
    forbidden: bytes = b""

    @cached_property
    def render(self) -> Render:
        read, filters, forbidden = self.component.read, self.filters, self.forbidden

        def render(parts: Parts, key: bytes = b"") -> bytes:
            value = read(parts)
            if value is None:
                value = self._absent()
            if forbidden and forbidden in value:
                raise SignatureMalformed(
                    f"{self.component}: must not contain {forbidden.decode()!r}, the separator"
                )
            for name in filters:
                value = apply_filter(name, value, key)
            return value

        return render

    def _absent(self) -> bytes:
        if not self.optional:
            raise Missing(f"{self.component}: missing, and it is part of what is signed")
        return b""


@frozen
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
        return cls(pieces=tuple(_with_separators(pieces)))

    @cached_property
    def render(self) -> Render:
        """What makes the bytes for a request, settled once. Raises: Missing, SignatureMalformed."""
        return joined([one if isinstance(one, bytes) else one.render for one in self.pieces])

    def render_static(self, values: Mapping[str, str]) -> bytes:
        """The bytes of a template that names nothing but the secret."""
        return self.render(Parts(Request(method="", url=""), values=values))

    @property
    def components(self) -> tuple[Component, ...]:
        """The components in order of appearance."""
        return tuple(piece.component for piece in self.pieces if isinstance(piece, _Hole))

    @property
    def has_checksum(self) -> bool:
        """Whether something stands in it by a checksum alone, which anybody can match."""
        return any(isinstance(piece, _Hole) and "crc32" in piece.filters for piece in self.pieces)

    @property
    def keyed(self) -> tuple[Component, ...]:
        """The components that are signed with the source's key on the way."""
        return tuple(
            piece.component
            for piece in self.pieces
            if isinstance(piece, _Hole) and any(name.startswith("hmac-") for name in piece.filters)
        )

    @property
    def is_static(self) -> bool:
        """Whether it depends on the secret only, not on the request."""
        return all(component.kind == "secret" for component in self.components)


def _split(text: str, where: str) -> Iterable[tuple[str, str]]:
    from string import Formatter

    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise ConfigurationError(f"{where}: expected balanced braces ({error})") from error
    for literal, field, spec, conversion in parsed:
        if conversion:
            raise ConfigurationError(f"{where}: expected no '!' in braces")
        yield literal, f"{field}:{spec}" if spec else field or ""


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
            yield _Hole(component=piece.component, optional=piece.optional, forbidden=after[:1])
        else:
            yield piece
