"""The causes that are tested: each undoes one thing that may have gone wrong on the way.

A hypothesis takes the case as it stands and yields other cases, with words for people. One
that verifies has found its cause: nothing is ever guessed, so a forged request has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookproof.explain import bodies, ciphers, clocks, headers, secrets, signatures, urls
from hookproof.explain.case import Case

Undo = Callable[[Case], Iterator[tuple[Case, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One thing that may have gone wrong. ``undo`` yields ``(case, what was undone)``.

    ``part``: what it changes, ``body`` or ``url``; those alone may be shown to people.
    """

    code: str
    fix: str
    undo: Undo
    part: str | None = None

    def applies(self, case: Case) -> bool:
        """Whether the signature covers what this hypothesis changes."""
        return self.part is None or bool(_COVERING[self.part] & case.covers)


_COVERING = {
    "body": frozenset({"body", "form", "xml"}),
    "url": frozenset({"url", "path", "target", "authority", "raw_query", "query"}),
}
_STORED = "`hookproof sources rotate` stores it"


def _of_body(code: str, rewrite: bodies.Rewrite, fix: str) -> Hypothesis:
    return Hypothesis(code=code, fix=fix, undo=bodies.undoing(rewrite), part="body")


def _of_url(part: str, undo: Undo, fix: str) -> Hypothesis:
    def with_named(case: Case) -> Iterator[tuple[Case, str]]:
        yield from urls.named(case, part)
        yield from undo(case)

    return Hypothesis(code=f"url_{part}", fix=fix, undo=with_named, part="url")


HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(
        code="secret_previous",
        fix="The sender still signs with the old secret: finish the rotation there, or keep the "
        "old one valid longer (PREVIOUS_SECRET_SECONDS).",
        undo=secrets.previous,
    ),
    Hypothesis(
        code="secret_other_source",
        fix="Have the provider call that source's URL, or put its secret into this source: "
        "test and live modes, endpoints and command lines each have a secret of their own.",
        undo=secrets.of_other_sources,
    ),
    Hypothesis(
        code="secret_whitespace",
        fix=f"Store the secret without what came along when it was copied; {_STORED}.",
        undo=secrets.white_space,
    ),
    Hypothesis(
        code="secret_encoding",
        fix=f"Store the secret exactly as the provider shows it, prefix included; {_STORED}. "
        "In a custom scheme correct secret.encoding.",
        undo=secrets.encodings,
    ),
    Hypothesis(
        code="header_folded",
        fix="Something on the way joined repeated headers with commas, or sent them twice: "
        "forward each field once, as it came.",
        undo=headers.folded,
    ),
    Hypothesis(
        code="wrong_header",
        fix="Pass the header on under the name that the provider gave it.",
        undo=headers.siblings,
    ),
    Hypothesis(
        code="wrong_algorithm",
        fix="Choose this algorithm in the scheme, or switch the provider to the expected one.",
        undo=ciphers.algorithms,
    ),
    Hypothesis(code="timestamp_unit", fix=clocks.UNIT_FIX, undo=clocks.units),
    _of_body(
        "body_newline",
        bodies.newlines,
        "Pass on the raw bytes: an editor, a template or `echo` adds or drops line ends.",
    ),
    _of_body(
        "body_base64",
        bodies.base64_layers,
        "Decode the body exactly as often as isBase64Encoded says.",
    ),
    _of_body(
        "body_charset",
        bodies.charsets,
        "Handle the body as bytes: never decode and encode it before it is verified.",
    ),
    _of_body(
        "body_reserialized",
        bodies.json_forms,
        "Verify the raw body, before any JSON parser: what a serialiser writes is not what was "
        "signed.",
    ),
    _of_body(
        "body_form_reencoded",
        bodies.form_forms,
        "Verify the raw form body: a parser and an encoder do not give the same bytes back.",
    ),
    _of_body(
        "body_empty",
        bodies.emptied,
        "The signature is that of an empty body: this one was added on the way.",
    ),
    _of_url(
        "scheme",
        urls.schemes,
        'TLS ends before this endpoint: set the source\'s "url" to the public https URL.',
    ),
    _of_url(
        "port",
        urls.ports,
        'Set the source\'s "url" exactly as the provider has it, with or without the port.',
    ),
    _of_url(
        "host",
        urls.hosts,
        'A proxy changed the host: set the source\'s "url" to the URL given to the provider.',
    ),
    _of_url(
        "path",
        urls.paths,
        'A stage or base path differs: set the source\'s "url" to the URL given to the provider.',
    ),
    _of_url(
        "query",
        urls.queries,
        "Pass the query string on as it came: not sorted, not decoded, not dropped.",
    ),
    # After all that changes what is signed: the right signature is computed from that.
    Hypothesis(
        code="signature_encoding",
        fix="Something rewrote the signature (prefix, case or encoding): pass the header on "
        "untouched; for a custom scheme correct signature.encoding or signature.prefix.",
        undo=signatures.forms,
    ),
    Hypothesis(
        code="signature_truncated",
        fix="Raise the limit on header length, or widen the column or log field, that cut it.",
        undo=signatures.cut_off,
    ),
    Hypothesis(
        code="wrong_provider",
        fix="Set the source's provider to this one, or have the other call its own source.",
        undo=ciphers.providers,
    ),
)
