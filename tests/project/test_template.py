"""What template.yaml promises: settings that the function reads, and as few rights as it needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from tests.project.sources import PACKAGE, PROJECT

# Read by Lambda's runtime or by Powertools, not by us.
FOREIGN_SETTINGS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    document: dict[str, Any] = yaml_parse((PROJECT / "template.yaml").read_text("utf-8"))
    return document


def variables(template: dict[str, Any], function: str) -> set[str]:
    return set(template["Resources"][function]["Properties"]["Environment"]["Variables"])


def words(*paths: Path) -> set[str]:
    found = "\n".join(path.read_text("utf-8") for path in paths)
    return set(re.findall(r"[\"']([A-Z][A-Z0-9_]{2,})[\"']", found))


def test_the_ingest_function_reads_each_of_its_settings(template: dict[str, Any]) -> None:
    read = words(*(PACKAGE / "aws").rglob("*.py"), PROJECT / "functions" / "ingest" / "app.py")
    assert variables(template, "IngestFunction") - FOREIGN_SETTINGS - read == set()


def test_the_consumer_reads_each_of_its_settings(template: dict[str, Any]) -> None:
    read = words(PROJECT / "functions" / "consume" / "app.py")
    assert variables(template, "ConsumeFunction") - FOREIGN_SETTINGS - read == set()


def test_every_parameter_is_described_grouped_and_used(template: dict[str, Any]) -> None:
    parameters = template["Parameters"]
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(parameters)
    used = str({key: template[key] for key in ("Conditions", "Globals", "Resources", "Outputs")})
    for name, parameter in parameters.items():
        assert parameter.get("Description"), name
        assert f"'{name}'" in used or f"${{{name}}}" in used, name


def test_every_output_says_what_it_is_for(template: dict[str, Any]) -> None:
    assert all(output.get("Description") for output in template["Outputs"].values())


def statements(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "Effect" in node and "Action" in node:
            yield node
        for value in node.values():
            yield from statements(value)
    elif isinstance(node, list):
        for value in node:
            yield from statements(value)


def test_roles_name_their_actions_and_resources(template: dict[str, Any]) -> None:
    roles = [one for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Role"]
    assert roles
    for role in roles:
        assert "ManagedPolicyArns" not in role["Properties"]
        for statement in statements(role["Properties"].get("Policies")):
            actions = statement["Action"]
            actions = [actions] if isinstance(actions, str) else actions
            assert not any("*" in action for action in actions), statement
            assert statement["Resource"] != "*", statement


def test_secrets_can_be_read_below_the_prefix_alone(template: dict[str, Any]) -> None:
    allowed = [
        statement
        for statement in statements(template["Resources"]["IngestRole"])
        if "secretsmanager" in str(statement["Action"])
    ]
    assert [statement["Action"] for statement in allowed] == ["secretsmanager:GetSecretValue"]
    (resource,) = allowed[0]["Resource"].values()
    assert resource.endswith(":secret:${SecretPrefix}*")


def test_what_an_alarm_counts_is_what_the_function_counts(template: dict[str, Any]) -> None:
    journal = (PACKAGE / "aws" / "observability.py").read_text("utf-8")
    alarms = [
        one["Properties"]["MetricName"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::CloudWatch::Alarm" and one["Properties"]["Namespace"] == "Hookproof"
    ]
    assert alarms
    assert [name for name in alarms if f'"{name}"' not in journal] == []


def test_only_the_consumer_reads_the_queue(template: dict[str, Any]) -> None:
    ingest = str(list(statements(template["Resources"]["IngestRole"])))
    assert "sqs:SendMessage" in ingest
    assert "sqs:ReceiveMessage" not in ingest
    assert "s3:GetObject" not in ingest


def test_queues_and_bucket_are_encrypted_and_refuse_plain_http(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    for name in ("Queue", "DeadLetterQueue"):
        assert resources[name]["Properties"]["SqsManagedSseEnabled"]
    assert resources["Bucket"]["Properties"]["BucketEncryption"]
    for name in ("QueuePolicy", "DeadLetterQueuePolicy", "BucketPolicy"):
        denied = list(statements(resources[name]))
        assert [one["Effect"] for one in denied] == ["Deny"]
        assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_access_logs_hold_no_header_and_no_query(template: dict[str, Any]) -> None:
    fields = template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]
    assert "header" not in fields.lower()
    assert "query" not in fields.lower()


def test_sam_finds_nothing_to_complain_about() -> None:
    sam = Path(sys.executable).parent / "sam"
    done = subprocess.run(
        [sam, "validate", "--lint", "--region", "us-east-1"],
        cwd=PROJECT,
        env={**os.environ, "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
