"""The published JSON Schema says what the engine takes: no more, no less."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hookproof import provider_ids
from hookproof.algorithms import NAMES
from hookproof.encodings import _DECODERS
from hookproof.keys import ENCODINGS
from hookproof.named_bases import NAMED_BASES
from hookproof.provider import ESTABLISHED
from hookproof.schemes import MODULES
from hookproof.signature_field import FORMS
from hookproof.timestamps import UNITS

jsonschema = pytest.importorskip("jsonschema")

FOLDER = Path(__file__).parents[2] / "layers/hookproof/python/hookproof/providers"
SCHEMA: dict[str, Any] = json.loads((FOLDER / "schema.json").read_bytes())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", provider_ids())
def test_every_provider_of_the_catalogue_is_by_the_schema(name: str) -> None:
    document = json.loads((FOLDER / f"{name}.json").read_bytes())
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


def test_its_words_are_the_engine_s() -> None:
    parts = SCHEMA["$defs"]
    assert parts["algorithm"]["anyOf"][0]["enum"] == list(NAMES)
    assert parts["signature"]["properties"]["form"]["enum"] == list(FORMS)
    assert parts["timestamp"]["properties"]["unit"]["enum"] == list(UNITS)
    assert parts["secret"]["properties"]["encoding"]["enum"] == list(ENCODINGS)
    encodings = parts["signature"]["properties"]["encoding"]["anyOf"][0]["enum"]
    assert encodings == list(_DECODERS)
    pieces = [one.get("properties", {}) for one in parts["piece"]["anyOf"]]
    assert [one["named"]["enum"] for one in pieces if "named" in one] == [list(NAMED_BASES)]
    assert SCHEMA["properties"]["scheme"]["enum"] == list(MODULES)
    assert SCHEMA["properties"]["established"]["enum"] == list(ESTABLISHED)


@pytest.mark.parametrize(
    "document",
    [
        {"name": 5},
        {"nonsense": 1},
        {"signature": {}},
        {"signature": {"in": "heder:X"}},
        {"signature": {"in": "header:X", "form": "any"}},
        {"algorithm": "none"},
        {"timestamp": {"in": "header:T", "tolerance": -1}},
        {"variants": []},
        {"guide": {"wrong": 1}},
        {"handshakes": [{"status": 200}]},
    ],
)
def test_it_refuses_what_the_engine_refuses_or_would_not_understand(document: object) -> None:
    assert not VALIDATOR.is_valid(document)
