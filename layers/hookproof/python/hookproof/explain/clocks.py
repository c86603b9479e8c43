"""A genuine signature at the wrong time: whose clock, whose unit, or how old."""

from __future__ import annotations

from collections.abc import Iterator

from hookproof.components import Component, Parts
from hookproof.errors import HookproofError, TimestampInFuture, TimestampTooOld
from hookproof.explain.case import Case
from hookproof.explain.headers import with_header
from hookproof.explain.report import Cause
from hookproof.scheme import Scheme
from hookproof.timestamps import UNITS, format_timestamp, parse_timestamp
from hookproof.values import replace

# Clocks are rarely wrong by more; a delivery that is older was kept or sent again.
_SKEW = 900
_NEAR, _DAY = 3600, 86_400
_UNIT_FACTOR = 1000
UNIT_FIX = (
    "Pass the timestamp on as it was written; for a custom scheme correct timestamp.unit, which "
    "is one of " + ", ".join(UNITS) + "."
)


def units(case: Case) -> Iterator[tuple[Case, str]]:
    """The timestamp in another unit than the scheme says, or rewritten into another one."""
    for unit in UNITS:
        schemes = tuple(_in_unit(scheme, unit) for scheme in case.provider.schemes)
        if schemes == case.provider.schemes:
            continue
        changed = case.with_schemes(schemes)
        yield changed, f"the timestamp is written in another unit than the scheme says: {unit}"
        for place in dict.fromkeys(_places(case)):
            for text in _rewritten(case, place, unit):
                yield (
                    changed.with_request(with_header(case.request, place.name, text)),
                    f"the timestamp that was signed is in {unit}; {place.name} has another unit",
                )


def freshness_causes(case: Case, error: HookproofError) -> tuple[Cause, ...]:
    """The causes of a genuine signature that is too old or from the future."""
    verified = case.proves()
    if verified is None or not isinstance(error, TimestampTooOld | TimestampInFuture):
        return ()
    if verified.timestamp is None:
        # A token has an end, and need not say when it was made.
        make = _skew if isinstance(error, TimestampInFuture) else _replay
        return (make(str(error), 0.8),)
    unit = _unit_cause(case, verified.timestamp)
    if unit is not None:
        return (unit,)
    seconds = case.now - verified.timestamp
    if isinstance(error, TimestampInFuture):
        return (_skew(f"its time is {_span(-seconds)} ahead of this clock", 1.0),)
    behind = f"its time is {_span(seconds)} behind this clock"
    old = f"it is {_span(seconds)} old: sent again, or kept on the way"
    if seconds < _SKEW:
        return (_skew(behind, 0.7), _replay(old, 0.5))
    return (_replay(old, 0.9), *([_skew(behind, 0.1)] if seconds < _DAY else []))


def _in_unit(scheme: Scheme, unit: str) -> Scheme:
    if scheme.timestamp is None:
        return scheme
    return replace(scheme, timestamp=replace(scheme.timestamp, unit=unit))


def _places(case: Case) -> Iterator[Component]:
    for scheme in case.provider.schemes:
        if scheme.timestamp is not None and scheme.timestamp.place.kind == "header":
            yield scheme.timestamp.place


def _rewritten(case: Case, place: Component, unit: str) -> Iterator[str]:
    """The header's moment as it is written in the unit."""
    text = place.read(Parts(case.request)) or b""
    for written in ("s-or-ms", "rfc3339", "http-date"):
        try:
            yield format_timestamp(parse_timestamp(text.strip(), written), unit)
        except (HookproofError, ValueError, OverflowError):
            continue


def _unit_cause(case: Case, timestamp: float) -> Cause | None:
    for factor, words in ((1 / _UNIT_FACTOR, "milliseconds"), (_UNIT_FACTOR, "seconds")):
        if abs(timestamp * factor - case.now) <= _NEAR and abs(timestamp - case.now) > _NEAR:
            return Cause(
                code="timestamp_unit",
                text=f"the timestamp is written in {words}, another unit than the scheme says",
                fix=UNIT_FIX,
            )
    return None


def _skew(text: str, confidence: float) -> Cause:
    return Cause(
        code="clock_skew",
        text=f"the signature is genuine; {text}",
        fix="Set both clocks by NTP; a tolerance in the source's secret bridges a little.",
        confidence=confidence,
    )


def _replay(text: str, confidence: float) -> Cause:
    return Cause(
        code="timestamp_replay",
        text=f"the signature is genuine; {text}",
        fix="Have the sender deliver it again, or verify it as of its arrival: "
        "hookproof quarantine verify, or --now.",
        confidence=confidence,
    )


def _span(seconds: float) -> str:
    for size, name in ((_DAY, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} seconds"
