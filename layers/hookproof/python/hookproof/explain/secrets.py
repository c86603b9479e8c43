"""Hypotheses about the secret."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator

from hookproof.explain.case import Case, is_asymmetric, is_public
from hookproof.keys import Secret
from hookproof.scheme import Scheme
from hookproof.values import replace

_ENCODINGS = ("utf8", "base64", "hex", "base64url")
_PREFIXES = ("whsec_", "sk_", "base64:", "v1,whsec_", "hex:", "sha256=")
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad\u200e\u200f"
_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
_AROUND = f" \t\r\n\v\f\0\u00a0\u2007\u202f{_INVISIBLE}"
_ASSIGNMENT = re.compile(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*[=:]\s*(?=\S)")
_LOGIN = re.compile(r"(?i)^\s*(?:bearer|basic|token|secret|hmac)[ :]\s*")
_HIDDEN = str.maketrans(dict.fromkeys(_INVISIBLE))
_PEM = "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----"

Edit = Callable[[str], str]

_SPACE_EDITS: tuple[tuple[str, Edit], ...] = (
    ("without the white space around it", str.strip),
    ("without the invisible characters around it", lambda text: text.strip(_AROUND)),
    ("without the invisible characters in it", lambda text: text.translate(_HIDDEN).strip(_AROUND)),
    ("without the quotes around it", lambda text: text.strip(_AROUND).strip(_QUOTES)),
    ("without quotes and white space", lambda text: text.strip(_AROUND + _QUOTES)),
    ("without the comma behind it", lambda text: text.strip(_AROUND + _QUOTES + ",;")),
    ("without the white space in it", lambda text: re.sub(rf"[\s{_INVISIBLE}]+", "", text)),
    ("with \\n read as line ends", lambda text: text.strip(_QUOTES).replace("\\n", "\n")),
    ("without \\n behind it", lambda text: re.sub(r"(\\[nrt])+$", "", text.strip())),
    ("without the name before it", lambda text: _ASSIGNMENT.sub("", text.strip(), count=1)),
    (
        "without the name and quotes before it",
        lambda text: _ASSIGNMENT.sub("", text.strip(), count=1).strip(_AROUND + _QUOTES),
    ),
    ("with characters of full width as plain ones", lambda t: unicodedata.normalize("NFKC", t)),
)
# What the sender's own copy of the secret may have around it.
_ADDING_EDITS: tuple[tuple[str, Edit], ...] = (
    ("with a line end behind it", lambda text: text + "\n"),
    ("with a Windows line end behind it", lambda text: text + "\r\n"),
    ("with a space behind it", lambda text: text + " "),
    ("with a space before it", lambda text: " " + text),
    ("in double quotes", lambda text: f'"{text}"'),
    ("in single quotes", lambda text: f"'{text}'"),
    ("with a byte order mark before it", lambda text: "\ufeff" + text),
    ("with a tab behind it", lambda text: text + "\t"),
)


def previous(case: Case) -> Iterator[tuple[Case, str]]:
    """A secret that the source no longer accepts."""
    for secret in case.retired:
        yield case.with_secret(secret), "the previous secret of this source matches"


def of_other_sources(case: Case) -> Iterator[tuple[Case, str]]:
    """The secret of another source or tenant."""
    asymmetric = tuple(filter(is_asymmetric, case.provider.schemes))
    for name, secret in case.others.items():
        other = case.with_secret(secret)
        if is_public(secret):
            # Whoever knows a public key could have "signed" with it as if it were a secret.
            other = other.with_schemes(asymmetric)
        yield other, f"the secret of {name} matches"


def white_space(case: Case) -> Iterator[tuple[Case, str]]:
    """White space or quotes that came along when the secret was copied."""
    for words, edit in _SPACE_EDITS:
        yield from _edited(case, edit, f"the secret matches {words}")
    # A token that stands in the request bare cannot tell whose copy is the odd one.
    keyed = tuple(one for one in case.provider.schemes if one.algorithm.names != ("token",))
    for words, edit in _ADDING_EDITS if keyed else ():
        yield from _edited(case.with_schemes(keyed), edit, f"the secret matches {words}")


def encodings(case: Case) -> Iterator[tuple[Case, str]]:
    """The secret decoded in another way, or with a prefix handled differently."""
    for words, edit in _KEY_EDITS:
        yield from _edited(case, edit, f"the secret matches {words}")
    for encoding in _ENCODINGS:
        read = _reading(case, encoding, bare=False)
        if read is None:
            continue
        yield read, f"the secret matches when it is read as {encoding}"
        whole = _reading(case, encoding, bare=True)
        if whole is not None:
            yield whole, f"the whole secret matches, prefix included, as {encoding}"
            for prefix in _PREFIXES:
                words = f"the secret matches without {prefix.strip()} in front of it, as {encoding}"
                yield from _edited(whole, _taking_off(prefix), words)
        for prefix in _PREFIXES:
            words = f"the secret matches with {prefix.strip()} in front of it, as {encoding}"
            yield from _edited(read, _putting_on(prefix), words)


def _reading(case: Case, encoding: str, *, bare: bool) -> Case | None:
    """The case with the secret read in the encoding; None where no scheme may be changed so."""
    changed = tuple(_read_as(one, encoding, bare=bare) for one in case.provider.schemes)
    if case.has_public_keys:
        # A public key must not become a shared secret by another reading.
        changed = tuple(one for one in changed if is_asymmetric(one))
    return case.with_schemes(changed) if changed else None


def _read_as(scheme: Scheme, encoding: str, *, bare: bool) -> Scheme:
    form = replace(scheme.secret, encoding=encoding, only=())
    return replace(scheme, secret=replace(form, prefixes=()) if bare else form)


def _edited(case: Case, edit: Edit, words: str) -> Iterator[tuple[Case, str]]:
    for secret in case.secrets:
        changed = _edit(secret, edit)
        if changed != secret:
            yield case.with_secret(changed), words


def _edit(secret: Secret, edit: Edit) -> Secret:
    if isinstance(secret, str):
        return edit(secret)
    return {name: edit(value) for name, value in secret.items()}


def _taking_off(prefix: str) -> Edit:
    return lambda text: text.removeprefix(prefix)


def _putting_on(prefix: str) -> Edit:
    return lambda text: prefix + text


def _unwrapped(text: str) -> str:
    """The text that is base64 of text: a whole PEM, or a secret that was encoded twice."""
    try:
        return base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _wrapped(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _from_base64_to_hex(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return text


def _as_pem(text: str) -> str:
    """A public key of which only the base64 in the middle was kept."""
    bare = re.sub(r"-----[^-]*-----|\\n|\s", "", text)
    return _PEM.format(bare)


_KEY_EDITS: tuple[tuple[str, Edit], ...] = (
    ("once it is decoded from base64", _unwrapped),
    ("encoded as base64", _wrapped),
    ("written in hex in place of base64", _from_base64_to_hex),
    ("in lower case", str.lower),
    ("in upper case", str.upper),
    ("without the word before it", lambda text: _LOGIN.sub("", text)),
    ("in the frame of a PEM", _as_pem),
)
