"""Numbers in the forms of other languages: 1, 1.0, 1.00, 1e3."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

Numbers = Callable[[str], str]

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"-?[0-9]+")
_EXACT = 2**53
_MAX_LENGTH = 40
# Each number by itself, as long as there are few: a price among counts.
_MAX_SINGLE = 48


def _whole(piece: str) -> str:
    """1.0 and 1e3 as 1 and 1000: JavaScript and PHP."""
    value = float(piece)
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)


def _point(piece: str) -> str:
    """1 as 1.0: Python, Ruby and Java of a number that was read as a float."""
    return f"{piece}.0" if _WHOLE.fullmatch(piece) else repr(float(piece))


def _cents(piece: str) -> str:
    """1.5 as 1.50."""
    return piece if _WHOLE.fullmatch(piece) else f"{float(piece):.2f}"


def _all_cents(piece: str) -> str:
    """1 as 1.00."""
    return f"{float(piece):.2f}"


def _exponent(piece: str) -> str:
    """1000 as 1e3: what a hand, or a fixed-point library, may have written."""
    value = float(piece)
    digits = str(int(value)) if value.is_integer() and abs(value) < _EXACT else ""
    bare = digits.rstrip("0")
    return f"{bare}e{len(digits) - len(bare)}" if bare and bare != digits else piece


def _java(piece: str) -> str:
    """1e3 as 1.0E3: Java."""
    text = repr(float(piece))
    mantissa, mark, exponent = text.partition("e")
    point = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{point}E{exponent.lstrip('+')}" if mark else text


def _upper(piece: str) -> str:
    return _exponent(piece).upper()


def _numbers(form: Numbers) -> Numbers:
    """The form for pieces that are numbers; others stay as they are."""

    def change(piece: str) -> str:
        if len(piece) > _MAX_LENGTH or not _NUMBER.fullmatch(piece):
            return piece
        return form(piece)

    return change


_FORMS: tuple[tuple[Numbers, str], ...] = (
    (_numbers(_whole), "whole numbers without a point"),
    (_numbers(_point), "whole numbers with a point, 1.0"),
    (_numbers(_cents), "fractions with two digits, 1.50"),
    (_numbers(_exponent), "round numbers with an exponent, 1e3"),
    (_numbers(_java), "exponents as Java writes them"),
    (_numbers(_all_cents), "all numbers with two digits, 1.00"),
    (_numbers(_upper), "round numbers with an exponent, 1E3"),
)
_SINGLE = tuple(_numbers(form) for form in (_point, _cents, _exponent, _all_cents, _upper))


def other_numbers(pieces: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """The pieces with all numbers in another form, for each form that changes any."""
    for form, words in _FORMS:
        changed = [form(piece) for piece in pieces]
        if changed != pieces:
            yield changed, words


def single_numbers(pieces: Sequence[str]) -> Iterator[tuple[Sequence[str], str]]:
    """The pieces with one number at a time in another form."""
    places = [at for at, piece in enumerate(pieces) if _NUMBER.fullmatch(piece)]
    if len(places) > _MAX_SINGLE:
        return
    for at in places:
        for form in _SINGLE:
            changed = form(pieces[at])
            if changed != pieces[at]:
                yield [*pieces[:at], changed, *pieces[at + 1 :]], f"one number as {changed}"
