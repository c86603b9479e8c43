"""Written: a signature field as it stands in a request, taken apart without being strict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hookproof.components import Component
from hookproof.explain.case import Case
from hookproof.scheme import Scheme
from hookproof.signature_field import filled
from hookproof.writing import write

_AROUND = " \t\r\n\"'`<>;,"
# What may stand before a signature: sha256= v1, v1: Bearer hmac-sha256 …
_MARK = re.compile(r"^[A-Za-z][\w.-]{0,24}(?:[=:,]\s*|\s+)(?=[^\s=])")
_MAX_MARKS = 3
_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The texts that may be the signature, and what stands beside it."""

    scheme: Scheme
    place: Component
    texts: tuple[str, ...]
    params: Mapping[str, bytes]

    def cores(self) -> Iterator[str]:
        """The texts, bare of quotes and prefixes, each once."""
        found: dict[str, None] = {}
        for text in self.texts:
            core = text.strip(_AROUND)
            for _ in range(_MAX_MARKS):
                found.setdefault(core)
                core = _MARK.sub("", core, count=1).strip(_AROUND)
            found.setdefault(core)
        yield from found

    def replaced(self, case: Case, signature: str) -> Case:
        """The case with this signature in the field, written as the provider does."""
        field = self.scheme.signature
        verifier = case.memory.verifier(case)
        values = verifier.key.values if verifier else {}
        text = signature
        if field.form == "prefix":
            text = filled(field.prefixes[0], values) + signature
        elif field.form == "versioned":
            text = f"{field.version},{signature}"
        elif field.form in ("pairs", "list"):
            text = self._beside(signature)
        return case.with_request(write(case.request, self.place, text, values))

    def _beside(self, signature: str) -> str:
        field = self.scheme.signature
        if field.form == "list":
            leading = [self.params[name].decode("latin-1") for name in field.leading]
            return field.separator.join([*leading, signature])
        pairs = [f"{k}{field.assign}{v.decode('latin-1')}" for k, v in self.params.items()]
        key = field.keys[0]
        return field.separator.join([*pairs, f"{key}{field.assign}{signature}"])


def written_in(text: str, scheme: Scheme, place: Component) -> Written:
    """The signature field that the text is."""
    field = scheme.signature
    texts: tuple[str, ...] = (text,)
    params: dict[str, bytes] = {}
    if field.form == "pairs":
        texts, params = _pairs(text, scheme)
    elif field.form == "list":
        items = [item.strip(_AROUND) for item in text.split(field.separator)]
        params = {
            name: one.encode("latin-1") for name, one in zip(field.leading, items, strict=False)
        }
        texts = tuple(items[len(field.leading) :])
    elif field.form == "versioned":
        texts = (text, *text.split(field.separator))
    return Written(scheme=scheme, place=place, texts=texts, params=params)


def _pairs(text: str, scheme: Scheme) -> tuple[tuple[str, ...], dict[str, bytes]]:
    """Signatures by their names in any case; else whatever is long enough to be one."""
    field = scheme.signature
    items = [item.strip().strip(_AROUND) for item in text.split(field.separator)]
    pairs = [item.partition(field.assign)[::2] for item in items]
    keys = {key.lower() for key in field.keys}
    texts = [value for name, value in pairs if name.lower() in keys and value]
    # A prefix that was lost leaves the bare signature as a name without value.
    texts = texts or [value or name for name, value in pairs if len(value or name) >= _LENGTH]
    params = {
        name if name != name.upper() else name.lower(): value.encode("latin-1", "replace")
        for name, value in pairs
        if value and value not in texts
    }
    return tuple(texts), params
