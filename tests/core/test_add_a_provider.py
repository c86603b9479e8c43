"""The page on adding a provider is true: what it shows can be used as it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hookproof import Provider, VerificationError, Verifier
from hookproof.handshakes import Handshake
from hookproof.signature_base import SignatureBase
from tests.support.vectors import request_of

PAGE = (Path(__file__).parents[2] / "docs" / "add-a-provider.md").read_text(encoding="utf-8")
BLOCKS: list[dict[str, Any]] = [
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
]
ACME, CHALLENGE, VECTORS = BLOCKS


def test_the_example_is_a_provider_that_verifies_its_vector() -> None:
    verifier = Verifier.of(Provider.from_json(ACME, id="acme"), VECTORS["tests"][0]["secret"])
    test = VECTORS["tests"][0]
    verified = verifier.verify(request_of(test["request"]), now=test["now"])
    assert (verified.event_id, verified.event_type) == ("evt_1", "order.paid")
    with pytest.raises(VerificationError):
        verifier.verify(request_of(test["request"]), now=test["now"] + 301)


def test_the_challenge_is_one() -> None:
    handshake = Handshake.from_json(CHALLENGE)
    assert (handshake.method, handshake.verified) == ("GET", False)


@pytest.mark.parametrize(
    "text", re.findall(r"^\| signs (?:the URL|form|a digest).*?`(.*?)`", PAGE, re.MULTILINE)
)
def test_the_bases_of_the_table_can_be_read(text: str) -> None:
    base = json.loads(text.replace("\\|", "|"))
    assert SignatureBase.from_json(base).components


def test_every_command_and_file_of_the_page_exists() -> None:
    root = Path(__file__).parents[2]
    for path in ("layers/hookproof/python/hookproof/providers/schema.json", "scripts/catalogue.py"):
        assert (root / path).is_file()
    assert (root / "tests" / "interop").is_dir()
