import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from hookproof.aws.observability import Journal
from hookproof.errors import SignatureMismatch, Unavailable
from hookproof.messages import Response
from hookproof.receiver import Outcome, fail

ACCEPTED = Outcome(
    response=Response(status=200),
    outcome="accepted",
    source="stripe",
    tenant="acme",
    provider="stripe",
    event_id="evt_1",
    event_type="charge.succeeded",
    secret_version="current",
    body_bytes=42,
)


@pytest.fixture
def service(request: pytest.FixtureRequest) -> str:
    # Powertools keeps one logger for each service.
    return str(request.node.name)


@pytest.fixture
def make(service: str) -> Callable[[], Journal]:
    return lambda: Journal({"LOG_LEVEL": "info", "POWERTOOLS_SERVICE_NAME": service})


def failed(error: Exception) -> Outcome:
    outcome = Outcome(response=Response(status=503), outcome="unavailable", source="stripe")
    fail(outcome, error)
    return outcome


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[list[Any], list[Any]]:
    """The lines that say something, and those with metrics; a delivery's is both."""
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    metrics = [one for one in documents if "_aws" in one]
    return [one for one in documents if "message" in one], metrics


def test_a_delivery_is_one_line_with_its_metrics(
    make: Callable[[], Journal], service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.begin("request-1")
    journal.delivery(ACCEPTED, milliseconds=12.34)
    line = json.loads(capsys.readouterr().out)
    assert list(line)[:3] == ["service", "level", "message"]
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert isinstance(line["_aws"].pop("Timestamp"), int)
    assert line == {
        "_aws": {
            "CloudWatchMetrics": [
                {
                    "Namespace": "Hookproof",
                    "Dimensions": [["service"]],
                    "Metrics": [
                        {"Name": "ColdStart", "Unit": "Count"},
                        {"Name": "Accepted", "Unit": "Count"},
                        {"Name": "Milliseconds", "Unit": "Milliseconds"},
                        {"Name": "BodyBytes", "Unit": "Bytes"},
                    ],
                }
            ]
        },
        "ColdStart": [1.0],
        "Accepted": [1.0],
        "Milliseconds": [12.3],
        "BodyBytes": [42.0],
        "level": "INFO",
        "message": "delivery",
        "service": service,
        "function_request_id": "request-1",
        "cold_start": True,
        "source": "stripe",
        "tenant": "acme",
        "provider": "stripe",
        "outcome": "accepted",
        "event_id": "evt_1",
        "event_type": "charge.succeeded",
        "secret_version": "current",
        "status": 200,
        "body_bytes": 42,
        "milliseconds": 12.3,
    }


def test_a_delivery_leaves_nothing_behind_for_the_next(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    for number, outcome in enumerate((ACCEPTED, failed(Unavailable("SQS is down")))):
        journal.begin(f"request-{number}")
        journal.delivery(outcome, milliseconds=1)
    (_, line), (_, metrics, _) = printed(capsys)
    assert line["function_request_id"] == "request-1"
    assert {"event_id", "Accepted", "ColdStart"}.isdisjoint(line)
    assert [one["Name"] for one in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == [
        "Unavailable",
        "Milliseconds",
        "BodyBytes",
    ]


def test_other_lines_name_their_invocation(
    make: Callable[[], Journal], service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.not_prefetched("stripe", Unavailable("Secrets Manager is down"))
    journal.begin("request-1")
    journal.not_kept(Unavailable("S3 is down"))
    (before, during), _ = printed(capsys)
    for line in (before, during):
        assert datetime.fromisoformat(line.pop("timestamp")).tzinfo
    common = {"level": "WARNING", "service": service}
    assert before == common | {
        "message": "not prefetched",
        "source": "stripe",
        "detail": "Secrets Manager is down",
    }
    assert during == common | {
        "message": "not quarantined",
        "detail": "S3 is down",
        "function_request_id": "request-1",
        "cold_start": True,
    }


def test_only_the_first_delivery_starts_cold(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    for _ in range(2):
        journal.begin(None)
        journal.delivery(ACCEPTED, milliseconds=1)
    (first, second), (cold, warm) = printed(capsys)
    assert (first["cold_start"], second["cold_start"]) == (True, False)
    assert "ColdStart" in cold
    assert "ColdStart" not in warm


def test_a_refusal_is_a_warning_counted_by_reason(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.begin(None)
    journal.delivery(failed(SignatureMismatch("none matches")), milliseconds=1)
    (line,), (_, by_reason) = printed(capsys)
    assert (line["level"], line["outcome"], line["status"]) == ("WARNING", "rejected", 401)
    assert (line["reason"], line["detail"]) == ("signature_mismatch", "none matches")
    (directive,) = by_reason["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service", "reason"]]
    assert (by_reason["reason"], by_reason["Rejected"]) == ("signature_mismatch", [1.0])


def test_an_outage_is_an_error(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.begin(None)
    journal.delivery(failed(Unavailable("SQS is down")), milliseconds=1)
    (line,), metrics = printed(capsys)
    assert (line["level"], line["reason"], line["detail"]) == (
        "ERROR",
        "unavailable",
        "SQS is down",
    )
    assert [one["Unavailable"] for one in metrics] == [[1.0], [1.0]]


def test_a_defect_shows_where_and_never_what(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    try:
        int("the body of a stranger")
    except ValueError as error:
        outcome = failed(error)
    journal.begin(None)
    journal.delivery(outcome, milliseconds=1)
    (line,), _ = printed(capsys)
    assert (line["reason"], line["detail"]) == ("internal_error", "ValueError")
    assert line["trace"][-1].endswith("test_a_defect_shows_where_and_never_what")
    assert "stranger" not in json.dumps(line)


def test_long_texts_of_a_sender_are_cut(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.begin(None)
    outcome = Outcome(response=Response(status=200), outcome="accepted", event_id="é" * 9999)
    journal.delivery(outcome, milliseconds=1)
    (line,), _ = printed(capsys)
    assert line["event_id"] == "é" * 256


def test_no_text_of_a_sender_can_spoil_the_line(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.begin(None)
    text = '\ud800"\n\u2028{"_aws":1}'
    outcome = Outcome(response=Response(status=200), outcome="accepted", event_id=text)
    journal.delivery(outcome, milliseconds=1)
    written = capsys.readouterr().out
    assert written.isascii()
    assert written.index("\n") == len(written) - 1
    assert json.loads(written)["event_id"] == text


def test_what_an_operator_wants_to_know_is_counted(
    make: Callable[[], Journal], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.begin(None)
    journal.stale("stripe", 301.5)
    journal.forgotten(Unavailable("DynamoDB is down"))
    previous = Outcome(
        response=Response(status=200), outcome="accepted", secret_version="previous.1"
    )
    journal.delivery(previous, milliseconds=1)
    lines, (metrics,) = printed(capsys)
    assert [one["message"] for one in lines] == [
        "stale secret served",
        "event not remembered",
        "delivery",
    ]
    assert (lines[0]["source"], lines[0]["age"]) == ("stripe", 301)
    for name in ("StaleSecretServed", "EventNotRemembered", "PreviousSecretUsed"):
        assert metrics[name] == [1.0]


@pytest.mark.parametrize(
    ("level", "written"),
    [("", 1), ("INFO", 1), ("WARN", 1), ("warning", 1), ("ERROR", 0), ("nonsense", 1)],
)
def test_the_level_is_the_operators_choice_for_all_but_the_metrics(
    service: str, capsys: pytest.CaptureFixture[str], level: str, written: int
) -> None:
    journal = Journal({"LOG_LEVEL": level, "POWERTOOLS_SERVICE_NAME": service})
    journal.begin(None)
    journal.stale("stripe", 1)
    journal.delivery(ACCEPTED, milliseconds=1)
    lines, _ = printed(capsys)
    assert [one["message"] for one in lines] == ["stale secret served"] * written + ["delivery"]


def test_names_come_from_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"POWERTOOLS_SERVICE_NAME": "mine", "POWERTOOLS_METRICS_NAMESPACE": "Ours"}
    journal = Journal(environ)
    journal.begin(None)
    journal.delivery(failed(SignatureMismatch("x")), milliseconds=1)
    (line,), metrics = printed(capsys)
    assert line["service"] == "mine"
    for one in metrics:
        assert one["service"] == "mine"
        assert one["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Ours"


def test_the_old_secrets_use_is_counted_for_its_source(
    make: Callable[[], Journal], service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = make()
    journal.begin(None)
    outcome = Outcome(
        response=Response(status=200),
        outcome="accepted",
        source="stripe",
        secret_version="previous",
    )
    journal.delivery(outcome, milliseconds=1)
    _, (_, by_source) = printed(capsys)
    assert by_source["PreviousSecretUsed"] == [1.0]
    assert (by_source["service"], by_source["source"]) == (service, "stripe")
    assert by_source["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service", "source"]]
