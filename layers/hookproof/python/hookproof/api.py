"""verify() and sign(): the library in two functions, for any web framework."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from hookproof.keys import Secret
from hookproof.messages import Headers, Request
from hookproof.provider import Provider
from hookproof.registry import get_provider
from hookproof.schemes import Fetch
from hookproof.signer import Delivery
from hookproof.signer import sign as sign_delivery
from hookproof.verified import Verified
from hookproof.verifier import Verifier


def verify(
    request: Request,
    *,
    provider: str | Provider,
    secrets: Secret | Sequence[Secret],
    now: float | None = None,
    fetch: Fetch | None = None,
) -> Verified:
    """The verified request, proven by one of the secrets (newest first).

    ``now`` is the present time by default. For many requests keep a ``Verifier``: it parses
    keys once. Raises: VerificationError for what the sender did; ConfigurationError for a
    secret or scheme that cannot work; Unavailable when a public key cannot be fetched.
    """
    verifier = Verifier.of(_provider(provider), secrets)
    return verifier.verify(request, now=time.time() if now is None else now, fetch=fetch)


def sign(
    *,
    body: bytes,
    provider: str | Provider,
    secret: Secret,
    now: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """The request that the provider would send with this body. See ``signer`` for more.

    Raises: ConfigurationError when the scheme cannot be signed with the secret.
    """
    delivery = Delivery(body=body)
    if headers is not None:
        delivery = Delivery(body=body, headers=Headers.of(headers))
    moment = time.time() if now is None else now
    return sign_delivery(_provider(provider), delivery, secret=secret, now=moment)


def _provider(provider: str | Provider) -> Provider:
    return get_provider(provider) if isinstance(provider, str) else provider
