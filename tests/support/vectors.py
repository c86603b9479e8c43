"""The vectors as data: ``tests/vectors/<provider>.json``, each test with its source."""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hookproof import Headers, Provider, Request, Verified, Verifier, get_provider, provider_ids
from hookproof.algorithms import ASYMMETRIC

FOLDER = Path(__file__).parent.parent / "vectors"


@dataclass(frozen=True, kw_only=True)
class Vector:
    """One test of one file."""

    provider: str
    id: str
    request: Request
    secret: Any
    now: float | None
    valid: bool
    source: str

    def verify(self, request: Request | None = None, **changes: Any) -> Verified:
        """What the engine says of the request, with the secret and the time of the vector.

        A vector without a time says nothing of freshness, so it is not judged.
        """
        secret = changes.get("secret", self.secret)
        now = changes.get("now", self.now)
        verifier = Verifier.of(
            get_provider(self.provider), secret, tolerance=math.inf if now is None else None
        )
        return verifier.verify(request or self.request, now=time.time() if now is None else now)


def vectors(*, heavy: bool) -> list[Vector]:
    """Every vector whose provider needs more than the standard library, or does not."""
    return [
        vector
        for path in sorted(FOLDER.glob("*.json"))
        if path.stem in provider_ids() and is_heavy(get_provider(path.stem)) == heavy
        for vector in load(path)
    ]


def proven() -> frozenset[str]:
    """The providers with at least one valid vector from elsewhere."""
    return frozenset(
        path.stem for path in FOLDER.glob("*.json") if any(one.valid for one in load(path))
    )


@cache
def load(path: Path) -> tuple[Vector, ...]:
    """The vectors of one file."""
    document = json.loads(path.read_text())
    return tuple(_vectors(document))


def is_heavy(provider: Provider) -> bool:
    """Whether one of its ways of signing is asymmetric, or has a module of its own."""
    return any(
        scheme.module != "signed" or set(scheme.algorithm.names) & set(ASYMMETRIC)
        for scheme in provider.schemes
    )


def request_of(document: Mapping[str, Any]) -> Request:
    """The request that a vector writes."""
    if "body_base64" in document:
        body = base64.b64decode(document["body_base64"])
    else:
        body = document.get("body", "").encode()
    fields = [
        (name, value)
        for name, values in document["headers"].items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return Request(
        method=document["method"], url=document["url"], headers=Headers(fields), body=body
    )


def _vectors(document: Mapping[str, Any]) -> Iterator[Vector]:
    for test in document["tests"]:
        label = "-".join(test["comment"].lower().split())[:40]
        yield Vector(
            provider=document["provider"],
            id=f"{document['provider']}/{test['id']}-{label}",
            request=request_of(test["request"]),
            secret=test["secret"],
            now=test["now"],
            valid=test["result"] == "valid",
            source=test["source"],
        )
