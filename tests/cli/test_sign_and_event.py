from __future__ import annotations

import json
from pathlib import Path

import pytest

from hookproof import get_provider
from hookproof.aws.apigateway import read_event
from hookproof.cli.event import sample_events
from hookproof.cli.event_shapes import FORMATS
from hookproof.cli.samples import sample_of
from hookproof.verifier import Verifier
from tests.cli.conftest import NOW, SECRET, Hookproof, Write

EVENTS = Path(__file__).parents[2] / "events"
SAMPLES = json.loads((EVENTS / "samples.json").read_bytes())
BODY = '{"id": "evt_9",  "type": "é"}'


@pytest.mark.parametrize(
    "option", [[], ["--curl"], ["--http"], *(["--event", one] for one in FORMATS)]
)
def test_what_is_signed_verifies_in_every_form(
    hookproof: Hookproof, secret_file: Path, option: list[str]
) -> None:
    given = ("-p", "stripe", "-s", secret_file, "--now", NOW)
    signed = hookproof("sign", *given, "--body", BODY, *option)
    assert signed.status == 0
    ran = hookproof("verify", *given, "--json", "-", stdin=signed.out.encode())
    assert isinstance(ran.json, dict)
    assert (ran.status, ran.json["event_id"]) == (0, "evt_9")
    assert ran.json["body_bytes"] == len(BODY.encode())


def test_a_body_out_of_a_file_or_standard_input_to_the_byte(
    hookproof: Hookproof, secret_file: Path, write: Write
) -> None:
    body = b'\xff\x00{"a": 1}\r\n'
    file = write("body.bin", body)
    given = ("-p", "stripe", "-s", secret_file, "--now", NOW)
    one = hookproof("sign", *given, "--body", file)
    other = hookproof("sign", *given, "--body", "-", stdin=body)
    assert one.out == other.out
    ran = hookproof("verify", *given, "--json", "-", stdin=one.out.encode())
    assert isinstance(ran.json, dict)
    assert (ran.json["valid"], ran.json["body_bytes"]) == (True, len(body))


def test_headers_method_url_and_output(
    hookproof: Hookproof, secret_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.json"
    ran = hookproof(
        "sign", "-p", "github", "-s", secret_file, "--body", "{}", "-H", "X-GitHub-Event: push",
        "-H", "content-type: text/x", "--method", "PUT", "--url", "https://a.example/x", "-o", file,
    )  # fmt: skip
    assert (ran.status, ran.out) == (0, "")
    request = json.loads(file.read_bytes())
    assert (request["method"], request["url"]) == ("PUT", "https://a.example/x")
    assert request["headers"]["X-GitHub-Event"] == "push"
    assert request["headers"]["content-type"] == "text/x"
    assert "Content-Type" not in request["headers"]


def test_a_moment_in_the_body_is_the_present_one(hookproof: Hookproof, secret_file: Path) -> None:
    ran = hookproof("sign", "-p", "linear", "-s", secret_file, "--now", NOW)
    assert isinstance(ran.json, dict)
    assert json.loads(ran.json["body"])["webhookTimestamp"] == NOW * 1000
    given = ("-p", "linear", "-s", secret_file, "--now", NOW + 1, "-")
    assert hookproof("verify", *given, stdin=ran.out.encode()).status == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--body", "no-such-file.json"], "--body: no file 'no-such-file.json'"),
        (["-H", "nonsense"], "--header: expected 'Name: value'"),
        (["-o", "/nonexistent/folder/x"], "cannot be written: No such file"),
    ],
)
def test_wrong_usage_is_named(
    hookproof: Hookproof, secret_file: Path, options: list[str], message: str
) -> None:
    ran = hookproof("sign", "-p", "stripe", "-s", secret_file, *options)
    assert ran.status == 2
    assert message in ran.err


def test_a_tenant_s_secret_signs(hookproof: Hookproof, write: Write) -> None:
    source = write("s.json", {"provider": "stripe", "tenants": {"acme": SECRET}})
    given = ("--source-file", source, "--tenant", "acme")
    signed = hookproof("sign", *given)
    assert hookproof("verify", *given, "-", stdin=signed.out.encode()).status == 0
    ran = hookproof("sign", "--source-file", source)
    assert (ran.status, "the source has none to sign with" in ran.err) == (2, True)


@pytest.mark.parametrize("form", FORMATS)
def test_an_event_is_fresh_and_goes_to_the_source_and_tenant(
    hookproof: Hookproof, write: Write, form: str
) -> None:
    source = write("shop.json", {"provider": "stripe", "tenants": {"acme": SECRET}})
    given = ("--source-file", source, "--tenant", "acme")
    ran = hookproof("event", *given, "--source", "shop", "--format", form)
    assert ran.status == 0
    delivery = read_event(ran.json)
    assert (delivery.source, delivery.tenant) == ("shop", "acme")
    assert hookproof("verify", *given, "-", stdin=ran.out.encode()).status == 0


def test_the_committed_events_are_current() -> None:
    written = dict(sample_events(EVENTS))
    there = {name: (EVENTS / name).read_text(encoding="utf-8") for name in written}
    assert there == written, "run: hookproof event --all events/"


@pytest.mark.parametrize("name", SAMPLES["samples"])
def test_the_committed_events_verify_as_of_their_moment(name: str) -> None:
    sample = SAMPLES["samples"][name]
    delivery = read_event(json.loads((EVENTS / name).read_bytes()))
    provider = get_provider(sample["provider"])
    verifier = Verifier.of(provider, sample.get("public", sample["secret"]))
    verified = verifier.verify(delivery.request, now=SAMPLES["now"])
    assert (verified.provider, delivery.source) == (provider.id, provider.id)


def test_the_command_writes_the_folder_anew(hookproof: Hookproof, tmp_path: Path) -> None:
    (tmp_path / "samples.json").write_text(
        json.dumps(
            {
                "now": NOW,
                "samples": {"a.json": {"provider": "github", "secret": "s", "format": "rest"}},
            }
        ),
        encoding="utf-8",
    )
    ran = hookproof("event", "--all", tmp_path)
    assert (ran.status, "a.json" in ran.out) == (0, True)
    assert read_event(json.loads((tmp_path / "a.json").read_bytes())).source == "github"


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ("{", "not JSON"),
        ({"now": 1}, "samples: expected an object"),
        ({"now": 1, "samples": {"a": {"provider": "nobody"}}}, "no provider 'nobody'"),
        ({"now": 1, "samples": {"a": {"provider": "github", "secret": 5}}}, "a: secret: expected"),
        (
            {"now": 1, "samples": {"a": {"provider": "github", "secret": "x", "format": "soap"}}},
            "a.format: expected one of",
        ),
    ],
)
def test_a_list_of_samples_that_is_wrong_is_named(
    hookproof: Hookproof, write: Write, samples: object, message: str
) -> None:
    folder = write("samples.json", samples).parent
    ran = hookproof("event", "--all", folder)
    assert ran.status == 2
    assert message in ran.err


def test_a_sample_is_made_up_where_there_is_none() -> None:
    provider = get_provider("stripe")
    assert b'"id"' in sample_of(provider).body
    custom = type(provider).from_json(
        {
            "signature": {"in": "header:X"},
            "signature_base": "{timestamp}.{form:order}",
            "timestamp": {"in": "form:ts"},
            "algorithm": "hmac-sha256",
            "event": {"id": "form:id"},
        },
        id="mine",
    )
    assert sample_of(custom).body == b"id=sample&ts=sample&order=sample"
