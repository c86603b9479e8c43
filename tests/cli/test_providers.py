from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hookproof import provider_ids
from hookproof.cli.catalogue import entries, family
from hookproof.cli.provider_page import sections
from hookproof.cli.scheme_words import place
from hookproof.registry import get_provider
from hookproof.schemes import MODULES
from scripts.catalogue import as_lines, page, proofs, samples
from tests.cli.conftest import Hookproof, Write
from tests.support.vectors import FOLDER

ROOT = Path(__file__).parents[2]
CLI = ROOT / "layers/hookproof/python/hookproof/cli"
FAMILIES = {
    "hmac", "digest", "token", "basic", "ed25519", "ecdsa", "rsa", "standard-webhooks",
}  # fmt: skip
SCHEME = {
    "name": "Acme",
    "category": "payments",
    "signature": {"in": "header:X-Acme", "encoding": "hex"},
    "signature_base": "{body}",
    "algorithm": "hmac-sha256",
}
AGAIN = "run: python scripts/catalogue.py"


def test_the_table_lists_all(hookproof: Hookproof) -> None:
    ran = hookproof("providers")
    lines = ran.out.splitlines()
    assert ran.status == 0
    assert lines[0].split() == [
        "ID", "NAME", "CATEGORY", "SCHEME", "HANDSHAKE", "ESTABLISHED", "PROVEN"
    ]  # fmt: skip
    assert tuple(line.split()[0] for line in lines[1:]) == provider_ids()
    assert f"{len(provider_ids())} providers" in ran.err


@pytest.mark.parametrize(
    ("options", "some", "none"),
    [
        (["--category", "payments"], "stripe", "slack"),
        (["--scheme", "standard-webhooks"], "openai", "stripe"),
        (["--established", "sdk"], "stripe", "telegram"),
        (["PAYMENTS", "hmac"], "stripe", "slack"),
        (["--category", "payments", "--scheme", "hmac"], "stripe", "slack"),
        (["str"], "stripe", "slack"),
    ],
)
def test_filters(hookproof: Hookproof, options: list[str], some: str, none: str) -> None:
    found = hookproof("providers", "--ids", *options).out.split()
    assert some in found
    assert none not in found


def test_nothing_found(hookproof: Hookproof) -> None:
    assert hookproof("providers", "no such", "words").status == 1
    ran = hookproof("providers", "strpe")
    assert (ran.status, "did you mean stripe" in ran.err) == (2, True)


def test_json(hookproof: Hookproof) -> None:
    document = hookproof("providers", "--json").json
    assert isinstance(document, list)
    assert [one["id"] for one in document] == list(provider_ids())
    stripe = next(one for one in document if one["id"] == "stripe")
    assert stripe["established"] == "sdk"
    assert stripe["proven"] is True
    assert stripe["vectors"] >= 1
    one = hookproof("providers", "stripe", "--json").json
    assert isinstance(one, dict)
    assert one["file"]["signature"]["in"] == "header:Stripe-Signature"


def test_a_page(hookproof: Hookproof) -> None:
    out = hookproof("providers", "slack").out
    for text in (
        "Slack",
        "header X-Slack-Signature after 'v0=', in hex",
        "HMAC-SHA256 of v0:{timestamp}:{body}",
        "in seconds; at most 300 s from now",
        "Signing Secret",
        "url_verification",
        "It waits 3 s",
        "Proven by",
        "https://docs.slack.dev/",
    ):
        assert text in out


@pytest.mark.parametrize("name", provider_ids())
def test_every_provider_has_a_page_that_says_how_it_signs(name: str) -> None:
    entry = next(one for one in entries() if one.id == name)
    assert set(entry.schemes) <= FAMILIES | {module.replace("_", "-") for module in MODULES}
    found = dict(sections(entry))
    assert len(found["How it signs"]) >= 1
    assert "Documentation" in found
    assert "None" not in " ".join(found["How it signs"])


def test_families() -> None:
    assert {
        name: family(get_provider(name).schemes[0])
        for name in (
            "stripe",
            "telegram",
            "bandwidth",
            "openai",
            "hubspot-v1",
        )
    } == {
        "stripe": "hmac",
        "telegram": "token",
        "bandwidth": "basic",
        "openai": "standard-webhooks",
        "hubspot-v1": "digest",
    }


@pytest.mark.parametrize(
    ("component", "text"),
    [
        ("header:X-A", "header X-A"),
        ("query:a", "query parameter a"),
        ("form:data#/type", "/type in the JSON of form field data"),
        ("json:/a/b", "/a/b in the JSON body"),
        ("body", "the body"),
        ("{json:/a}.{json:/b}", "{json:/a}.{json:/b}"),
    ],
)
def test_places_in_words(component: str, text: str) -> None:
    assert place(component) == text


def test_the_catalogue_s_data_is_current() -> None:
    assert (CLI / "proofs.json").read_text(encoding="utf-8") == as_lines(proofs()), AGAIN
    assert (CLI / "samples.json").read_text(encoding="utf-8") == as_lines(samples()), AGAIN


def test_the_documentation_s_page_is_current() -> None:
    text = (ROOT / "docs/providers.md").read_text(encoding="utf-8")
    assert text == page(), AGAIN
    assert set(re.findall(r"^\| .*? \| `([a-z0-9-]+)` \|", text, re.MULTILINE)) == set(
        provider_ids()
    )


def test_proven_are_those_with_a_valid_vector() -> None:
    proven = {entry.id for entry in entries() if entry.vectors}
    with_vectors = {
        file.stem
        for file in FOLDER.glob("*.json")
        if any(one["result"] == "valid" for one in json.loads(file.read_bytes())["tests"])
    }
    assert proven == with_vectors & set(provider_ids())


def test_check_takes_every_provider_of_the_catalogue_at_its_word(hookproof: Hookproof) -> None:
    folder = CLI.parent / "providers"
    vectors = FOLDER / "slack.json"
    ran = hookproof("providers", "check", folder / "slack.json", "--vectors", vectors)
    assert ran.status == 0
    assert ran.out.count("✓") >= 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"signature": {"in": "header:X", "form": "prefixed"}}, "signature.form: expected one of"),
        ({"signature": {"in": "heder:X"}}, "signature.in: expected a place like header:X"),
        ({"signature": None}, "signature: expected a JSON object"),
        ({"signature_base": "{body"}, "signature_base: expected balanced braces"),
        ({"signature_base": "{body|md6}"}, "expected a filter out of"),
        ({"algorithm": "hmac-sha2"}, "algorithm: expected one of"),
        ({"signature_bsae": "x"}, "signature_bsae: not a key that is known here"),
        ({"timestamp": {"in": "header:T", "tolerance": -1}}, "timestamp.tolerance: expected"),
        ({"scheme": "magic"}, "scheme: expected one of"),
        ({"category": 5}, "category: expected a text"),
    ],
)
def test_check_names_the_key_and_what_was_expected(
    hookproof: Hookproof, write: Write, changes: dict[str, object], message: str
) -> None:
    file = write("acme.json", {**SCHEME, **changes})
    ran = hookproof("providers", "check", file)
    assert ran.status == 2
    assert message in ran.out
    as_json = hookproof("providers", "check", file, "--json")
    assert isinstance(as_json.json, dict)
    assert any(message in text for text in as_json.json["errors"])


def test_check_finds_what_only_the_schema_forbids(hookproof: Hookproof, write: Write) -> None:
    file = write("acme.json", {**SCHEME, "guide": {"deadline": 5}})
    ran = hookproof("providers", "check", file)
    assert ran.status == 2
    assert "'deadline' was unexpected" in ran.out


def test_check_tries_the_vectors(hookproof: Hookproof, write: Write) -> None:
    import hashlib
    import hmac

    signature = hmac.new(b"secret", b"{}", hashlib.sha256).hexdigest()
    request = {"headers": {"X-Acme": signature}, "body": "{}"}
    tests = [
        {"request": request, "secret": "secret", "result": "valid"},
        {"request": request, "secret": "other", "result": "invalid"},
    ]
    file = write("acme.json", SCHEME)
    vectors = write("v.json", {"tests": tests})
    assert hookproof("providers", "check", file, "--vectors", vectors).status == 0
    vectors = write("v.json", {"tests": [{**tests[0], "secret": "other", "comment": "why"}]})
    ran = hookproof("providers", "check", file, "--vectors", vectors)
    assert ran.status == 1
    assert "1 why: invalid (signature_mismatch), expected valid" in ran.out
    source = write("source.json", {"provider": "acme", "secret": "x", "scheme": SCHEME})
    assert hookproof("providers", "check", source).status == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check"], "expected: hookproof providers check FILE.json"),
        (["stripe", "--vectors", "x"], "--vectors: goes with"),
        (["check", "/nonexistent"], "/nonexistent: cannot be read"),
        (["check", "GOOD", "--vectors", "BAD"], 'expected {"tests"'),
        (["check", "GOOD", "--vectors", "ODD"], "vector 1: result: expected valid or invalid"),
    ],
)
def test_wrong_usage_is_named(
    hookproof: Hookproof, write: Write, words: list[str], message: str
) -> None:
    files = {
        "GOOD": write("good.json", SCHEME),
        "BAD": write("bad.json", {"tests": 5}),
        "ODD": write("odd.json", [{"result": "perhaps"}]),
    }
    ran = hookproof("providers", *(files.get(word, word) for word in words))
    assert ran.status == 2
    assert message in ran.err
