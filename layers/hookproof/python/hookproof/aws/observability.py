"""One structured line and a few metrics per delivery: what became of it, never what was in it.

Metrics (namespace ``Hookproof``, dimension ``service``): ``Accepted``, ``Duplicate``,
``Handshake``, ``Rejected`` and ``Unavailable`` count deliveries, ``Milliseconds`` and
``BodyBytes`` measure them; ``StaleSecretServed``, ``PreviousSecretUsed``, ``EventNotRemembered``,
``NotQuarantined`` and ``ColdStart`` count what an operator wants to know. ``Rejected`` and
``Unavailable`` are also counted by ``service`` and ``reason``, ``PreviousSecretUsed`` by
``service`` and ``source``.

The lines are those of Powertools' Logger, the metrics those of its Metrics (CloudWatch's embedded
metric format); written here, as importing the two takes longer than everything else that is ours,
and calling them a quarter of a warm delivery's time (docs/performance.md).
"""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from hookproof.envelope import rfc3339
from hookproof.errors import HookproofError
from hookproof.receiver import Outcome

_NAMESPACE = "Hookproof"
_SERVICE = "hookproof"
_LONGEST = 256  # characters of a text that a sender chose
_LONGEST_DETAIL = 1000
_SEVERITY = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
_LEVELS = {"rejected": "WARNING", "unavailable": "ERROR"}
_UNITS = {"Milliseconds": "Milliseconds", "BodyBytes": "Bytes"}
_encode = json.JSONEncoder(separators=(",", ":"), default=str).encode


class Journal:
    """Writes the lines and the metrics of one function to the standard output."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._service = environ.get("POWERTOOLS_SERVICE_NAME", _SERVICE)
        self._namespace = environ.get("POWERTOOLS_METRICS_NAMESPACE", _NAMESPACE)
        self._least = _least(environ)
        self._invocation: dict[str, object] = {}
        self._metrics: dict[str, list[float]] = {}
        self._is_cold = True

    def begin(self, request_id: str | None) -> None:
        """Name the invocation that the following lines belong to."""
        self._invocation = {"function_request_id": request_id, "cold_start": self._is_cold}
        if self._is_cold:
            self._measure("ColdStart", 1)
            self._is_cold = False

    def delivery(self, outcome: Outcome, *, milliseconds: float) -> None:
        """Write the line of a delivery, and all metrics since ``begin``."""
        fields = _line(outcome)
        fields["milliseconds"] = round(milliseconds, 1)
        self._write(_LEVELS.get(outcome.outcome, "INFO"), "delivery", fields)
        name = outcome.outcome.capitalize()
        self._measure(name, 1)
        is_previous = (outcome.secret_version or "").startswith("previous")
        if is_previous:
            self._measure("PreviousSecretUsed", 1)
        self._measure("Milliseconds", milliseconds)
        self._measure("BodyBytes", outcome.body_bytes)
        self._flush(outcome)
        if outcome.reason:
            self._emit({name: [1.0]}, {"reason": outcome.reason}, {})
        if is_previous and outcome.source:
            # A rotation is done when its own source no longer needs the old secret.
            self._emit({"PreviousSecretUsed": [1.0]}, {"source": outcome.source}, {})

    def stale(self, source: str, age: float) -> None:
        """Say that a source's last known secret serves because none can be fetched."""
        self._write("WARNING", "stale secret served", {"source": source, "age": int(age)})
        self._measure("StaleSecretServed", 1)

    def forgotten(self, error: HookproofError) -> None:
        """Say that a queued event could not be remembered: a repeat of it will be queued too."""
        self._write("WARNING", "event not remembered", {"detail": str(error)})
        self._measure("EventNotRemembered", 1)

    def not_kept(self, error: HookproofError) -> None:
        """Say that a refused delivery could not be put into quarantine."""
        self._write("WARNING", "not quarantined", {"detail": str(error)})
        self._measure("NotQuarantined", 1)

    def not_prefetched(self, source: str, error: HookproofError) -> None:
        """Say that a source named for prefetching could not be loaded."""
        self._write("WARNING", "not prefetched", {"source": source, "detail": str(error)})

    def _write(self, level: str, message: str, fields: Mapping[str, object]) -> None:
        if _SEVERITY[level] < self._least:
            return
        head = {"level": level, "message": message, "timestamp": rfc3339(time.time())}
        _print({**head, "service": self._service, **self._invocation, **fields})

    def _measure(self, name: str, value: float) -> None:
        self._metrics.setdefault(name, []).append(float(value))

    def _flush(self, outcome: Outcome) -> None:
        names = ("source", "tenant", "provider", "reason")
        details = {name: text for name in names if (text := getattr(outcome, name))}
        self._emit(self._metrics, {}, details)
        self._metrics = {}

    def _emit(
        self,
        metrics: Mapping[str, list[float]],
        dimensions: Mapping[str, str],
        details: Mapping[str, str],
    ) -> None:
        """Source: CloudWatch's embedded metric format specification."""
        directive = {
            "Namespace": self._namespace,
            "Dimensions": [["service", *dimensions]],
            "Metrics": [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in metrics],
        }
        stamp = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
        _print({"_aws": stamp, "service": self._service, **dimensions, **details, **metrics})


def _print(document: Mapping[str, object]) -> None:
    sys.stdout.write(_encode(document) + "\n")
    sys.stdout.flush()


def _least(environ: Mapping[str, str]) -> int:
    # A word that is no level must not keep the function from answering.
    level = environ.get("LOG_LEVEL", "").upper()
    return _SEVERITY.get("WARNING" if level == "WARN" else level, _SEVERITY["INFO"])


def _line(outcome: Outcome) -> dict[str, Any]:
    fields = {
        "source": outcome.source,
        "tenant": outcome.tenant,
        "provider": outcome.provider,
        "outcome": outcome.outcome,
        "reason": outcome.reason,
        "event_id": outcome.event_id,
        "event_type": outcome.event_type,
        "secret_version": outcome.secret_version,
        "status": outcome.response.status,
        "body_bytes": outcome.body_bytes,
    }
    return _failure(outcome.error) | {
        name: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in fields.items()
        if value is not None
    }


def _failure(error: Exception | None) -> dict[str, Any]:
    """What is safe to say: our own messages, of a defect only where it happened."""
    if error is None:
        return {}
    if isinstance(error, HookproofError):
        return {"detail": str(error)[:_LONGEST_DETAIL]}
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return {"detail": type(error).__name__, "trace": places[-8:]}
