"""Search: which hypothesis, or which two, make the signature match."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hookproof.explain.case import Case
from hookproof.explain.ciphers import traces
from hookproof.explain.hypotheses import HYPOTHESES, Hypothesis

Progress = Callable[[int], None]

_SENDER = "wrong_provider"
# Another sender may look like one of these: then the request's other headers decide.
_LIKE_ANOTHER_SENDER = frozenset(
    {"secret_encoding", "wrong_header", "signature_encoding", "wrong_algorithm"}
)
# Of two things that were done to a body, either may have been the first.
_EITHER_ORDER = frozenset({"body"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One thing undone: with it, or with one more, the signature matches."""

    hypothesis: Hypothesis
    text: str
    before: Case
    after: Case


class TimeUp(Exception):
    """The time for this search is used up."""


class Search:
    """A search for at most ``seconds``, which counts the combinations that it tries."""

    def __init__(self, seconds: float, progress: Progress | None = None) -> None:
        self._deadline = time.monotonic() + seconds
        self._progress = progress
        self._sizes: dict[str, int] = {}
        self.tried = 0

    @property
    def ruled_out(self) -> tuple[str, ...]:
        """The codes of which every form was tried by itself, and none fits."""
        return tuple(self._sizes)

    def single(self, case: Case) -> Fit | None:
        """The one thing that fits. Raises: TimeUp."""
        for hypothesis in HYPOTHESES:
            fit = self._first(hypothesis, case)
            if fit is not None:
                return self._sender_instead(fit, case)
        return None

    def pair(self, case: Case) -> tuple[Fit, Fit] | None:
        """The two things that fit together, after ``single`` found none. Raises: TimeUp."""
        for one, other in self._pairs():
            for once, text in _undone(one, case):
                fit = self._fitting(other, once)
                if fit is not None:
                    return Fit(hypothesis=one, text=text, before=case, after=once), fit
        return None

    def _first(self, hypothesis: Hypothesis, case: Case) -> Fit | None:
        tried = self.tried
        fit = self._fitting(hypothesis, case)
        if fit is None:
            self._sizes[hypothesis.code] = self.tried - tried
        return fit

    def _fitting(self, hypothesis: Hypothesis, case: Case) -> Fit | None:
        for after, text in _undone(hypothesis, case):
            self._step()
            if after.proves() is not None:
                return Fit(hypothesis=hypothesis, text=text, before=case, after=after)
        return None

    def _sender_instead(self, fit: Fit, case: Case) -> Fit:
        """The same as another provider's request, where its headers say so."""
        if fit.hypothesis.code not in _LIKE_ANOTHER_SENDER:
            return fit
        other = self._fitting(HYPOTHESES[-1], case)
        if other is None or traces(other.after.provider, case) <= traces(case.provider, case):
            return fit
        return other

    def _pairs(self) -> Iterator[tuple[Hypothesis, Hypothesis]]:
        """Every pair that has forms to try, those with the fewest first."""
        pairs = [
            (one, other)
            for at, one in enumerate(HYPOTHESES)
            for other in HYPOTHESES[at + 1 :]
            if self._sizes.get(one.code, 1)
        ]
        pairs += [
            (other, one)
            for one, other in pairs
            if one.part == other.part and one.part in _EITHER_ORDER
        ]
        # Of another provider nothing is known here but what stands in the request.
        pairs = [(b, a) if b.code == _SENDER else (a, b) for a, b in pairs]
        yield from sorted(pairs, key=self._work)

    def _work(self, pair: tuple[Hypothesis, Hypothesis]) -> tuple[bool, int]:
        one, other = (self._sizes.get(hypothesis.code, 0) + 1 for hypothesis in pair)
        return pair[0].code == _SENDER, one * other

    def _step(self) -> None:
        self.tried += 1
        if self._progress is not None:
            self._progress(self.tried)
        if time.monotonic() >= self._deadline:
            raise TimeUp


def _undone(hypothesis: Hypothesis, case: Case) -> Iterator[tuple[Case, str]]:
    if hypothesis.applies(case):
        yield from hypothesis.undo(case)
