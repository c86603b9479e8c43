"""Writes what the installed package knows of the test vectors, and the page of all providers.

``cli/samples.json``: for each provider one small realistic body; ``cli/proofs.json``: by how many
vectors each is proven, and where they come from; ``docs/providers.md``. All are held to
``tests/vectors`` and ``providers/`` by tests: run this after changing either. The words in
``providers/schema.json`` that the engine has as lists are brought up to date too.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hookproof.algorithms import NAMES
from hookproof.cli import main
from hookproof.cli.request_json import parse_request
from hookproof.components import Component, Parts
from hookproof.encodings import _DECODERS as DECODERS
from hookproof.errors import HookproofError
from hookproof.filters import HASH_FILTERS
from hookproof.handshakes import find_handshake
from hookproof.keys import ENCODINGS
from hookproof.messages import Request
from hookproof.named_bases import NAMED_BASES
from hookproof.provider import Provider
from hookproof.registry import get_provider, provider_ids
from hookproof.schemes import MODULES
from hookproof.signature_field import FORMS
from hookproof.timestamps import UNITS

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "tests" / "vectors"
PACKAGE = ROOT / "layers" / "hookproof" / "python" / "hookproof"
CLI, PROVIDERS = PACKAGE / "cli", PACKAGE / "providers"
_LARGEST = 2048
_SHOWN_SOURCE = 200


def proofs() -> dict[str, dict[str, object]]:
    """By provider: how many valid vectors it has, and the source of the first."""
    found: dict[str, dict[str, object]] = {}
    for name in provider_ids():
        valid = valid_vectors(name)
        if valid:
            source = str(valid[0]["source"])
            short = source if len(source) <= _SHOWN_SOURCE else source[: _SHOWN_SOURCE - 1] + "…"
            found[name] = {"vectors": len(valid), "source": short}
    return found


def samples() -> dict[str, dict[str, object]]:
    """By provider: the headers that say what the event is, and the body, of a valid vector."""
    found = {name: _sample(get_provider(name)) for name in provider_ids()}
    return {name: sample for name, sample in found.items() if sample}


def valid_vectors(name: str) -> list[dict[str, Any]]:
    """The provider's vectors that must verify."""
    file = VECTORS / f"{name}.json"
    if not file.is_file():
        return []
    return [one for one in json.loads(file.read_bytes())["tests"] if one["result"] == "valid"]


def schema() -> dict[str, Any]:
    """The JSON Schema of provider files, with the words that the engine knows at present."""
    document: dict[str, Any] = json.loads((PROVIDERS / "schema.json").read_bytes())
    parts = document["$defs"]
    signature, timestamp, secret = (
        parts[name]["properties"] for name in ("signature", "timestamp", "secret")
    )
    for one in (document["properties"], document["properties"]["variants"]["items"]["properties"]):
        one["scheme"]["enum"] = list(MODULES)
    parts["algorithm"]["anyOf"][0]["enum"] = list(NAMES)
    for piece in parts["piece"]["anyOf"]:
        words = piece.get("properties", {})
        if "named" in words:
            words["named"]["enum"] = list(NAMED_BASES)
        if "with" in words:
            words["with"]["enum"] = list(HASH_FILTERS)
    for part in (signature, parts["body_digest"]["properties"]):
        part["encoding"] = _texts_out_of(part["encoding"]["description"], DECODERS)
    signature["form"]["enum"] = list(FORMS)
    timestamp["unit"]["enum"] = list(UNITS)
    secret["encoding"]["enum"] = list(ENCODINGS)
    return document


def _texts_out_of(description: str, words: Iterable[str]) -> dict[str, Any]:
    one = {"enum": list(words)}
    several = {"type": "array", "items": one, "minItems": 1}
    return {"description": description, "anyOf": [one, several]}


def page() -> str:
    """The page of all providers."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main(["providers", "--markdown"])
    return out.getvalue()


def as_lines(document: Mapping[str, object]) -> str:
    """The document with one line for each key, so that changes can be read."""
    lines = (f"{json.dumps(key)}: {_compact(value)}" for key, value in sorted(document.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _sample(provider: Provider) -> dict[str, object] | None:
    requests = [parse_request(one["request"]) for one in valid_vectors(provider.id)]
    usable = [one for one in requests if _is_usable(one, provider)]
    # One in which the event's type can be read shows more than one in which it cannot.
    usable.sort(key=lambda request: _reads_nothing(request, provider))
    if not usable:
        return None
    request = usable[0]
    names = {one.name.lower() for one in _event_places(provider) if one.kind == "header"}
    names |= {"content-type", *(name.lower() for name in provider.event.context)}
    headers = {name: value for name, value in request.headers if name.lower() in names}
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = _content_type(request.body)
    return {"headers": headers, "body": request.body.decode()}


def _content_type(body: bytes) -> str:
    """What the sender would say of the body, where the vector leaves it out."""
    starts = {b"{": "application/json", b"[": "application/json", b"<": "application/xml"}
    other = "application/x-www-form-urlencoded" if b"=" in body else "text/plain"
    return starts.get(body.lstrip()[:1], other)


def _is_usable(request: Request, provider: Provider) -> bool:
    parts = Parts(request)
    try:
        request.body.decode()
        challenge = any(
            find_handshake(provider.handshakes, parts, verified=verified)
            for verified in (True, False)
        )
    except (HookproofError, UnicodeDecodeError):
        return False
    if any(place.kind == "body" and not place.pointer for place in _signature_places(provider)):
        return False  # the body is a token, and what it is made of is not to be seen
    if "multipart/" in (request.headers.get("Content-Type") or ""):
        return False
    return request.method == "POST" and 0 < len(request.body) <= _LARGEST and not challenge


def _reads_nothing(request: Request, provider: Provider) -> bool:
    parts = Parts(request)
    for template in provider.event.type:
        with contextlib.suppress(HookproofError):
            if template.render(parts):
                return False
    return True


def _signature_places(provider: Provider) -> list[Component]:
    return [place for scheme in provider.schemes for place in scheme.signature.places]


def _event_places(provider: Provider) -> list[Component]:
    templates = (*provider.event.id, *provider.event.type)
    return [component for template in templates for component in template.components]


if __name__ == "__main__":
    (CLI / "proofs.json").write_text(as_lines(proofs()), encoding="utf-8")
    (CLI / "samples.json").write_text(as_lines(samples()), encoding="utf-8")
    print("wrote cli/proofs.json and cli/samples.json")
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    (PROVIDERS / "schema.json").write_text(text, encoding="utf-8")
    print("wrote providers/schema.json")
    (ROOT / "docs" / "providers.md").write_text(page(), encoding="utf-8")
    print("wrote docs/providers.md")
