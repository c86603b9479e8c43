"""Hypotheses about how the signature is written: rewritten as it should be, or completed."""

from __future__ import annotations

import binascii
import hmac
import re
from collections.abc import Iterator
from urllib.parse import unquote

from hookproof.components import Component, Parts
from hookproof.encodings import decode, encode
from hookproof.errors import HookproofError
from hookproof.explain.case import Case, is_asymmetric
from hookproof.explain.written import Written, written_in
from hookproof.scheme import Scheme
from hookproof.schemes.signed import choose_algorithm, read_timestamp, resolved

# Fewer characters than these could be met by chance.
_ENOUGH = 16
_LONGEST = 1024
_SEPARATORS = re.compile(r"[\s:-]")
_CHAINS = (("hex",), ("base64",), ("base64", "hex"), ("hex", "base64"), ("base64", "base64"))


def forms(case: Case) -> Iterator[tuple[Case, str]]:
    """The signature in another encoding, or with other characters around it."""
    for scheme, written in _written(case):
        expected = " in ".join(scheme.signature.encodings)
        for core in written.cores():
            for octets, encoding in _octets(core, scheme):
                text = encode(octets, scheme.signature.encodings).decode("latin-1")
                other = f"is written in {encoding} where {expected} is expected"
                words = "has other characters around it" if encoding == expected else other
                yield written.replaced(case, text), f"the signature {words}"
    for scheme, written in _written(case):
        yield from _completed(case, scheme, written, same_case=False)


def cut_off(case: Case) -> Iterator[tuple[Case, str]]:
    """The beginning of the right signature, and nothing more."""
    for scheme, written in _written(case):
        yield from _completed(case, scheme, written, same_case=True)


def _written(case: Case) -> Iterator[tuple[Scheme, Written]]:
    for scheme in case.provider.schemes:
        for place in scheme.signature.places:
            if place.kind in ("header", "query") and place.pointer is None:
                text = _text(case, place)
                if text and len(text) <= _LONGEST:
                    yield scheme, written_in(text, scheme, place)


def _text(case: Case, place: Component) -> str | None:
    try:
        text = place.read(Parts(case.request))
    except HookproofError:
        return None
    return None if text is None else text.decode("latin-1")


def _octets(core: str, scheme: Scheme) -> Iterator[tuple[bytes, str]]:
    """What the text may stand for, by each way of writing it."""
    if scheme.signature.encodings == ("raw",):
        for text in (core, unquote(core)):
            yield text.encode("latin-1", "replace"), "raw"
    for text in dict.fromkeys((core, unquote(core))):
        for chain in _CHAINS:
            try:
                octets = decode(_canonical(text, chain[0]), chain[:1])
                for encoding in chain[1:]:
                    octets = decode(_canonical(octets.decode("ascii"), encoding), (encoding,))
            except (ValueError, binascii.Error):
                continue
            yield octets, " in ".join(reversed(chain))
            if is_asymmetric(scheme):
                yield from _curve_points(octets)


def _canonical(text: str, encoding: str) -> bytes:
    """The text as strict decoders take it."""
    if encoding == "hex":
        return _SEPARATORS.sub("", text).removeprefix("0x").encode()
    joined = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    return (joined + "=" * (-len(joined) % 4)).encode()


def _curve_points(octets: bytes) -> Iterator[tuple[bytes, str]]:
    from hookproof.asymmetric import ecdsa_from_der

    try:
        yield ecdsa_from_der(octets), "DER"
    except ValueError:
        return


def _completed(
    case: Case, scheme: Scheme, written: Written, *, same_case: bool
) -> Iterator[tuple[Case, str]]:
    """The request with the whole signature, where what it has is enough of that.

    The signature that was expected never leaves this search.
    """
    if scheme.module != "signed" or scheme.base is None or is_asymmetric(scheme):
        return
    # Hex is the same in either case.
    is_hex = scheme.signature.encodings == ("hex",)
    for core in written.cores():
        if len(core.rstrip("=")) < _ENOUGH:
            continue
        for expected in _expected(case, scheme, written):
            begun = core.lower().removeprefix("0x") if is_hex else core
            if same_case and _begins(expected, begun):
                words = "the signature is the beginning of the right one: the rest was cut off"
            elif not same_case and _is_same(expected.lower(), core.lower()):
                words = "the letters of the signature were changed to another case"
            else:
                continue
            yield written.replaced(case, expected), words


def _begins(expected: str, core: str) -> bool:
    whole, part = expected.rstrip("="), core.rstrip("=").removesuffix("…").removesuffix("...")
    return _ENOUGH <= len(part) < len(whole) and _is_same(whole[: len(part)], part)


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("latin-1"), other.encode("latin-1", "replace"))


def _expected(case: Case, scheme: Scheme, written: Written) -> Iterator[str]:
    """What the signature should be, for every secret. Never shown to anyone."""
    parts = Parts(case.request)
    for secret in case.secrets:
        try:
            for key in scheme.secret.keys_of(secret):
                parts.values, parts.params = key.values, written.params
                read_timestamp(scheme, parts)
                message = scheme.base.render(parts, key.octets) if scheme.base else b""
                octets = choose_algorithm(scheme, parts).sign(resolved(scheme, parts, key), message)
                yield encode(octets, scheme.signature.encodings).decode("latin-1")
        except HookproofError:
            continue
