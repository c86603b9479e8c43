"""The causes that are tested: each undoes one thing that may have gone wrong on the way.

A hypothesis takes the case as it stands and yields other cases, with words for people. One
that verifies has found its cause: nothing is ever guessed, so a forged request has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookproof.explain import bodies, ciphers, headers, secrets, urls
from hookproof.explain.case import Case

Undone = Iterator[tuple[Case, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One thing that may have gone wrong. ``undo`` yields ``(case, what was undone)``.

    ``needs``: kinds of components of which the signature must cover one; empty for any.
    """

    code: str
    fix: str
    undo: Callable[[Case], Undone]
    needs: frozenset[str] = frozenset()

    def applies(self, case: Case) -> bool:
        """Whether the signature covers what this hypothesis changes."""
        return not self.needs or bool(self.needs & case.covers)


_BODY = frozenset({"body", "form"})
_URL = frozenset({"url", "path", "target", "authority", "raw_query", "query"})

HYPOTHESES: tuple[Hypothesis, ...] = (
    Hypothesis(
        code="secret_previous",
        fix="The sender still signs with the old secret: finish the rotation there, or keep the "
        "old one valid longer (PREVIOUS_SECRET_SECONDS).",
        undo=secrets.previous,
    ),
    Hypothesis(
        code="secret_other_source",
        fix="Send this endpoint's URL from there, or put that secret into this source.",
        undo=secrets.of_other_sources,
    ),
    Hypothesis(
        code="secret_whitespace",
        fix="Store the secret without the white space or quotes around it: "
        "hookproof sources rotate.",
        undo=secrets.white_space,
    ),
    Hypothesis(
        code="secret_encoding",
        fix="Store the secret as the provider shows it, prefix included; for a custom scheme "
        "correct secret.encoding.",
        undo=secrets.encodings,
    ),
    Hypothesis(
        code="header_folded",
        fix="Something on the way joined repeated headers with commas: forward them one by one.",
        undo=headers.folded,
    ),
    Hypothesis(
        code="wrong_header",
        fix="Read the signature from the header that the provider's page names.",
        undo=headers.siblings,
    ),
    Hypothesis(
        code="signature_encoding",
        fix="Something rewrote the signature (prefix, case or encoding): pass the header on "
        "untouched; for a custom scheme correct signature.encoding or signature.prefix.",
        undo=ciphers.signature_forms,
    ),
    Hypothesis(
        code="wrong_algorithm",
        fix="Choose this algorithm in the scheme, or switch the provider to the expected one.",
        undo=ciphers.algorithms,
    ),
    Hypothesis(
        code="body_newline",
        fix="Pass on the raw bytes: an editor, a template or `echo` adds or drops line ends.",
        undo=bodies.newlines,
        needs=_BODY,
    ),
    Hypothesis(
        code="body_base64",
        fix="Decode the body exactly as often as isBase64Encoded says.",
        undo=bodies.base64_layers,
        needs=_BODY,
    ),
    Hypothesis(
        code="body_charset",
        fix="Handle the body as bytes: never decode and encode it before it is verified.",
        undo=bodies.charsets,
        needs=_BODY,
    ),
    Hypothesis(
        code="body_reserialized",
        fix="Verify the raw body, before any JSON parser: what a serialiser writes is not what "
        "was signed.",
        undo=bodies.json_forms,
        needs=_BODY,
    ),
    Hypothesis(
        code="body_form_reencoded",
        fix="Verify the raw form body: a parser and an encoder do not give the same bytes back.",
        undo=bodies.form_forms,
        needs=_BODY,
    ),
    Hypothesis(
        code="body_empty",
        fix="The signature is that of an empty body: the sender's body was added on the way.",
        undo=bodies.emptied,
        needs=_BODY,
    ),
    Hypothesis(
        code="url_scheme",
        fix='TLS ends before this endpoint: set the source\'s "url" to the public https URL.',
        undo=urls.schemes,
        needs=_URL,
    ),
    Hypothesis(
        code="url_port",
        fix='Set the source\'s "url" exactly as the provider has it, with or without the port.',
        undo=urls.ports,
        needs=_URL,
    ),
    Hypothesis(
        code="url_host",
        fix='A proxy changed the host: set the source\'s "url" to the URL given to the provider.',
        undo=urls.hosts,
        needs=_URL,
    ),
    Hypothesis(
        code="url_path",
        fix='A stage or base path differs: set the source\'s "url" to the URL given to the '
        "provider.",
        undo=urls.paths,
        needs=_URL,
    ),
    Hypothesis(
        code="url_query",
        fix="Pass the query string on as it came: not sorted, not decoded, not dropped.",
        undo=urls.queries,
        needs=_URL,
    ),
    Hypothesis(
        code="wrong_provider",
        fix="Set the source's provider to this one.",
        undo=ciphers.providers,
    ),
)
