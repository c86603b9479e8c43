"""Memory: what one search computes once: parsed keys, rewritten bodies, fetched public keys."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING

from hookproof.errors import HookproofError, Unavailable
from hookproof.schemes import Fetch
from hookproof.verifier import Verifier

if TYPE_CHECKING:
    from hookproof.explain.case import Case

Rewritten = tuple[tuple[bytes, str], ...]

_MAX_VERIFIERS = 64
_MAX_BYTES = 96 * 1024 * 1024


class Memory:
    """Shared by all forms of one case, and gone with them."""

    def __init__(self) -> None:
        self._verifiers: dict[tuple[int, int], tuple[Case, Verifier | None]] = {}
        self._rewritten: dict[tuple[Hashable, bytes], Rewritten] = {}
        self._bytes = 0
        self._documents: dict[str, bytes | Unavailable] = {}

    def verifier(self, case: Case) -> Verifier | None:
        """The case's verifier for requests of any age; None when its secrets are no keys."""
        # The case is kept beside it: an identity counts only while its object lives.
        name = (id(case.provider), id(case.secrets))
        if name not in self._verifiers:
            if len(self._verifiers) >= _MAX_VERIFIERS:
                self._verifiers.clear()
            self._verifiers[name] = (case, _verifier(case))
        return self._verifiers[name][1]

    def rewritten(
        self, body: bytes, rewrite: Callable[[bytes], Iterable[tuple[bytes, str]]]
    ) -> Rewritten:
        """Every other form of the body that ``rewrite`` makes, each once."""
        name = (rewrite, body)
        if name in self._rewritten:
            return self._rewritten[name]
        forms = {body: ""}
        for other, words in rewrite(body):
            forms.setdefault(other, words)
        del forms[body]
        made = tuple(forms.items())
        self._bytes += sum(len(other) for other in forms)
        if self._bytes > _MAX_BYTES:
            self._rewritten.clear()
            self._bytes = 0
        self._rewritten[name] = made
        return made

    def fetching(self, fetch: Fetch) -> Fetch:
        """``fetch``, asked at most once for each URL: what failed is not tried again."""

        def fetch_once(url: str, _refresh: bool) -> bytes:
            if url not in self._documents:
                try:
                    self._documents[url] = fetch(url, False)
                except Unavailable as error:
                    self._documents[url] = error
            found = self._documents[url]
            if isinstance(found, Unavailable):
                raise found
            return found

        return fetch_once


def _verifier(case: Case) -> Verifier | None:
    try:
        return Verifier.of(case.provider, case.secrets, tolerance=math.inf)
    except HookproofError:
        return None
