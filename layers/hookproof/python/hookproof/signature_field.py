"""How signatures are written: plain, prefix, pairs, list, versioned.

``SignatureField.candidates`` turns what stands in the request into candidate signatures, with the
parameters that were written beside them (a timestamp, a nonce).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from hookproof.components import Component, Parts, parse_component
from hookproof.document import Fields
from hookproof.encodings import check_encodings, decoder
from hookproof.errors import RequestMalformed, SignatureMalformed, SignatureMissing
from hookproof.values import frozen

FORMS = ("plain", "prefix", "pairs", "list", "versioned")
MAX_SIGNATURES = 32
MAX_LENGTH = 16_384
_NO_PARAMETERS: Mapping[str, bytes] = {}
Group = tuple[list[bytes], Mapping[str, bytes]]
"""Signatures that stand together, and the parameters that they share."""


@frozen
class SignatureField:
    """Where the signature stands (any of ``places``) and how it is written there."""

    places: tuple[Component, ...]
    form: str = "plain"
    prefixes: tuple[str, ...] = ()
    separator: str = ","
    assign: str = "="
    keys: tuple[str, ...] = ()
    leading: tuple[str, ...] = ()
    version: str = ""
    group: str | None = None
    encodings: tuple[str, ...] = ("hex",)

    @classmethod
    def from_json(cls, document: object, where: str = "signature") -> SignatureField:
        """The field that the object describes. Raises: ConfigurationError naming the key."""
        fields = Fields(document, where)
        places = fields.texts("in")
        form = fields.choice("form", FORMS, "plain")
        field = cls(
            places=tuple(parse_component(text, fields.where("in")) for text in places),
            form=form,
            prefixes=fields.texts("prefix"),
            separator=fields.text("separator", " " if form == "versioned" else ","),
            assign=fields.text("assign", "="),
            keys=fields.texts("key"),
            leading=fields.texts("leading"),
            version=fields.text("version", "v1"),
            group=fields.optional_text("group"),
            encodings=check_encodings(fields.texts("encoding", ("hex",)), fields.where("encoding")),
        )
        fields.done()
        return field

    @property
    def expected(self) -> str:
        """The places and the form in words, for messages."""
        places = " or ".join(map(str, self.places))
        return f"{places}: expected a signature, {self.form}, {' in '.join(self.encodings)}"

    def candidates(self, parts: Parts) -> list[Group]:
        """Every signature that the request offers, decoded; at least one group with one.

        Raises: SignatureMissing when no place holds a text, SignatureMalformed when none of
        the texts is in the field's form, or there are more than ``MAX_SIGNATURES``.
        """
        found: list[Group] = []
        faults: list[SignatureMalformed] = []
        for place in self.places:
            text = self._text(place, parts)
            if text:
                self._add(text, parts.values, found, faults)
        if not found:
            raise faults[-1] if faults else self._missing(parts)
        if len(found) > 1 or len(found[0][0]) > 1:
            self._check_number(found)
        return found

    def _missing(self, parts: Parts) -> SignatureMissing:
        if any(self._text(place, parts) for place in self.places):
            return SignatureMissing(f"{self.expected}; found none of this kind")
        return SignatureMissing(f"{' or '.join(map(str, self.places))}: no signature")

    def _check_number(self, found: list[Group]) -> None:
        if sum(len(signatures) for signatures, _ in found) > MAX_SIGNATURES:
            raise SignatureMalformed(f"{self.expected}; at most {MAX_SIGNATURES} of them")

    def first(self, parts: Parts) -> bytes:
        """The first of the candidates, where there is but one. Raises: as ``candidates``."""
        return self.candidates(parts)[0][0][0]

    def _text(self, place: Component, parts: Parts) -> bytes | None:
        try:
            text = place.read(parts)
        except RequestMalformed:
            # A body that cannot be read there may still hold the signature elsewhere.
            if len(self.places) == 1:
                raise
            return None
        # A token in the body may hold the whole event; the body's size is bounded already.
        if text is not None and len(text) > MAX_LENGTH and place.kind != "body":
            raise SignatureMalformed(f"{self.expected}; found {len(text)} bytes")
        return text

    def _add(
        self,
        text: bytes,
        values: Mapping[str, str],
        found: list[Group],
        faults: list[SignatureMalformed],
    ) -> None:
        """Put the groups of a text to ``found``, and why one cannot be decoded to ``faults``."""
        for part in text.split(self.group.encode()) if self.group else (text,):
            signatures = []
            written, params = self._read(part, values)
            for one in written:
                try:
                    signature = self._decode(one)
                except ValueError:
                    faults.append(SignatureMalformed(self.expected))
                    continue
                if signature:
                    signatures.append(signature)
                else:
                    faults.append(SignatureMalformed(f"{self.expected}; found an empty one"))
            if signatures:
                found.append((signatures, params))

    @cached_property
    def _decode(self) -> Callable[[bytes], bytes]:
        return decoder(self.encodings)

    @cached_property
    def _read(self) -> Callable[[bytes, Mapping[str, str]], Group]:
        return {
            "plain": self._plain,
            "prefix": self._prefixed,
            "pairs": self._pairs,
            "list": self._list,
            "versioned": self._versioned,
        }[self.form]

    def _plain(self, text: bytes, _values: Mapping[str, str]) -> Group:
        return [text], _NO_PARAMETERS

    def _prefixed(self, text: bytes, values: Mapping[str, str]) -> Group:
        for prefix in self.prefixes:
            mark = filled(prefix, values).encode()
            start = text[: len(mark)]
            # An authentication scheme is case-insensitive (RFC 9110 §11.1), a prefix is not.
            if start == mark or (prefix.endswith(" ") and start.lower() == mark.lower()):
                return [text[len(mark) :]], _NO_PARAMETERS
        raise SignatureMalformed(f"{self.expected} after {self.prefixes[0]!r}")

    def _pairs(self, text: bytes, _values: Mapping[str, str]) -> Group:
        found: list[bytes] = []
        params: dict[str, bytes] = {}
        mark = self.assign.encode()
        for item in text.split(self.separator.encode()):
            name, assign, value = item.partition(mark)
            key, value = (
                (name.strip().decode("latin-1"), value.strip()) if assign else ("", item.strip())
            )
            if key in self.keys:
                found.append(value)
            elif not assign or params.setdefault(key, value) != value:
                raise SignatureMalformed(f"{self.expected} as name{self.assign}value pairs")
        return found, params

    def _list(self, text: bytes, _values: Mapping[str, str]) -> Group:
        items = _split(text, self.separator)
        params = dict(zip(self.leading, items, strict=False))
        return items[len(self.leading) :], params

    def _versioned(self, text: bytes, _values: Mapping[str, str]) -> Group:
        found = []
        for item in _split(text, self.separator):
            version, _comma, value = item.partition(b",")
            if version.decode("latin-1") == self.version:
                found.append(value)
        return found, _NO_PARAMETERS


def filled(prefix: str, values: Mapping[str, str]) -> str:
    """The prefix, with ``$name`` in it replaced by that value of the secret."""
    if "$" not in prefix:
        return prefix
    from string import Template

    return Template(prefix).safe_substitute(values)


def _split(text: bytes, separator: str) -> list[bytes]:
    return [item.strip() for item in text.split(separator.encode())]
