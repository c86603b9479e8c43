"""``hookproof explain``: from files, and from the secrets of the laptop stack."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hookproof import Request, sign
from hookproof.cli.explain import _Progress
from hookproof.cli.request_json import write_request
from hookproof.values import replace
from tests.cli.conftest import NOW, SECRET, Hookproof, Ran, Write
from tests.support.operator import Operator, operator

BODY = b'{"id":"evt_1","type":"invoice.paid"}'
SPACED = b'{"id": "evt_1", "type": "invoice.paid"}'


def signed(body: bytes = BODY, secret: str = SECRET, provider: str = "stripe") -> Request:
    return sign(body=body, provider=provider, secret=secret, now=NOW)


def found(ran: Any) -> list[str]:
    assert set(ran.json) == {"verdict", "reason", "causes", "ruled_out", "tried"}
    return [cause["code"] for cause in ran.json["causes"]]


def lambda_event(request: Request, *, body: str, encoded: bool) -> dict[str, object]:
    return {
        "version": "2.0",
        "rawPath": "/webhooks/stripe",
        "rawQueryString": "",
        "headers": {"host": "h.example", **dict(request.headers)},
        "requestContext": {
            "http": {"method": "POST", "path": "/webhooks/stripe"},
            "domainName": "h.example",
            "timeEpoch": NOW * 1000,
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def explained(hookproof: Hookproof, file: Path, secret_file: Path, *more: object) -> Ran:
    return hookproof("explain", "-p", "stripe", "-s", secret_file, *more, file)


def test_the_help_has_an_example(hookproof: Hookproof) -> None:
    ran = hookproof("explain", "--help")
    assert ran.status == 0
    assert "hookproof explain --source stripe event.json" in ran.out


def test_a_genuine_request(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    file = write("r.json", write_request(signed()))
    ran = explained(hookproof, file, secret_file, "--now", NOW)
    assert (ran.status, ran.err) == (0, "")
    assert "valid" in ran.out
    ran = explained(hookproof, file, secret_file, "--now", NOW, "--json")
    assert (ran.status, found(ran)) == (0, [])
    assert ran.json == {
        "verdict": "valid",
        "reason": None,
        "causes": [],
        "ruled_out": [],
        "tried": 1,
    }


def test_a_cause_with_what_to_change_and_which_bytes_differ(
    hookproof: Hookproof, write: Write, secret_file: Path
) -> None:
    file = write("r.json", write_request(replace(signed(), body=SPACED)))
    ran = explained(hookproof, file, secret_file, "--now", NOW)
    assert ran.status == 1
    assert "invalid: signature_mismatch" in ran.out
    assert "body_reserialized" in ran.out
    assert "Verify the raw body" in ran.out
    assert 'byte 6: signed \'{"id":"evt_1"' in ran.out
    assert SECRET not in ran.out + ran.err
    ran = explained(hookproof, file, secret_file, "--now", NOW, "--json")
    assert (ran.status, found(ran)) == (1, ["body_reserialized"])


def test_no_cause(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    file = write("r.json", write_request(signed(secret="whsec_nobody_knows")))
    ran = explained(hookproof, file, secret_file, "--now", NOW)
    assert ran.status == 1
    assert "No cause fits" in ran.out
    assert "secret_previous, secret_other_source" in ran.out
    assert "What to capture next" in ran.out
    assert "raw body" in ran.out
    assert "combinations tried" in ran.out
    ran = explained(hookproof, file, secret_file, "--now", NOW, "--json")
    assert (ran.status, found(ran)) == (1, [])
    document = ran.json
    assert isinstance(document, dict)
    assert len(document["ruled_out"]) == 25
    assert document["tried"] > 1000


def test_a_handshake(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    asked = Request(method="GET", url="https://h.example/x?hub.mode=subscribe&hub.challenge=1")
    file = write("r.json", write_request(asked))
    ran = hookproof("explain", "-p", "whatsapp", "-s", secret_file, file, "--json")
    assert (ran.status, found(ran)) == (0, ["handshake"])


def test_secrets_of_other_endpoints(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    file = write("r.json", write_request(signed(secret="whsec_test_mode")))
    other = f"test mode={write('other.txt', 'whsec_test_mode')}"
    ran = explained(
        hookproof, file, secret_file, "--now", NOW, "--other-secret-file", other, "--json"
    )
    assert found(ran) == ["secret_other_source"]
    assert "test mode" in ran.out
    listed = write("list.json", ["whsec_new", "whsec_test_mode"])
    assert explained(hookproof, file, listed, "--now", NOW).status == 0
    for wrong in ("no-file", "=x", f"a={listed}"):
        assert explained(hookproof, file, secret_file, "--other-secret-file", wrong).status == 2


def test_a_source_file_with_tenants_and_a_url(hookproof: Hookproof, write: Write) -> None:
    document = {
        "provider": "hubspot",
        "tenants": {"acme": "acme-secret", "other": "other-secret"},
        "url": "https://hooks.example.com/webhooks/hubspot",
    }
    source = write("hubspot.json", document)
    made = signed(secret="acme-secret", provider="hubspot")
    request = replace(made, url="http://10.0.0.1/internal")
    file = write("r.json", write_request(request))
    given = ("explain", "--source-file", source, "--now", NOW, "--json")
    ran = hookproof(*given, "--tenant", "acme", "--url", made.url, file)
    assert found(ran) == ["url_host"]
    ran = hookproof(*given, "--tenant", "other", "--url", made.url, file)
    assert found(ran) == ["secret_other_source", "url_host"]
    assert hookproof(*given, "--tenant", "nobody", file).status == 2


def test_a_secret_that_is_no_key(hookproof: Hookproof, write: Write) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    file = write("r.json", write_request(signed(secret=secret, provider="openai")))
    pasted = write("s.txt", f'"{secret}" \n')
    ran = hookproof("explain", "-p", "openai", "-s", pasted, "--now", NOW, "--json", file)
    assert found(ran) == ["secret_whitespace"]
    assert ran.status == 1


@pytest.mark.parametrize(
    ("body", "encoded", "expected"),
    [
        (BODY.decode(), False, []),
        (base64.b64encode(BODY).decode(), True, []),
        (base64.b64encode(BODY).decode(), False, ["body_base64"]),
        (base64.b64encode(base64.b64encode(BODY)).decode(), True, ["body_base64"]),
        (BODY.decode(), True, ["body_base64"]),
        (SPACED.decode(), True, ["body_base64", "body_reserialized"]),
    ],
)
def test_events_as_of_their_arrival(
    hookproof: Hookproof,
    write: Write,
    secret_file: Path,
    body: str,
    encoded: bool,
    expected: list[str],
) -> None:
    file = write("event.json", lambda_event(signed(), body=body, encoded=encoded))
    ran = explained(hookproof, file, secret_file, "--json")
    assert found(ran) == expected
    assert "judged as of its arrival, 2023-11-14T22:13:20Z" in ran.err
    assert ran.status == (1 if expected else 0)
    ran = explained(hookproof, file, secret_file, "--json", "--now", NOW + 86_400)
    assert found(ran) == [*expected, "timestamp_replay"][: len(expected) + 1]


def test_a_record_of_the_quarantine(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    request = replace(signed(), body=BODY + b"\n")
    record: Mapping[str, object] = {
        "source": "stripe",
        "tenant": None,
        "provider": "stripe",
        "arrived": NOW + 2.5,
        "reason": "signature_mismatch",
        "request": {
            **{k: v for k, v in write_request(request).items() if k != "body"},
            "body_base64": base64.b64encode(request.body).decode(),
        },
    }
    ran = explained(hookproof, write("q.json", record), secret_file, "--json")
    assert found(ran) == ["body_newline"]


def test_wrong_usage(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    file = write("r.json", write_request(signed()))
    assert hookproof("explain", file).status == 2
    assert hookproof("explain", "--source", "a", "-p", "stripe", file).status == 2
    assert hookproof("explain", "-p", "stripe", "-s", "-", "-").status == 2
    assert explained(hookproof, file, secret_file, "--seconds", "0").status == 2
    assert explained(hookproof, file.with_name("none.json"), secret_file).status == 2
    broken = write("event.json", lambda_event(signed(), body="x", encoded=True) | {"version": 7})
    assert explained(hookproof, broken, secret_file).status in (1, 2)
    ran = explained(hookproof, write("x.json", {"isBase64Encoded": True}), secret_file)
    assert ran.status == 2


def test_progress_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [100.0]
    monkeypatch.setattr("hookproof.cli.explain.time.monotonic", lambda: clock[0])
    progress = _Progress()
    progress(1)
    assert capsys.readouterr().err == ""
    clock[0] += 1.1
    progress(7000)
    progress(7001)
    assert capsys.readouterr().err == "hookproof explain: 7000 combinations tried …\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = _Progress()
    clock[0] += 2
    progress(9)
    progress.end()
    assert capsys.readouterr().err.endswith("9 combinations tried …\r\x1b[K")


FIRST, SECOND, THIRD, TENANT = (f"whsec_of_the_stack_{n}" for n in range(4))


@pytest.fixture(scope="module")
def op(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("explain")
    with operator(folder, PreviousSecretSeconds="3600") as one:
        added(one, "stripe", FIRST)
        added(one, "shop", THIRD, "--provider", "stripe")
        added(one, "shop", TENANT, "--tenant", "acme")
        yield one


def added(op: Operator, name: str, secret: str, *more: object) -> None:
    ran = op.run("sources", "add", name, "--secret-file", op.secret(secret), *more)
    assert ran.status == 0, ran.err


def of_stack(op: Operator, secret: str, *more: object, body: bytes = BODY) -> Any:
    request = replace(sign(body=BODY, provider="stripe", secret=secret), body=body)
    file = op.folder / "request.json"
    file.write_text(json.dumps(write_request(request)))
    return op.run("explain", "--source", "stripe", "--json", *more, file)


def test_by_the_secrets_of_the_stack(op: Operator) -> None:
    assert of_stack(op, FIRST).json["verdict"] == "valid"
    assert found(of_stack(op, FIRST, body=SPACED)) == ["body_reserialized"]
    ran = of_stack(op, THIRD, body=BODY + b"\n")
    assert found(ran) == ["secret_other_source", "body_newline"]
    assert "the secret of shop matches" in ran.out
    ran = of_stack(op, TENANT)
    assert found(ran) == ["secret_other_source"]
    assert "the secret of shop, tenant acme matches" in ran.out
    assert found(of_stack(op, TENANT, "--no-other-sources")) == []
    assert of_stack(op, FIRST, "--tenant", "nobody").status == 2
    assert op.run("explain", "--source", "none", op.folder / "request.json").status == 2


def test_after_a_rotation(op: Operator) -> None:
    ran = op.run("sources", "rotate", "stripe", "--secret-file", op.secret(SECOND))
    assert ran.status == 0, ran.err
    assert of_stack(op, SECOND).json["verdict"] == "valid"
    assert of_stack(op, FIRST).json["verdict"] == "valid"
    later = json.loads((op.folder / "request.json").read_text())["headers"]["Stripe-Signature"]
    moment = int(later.partition(",")[0].removeprefix("t=")) + 4000
    ran = of_stack(op, FIRST, "--now", moment)
    assert found(ran) == ["secret_previous", "timestamp_replay", "clock_skew"]
