import json
import os
from pathlib import Path

import pytest

from hookproof.errors import ConfigurationError
from hookproof.local.sources_file import SourcesFile, read_sources, secret_texts

STRIPE = {"provider": "stripe", "secret": "whsec_0123456789"}


def write(path: Path, document: object) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_each_source_has_the_text_of_its_secret(tmp_path: Path) -> None:
    path = write(tmp_path / "sources.json", {"payments": STRIPE, "github": "a plain secret"})
    found = read_sources(path)
    assert json.loads(found["payments"]) == STRIPE
    assert found["github"] == "a plain secret"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{", "not JSON"),
        ([], "must be an object of sources"),
        ({"Stripe": STRIPE}, "'Stripe': a source's name"),
        ({"stripe": 3}, "stripe: must be an object"),
        ({"stripe": {"secret": ""}}, "stripe: secret"),
        ({"stripe": {"secret": "x", "toleranse": 3}}, "stripe: .*toleranse"),
        ({"x": {"provider": "no-such-provider", "secret": "x"}}, "x: provider"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(
    tmp_path: Path, document: object, why: str
) -> None:
    path = write(tmp_path / "sources.json", document)
    with pytest.raises(ConfigurationError, match=rf"sources\.json: {why}"):
        read_sources(path)


def test_a_fault_never_quotes_the_secret(tmp_path: Path) -> None:
    document = {"stripe": {"provider": "stripe", "secret": "whsec_topsecret", "typo": "x"}}
    with pytest.raises(ConfigurationError) as caught:
        read_sources(write(tmp_path / "sources.json", document))
    assert "topsecret" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.json: No such file"):
        SourcesFile(tmp_path / "nowhere.json")


def test_changes_are_what_was_added_or_changed_since(tmp_path: Path) -> None:
    path = write(tmp_path / "sources.json", {"a": STRIPE, "b": STRIPE})
    sources = SourcesFile(path)
    assert sources.changes() == {}
    write(path, {"a": STRIPE, "b": {**STRIPE, "secret": "whsec_9876543210"}, "c": STRIPE})
    os.utime(path, ns=(1, 1))
    assert set(sources.changes()) == {"b", "c"}
    assert sources.changes() == {}


def test_a_file_that_became_wrong_is_told_once_and_the_old_one_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "sources.json", {"a": STRIPE})
    sources = SourcesFile(path)
    write(path, "{")
    with pytest.raises(ConfigurationError):
        sources.changes()
    assert sources.changes() == {}
    assert set(sources.texts) == {"a"}


def test_no_file_is_no_source() -> None:
    sources = SourcesFile(None)
    assert sources.texts == {}
    assert sources.changes() == {}


def test_every_secret_within_a_secret_is_found() -> None:
    document = {
        "provider": "stripe",
        "secret": ["current-one", "older-one"],
        "tenants": {"acme": "of-acme", "b": {"username": "hooks", "password": "of-b-too"}},
        "url": "https://example.com",
    }
    assert set(secret_texts(json.dumps(document))) == {
        "current-one",
        "older-one",
        "of-acme",
        "hooks",
        "of-b-too",
    }
    assert list(secret_texts("plain secret")) == ["plain secret"]
