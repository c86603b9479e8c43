"""One line per delivery: what became of it, never what was in it, and its metrics.

The line is a record of CloudWatch's embedded metric format, with what a log line says as its
metadata; it is written whatever ``LOG_LEVEL`` is, which governs the other, rare lines.

Metrics (namespace ``Hookproof``, dimension ``service``): ``Accepted``, ``Duplicate``,
``Handshake``, ``Rejected`` and ``Unavailable`` count deliveries, ``Milliseconds`` and
``BodyBytes`` measure them; ``StaleSecretServed``, ``PreviousSecretUsed``, ``EventNotRemembered``,
``NotQuarantined`` and ``ColdStart`` count what an operator wants to know. ``Rejected`` and
``Unavailable`` are also counted by ``service`` and ``reason``, ``PreviousSecretUsed`` by
``service`` and ``source``, in records of their own.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric

from hookproof.errors import HookproofError
from hookproof.receiver import Outcome

_NAMESPACE = "Hookproof"
_SERVICE = "hookproof"
_LONGEST = 256  # characters of a text that a sender chose
_LONGEST_DETAIL = 1000
_LOG_LEVELS = {
    "DEBUG": "DEBUG",
    "WARN": "WARNING",
    "WARNING": "WARNING",
    "ERROR": "ERROR",
    "CRITICAL": "CRITICAL",
}
_LEVELS = {"rejected": "WARNING", "unavailable": "ERROR"}
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Journal:
    """Writes the lines and the metrics of one function."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._namespace = environ.get("POWERTOOLS_METRICS_NAMESPACE", _NAMESPACE)
        self._service = environ.get("POWERTOOLS_SERVICE_NAME", _SERVICE)
        self._log_level = _level(environ)
        self._metrics = EphemeralMetrics(namespace=self._namespace, service=self._service)
        self._is_cold = True
        self._invocation: dict[str, object] = {}

    def begin(self, request_id: str | None) -> None:
        """Name the invocation that the following lines belong to."""
        self._invocation = {"cold_start": self._is_cold}
        if request_id is not None:
            self._invocation["function_request_id"] = request_id
        if self._is_cold:
            self._count("ColdStart")
            self._is_cold = False

    def delivery(self, outcome: Outcome, *, milliseconds: float) -> None:
        """Write the line of a delivery, with all metrics since ``begin``."""
        took = round(milliseconds, 1)
        name = outcome.outcome.capitalize()
        is_previous = (outcome.secret_version or "").startswith("previous")
        if is_previous:
            self._count("PreviousSecretUsed")
        # What add_metric makes of them, without its checks: a third of this method's time.
        self._metrics.metric_set |= {
            name: {"Unit": "Count", "Value": [1]},
            "Milliseconds": {"Unit": "Milliseconds", "Value": [took]},
            "BodyBytes": {"Unit": "Bytes", "Value": [outcome.body_bytes]},
        }
        self._write(_line(outcome, took) | self._invocation)
        if outcome.reason:
            self._count_by(name, "reason", outcome.reason)
        if is_previous and outcome.source:
            # A rotation is done when its own source no longer needs the old secret.
            self._count_by("PreviousSecretUsed", "source", outcome.source)

    def stale(self, source: str, age: float) -> None:
        """Say that a source's last known secret serves because none can be fetched."""
        self._warn("stale secret served", source=source, age=int(age))
        self._count("StaleSecretServed")

    def forgotten(self, error: HookproofError) -> None:
        """Say that a queued event could not be remembered: a repeat of it will be queued too."""
        self._warn("event not remembered", detail=str(error))
        self._count("EventNotRemembered")

    def not_kept(self, error: HookproofError) -> None:
        """Say that a refused delivery could not be put into quarantine."""
        self._warn("not quarantined", detail=str(error))
        self._count("NotQuarantined")

    def not_prefetched(self, source: str, error: HookproofError) -> None:
        """Say that a source named for prefetching could not be loaded."""
        self._warn("not prefetched", source=source, detail=str(error))

    @cached_property
    def _logger(self) -> Any:
        # Slower to load than all else here, and most environments never have such a line.
        from aws_lambda_powertools.logging import Logger

        return Logger(service=self._service, level=self._log_level, location=None, use_rfc3339=True)

    def _warn(self, message: str, **fields: object) -> None:
        self._logger.warning(message, extra=self._invocation | fields)

    def _write(self, fields: dict[str, Any]) -> None:
        # Not flush_metrics: that is slower, writes in two pieces, and where metrics are turned
        # off nothing at all.
        record: dict[str, Any] = dict(self._metrics.serialize_metric_set(metadata=fields))
        record["_aws"] = record.pop("_aws")  # last: consoles show how a line begins
        sys.stdout.write(_encode(record) + "\n")
        self._metrics.metric_set.clear()

    def _count(self, name: str) -> None:
        self._metrics.add_metric(name, MetricUnit.Count, 1)

    def _count_by(self, name: str, dimension: str, value: str) -> None:
        with single_metric(
            name=name, unit=MetricUnit.Count, value=1, namespace=self._namespace
        ) as metric:
            metric.add_dimension("service", self._service)
            metric.add_dimension(dimension, value)


def _level(environ: Mapping[str, str]) -> str:
    # A word that is no level must not keep the function from answering.
    return _LOG_LEVELS.get(environ.get("LOG_LEVEL", "").upper(), "INFO")


def _line(outcome: Outcome, milliseconds: float) -> dict[str, Any]:
    fields = {
        "level": _LEVELS.get(outcome.outcome, "INFO"),
        "message": "delivery",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
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
        "milliseconds": milliseconds,
    }
    return {
        name: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in fields.items()
        if value is not None
    } | _failure(outcome.error)


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
