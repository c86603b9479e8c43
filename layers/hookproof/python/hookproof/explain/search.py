"""explain(): the search for the cause, or the two causes, that make a signature match.

1. verify as it stands; a valid request, a challenge and a stale one are told apart at once;
2. undo one thing at a time, in order of how often it happens;
3. then two at a time, until the time is used up;
4. say what fits, or what was ruled out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hookproof.components import Parts
from hookproof.errors import (
    ConfigurationError,
    HookproofError,
    VerificationError,
)
from hookproof.explain.case import Case
from hookproof.explain.ciphers import signature_is_present
from hookproof.explain.clocks import freshness_causes
from hookproof.explain.hypotheses import HYPOTHESES, Hypothesis
from hookproof.explain.report import Cause, Report, difference
from hookproof.explain.truncated import is_truncated
from hookproof.handshakes import find_handshake
from hookproof.keys import Secret
from hookproof.messages import Request
from hookproof.provider import Provider
from hookproof.registry import get_provider

CODES = (
    *(hypothesis.code for hypothesis in HYPOTHESES),
    "signature_truncated",
    "clock_skew",
    "timestamp_unit",
    "timestamp_replay",
    "handshake",
)
DEFAULT_SECONDS = 20.0
# Searching the whole catalogue again for every other hypothesis would find nothing more.
_ALONE = frozenset({"wrong_provider"})
_PAIR_CONFIDENCE = 0.9

Progress = Callable[[int], None]


@dataclass(slots=True)
class _Search:
    """The combinations tried so far, and when to stop."""

    deadline: float
    progress: Progress | None
    tried: int = 0
    seen: set[int] = field(default_factory=set)

    def step(self) -> bool:
        """Count one combination; False when the time is used up."""
        self.tried += 1
        if self.progress is not None:
            self.progress(self.tried)
        return time.monotonic() < self.deadline


def explain(
    request: Request,
    *,
    provider: str | Provider,
    secrets: Secret | Sequence[Secret],
    now: float | None = None,
    others: Mapping[str, Secret] | None = None,
) -> Report:
    """Why the request does not verify, by testing causes.

    ``others`` are secrets of other sources by name, to be tried as well. Raises nothing for
    what is in the request; ConfigurationError for an unknown provider's scheme.
    """
    several = (secrets,) if isinstance(secrets, str | Mapping) else tuple(secrets)
    return explain_case(
        Case(
            request=request,
            provider=get_provider(provider) if isinstance(provider, str) else provider,
            secrets=several,
            now=time.time() if now is None else now,
            others=others or {},
        )
    )


def explain_case(
    case: Case, *, seconds: float = DEFAULT_SECONDS, progress: Progress | None = None
) -> Report:
    """The report on one case, searched for at most ``seconds``; ``progress`` gets the count."""
    search = _Search(deadline=time.monotonic() + seconds, progress=progress)
    try:
        case.verify()
    except VerificationError as error:
        return _explained(case, error, search)
    except ConfigurationError as error:
        return _explained_configuration(case, error, search)
    return Report(verdict="valid", reason=None, message="the signature matches", tried=1)


def _explained(case: Case, error: VerificationError, search: _Search) -> Report:
    if _is_handshake(case):
        cause = Cause(
            code="handshake",
            text="this is the provider's check of the endpoint: there is nothing to verify",
            fix="Answer it; the ingest function does so by itself.",
        )
        return Report(verdict="handshake", reason=None, message=cause.text, causes=(cause,))
    causes = freshness_causes(case, error) or _causes(case, search)
    found = {cause.code for cause in causes}
    return Report(
        verdict="invalid",
        reason=error.code,
        message=str(error),
        causes=causes,
        ruled_out=tuple(code for code in CODES if code not in found and code != "handshake"),
        tried=search.tried + 1,
        complete=time.monotonic() < search.deadline,
    )


def _explained_configuration(case: Case, error: HookproofError, search: _Search) -> Report:
    """A secret that is no key at all may still be one with its white space taken off."""
    causes = _causes(case, search)
    return Report(
        verdict="invalid",
        reason=error.code,
        message=str(error),
        causes=causes,
        ruled_out=tuple(code for code in CODES if code not in {one.code for one in causes}),
        tried=search.tried + 1,
        complete=time.monotonic() < search.deadline,
    )


def _causes(case: Case, search: _Search) -> tuple[Cause, ...]:
    single = _first_fit(case, search)
    if single is not None:
        return single
    if is_truncated(case):
        return (
            Cause(
                code="signature_truncated",
                text="the signature is the beginning of the right one: the rest was cut off",
                fix="Raise the limit on header length, or the column's, that cut it.",
            ),
        )
    return _pair(case, search) or _lost_body(case)


def _ordered(case: Case) -> tuple[Hypothesis, ...]:
    """The hypotheses; another sender first, where this provider's own header is missing."""
    if signature_is_present(case):
        return HYPOTHESES
    return tuple(sorted(HYPOTHESES, key=lambda one: one.code not in _ALONE))


def _first_fit(case: Case, search: _Search) -> tuple[Cause, ...] | None:
    for hypothesis in _ordered(case):
        for undone, text in _undone(hypothesis, case):
            if not search.step():
                return None
            if undone.proves() is not None:
                return (_cause(hypothesis, text, case, undone), *_clock(undone))
    return None


def _pair(case: Case, search: _Search) -> tuple[Cause, ...]:
    for first in HYPOTHESES:
        if first.code in _ALONE:
            continue
        for once, text in _undone(first, case):
            found = _second(first, once, search)
            if found is None:
                return ()
            for second, twice, more in found:
                return (
                    _cause(first, text, case, once, _PAIR_CONFIDENCE),
                    _cause(second, more, once, twice, _PAIR_CONFIDENCE),
                    *_clock(twice),
                )
    return ()


def _second(
    first: Hypothesis, once: Case, search: _Search
) -> list[tuple[Hypothesis, Case, str]] | None:
    """What fits together with the first; None when the time is used up."""
    for second in HYPOTHESES[HYPOTHESES.index(first) + 1 :]:
        if second.code in _ALONE:
            continue
        for twice, more in _undone(second, once):
            if not search.step():
                return None
            if twice.proves() is not None:
                return [(second, twice, more)]
    return []


def _undone(hypothesis: Hypothesis, case: Case) -> Iterator[tuple[Case, str]]:
    if hypothesis.applies(case):
        yield from hypothesis.undo(case)


def _clock(case: Case) -> tuple[Cause, ...]:
    """What is wrong with the time besides, once the signature matches."""
    try:
        case.verify()
    except VerificationError as error:
        return freshness_causes(case, error)
    return ()


def _cause(
    hypothesis: Hypothesis, text: str, before: Case, after: Case, confidence: float = 1.0
) -> Cause:
    shown = difference(after.request.body, before.request.body) or difference(
        after.request.url.encode(), before.request.url.encode()
    )
    return Cause(
        code=hypothesis.code,
        text=text,
        fix=hypothesis.fix,
        confidence=confidence,
        difference=shown,
    )


def _lost_body(case: Case) -> tuple[Cause, ...]:
    """An empty body cannot be recomputed; that there is none is plain to see."""
    if case.request.body or case.request.method.upper() != "POST" or "body" not in case.covers:
        return ()
    return (
        Cause(
            code="body_empty",
            text="no body arrived, and this provider signs the body",
            fix="Look for what consumes the body before it is verified: a parser, a proxy, a "
            "redirect that turned POST into GET.",
            confidence=0.6,
        ),
    )


def _is_handshake(case: Case) -> bool:
    parts = Parts(case.request)
    return find_handshake(case.provider.handshakes, parts, verified=False) is not None
