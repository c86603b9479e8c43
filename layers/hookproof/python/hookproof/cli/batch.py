"""``hookproof verify --batch``: many cases, one JSON line in and one out for each, in order.

A verifier is made once per provider and secret, and kept: a hundred thousand deliveries of one
provider parse its keys once.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TextIO

from hookproof.cli.request_json import parse_request
from hookproof.errors import ConfigurationError, HookproofError, RequestMalformed, UnknownProvider
from hookproof.registry import get_provider
from hookproof.sources import SecretVersions, Source
from hookproof.verified import Verified

CASE_MALFORMED = "case_malformed"
_KEPT = 1024


def run_batch(lines: Iterable[bytes], out: TextIO, *, flush_every: float = 0.5) -> None:
    """Judge each line's case and write its result. No line ends the run.

    The results are flushed after so many seconds; with 0 after each line, for a program that
    waits for one answer before it asks for the next.
    """
    flushed = time.monotonic()
    for line in lines:
        if not line.strip():
            continue
        out.write(json.dumps(judge_line(line), separators=(",", ":")) + "\n")
        if time.monotonic() - flushed >= flush_every:
            out.flush()
            flushed = time.monotonic()


def judge_line(line: bytes) -> dict[str, object]:
    """The result of the case that the line holds: ``{"case", "valid", "reason", …}``."""
    try:
        case = json.loads(line)
    except (ValueError, RecursionError):
        return _result(None, CASE_MALFORMED)
    return judge_case(case) if isinstance(case, dict) else _result(None, CASE_MALFORMED)


def judge_case(case: Mapping[str, object]) -> dict[str, object]:
    """The result of one case. Raises: nothing."""
    name = case.get("case")
    try:
        verified = _judge(case)
    except _CaseMalformed:
        return _result(name, CASE_MALFORMED)
    except HookproofError as error:
        return _result(name, error.code)
    except Exception as error:  # noqa: BLE001 - no line may end the run, whatever it holds
        print(f"case {name!r}: {type(error).__name__}", file=sys.stderr)
        return _result(name, "internal_error")
    return _result(name, None, verified)


class _CaseMalformed(Exception):
    """The line is a JSON object, but not one that describes a case."""


def _result(
    name: object, reason: str | None, verified: Verified | None = None
) -> dict[str, object]:
    return {
        "case": name,
        "valid": verified is not None,
        "reason": reason,
        "event_id": verified.event_id if verified else None,
        "event_type": verified.event_type if verified else None,
    }


def _judge(case: Mapping[str, object]) -> Verified:
    now = case.get("now")
    if now is not None and not _is_moment(now):
        raise _CaseMalformed
    source = _source(
        _provider_id(case),
        json.dumps(case.get("secret")),
        json.dumps(case.get("scheme")),
        now is not None,
    )
    if "request" not in case:
        raise RequestMalformed("request: missing")
    request = parse_request(case["request"])
    moment = float(now) if isinstance(now, int | float) else time.time()
    return source.verify(request, now=moment)[0]


def _is_moment(now: object) -> bool:
    if isinstance(now, bool) or not isinstance(now, int | float):
        return False
    return isinstance(now, int) or math.isfinite(now)


def _provider_id(case: Mapping[str, object]) -> str:
    provider = case.get("provider")
    if case.get("scheme") is not None:
        return provider if isinstance(provider, str) else "custom"
    if not isinstance(provider, str):
        raise UnknownProvider("provider: expected its id")
    return get_provider(provider).id


@lru_cache(maxsize=_KEPT)
def _source(provider: str, secret: str, scheme: str, judge_age: bool) -> Source:
    """The source of a case, with its keys parsed.

    Without a moment, freshness is not judged: any age is within an infinite tolerance, which
    Python's JSON can write. Raises: ConfigurationError.
    """
    document = {"provider": provider, "secret": json.loads(secret), "scheme": json.loads(scheme)}
    if not judge_age:
        document["tolerance"] = math.inf
    known = {key: value for key, value in document.items() if value is not None}
    try:
        return Source.of(provider, SecretVersions(current=json.dumps(known)))
    except RecursionError as error:
        raise ConfigurationError("scheme: nested too deeply") from error
