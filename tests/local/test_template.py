"""The real template, expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookproof.errors import ConfigurationError
from hookproof.local.routes import Routes
from hookproof.local.template import find_project, load
from tests.local.conftest import ROOT, MakeProject


def test_the_emulated_part_holds_what_keeps_events_and_nothing_of_the_gateway() -> None:
    template = load(ROOT, {})
    types = {resource["Type"] for resource in template.emulated["Resources"].values()}
    assert {"AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::Lambda::Function"} <= types
    assert not any("ApiGateway" in one or "SecretsManager" in one for one in types)
    assert {"QueueUrl", "DeadLetterQueueUrl", "BucketName"} <= set(template.emulated["Outputs"])
    assert "Endpoint" not in template.emulated["Outputs"]


def test_the_routes_are_those_of_the_contract() -> None:
    paths = {path for _, path in Routes.of(load(ROOT, {}).resources)}
    assert paths == {"/webhooks/{source}", "/webhooks/{source}/{tenant}"}


def test_the_function_is_run_where_it_lies() -> None:
    assert load(ROOT, {}).folder == ROOT / "functions" / "ingest"


def test_parameters_take_the_place_of_defaults() -> None:
    template = load(ROOT, {"PreviousSecretSeconds": "7"})
    assert template.emulated["Parameters"]["PreviousSecretSeconds"]["Default"] == "7"


def test_expanding_again_warns_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        load(ROOT, {})
    assert caplog.messages == []


def test_an_unknown_parameter_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"no parameter 'Fifo'; it has .*QueueType"):
        load(ROOT, {"Fifo": "on"})


def test_a_value_that_is_not_allowed_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError, match="QueueType is one of standard, fifo; not 'lifo'"):
        load(ROOT, {"QueueType": "lifo"})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "expected"),
        ("- a", "no IngestFunction|not the application's"),
        ("Resources: {}", "IngestFunction"),
    ],
)
def test_a_template_that_is_none_is_named(make_project: MakeProject, text: str, why: str) -> None:
    project = make_project("")
    (project / "template.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=why):
        load(project, {})


def test_the_project_is_found_from_within_it_and_from_the_package(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = make_project("")
    monkeypatch.chdir(project / "functions" / "ingest")
    assert find_project() == project
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert find_project() == ROOT
    assert find_project(project) == project


def test_a_named_project_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=f"--project {tmp_path}: no template.yaml"):
        find_project(tmp_path)
