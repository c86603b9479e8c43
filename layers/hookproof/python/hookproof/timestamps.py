"""Timestamps: unit -> seconds, and whether one lies within the tolerance on both sides."""

from __future__ import annotations

from collections.abc import Callable

from hookproof.errors import TimestampInFuture, TimestampMalformed, TimestampTooOld

UNITS = ("s", "ms", "s-or-ms", "rfc3339", "http-date")
_MAX_LENGTH = 40
_MAX_DIGITS = 15
_DATE_TIME_LENGTH = len("2026-01-31T12:00:00")
# 11 digits of seconds reach the year 5138; 13 digits of milliseconds begin in 2001.
_MILLISECOND_DIGITS = 12


def parse_timestamp(text: bytes, unit: str) -> float:
    """Seconds since the epoch.

    Raises: TimestampMalformed when the text is not in the unit.
    Source: RFC 3339 §5.6, RFC 9110 §5.6.7.

    >>> parse_timestamp(b"1700000000123", "ms")
    1700000000.123
    """
    try:
        return float(_PARSERS[unit](text))
    except (ValueError, OverflowError, TypeError) as error:
        raise TimestampMalformed(f"timestamp: expected {_EXPECTED[unit]}") from error


def format_timestamp(now: float, unit: str) -> str:
    """``now`` as a sender writes it in the unit.

    >>> format_timestamp(1700000000.5, "rfc3339")
    '2023-11-14T22:13:20Z'
    """
    if unit in ("rfc3339", "http-date"):
        from datetime import UTC, datetime

        moment = datetime.fromtimestamp(int(now), UTC)
        if unit == "http-date":
            from email.utils import format_datetime

            return format_datetime(moment, usegmt=True)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(now * 1000)) if unit == "ms" else str(int(now))


def check_fresh(timestamp: float, *, now: float, tolerance: float) -> None:
    """Accept a timestamp at most ``tolerance`` seconds from ``now``, past or future.

    Raises: TimestampTooOld, TimestampInFuture.
    """
    if now - timestamp > tolerance:
        raise TimestampTooOld(
            f"timestamp: {now - timestamp:.0f} s old; accepted up to {tolerance:.0f} s"
        )
    if timestamp - now > tolerance:
        raise TimestampInFuture(
            f"timestamp: {timestamp - now:.0f} s in the future; accepted up to {tolerance:.0f} s"
        )


_EXPECTED = {
    "s": "whole seconds since 1970, as digits",
    "ms": "whole milliseconds since 1970, as digits",
    "s-or-ms": "seconds or milliseconds since 1970, as digits",
    "rfc3339": "a date and time like 2026-01-31T12:00:00Z",
    "http-date": "a date like Sat, 31 Jan 2026 12:00:00 GMT",
}


def _digits(text: bytes) -> int:
    if not text.isdigit() or len(text) > _MAX_DIGITS:
        raise ValueError("not digits")
    return int(text)


def _seconds_or_milliseconds(text: bytes) -> float:
    return _digits(text) / (1000 if len(text) >= _MILLISECOND_DIGITS else 1)


def _rfc3339(octets: bytes) -> float:
    from datetime import UTC, datetime

    text = octets.decode("ascii")
    if not _DATE_TIME_LENGTH <= len(text) <= _MAX_LENGTH or text[10] not in "Tt ":
        raise ValueError("not RFC 3339")
    moment = datetime.fromisoformat(text.upper())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _http_date(octets: bytes) -> float:
    from email.utils import parsedate_to_datetime

    if len(octets) > _MAX_LENGTH:
        raise ValueError("too long")
    return parsedate_to_datetime(octets.decode("ascii")).timestamp()


_PARSERS: dict[str, Callable[[bytes], float]] = {
    "s": _digits,
    "ms": lambda text: _digits(text) / 1000,
    "s-or-ms": _seconds_or_milliseconds,
    "rfc3339": _rfc3339,
    "http-date": _http_date,
}
