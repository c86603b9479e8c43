"""The parts by themselves: what a change of a secret loses, what is selected, what is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof.operations.messages import Found, Selection
from hookproof.operations.source_document import (
    lost_by,
    newest_only,
    places,
    secrets_at,
    shown,
    with_secrets,
)

secrets = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3, unique=True)
documents = st.builds(
    lambda main, tenants: {
        "provider": "stripe",
        "secret": main if len(main) > 1 else main[0],
        **({"tenants": tenants} if tenants else {}),
    },
    secrets,
    st.dictionaries(st.sampled_from(["acme", "beta"]), secrets, max_size=2),
)
PROGRAM = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("awscrt", "boto3", "botocore"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from hookproof.cli import main
main(sys.argv[1:])
"""


@given(documents, documents, documents)
def test_what_counts_now_counts_after_a_change_that_keeps_it(
    previous: dict[str, object], current: dict[str, object], change: dict[str, object]
) -> None:
    lost = lost_by(change, current=current, previous=previous)
    kept = change
    for place, old in lost.items():
        kept = with_secrets(kept, place, [*secrets_at(kept, place), *old])
    # Once it is stored, the present version is the previous one.
    for place in places(change):
        before = {*secrets_at(current, place), *secrets_at(previous, place)}
        after = {*secrets_at(kept, place), *secrets_at(current, place)}
        assert before <= after
        assert secrets_at(kept, place)[0] == secrets_at(change, place)[0]


@given(documents)
def test_the_newest_of_each_place_stays(document: dict[str, object]) -> None:
    trimmed = newest_only(document)
    assert places(trimmed) == places(document)
    for place in places(document):
        assert secrets_at(trimmed, place) == secrets_at(document, place)[:1]


def test_a_place_without_secrets_is_gone() -> None:
    document = {"provider": "stripe", "tenants": {"acme": "a"}}
    assert with_secrets(document, "acme", []) == {"provider": "stripe"}


def test_what_is_shown_holds_no_secret() -> None:
    document = {"provider": "p", "secret": ["hidden", "too"], "tenants": {"acme": "hidden"}}
    assert shown(document) == {"provider": "p", "secrets": 2, "tenants": {"acme": 1}}


def found(source: str, kind: str, body: str = "{}", sent: float = 1000) -> Found:
    values = {"source": source, "type": kind, "id": "evt_1"}
    return Found(
        id="m-1",
        receipt="r",
        body=body,
        attributes={name: {"StringValue": value} for name, value in values.items()},
        group=None,
        sent=sent,
        received=1,
    )


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), True),
        (Selection(source="stripe"), True),
        (Selection(source="stripe/acme"), True),
        (Selection(source="/webhooks/stripe/acme"), True),
        (Selection(source="stri"), False),
        (Selection(source="stripe/ac"), False),
        (Selection(type="stripe.invoice.*"), True),
        (Selection(type="stripe.invoice"), False),
        (Selection(before=1001), True),
        (Selection(before=1000), False),
        (Selection(after=1000), True),
        (Selection(after=1001), False),
        (Selection(ids=("m-1",)), True),
        (Selection(ids=("evt_1",)), True),
        (Selection(ids=("evt_2",)), False),
        (Selection(source="stripe", type="x"), False),
    ],
)
def test_a_selection_means_what_it_says(selection: Selection, expected: bool) -> None:
    message = found("/webhooks/stripe/acme", "stripe.invoice.paid")
    assert selection.matches(message) is expected


def test_the_events_own_time_counts_before_the_queues() -> None:
    body = '{"time": "1970-01-01T00:00:05.500Z"}'
    assert found("s", "t", body).arrived == 5.5
    assert found("s", "t", "[]").arrived == 1000


@pytest.mark.parametrize("command", ["sources", "quarantine", "dlq", "tail", "replay"])
def test_help_needs_nothing_of_aws(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert f"hookproof {command}" in done.stdout
