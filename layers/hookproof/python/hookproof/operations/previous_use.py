"""Whether a rotation is done: the metric that counts deliveries signed with the old secret."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from hookproof.operations.account import explained
from hookproof.operations.deployment import Deployment

_MOST_POINTS = 1440  # of one GetMetricStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How often the old secret was used, and the minute of the last time."""

    count: int
    last: float | None


def previous_use(deployment: Deployment, source: str, *, since: float, now: float) -> Use:
    """The use of a source's previous secret, as CloudWatch has it (a minute or two behind).

    Raises: ConfigurationError, Unavailable.
    """
    settings = deployment.settings
    period = max(60, math.ceil((now - since) / _MOST_POINTS / 60) * 60)
    with explained():
        answer = deployment.client("cloudwatch").get_metric_statistics(
            Namespace=settings.get("POWERTOOLS_METRICS_NAMESPACE", "Hookproof"),
            MetricName="PreviousSecretUsed",
            Dimensions=[
                {
                    "Name": "service",
                    "Value": settings.get("POWERTOOLS_SERVICE_NAME", deployment.name),
                },
                {"Name": "source", "Value": source},
            ],
            StartTime=datetime.fromtimestamp(math.floor(since / 60) * 60, UTC),
            EndTime=datetime.fromtimestamp(now + 60, UTC),
            Period=period,
            Statistics=["Sum"],
        )
    used = [one for one in answer["Datapoints"] if one["Sum"] > 0]
    return Use(
        count=int(sum(one["Sum"] for one in used)),
        last=max((one["Timestamp"].timestamp() + period for one in used), default=None),
    )
