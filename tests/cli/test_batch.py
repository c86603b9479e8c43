from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof import sign
from hookproof.cli.batch import judge_line, run_batch
from hookproof.cli.request_json import write_request
from tests.cli.conftest import NOW, SECRET, Hookproof, Write
from tests.support.vectors import FOLDER

BODY = b'{"id":"evt_1","type":"invoice.paid"}'
RESULT = {"case": "c", "valid": False, "event_id": None, "event_type": None}


def case(**changes: object) -> dict[str, object]:
    request = write_request(sign(body=BODY, provider="stripe", secret=SECRET, now=NOW))
    known = {"case": "c", "provider": "stripe", "secret": SECRET, "now": NOW, "request": request}
    return {**known, **changes}


def judged(document: object) -> dict[str, object]:
    return judge_line(json.dumps(document).encode())


def test_a_genuine_case() -> None:
    assert judged(case()) == {
        "case": "c",
        "valid": True,
        "reason": None,
        "event_id": "evt_1",
        "event_type": "invoice.paid",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": ["another", SECRET]},
        {"secret": {"secret": SECRET}},
        {"now": None},
        {"now": NOW + 0.5},
        {"case": 7},
        {"case": None},
        {"unknown key": 1},
    ],
)
def test_what_may_be_written_otherwise(changes: dict[str, object]) -> None:
    result = judged(case(**changes))
    assert result["valid"] is True
    assert result["case"] == changes.get("case", "c")


def test_without_now_freshness_is_not_judged() -> None:
    document = case()
    del document["now"]
    assert judged(document)["valid"] is True


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"now": NOW + 301}, "timestamp_too_old"),
        ({"now": NOW - 301}, "timestamp_in_future"),
        ({"secret": "another"}, "signature_mismatch"),
        ({"provider": "nobody"}, "unknown_provider"),
        ({"provider": "../stripe"}, "unknown_provider"),
        ({"provider": 5}, "unknown_provider"),
        ({"provider": None}, "unknown_provider"),
        ({"secret": None}, "configuration"),
        ({"secret": ""}, "configuration"),
        ({"secret": []}, "configuration"),
        ({"secret": 7}, "configuration"),
        ({"secret": {"a": "b"}}, "configuration"),
        ({"request": None}, "request_malformed"),
        ({"request": []}, "request_malformed"),
        ({"request": {}}, "signature_missing"),
        ({"request": {"headers": {"Stripe-Signature": 5}}}, "request_malformed"),
        ({"request": {"headers": {"Stripe-Signature": "t"}}}, "signature_malformed"),
        ({"request": {"body": 5}}, "request_malformed"),
        ({"request": {"body_base64": "a"}}, "request_malformed"),
        ({"request": {"method": 5}}, "request_malformed"),
        ({"now": "today"}, "case_malformed"),
        ({"now": True}, "case_malformed"),
        ({"now": [1]}, "case_malformed"),
        ({"scheme": {"nonsense": 1}}, "configuration"),
        ({"scheme": 5}, "configuration"),
    ],
)
def test_reasons(changes: dict[str, object], reason: str) -> None:
    assert judged(case(**changes)) == {**RESULT, "reason": reason}


@pytest.mark.parametrize("key", ["provider", "secret", "request"])
def test_a_key_that_is_missing(key: str) -> None:
    document = case()
    del document[key]
    reasons = {"provider": "unknown_provider", "secret": "configuration"}
    assert judged(document)["reason"] == reasons.get(key, "request_malformed")


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[]", b"5", b"null", b"\xff", b"{" * 100_000, b'{"a":']
)
def test_a_line_that_is_no_case(line: bytes) -> None:
    assert judge_line(line) == {**RESULT, "case": None, "reason": "case_malformed"}


@pytest.mark.parametrize("now", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_moment_that_is_none_never_makes_a_request_fresh(now: str) -> None:
    line = json.dumps(case(now="NOW")).replace('"NOW"', now).encode()
    assert judge_line(line)["reason"] == "case_malformed"


def test_a_custom_scheme_and_repeated_headers() -> None:
    scheme = {"signature": {"in": "header:X", "encoding": "raw"}, "algorithm": "token"}
    request = {"headers": {"X": ["tok"]}}
    document = {"case": 1, "provider": "mine", "secret": "tok", "scheme": scheme}
    assert judged({**document, "request": request})["valid"] is True
    twice = {"headers": {"X": ["tok", "tok"]}}
    assert judged({**document, "request": twice})["reason"] == "signature_mismatch"


def test_a_fault_of_our_own_does_not_end_the_run_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_document: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("hookproof.cli.batch.parse_request", fail)
    assert judged(case())["reason"] == "internal_error"
    assert "ZeroDivisionError" in capsys.readouterr().err


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "case",
                        "provider",
                        "secret",
                        "now",
                        "request",
                        "headers",
                        "body",
                        "scheme",
                        "url",
                        "method",
                        "body_base64",
                    ]
                )
                | st.text(),
                inner,
            )
        ),
        max_leaves=20,
    )
)
def test_no_document_ends_the_run(document: object) -> None:
    result = judge_line(json.dumps(document).encode())
    assert result["reason"] not in (None, "internal_error") or result["valid"]


@given(st.binary())
def test_no_bytes_end_the_run(line: bytes) -> None:
    assert judge_line(line)["valid"] is False


def test_order_and_one_line_for_each_case() -> None:
    lines = [json.dumps(case(case=number)).encode() + b"\n" for number in range(50)]
    lines.insert(10, b"\n")
    lines.insert(20, b"nonsense\n")
    out = io.StringIO()
    run_batch(lines, out)
    found = [json.loads(line)["case"] for line in out.getvalue().splitlines()]
    assert found == [*range(19), None, *range(19, 50)]


def test_a_program_can_ask_line_by_line() -> None:
    command = [sys.executable, "-m", "hookproof.cli", "verify", "--batch", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps(case(case=number)).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["case"] == number
        process.stdin.close()
        assert process.wait(30) == 0


def test_the_command(hookproof: Hookproof, write: Write) -> None:
    lines = "\n".join(json.dumps(case(case=number, now=None)) for number in range(3))
    ran = hookproof("verify", "--batch", write("b.jsonl", lines))
    assert (ran.status, len(ran.out.splitlines())) == (0, 3)
    ran = hookproof("verify", "--batch", "-", stdin=b"nonsense\n" + lines.encode())
    assert (ran.status, len(ran.out.splitlines())) == (0, 4)
    ran = hookproof("verify", "--batch", "/nonexistent")
    assert (ran.status, "/nonexistent: cannot be read" in ran.err) == (2, True)


def test_every_vector_comes_out_as_it_says() -> None:
    wrong = []
    for file in sorted(FOLDER.glob("*.json")):
        document = json.loads(file.read_bytes())
        for test in document["tests"]:
            result = judged({**test, "case": test["id"], "provider": document["provider"]})
            if result["reason"] == "unknown_provider":
                continue
            if result["valid"] != (test["result"] == "valid"):
                wrong.append((file.stem, test["id"], result["reason"]))
    assert wrong == []
