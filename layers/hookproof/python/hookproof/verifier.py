"""Verifier.of(provider, secrets).verify(request, now=…) -> Verified: keys parsed once, no I/O.

``verify`` starts from "not verified" and does, in this order:

1. refuse what is larger than anything a provider sends;
2. try each way in which the provider signs, with every key that serves for it;
3. keep the most specific failure, if none of them proves the request;
4. read the event's id and type, now that the bytes are trusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hookproof.components import Parts
from hookproof.errors import (
    BodyTooLarge,
    ConfigurationError,
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
    TimestampInFuture,
    TimestampMalformed,
    TimestampMissing,
    TimestampTooOld,
    VerificationError,
)
from hookproof.keys import Key, Secret, WrongKey
from hookproof.messages import Request
from hookproof.provider import Provider
from hookproof.scheme import Scheme
from hookproof.schemes import Attempt, Fetch, Way
from hookproof.verified import Verified

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024
MAX_SECRETS = 32
# The later, the more is known to be right of the request.
_RANKED: tuple[type[VerificationError], ...] = (
    SignatureMissing,
    RequestMalformed,
    TimestampMissing,
    TimestampMalformed,
    SignatureMalformed,
    SignatureMismatch,
    TimestampInFuture,
    TimestampTooOld,
)


class Verifier:
    """One provider's schemes with the keys of some secrets, parsed once."""

    __slots__ = ("_ways", "provider")

    def __init__(self, provider: Provider, ways: tuple[Way, ...]) -> None:
        self.provider = provider
        self._ways = ways

    @classmethod
    def of(
        cls,
        provider: Provider,
        secrets: Secret | Sequence[Secret],
        *,
        tolerance: float | None = None,
    ) -> Verifier:
        """A verifier for one secret or several, newest first.

        ``tolerance`` in seconds takes the place of the provider's own.
        Raises: ConfigurationError when there is no secret, or one that cannot be a key.
        """
        several = [secrets] if isinstance(secrets, str | Mapping) else list(secrets)
        if not 0 < len(several) <= MAX_SECRETS:
            raise ConfigurationError(f"secret: expected 1 to {MAX_SECRETS} of them")
        return cls(provider, _ways(provider, several, tolerance))

    @property
    def key(self) -> Key:
        """The first key: the newest secret's, of the provider's first way of signing."""
        return next(key for way in self._ways for _, key in way.keys)

    def verify(self, request: Request, *, now: float, fetch: Fetch | None = None) -> Verified:
        """The verified request. ``now`` in seconds since 1970.

        ``fetch`` is used only for public keys that the secret does not hold.
        Raises: VerificationError; ConfigurationError and Unavailable for faults of this side.
        """
        _check_size(request)
        failure: VerificationError | None = None
        unfit: WrongKey | None = None
        for way in self._ways:
            parts = Parts(request)
            try:
                proof = way.verify(Attempt(way, parts, now, fetch))
            except VerificationError as error:
                failure = _most_specific(failure, error)
            except WrongKey as error:
                unfit = error
            else:
                parts.claims = proof.claims
                return Verified(self.provider, parts, proof)
        raise failure or unfit or SignatureMissing("no signature")


def _ways(
    provider: Provider, secrets: Sequence[Secret], tolerance: float | None
) -> tuple[Way, ...]:
    """Each way of signing with the keys that serve for it.

    A secret need not serve for all ways, but must for one. Raises: ConfigurationError.
    """
    ways: list[Way] = []
    fault: ConfigurationError | None = None
    for scheme in provider.schemes:
        own = scheme.timestamp.tolerance if scheme.timestamp else None
        judged = own if tolerance is None else tolerance
        try:
            keys = _keys(scheme, secrets)
        except ConfigurationError as error:
            fault = error
            continue
        # Of key pairs one that is for another algorithm must not stand in the way of the others.
        apart = [(key,) for key in keys] if scheme.algorithm.is_asymmetric else [keys]
        ways += [Way(scheme=scheme, keys=some, tolerance=judged) for some in apart if some]
    if not ways:
        raise fault or ConfigurationError("secret: not in a form that this provider uses")
    return tuple(ways)


def _keys(scheme: Scheme, secrets: Sequence[Secret]) -> tuple[tuple[int, Key], ...]:
    keys = tuple(
        (index, key)
        for index, secret in enumerate(secrets)
        for key in scheme.secret.keys_of(secret)
    )
    template = scheme.secret.key
    if template is None or template.is_static:
        for _, key in keys:
            if not key.octets and scheme.key_source is None:
                raise ConfigurationError("secret: expected a text that is not empty")
    return keys


def _check_size(request: Request) -> None:
    if len(request.body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"body: {len(request.body)} bytes; accepted up to {MAX_BODY_BYTES}")
    length = len(request.url) + request.headers.size
    if length > MAX_HEADER_BYTES:
        raise RequestMalformed(f"headers: {length} bytes; accepted up to {MAX_HEADER_BYTES}")


def _most_specific(known: VerificationError | None, new: VerificationError) -> VerificationError:
    return new if known is None or _rank(new) > _rank(known) else known


def _rank(error: VerificationError) -> int:
    return next((i for i, kind in enumerate(_RANKED) if isinstance(error, kind)), len(_RANKED))
