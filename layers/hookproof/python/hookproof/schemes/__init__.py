"""The few ways of signing that data cannot say, one small module each, loaded on first use.

A module has ``verify(attempt) -> Proof`` and, where there is a secret or a private key,
``sign(draft) -> Request``. A provider's file names it under ``scheme``; without one it is
``signed``: a signature over a template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from hookproof.components import Parts
from hookproof.errors import ConfigurationError
from hookproof.keys import Key
from hookproof.messages import Request
from hookproof.values import field, frozen

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
class Attempt:
    """All that verifying one request by one scheme may use."""

    scheme: Scheme
    parts: Parts
    keys: tuple[tuple[int, Key], ...]
    now: float
    tolerance: float | None
    fetch: Fetch | None


@frozen
class Proof:
    """What was proven, and by which secret."""

    secret_index: int
    timestamp: float | None
    signed: tuple[str, ...]
    body_signed: bool
    claims: Mapping[str, object] | None = field(default=None, repr=False)


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
