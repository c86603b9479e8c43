"""Hypotheses about the secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from hookproof.explain.case import Case
from hookproof.keys import Secret

_ENCODINGS = ("utf8", "base64", "hex", "base64url")
_PREFIXES = ("whsec_", "sk_", "base64:", "v1,whsec_")
_EDITS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("without the white space around it", str.strip),
    ("without the quotes around it", lambda text: text.strip().strip("\"'")),
    ("with a line end behind it", lambda text: text + "\n"),
    ("with a Windows line end behind it", lambda text: text + "\r\n"),
    ("with a space behind it", lambda text: text + " "),
    ("in double quotes", lambda text: f'"{text}"'),
)


def previous(case: Case) -> Iterator[tuple[Case, str]]:
    """A secret that the source no longer accepts, or not first."""
    for secret in case.retired:
        yield case.with_secret(secret), "the previous secret of this source matches"


def of_other_sources(case: Case) -> Iterator[tuple[Case, str]]:
    """The secret of another source or tenant."""
    for name, secret in case.others.items():
        yield case.with_secret(secret), f"the secret of {name} matches"


def white_space(case: Case) -> Iterator[tuple[Case, str]]:
    """White space or quotes that came along when the secret was copied."""
    for words, edit in _EDITS:
        for secret in case.secrets:
            edited = _edited(secret, edit)
            if edited != secret:
                yield case.with_secret(edited), f"the secret matches {words}"


def encodings(case: Case) -> Iterator[tuple[Case, str]]:
    """The secret decoded in another way, or with a prefix handled differently."""
    for encoding in _ENCODINGS:
        schemes = tuple(
            replace(scheme, secret=replace(scheme.secret, encoding=encoding, only=(), never=()))
            for scheme in case.provider.schemes
        )
        yield case.with_schemes(schemes), f"the secret matches when it is read as {encoding}"
        bare = tuple(
            replace(scheme, secret=replace(scheme.secret, prefixes=())) for scheme in schemes
        )
        yield case.with_schemes(bare), f"the whole secret matches, prefix included, as {encoding}"
        for prefix in _PREFIXES:
            yield (
                _with_prefix(case.with_schemes(schemes), prefix),
                f"the secret matches with {prefix} in front of it, as {encoding}",
            )
            yield (
                _without_prefix(case.with_schemes(bare), prefix),
                f"the secret matches without {prefix} in front of it, as {encoding}",
            )


def _with_prefix(case: Case, prefix: str) -> Case:
    return replace(case, secrets=tuple(_edited(one, lambda t: prefix + t) for one in case.secrets))


def _without_prefix(case: Case, prefix: str) -> Case:
    return replace(
        case,
        secrets=tuple(_edited(one, lambda t: t.removeprefix(prefix)) for one in case.secrets),
    )


def _edited(secret: Secret, edit: Callable[[str], str]) -> Secret:
    if isinstance(secret, str):
        return edit(secret)
    return {name: edit(value) for name, value in secret.items()}
