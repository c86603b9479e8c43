"""explain(): why a request does not verify.

1. verify as it stands; a valid request, a challenge and a stale one are told apart at once;
2. undo one thing at a time, in order of how often it happens;
3. then two at a time, until the time is used up;
4. say what fits, or what was ruled out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from hookproof.components import Parts
from hookproof.errors import ConfigurationError, HookproofError, VerificationError
from hookproof.explain.case import Case, as_texts, texts_of
from hookproof.explain.clocks import freshness_causes
from hookproof.explain.hypotheses import HYPOTHESES
from hookproof.explain.report import Cause, Report, difference
from hookproof.explain.search import Fit, Progress, Search, TimeUp
from hookproof.handshakes import find_handshake
from hookproof.keys import Secret
from hookproof.messages import Request
from hookproof.provider import Provider
from hookproof.registry import get_provider
from hookproof.values import replace

CODES = (
    *(hypothesis.code for hypothesis in HYPOTHESES),
    "clock_skew",
    "timestamp_replay",
    "handshake",
)
DEFAULT_SECONDS = 20.0
_PAIR_CONFIDENCE = 0.9


def explain(
    request: Request,
    *,
    provider: str | Provider,
    secrets: Secret | Sequence[Secret],
    now: float | None = None,
    others: Mapping[str, Secret] | None = None,
) -> Report:
    """Why the request does not verify, by testing causes.

    ``others`` are secrets of other sources by name, to be tried as well; ``Case`` and
    ``explain_case`` take more. Raises: UnknownProvider; nothing for what is in the request.
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
    """The report on one case, searched for at most ``seconds``; ``progress`` gets the count.

    Raises: Unavailable when a public key that has to be fetched is not to be had.
    """
    case = replace(
        case,
        secrets=tuple(map(as_texts, case.secrets)),
        retired=tuple(map(as_texts, case.retired)),
        others={name: as_texts(secret) for name, secret in case.others.items()},
    )
    try:
        case.verify()
    except (VerificationError, ConfigurationError) as error:
        return _challenge(case) or _explained(case, error, Search(seconds, progress))
    return Report(verdict="valid", reason=None, message="the signature matches", tried=1)


def _challenge(case: Case) -> Report | None:
    verifier = case.memory.verifier(case)
    parts = Parts(case.request, values=verifier.key.values if verifier else None)
    try:
        found = find_handshake(case.provider.handshakes, parts, verified=False)
    except HookproofError:
        # Sealed, and the secret does not open it.
        return None
    if found is None:
        return None
    cause = Cause(
        code="handshake",
        text="this is the provider's check of the endpoint: there is nothing to verify",
        fix="Answer it; the ingest function does so by itself.",
    )
    return Report(verdict="handshake", reason=None, message=cause.text, causes=(cause,), tried=1)


def _explained(case: Case, error: HookproofError, search: Search) -> Report:
    complete = True
    causes = freshness_causes(case, error)
    # A signature that is genuine as it stands leaves nothing else to be wrong.
    ruled_out: tuple[str, ...] = CODES
    if not causes:
        try:
            causes = _searched(case, search)
        except TimeUp:
            complete = False
        ruled_out = search.ruled_out if causes or not complete else CODES
        causes = causes or _lost_body(case, error)
    found = {cause.code for cause in causes}
    return Report(
        verdict="invalid",
        reason=error.code,
        message=str(error),
        causes=causes,
        ruled_out=tuple(code for code in ruled_out if code not in found),
        tried=search.tried + 1,
        complete=complete,
    )


def _searched(case: Case, search: Search) -> tuple[Cause, ...]:
    single = search.single(case)
    if single is not None:
        return tuple(_with_time([_cause(single, 1.0)], single.after))
    pair = search.pair(case)
    if pair is not None:
        causes = [_cause(fit, _PAIR_CONFIDENCE) for fit in pair]
        return tuple(_with_time(causes, pair[-1].after))
    return ()


def _with_time(causes: list[Cause], after: Case) -> Iterator[Cause]:
    """The causes, and what is wrong with the time besides, once the signature matches."""
    yield from causes
    try:
        after.verify()
    except HookproofError as error:
        known = {cause.code for cause in causes}
        yield from (one for one in freshness_causes(after, error) if one.code not in known)


def _cause(fit: Fit, confidence: float) -> Cause:
    return Cause(
        code=fit.hypothesis.code,
        text=fit.text,
        fix=fit.hypothesis.fix,
        confidence=confidence,
        difference=_difference(fit),
    )


def _difference(fit: Fit) -> str | None:
    """What was changed on the way; only of the parts that are no secret, nor hold one."""
    signed, received = fit.after.request, fit.before.request
    if fit.hypothesis.part == "body":
        pair = signed.body, received.body
    elif fit.hypothesis.part == "url":
        pair = signed.url.encode(), received.url.encode()
    else:
        return None
    hidden = [text for secret in fit.after.secrets for text in texts_of(secret)]
    return difference(*pair, hidden=hidden)


def _lost_body(case: Case, error: HookproofError) -> tuple[Cause, ...]:
    """A body that was lost cannot be recomputed; that there is none is plain to see."""
    request = case.request
    is_expected = request.method.upper() in ("POST", "PUT", "PATCH") and "body" in case.covers
    if request.body or not is_expected or error.code == "signature_missing":
        return ()
    length = request.headers.get("Content-Length") or ""
    announced = length.isdigit() and int(length) > 0
    return (
        Cause(
            code="body_empty",
            text=f"Content-Length announces {length} bytes, and no body arrived"
            if announced
            else "no body arrived, and this provider signs the body",
            fix="Look for what consumes the body before it is verified: a parser, a proxy, a "
            "redirect that turned POST into GET.",
            confidence=0.9 if announced else 0.6,
        ),
    )
