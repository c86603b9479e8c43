"""``hookproof sources`` on the laptop stack, over real HTTP; no secret is ever printed."""

from __future__ import annotations

import getpass
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hookproof.cli import main
from hookproof.operations.previous_use import previous_use
from tests.support.operator import Operator, operator

FIRST, SECOND, THIRD = "whsec_the_first_one", "whsec_the_second_one", "whsec_the_third_one"
ACTIONS = ("add", "list", "show", "rotate", "finish-rotation", "test", "remove")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operator(tmp_path_factory.mktemp("operator"), PreviousSecretSeconds="3600") as one:
        yield one


@pytest.fixture
def op(running: Operator) -> Operator:
    running.empty()
    return running


def added(op: Operator, name: str = "stripe", secret: str = FIRST, *more: object) -> None:
    ran = op.run("sources", "add", name, "--secret-file", op.secret(secret), *more)
    assert ran.status == 0, ran.err


def current(op: Operator, name: str = "stripe") -> object:
    client = op.stack.aws.client("secretsmanager")
    return json.loads(client.get_secret_value(SecretId=f"hookproof/{name}")["SecretString"])


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_explains_itself(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["sources", action, "--help"])
    assert end.value.code == 0
    assert f"hookproof sources {action}" in capsys.readouterr().out.partition("Example:")[2]


def test_add_says_where_the_secret_is_and_where_the_url_goes(op: Operator) -> None:
    ran = op.run("sources", "add", "stripe", "--secret-file", op.secret(FIRST))
    assert ran.status == 0, ran.err
    assert "Signing secret" in ran.out
    assert op.url("stripe") in ran.out
    assert current(op) == {"provider": "stripe", "secret": FIRST}
    assert op.deliver("stripe", FIRST, 1) == 200


def test_add_reads_stdin_and_variables(op: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    op.secrets |= {FIRST, SECOND}
    given = f"{FIRST}\n".encode()
    assert op.run("sources", "add", "stripe", "--secret-file", "-", stdin=given).status == 0
    monkeypatch.setenv("GITHUB_SECRET", SECOND)
    assert op.run("sources", "add", "github", "--secret-env", "GITHUB_SECRET").status == 0
    assert current(op, "github") == {"provider": "github", "secret": SECOND}


def test_add_asks_without_echo(op: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return FIRST

    op.secrets.add(FIRST)
    monkeypatch.setattr(getpass, "getpass", answer)
    assert op.run("sources", "add", "stripe", is_terminal=True).status == 0
    assert asked == ["Signing secret (not shown): "]
    assert current(op) == {"provider": "stripe", "secret": FIRST}


def test_add_asks_for_each_value_that_a_provider_needs(
    op: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    op.secrets |= {"lk-key-0001", "lk-secret-0001"}
    answers = {"api_key": "lk-key-0001", "api_secret": "lk-secret-0001"}
    monkeypatch.setattr(getpass, "getpass", lambda prompt: answers[prompt.split()[0]])
    assert op.run("sources", "add", "livekit", is_terminal=True).status == 0
    assert current(op, "livekit") == {"provider": "livekit", "secret": answers}


def test_a_terminal_that_cannot_hide_it_gets_no_secret(
    op: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getpass", getpass.fallback_getpass)  # type: ignore[attr-defined]
    ran = op.run("sources", "add", "stripe", is_terminal=True, stdin=b"whsec_typed\n")
    assert (ran.status, "--secret-file" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "secret", "said"),
    [
        (["Stripe"], FIRST, "lower-case"),
        (["stripe", "--tenant", "A b"], FIRST, "--tenant"),
        (["nobody-knows"], FIRST, "no provider"),
        (["stripe"], " ", "empty"),
        (["stripe"], "whsec_with_a_blank ", "white space"),
        (["billing", "--provider", "svix"], "whsec_***", "secret"),
        (["stripe", "--group", "nowhere:x"], FIRST, "group"),
    ],
)
def test_what_cannot_work_is_not_stored(
    op: Operator, arguments: list[str], secret: str, said: str
) -> None:
    path = op.secret(secret) if secret.strip() else op.folder / "blank"
    path.write_text(secret)
    ran = op.run("sources", "add", *arguments, "--secret-file", path)
    assert ran.status == 2
    assert said in ran.err
    assert op.run("sources", "list", "--json").json == []


def test_without_a_secret_and_a_terminal_nothing_is_stored(op: Operator) -> None:
    ran = op.run("sources", "add", "stripe")
    assert (ran.status, "--secret-file" in ran.err) == (2, True)


def test_a_source_is_added_once(op: Operator) -> None:
    added(op)
    ran = op.run("sources", "add", "stripe", "--secret-file", op.secret(SECOND))
    assert (ran.status, "rotate" in ran.err) == (2, True)
    assert current(op) == {"provider": "stripe", "secret": FIRST}


def test_a_custom_provider_and_all_settings(op: Operator) -> None:
    scheme = {
        "signature": {"in": "header:X-Sig", "encoding": "hex"},
        "signature_base": "{body}",
        "algorithm": "hmac-sha256",
    }
    path = op.folder / "scheme.json"
    path.write_text(json.dumps(scheme))
    url = "https://hooks.example.com/webhooks/mine"
    added(op, "mine", FIRST, "--scheme-file", path, "--url", url, "--tolerance", 60)
    shown = op.run("sources", "show", "mine", "--json").json
    assert (shown["provider"], shown["url"]) == ("mine", url)
    assert shown["settings"]["tolerance"] == 60


def test_tenants_are_added_listed_and_removed_each_for_itself(op: Operator) -> None:
    added(op, "stripe", FIRST, "--tenant", "acme")
    ran = op.run("sources", "add", "stripe", "--tenant", "beta", "-s", op.secret(SECOND))
    assert ran.status == 0, ran.err
    assert op.url("stripe/beta") in ran.out
    assert op.deliver("stripe/acme", FIRST, 1) == 200
    assert op.deliver("stripe/beta", SECOND, 2) == 200
    assert op.deliver("stripe/beta", FIRST, 3) == 401
    shown = op.run("sources", "show", "stripe").out
    assert "acme, beta" in shown
    assert op.run("sources", "remove", "stripe", "--tenant", "acme", "--yes").status == 0
    assert list(current(op)["tenants"]) == ["beta"]  # type: ignore[index]


def test_list_and_show_tell_all_but_the_secret(op: Operator) -> None:
    assert "sources add" in op.run("sources", "list").out
    added(op)
    listed = op.run("sources", "list").out
    assert re.search(r"stripe +stripe +20\d\d-", listed)
    (summary,) = op.run("sources", "list", "--json").json
    assert summary["url"] == op.url("stripe")
    assert op.run("sources", "show", "nobody").status == 2


def test_a_broken_secret_is_shown_as_such(op: Operator) -> None:
    op.stack.aws.put_secret("hookproof/broken", '{"provider": "no-such"}')
    (summary,) = op.run("sources", "list", "--json").json
    assert "no-such" in summary["fault"]
    assert "no-such" in op.run("sources", "list").out


def test_the_sample_goes_through_the_endpoint_and_out_of_the_queue(op: Operator) -> None:
    added(op)
    assert op.deliver("stripe", FIRST, 1) == 200
    ran = op.run("sources", "test", "stripe", "--json")
    assert ran.status == 0
    assert (ran.json["status"], ran.json["found_in_queue"]) == (200, True)
    assert [one["id"] for one in op.queued()] == ["evt_burst_001"]
    kept = op.run("sources", "test", "stripe", "--keep", "--json").json
    assert kept["event_id"] in [one["id"] for one in op.queued()]
    # What others sent was given back at once.
    state = op.stack.aws.client("sqs").get_queue_attributes(
        QueueUrl=op.queue_url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert state["Attributes"]["ApproximateNumberOfMessages"] == "2"


def test_the_sample_of_a_tenant_and_of_a_provider_that_signs_the_url(op: Operator) -> None:
    added(op, "stripe", FIRST, "--tenant", "acme")
    assert op.run("sources", "test", "stripe", "--tenant", "acme").status == 0
    url = "https://hooks.example.com/webhooks/twilio"
    added(op, "twilio", "0123456789abcdef0123456789abcdef", "--url", url)
    ran = op.run("sources", "test", "twilio", "--url", op.url("twilio"))
    assert ran.status == 0, ran.out + ran.err


def test_a_refused_sample_is_exit_status_1(op: Operator) -> None:
    added(op)
    # The function has never seen it, and never will: another stack's endpoint.
    ran = op.run("sources", "test", "stripe", "--url", op.url("nobody"))
    assert ran.status == 1
    assert "404" in ran.out


def test_rotation_keeps_the_old_secret_for_the_overlap(op: Operator) -> None:
    added(op, "shop", FIRST, "--provider", "stripe")
    assert op.deliver("shop", FIRST, 1) == 200
    ran = op.run("sources", "rotate", "shop", "-s", op.secret(SECOND), "--no-wait")
    assert ran.status == 0, ran.err
    assert op.deliver("shop", SECOND, 2) == 200
    assert op.deliver("shop", FIRST, 3) == 200
    shown = op.run("sources", "show", "shop", "--json").json
    assert shown["previous_until"] is not None
    assert shown["previous_used"]["count"] == 1


def test_a_secret_that_is_there_already_is_no_rotation(op: Operator) -> None:
    added(op)
    ran = op.run("sources", "rotate", "stripe", "-s", op.secret(FIRST), "--no-wait")
    assert (ran.status, "already" in ran.err) == (2, True)


def test_finishing_waits_until_the_old_secret_is_out_of_use(op: Operator) -> None:
    added(op)
    op.deliver("stripe", FIRST, 1)
    op.run("sources", "rotate", "stripe", "-s", op.secret(SECOND), "--no-wait")
    assert op.deliver("stripe", SECOND, 2) == 200
    assert op.deliver("stripe", FIRST, 3) == 200
    refused = op.run("sources", "finish-rotation", "stripe")
    assert refused.status == 2
    assert "--force" in refused.err
    assert op.run("sources", "finish-rotation", "stripe", "--force").status == 0
    assert op.run("sources", "show", "stripe", "--json").json["previous_until"] is None
    assert "nothing to finish" in op.run("sources", "finish-rotation", "stripe").out


def test_a_second_change_does_not_end_an_unfinished_rotation_unasked(op: Operator) -> None:
    added(op, "stripe", FIRST)
    op.run("sources", "rotate", "stripe", "-s", op.secret(SECOND), "--no-wait")
    for change in (
        ("rotate", "stripe", "-s", op.secret(THIRD), "--no-wait"),
        ("add", "stripe", "--tenant", "acme", "-s", op.secret(THIRD)),
    ):
        ran = op.run("sources", *change)
        assert ran.status == 2
        assert "--keep-previous" in ran.err
    ran = op.run(
        "sources", "add", "stripe", "--tenant", "acme", "-s", op.secret(THIRD), "--keep-previous"
    )
    assert ran.status == 0, ran.err
    assert [op.deliver("stripe", one, 1) for one in (FIRST, SECOND)] == [200, 200]
    assert op.deliver("stripe/acme", THIRD, 2) == 200
    done = op.run("sources", "finish-rotation", "stripe", "--newest-only", "--force")
    assert done.status == 0, done.err
    assert current(op) == {
        "provider": "stripe",
        "secret": SECOND,
        "tenants": {"acme": THIRD},
    }


def test_dropping_the_previous_secret_is_possible_when_said(op: Operator) -> None:
    added(op)
    op.run("sources", "rotate", "stripe", "-s", op.secret(SECOND), "--no-wait")
    ran = op.run(
        "sources", "rotate", "stripe", "-s", op.secret(THIRD), "--no-wait", "--drop-previous"
    )
    assert ran.status == 0
    assert [op.deliver("stripe", one, 1) for one in (FIRST, SECOND, THIRD)] == [401, 200, 200]


def test_watching_ends_when_the_old_secret_is_quiet(
    op: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hookproof.cli.source_rotation._QUIET_SECONDS", 3)
    monkeypatch.setattr("hookproof.cli.source_rotation._POLL_SECONDS", 1)
    added(op, "quiet", FIRST, "--provider", "stripe")
    ran = op.run("sources", "rotate", "quiet", "-s", op.secret(SECOND), "--no-wait", "--watch")
    assert ran.status == 0
    assert "used 0 times" in ran.out
    assert "finish-rotation quiet" in ran.out


def test_the_use_of_the_old_secret_is_read_from_its_own_sources_metric(op: Operator) -> None:
    from hookproof.operations.account import Account
    from hookproof.operations.deployment import Deployment

    now = time.time()
    for source, count in (("metered", 3), ("other", 5)):
        op.stack.aws.client("cloudwatch").put_metric_data(
            Namespace="Hookproof",
            MetricData=[
                {
                    "MetricName": "PreviousSecretUsed",
                    "Dimensions": [
                        {"Name": "service", "Value": "hookproof"},
                        {"Name": "source", "Value": source},
                    ],
                    "Timestamp": datetime.fromtimestamp(now - 120, UTC),
                    "Value": count,
                }
            ],
        )
    use = previous_use(Deployment.of(Account(), "hookproof"), "metered", since=now - 3600, now=now)
    assert use.count == 3
    assert use.last is not None
    assert abs(now - 90 - use.last) < 61


def test_removing_asks_and_can_be_undone(op: Operator) -> None:
    added(op)
    assert op.run("sources", "remove", "stripe").status == 2
    assert op.run("sources", "list", "--json").json != []
    ran = op.run("sources", "remove", "stripe", "--yes", "--recovery-days", "30")
    assert ran.status == 0
    assert "restore-secret --secret-id hookproof/stripe" in ran.out
    assert op.run("sources", "list", "--json").json == []
    op.stack.aws.client("secretsmanager").restore_secret(SecretId="hookproof/stripe")
    assert op.run("sources", "show", "stripe").status == 0


def test_an_endpoint_url_on_loopback_needs_no_credentials(
    op: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    added(op)
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    ran = op.run("sources", "list", "--json", "--endpoint-url", op.stack.aws.endpoint)
    assert [one["source"] for one in ran.json] == ["stripe"]
    # One's own region is not the laptop's.
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    ran = op.run("sources", "list", "--json", "--endpoint-url", op.stack.aws.endpoint)
    assert [one["source"] for one in ran.json] == ["stripe"]
    elsewhere = op.run(
        "sources", "list", "--endpoint-url", op.stack.aws.endpoint, "--region", "eu-west-1"
    )
    assert (elsewhere.status, "eu-west-1" in elsewhere.err) == (2, True)
    without = op.run("sources", "list")
    assert (without.status, "credentials" in without.err) == (2, True)


def test_another_stack_than_there_is(op: Operator) -> None:
    ran = op.run("sources", "list", "--stack-name", "elsewhere")
    assert (ran.status, "--stack-name" in ran.err) == (2, True)
    profile = op.run("sources", "list", "--profile", "nobodys")
    assert (profile.status, "nobodys" in profile.err) == (2, True)


def test_an_outage_is_said_in_a_line(op: Operator) -> None:
    with op.stack.aws.outage():
        ran = op.run("sources", "list")
    assert ran.status == 2
    assert "does not answer" in ran.err


def test_a_source_that_was_removed_is_not_made_anew_over_it(op: Operator) -> None:
    added(op)
    op.run("sources", "remove", "stripe", "--yes")
    ran = op.run("sources", "add", "stripe", "-s", op.secret(SECOND))
    assert (ran.status, "restore-secret" in ran.err) == (2, True)
