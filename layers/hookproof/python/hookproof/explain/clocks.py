"""A genuine signature at the wrong time: whose clock, whose unit, or how old."""

from __future__ import annotations

from hookproof.errors import TimestampInFuture, TimestampTooOld, VerificationError
from hookproof.explain.case import Case
from hookproof.explain.report import Cause

# A clock is rarely wrong by more; a delivery that is older was kept or sent again.
_SKEW = 3600
_UNIT_FACTOR = 1000


def freshness_causes(case: Case, error: VerificationError) -> tuple[Cause, ...]:
    """The causes of a genuine signature that is too old or from the future."""
    verified = case.proves()
    if verified is None or verified.timestamp is None:
        return ()
    unit = _unit_cause(case, verified.timestamp)
    if unit is not None:
        return (unit,)
    seconds = case.now - verified.timestamp
    if isinstance(error, TimestampInFuture):
        return (_skew(-seconds, "ahead of", 1.0),)
    if not isinstance(error, TimestampTooOld):
        return ()
    if seconds <= _SKEW:
        return (_skew(seconds, "behind", 0.7), _replay(seconds, 0.5))
    return (_replay(seconds, 0.9), _skew(seconds, "behind", 0.1))


def _unit_cause(case: Case, timestamp: float) -> Cause | None:
    for factor, words in ((1 / _UNIT_FACTOR, "milliseconds"), (_UNIT_FACTOR, "seconds")):
        if abs(timestamp * factor - case.now) <= _SKEW and abs(timestamp - case.now) > _SKEW:
            return Cause(
                code="timestamp_unit",
                text=f"the timestamp is written in {words}, another unit than the scheme says",
                fix=f"Set the scheme's timestamp.unit to {'ms' if factor < 1 else 's'}, or send "
                "the other unit.",
            )
    return None


def _skew(seconds: float, side: str, confidence: float) -> Cause:
    return Cause(
        code="clock_skew",
        text=f"the signature is genuine; its time is {_span(seconds)} {side} this clock",
        fix="Set both clocks by NTP; a tolerance in the source's secret bridges a little.",
        confidence=confidence,
    )


def _replay(seconds: float, confidence: float) -> Cause:
    return Cause(
        code="timestamp_replay",
        text=f"the signature is genuine and {_span(seconds)} old: sent again, or kept on the way",
        fix="Have the sender deliver it again, or verify it as of its arrival: "
        "hookproof quarantine verify, or --now.",
        confidence=confidence,
    )


def _span(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} seconds"
