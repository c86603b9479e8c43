"""One structured line and a few metrics per delivery: what became of it, never what was in it.

Metrics (namespace ``Hookproof``, dimension ``service``): ``Accepted``, ``Duplicate``,
``Handshake``, ``Rejected`` and ``Unavailable`` count deliveries, ``Milliseconds`` and
``BodyBytes`` measure them; ``StaleSecretServed``, ``PreviousSecretUsed``, ``EventNotRemembered``,
``NotQuarantined`` and ``ColdStart`` count what an operator wants to know. ``Rejected`` and
``Unavailable`` are also counted by ``service`` and ``reason``, ``PreviousSecretUsed`` by
``service`` and ``source``.
"""

import sys
from collections.abc import Mapping
from typing import Any

from hookproof.errors import HookproofError
from hookproof.receiver import Outcome

# Powertools imports botocore, where there is one, to put itself into boto3's User-Agent. Nothing
# here calls boto3, and a cold start need not pay for it: for this import there is none.
_HELD = sys.modules.get("botocore")
if _HELD is None:
    sys.modules["botocore"] = None  # type: ignore[assignment]
try:
    from aws_lambda_powertools.logging import Logger
    from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric
finally:
    if _HELD is None:
        del sys.modules["botocore"]

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
_LEVELS = {"rejected": "warning", "unavailable": "error"}


class Journal:
    """Writes the lines and the metrics of one function."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        service = environ.get("POWERTOOLS_SERVICE_NAME", _SERVICE)
        self._namespace = environ.get("POWERTOOLS_METRICS_NAMESPACE", _NAMESPACE)
        self._service = service
        self._logger = Logger(
            service=service, level=_level(environ), location=None, use_rfc3339=True
        )
        self._metrics = Metrics(namespace=self._namespace, service=service)
        self._is_cold = True

    def begin(self, request_id: str | None) -> None:
        """Name the invocation that the following lines belong to."""
        self._logger.append_keys(function_request_id=request_id, cold_start=self._is_cold)
        if self._is_cold:
            self._count("ColdStart")
            self._is_cold = False

    def delivery(self, outcome: Outcome, *, milliseconds: float) -> None:
        """Write the line of a delivery, and all metrics since ``begin``."""
        write = getattr(self._logger, _LEVELS.get(outcome.outcome, "info"))
        write("delivery", extra=_line(outcome) | {"milliseconds": round(milliseconds, 1)})
        self._count(outcome.outcome.capitalize())
        is_previous = (outcome.secret_version or "").startswith("previous")
        if is_previous:
            self._count("PreviousSecretUsed")
        self._metrics.add_metric("Milliseconds", MetricUnit.Milliseconds, milliseconds)
        self._metrics.add_metric("BodyBytes", MetricUnit.Bytes, outcome.body_bytes)
        for name in ("source", "tenant", "provider", "reason"):
            if value := getattr(outcome, name):
                self._metrics.add_metadata(name, value)
        self._metrics.flush_metrics()
        if outcome.reason:
            self._count_by(outcome.outcome.capitalize(), "reason", outcome.reason)
        if is_previous and outcome.source:
            # A rotation is done when its own source no longer needs the old secret.
            self._count_by("PreviousSecretUsed", "source", outcome.source)

    def stale(self, source: str, age: float) -> None:
        """Say that a source's last known secret serves because none can be fetched."""
        self._logger.warning("stale secret served", extra={"source": source, "age": int(age)})
        self._count("StaleSecretServed")

    def forgotten(self, error: HookproofError) -> None:
        """Say that a queued event could not be remembered: a repeat of it will be queued too."""
        self._logger.warning("event not remembered", extra={"detail": str(error)})
        self._count("EventNotRemembered")

    def not_kept(self, error: HookproofError) -> None:
        """Say that a refused delivery could not be put into quarantine."""
        self._logger.warning("not quarantined", extra={"detail": str(error)})
        self._count("NotQuarantined")

    def not_prefetched(self, source: str, error: HookproofError) -> None:
        """Say that a source named for prefetching could not be loaded."""
        self._logger.warning("not prefetched", extra={"source": source, "detail": str(error)})

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
