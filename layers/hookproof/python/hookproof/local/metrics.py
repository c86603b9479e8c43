"""What the function's log says in CloudWatch's embedded metric format, put into the emulated one.

Only metrics by source: those are what the operator's commands ask for, and they are rare.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_DIMENSION = "source"


def publish(printed: str, cloudwatch: Any) -> None:
    """Put the metrics of these lines into CloudWatch; during an outage they are lost."""
    for line in printed.splitlines():
        if '"_aws"' in line and f'"{_DIMENSION}"' in line:
            for namespace, data in _metrics(json.loads(line)):
                with suppress(BotoCoreError, ClientError):
                    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def _metrics(entry: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for group in entry["_aws"]["CloudWatchMetrics"]:
        for names in group["Dimensions"]:
            if _DIMENSION not in names:
                continue
            dimensions = [{"Name": name, "Value": entry[name]} for name in names]
            data = [
                {
                    "MetricName": one["Name"],
                    "Dimensions": dimensions,
                    "Unit": one["Unit"],
                    "Values": entry[one["Name"]],
                }
                for one in group["Metrics"]
            ]
            yield group["Namespace"], data
