from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from hookproof import Headers, Request, get_provider, sign
from hookproof.cli.request_json import write_request
from hookproof.signer import Delivery
from hookproof.signer import sign as sign_delivery
from tests.cli.conftest import NOW, SECRET, Hookproof, Write

BODY = b'{"id":"evt_1","type":"invoice.paid"}'
SCHEME = {
    "signature": {"in": "header:X-Acme", "encoding": "hex"},
    "signature_base": "{body}",
    "algorithm": "hmac-sha256",
    "event": {"id": "json:/id"},
}


def signed(provider: str = "stripe", secret: str = SECRET) -> dict[str, object]:
    return write_request(sign(body=BODY, provider=provider, secret=secret, now=NOW))


def test_a_genuine_request(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    file = write("r.json", signed())
    ran = hookproof("verify", "-p", "stripe", "-s", secret_file, "--now", NOW + 9, file)
    assert ran.status == 0
    assert "verified: stripe sent this" in ran.out
    assert "invoice.paid evt_1" in ran.out
    assert "2023-11-14T22:13:20Z, 9 s ago" in ran.out
    assert SECRET not in ran.out + ran.err


def test_as_json(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    file = write("r.json", signed())
    given = ("-p", "stripe", "-s", secret_file, "--json", file)
    assert hookproof("verify", "--now", NOW, *given).json == {
        "valid": True,
        "reason": None,
        "provider": "stripe",
        "event_id": "evt_1",
        "event_type": "invoice.paid",
        "secret": "current",
        "timestamp": NOW,
        "signed": ["timestamp", "body"],
        "body_signed": True,
        "body_bytes": len(BODY),
    }
    ran = hookproof("verify", "--now", NOW + 9999, *given)
    assert ran.status == 1
    assert isinstance(ran.json, dict)
    assert ran.json["reason"] == "timestamp_too_old"


def test_a_forged_request(hookproof: Hookproof, write: Write, secret_file: Path) -> None:
    request = signed()
    request["body"] = "{}"
    file = write("r.json", request)
    ran = hookproof("verify", "-p", "stripe", "-s", secret_file, "--now", NOW, file)
    assert ran.status == 1
    assert "rejected: signature_mismatch" in ran.out
    assert "hookproof explain" in ran.out


def test_an_old_one_with_its_age_left_out_or_its_moment_given(
    hookproof: Hookproof, write: Write, secret_file: Path
) -> None:
    given = ("-p", "stripe", "-s", secret_file, write("r.json", signed()))
    assert hookproof("verify", *given).status == 1
    assert hookproof("verify", *given, "--any-age").status == 0
    assert hookproof("verify", *given, "--now", "2023-11-14T22:13:20Z").status == 0
    assert hookproof("verify", *given, "--now", "2023-11-14T23:13:20+01:00").status == 0
    ran = hookproof("verify", *given, "--now", "yesterday")
    assert (ran.status, "--now: expected seconds" in ran.err) == (2, True)
    assert hookproof("verify", *given, "--now", "nan").status == 2


def test_standard_input_and_the_environment(
    hookproof: Hookproof, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    given = ("-p", "stripe", "--secret-env", "WEBHOOK_SECRET", "--any-age", "-")
    assert hookproof("verify", *given, stdin=json.dumps(signed()).encode()).status == 0


@pytest.mark.parametrize(
    "secret", [[SECRET, "another"], ["another", SECRET], {"secret": SECRET}, SECRET]
)
def test_secrets_as_json(hookproof: Hookproof, write: Write, secret: object) -> None:
    text = secret if isinstance(secret, str) else json.dumps(secret)
    file = write("s.json", text + "\r\n")
    ran = hookproof("verify", "-p", "stripe", "-s", file, "--any-age", write("r.json", signed()))
    assert ran.status == 0
    assert ("number 2" in ran.out) == (secret == ["another", SECRET])


def test_only_one_line_end_is_taken_off(hookproof: Hookproof, write: Write) -> None:
    file = write("s.txt", SECRET + " \n")
    given = ("--any-age", write("r.json", signed(secret=SECRET + " ")))
    assert hookproof("verify", "-p", "stripe", "-s", file, *given).status == 0
    file = write("s.txt", SECRET + "\n\n")
    assert hookproof("verify", "-p", "stripe", "-s", file, *given).status == 1


def test_a_source_file_with_url_tolerance_and_tenants(hookproof: Hookproof, write: Write) -> None:
    source = write("shop.json", {"provider": "stripe", "secret": SECRET, "tolerance": 1e9})
    request = write("r.json", signed())
    assert hookproof("verify", "--source-file", source, "--now", NOW + 1e8, request).status == 0
    source = write("shop.json", {"provider": "stripe", "tenants": {"acme": SECRET}})
    given = ("--source-file", source, "--any-age", request)
    assert hookproof("verify", *given, "--tenant", "acme").status == 0
    ran = hookproof("verify", *given, "--tenant", "other")
    assert (ran.status, "has no tenant 'other'" in ran.err) == (2, True)


def test_the_public_url_is_what_is_signed(hookproof: Hookproof, write: Write) -> None:
    public = "https://public.example/hook"
    form = Headers([("Content-Type", "application/x-www-form-urlencoded")])
    delivery = Delivery(body=b"A=1", url=public, headers=form)
    request = sign_delivery(get_provider("twilio"), delivery, secret=SECRET, now=NOW)
    inside = Request(
        method="POST", url="https://inside/x", headers=request.headers, body=request.body
    )
    file = write("r.json", write_request(inside))
    source = write("twilio.json", {"provider": "twilio", "secret": SECRET, "url": public})
    assert hookproof("verify", "--source-file", source, file).status == 0
    plain = write("twilio", SECRET)
    assert hookproof("verify", "--source-file", plain, file).status == 1
    assert hookproof("verify", "--source-file", plain, "--url", public, file).status == 0


def test_a_custom_scheme(hookproof: Hookproof, write: Write) -> None:
    signature = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    request = write("r.json", {"headers": {"X-Acme": signature}, "body": BODY.decode()})
    source = write("acme.json", {"provider": "acme", "secret": SECRET, "scheme": SCHEME})
    ran = hookproof("verify", "--source-file", source, "--json", request)
    assert isinstance(ran.json, dict)
    assert (ran.json["provider"], ran.json["event_id"]) == ("acme", "evt_1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-"], "expected --provider P with a secret, or --source-file F"),
        (["-p", "stripe", "-"], "expected a secret: --secret-file F"),
        (["-p", "strip", "-s", "S", "-"], "no provider 'strip'; did you mean stripe"),
        (["-p", "qqqqqqqq", "-s", "S", "-"], "`hookproof providers` lists all"),
        (["-p", "stripe", "-s", "/nonexistent", "-"], "/nonexistent: cannot be read"),
        (["-p", "stripe", "--secret-env", "NOT_SET", "-"], "variable NOT_SET: expected a secret"),
        (["-p", "stripe", "-s", "EMPTY", "-"], "expected a secret; it is empty"),
        (["-p", "stripe", "-s", "SOURCE", "-"], "give it by --source-file"),
        (["-p", "stripe", "-s", "BROKEN", "-"], "not JSON"),
        (["-p", "stripe", "-s", "BINARY", "-"], "expected UTF-8 text; byte 0"),
        (["-p", "stripe", "-s", "-", "-"], "cannot both be standard input"),
        (["-p", "stripe", "-s", "S"], "expected a REQUEST file"),
        (["-p", "stripe", "-s", "S", "--batch", "x"], "each line has its own"),
        (["--source-file", "CUSTOM", "-"], "signature.form: expected one of"),
        (["--source-file", "UNKNOWN", "-"], "no provider 'strpe'"),
    ],
)
def test_wrong_usage_is_named(
    hookproof: Hookproof, write: Write, options: list[str], message: str
) -> None:
    files = {
        "S": write("s", SECRET),
        "EMPTY": write("empty", "\n"),
        "SOURCE": write("source", {"provider": "stripe", "secret": "x"}),
        "BROKEN": write("broken", "{nonsense"),
        "BINARY": write("binary", b"\xff\xfe"),
        "UNKNOWN": write("unknown.json", {"provider": "strpe", "secret": "x"}),
        "CUSTOM": write(
            "custom.json",
            {"secret": "x", "scheme": {**SCHEME, "signature": {"in": "header:X", "form": "?"}}},
        ),
    }
    ran = hookproof("verify", *(files.get(one, one) for one in options), stdin=b"{}")
    assert ran.status == 2
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_remarks_on_the_file_go_to_standard_error(
    hookproof: Hookproof, write: Write, secret_file: Path
) -> None:
    file = write("r.http", b"POST / HTTP/1.1\nContent-Length: 99\n\n{}")
    ran = hookproof("verify", "-p", "stripe", "-s", secret_file, "--json", file)
    assert "note: the body has 2 bytes" in ran.err
    assert isinstance(ran.json, dict)
