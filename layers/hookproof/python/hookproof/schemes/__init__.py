"""The few ways of signing that data cannot say, one small module each, loaded on first use.

A module has ``verify(attempt) -> Proof`` and, where there is a secret or a private key,
``sign(draft) -> Request``. A provider's file names it under ``scheme``; without one it is
``signed``: a signature over a template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from hookproof.components import Parts
from hookproof.errors import ConfigurationError
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.values import frozen

if TYPE_CHECKING:
    from hookproof.scheme import Scheme

Fetch = Callable[[str, bool], bytes]
"""(URL that the core has checked, whether to by-pass the cache) -> the document's bytes.

Raises: Unavailable.
"""

MODULES = (
    "signed",
    "jwt",
    "aws_sns",
    "http_message_signatures",
    "adyen",
    "braintree",
    "paytm",
    "ebay",
    "cavage_signatures",
    "apple_app_store",
)


@frozen
class Way:
    """One way in which a source's requests are signed.

    ``keys``: each with the position of the secret that it is of. ``tolerance`` in seconds; None:
    freshness is not judged.
    """

    scheme: Scheme
    keys: tuple[tuple[int, Key], ...]
    tolerance: float | None

    @cached_property
    def verify(self) -> Callable[[Attempt], Proof]:
        """What verifies an attempt in this way, loaded when there is one."""
        return get_scheme(self.scheme.module).verify


class Attempt:
    """All that verifying one request in one way may use."""

    __slots__ = ("fetch", "keys", "now", "parts", "scheme", "tolerance")

    def __init__(self, way: Way, parts: Parts, now: float, fetch: Fetch | None) -> None:
        self.scheme = way.scheme
        self.keys = way.keys
        self.tolerance = way.tolerance
        self.parts = parts
        self.now = now
        self.fetch = fetch


class Proof:
    """What was proven, and by which secret."""

    __slots__ = ("body_signed", "claims", "secret_index", "signed", "timestamp")

    def __init__(
        self,
        secret_index: int,
        timestamp: float | None,
        signed: tuple[str, ...],
        body_signed: bool,
        claims: Mapping[str, object] | None = None,
    ) -> None:
        self.secret_index = secret_index
        self.timestamp = timestamp
        self.signed = signed
        self.body_signed = body_signed
        self.claims = claims


@frozen
class Draft:
    """A request to be signed: all but the signature is there."""

    scheme: Scheme
    request: Request
    key: Key
    now: float


class SchemeModule(Protocol):
    """What a module of this folder offers."""

    def verify(self, attempt: Attempt) -> Proof:
        """The proof, or a VerificationError."""
        ...

    def sign(self, draft: Draft) -> Request:
        """The request with its signature, or a ConfigurationError."""
        ...


@cache
def get_scheme(name: str) -> SchemeModule:
    """The module of this name. Raises: ConfigurationError when there is none."""
    if name not in MODULES:
        raise ConfigurationError(f"scheme: expected one of {', '.join(MODULES)}; found {name!r}")
    try:
        module: SchemeModule = import_module(f"hookproof.schemes.{name}")
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            f"scheme {name} needs {missing.name}: pip install 'hookproof[crypto]'"
        ) from missing
    return module
