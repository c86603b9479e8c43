"""What was refused for its signature or its time, kept for a while, so that it can be released.

Strangers decide how many deliveries are refused, so a source has a fixed number of places a
minute. A place is an object's key, and S3 gives a key to its first writer only
(``If-None-Match``): the bound holds across all environments, with no other service and no other
permission. Each environment goes through the places in an order of its own; once through, it stops
asking.

An object is ``quarantine/{source}/{minute}-{place}.json``; its text is ``{"source", "tenant",
"provider", "arrived", "reason", "request": {"method", "url", "headers", "body_base64"}}``, the
request as every command reads it.
"""

import json
import time
from base64 import b64encode
from collections.abc import Callable
from math import gcd

from hookproof.aws.client import Client
from hookproof.aws.service_errors import Refused
from hookproof.errors import HookproofError, Unavailable, VerificationError
from hookproof.messages import Headers, Request
from hookproof.sources import Source

PREFIX = "quarantine/"
_MINUTE = 60
_LARGE_BYTES = 256 * 1024  # bodies from this size on have few places of their own
_SHARE_OF_LARGE = 15
_SECONDS = 0.8  # that keeping one delivery may cost its sender
_PAUSE = 30.0  # after a failure: an outage of S3 must not slow every refusal down
_TRIES = 3
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class Quarantine:
    """Keeps refused deliveries in a bucket, at most ``per_minute`` of each source.

    ``new_name`` gives a hexadecimal text that nobody foresees; ``on_lost`` is told why a delivery
    could not be kept.
    """

    def __init__(
        self,
        client: Client,
        *,
        bucket: str,
        per_minute: int,
        new_name: Callable[[], str],
        on_lost: Callable[[HookproofError], None],
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._per_minute = per_minute
        self._new_name = new_name
        self._on_lost = on_lost
        self._minute = -1
        self._seed = 0
        self._used: dict[tuple[str, bool], int] = {}
        self._failed: float | None = None

    def keep(self, request: Request, source: Source, error: VerificationError, now: float) -> None:
        """Keep a refused request. Never raises: the sender's answer does not depend on it."""
        if self._failed is not None and 0 <= now - self._failed < _PAUSE:
            return
        try:
            if not self._keep(request, source, error, now):
                self._on_lost(Unavailable("the source's places of this minute are taken"))
        except HookproofError as failure:
            self._failed = now
            self._on_lost(failure)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the answer stays 401
            self._failed = now
            self._on_lost(Unavailable(type(failure).__name__))

    def _keep(self, request: Request, source: Source, error: VerificationError, now: float) -> bool:
        self._turn(int(now // _MINUTE))
        is_large = len(request.body) >= _LARGE_BYTES
        places = max(1, self._per_minute // _SHARE_OF_LARGE) if is_large else self._per_minute
        used = self._used.get((source.name, is_large), 0)
        if used >= places:
            return False
        body, headers = _record(request, source, error, now), _metadata(source, error, now)
        client = self._client.hurried(_SECONDS)
        for number in range(used, min(used + _TRIES, places)):
            self._used[source.name, is_large] = number + 1
            place = _place(self._seed, number, places)
            if self._put(client, _key(source.name, now, place, is_large), body, headers):
                return True
        return False

    def _turn(self, minute: int) -> None:
        if minute != self._minute:
            self._minute = minute
            self._seed = int(self._new_name(), 16)
            self._used.clear()

    def _put(self, client: Client, key: str, body: bytes, headers: dict[str, str]) -> bool:
        try:
            client.put_object(
                self._bucket, key, body, content_type="application/json", headers=headers
            )
        except Refused as refused:
            if refused.service_code in _TAKEN:
                return False
            raise
        return True


def _place(seed: int, number: int, places: int) -> int:
    """The place that comes as this number: each once, at a distance that two seeds hardly share."""
    step = seed // places % places + 1
    while gcd(step, places) > 1:
        step += 1
    return (seed + number * step) % places


def _key(source: str, now: float, place: int, is_large: bool) -> str:
    minute = time.strftime("%Y%m%dT%H%MZ", time.gmtime(int(now)))
    return f"{PREFIX}{source}/{minute}-{'large-' if is_large else ''}{place:03d}.json"


def _metadata(source: Source, error: VerificationError, now: float) -> dict[str, str]:
    """What a list shows without reading bodies; and that nothing is written over."""
    return {
        "If-None-Match": "*",
        "x-amz-meta-arrived": f"{now:.3f}",
        "x-amz-meta-reason": error.code,
        "x-amz-meta-tenant": source.tenant or "-",
    }


def _record(request: Request, source: Source, error: VerificationError, now: float) -> bytes:
    document = {
        "source": source.name,
        "tenant": source.tenant,
        "provider": source.provider.id,
        "arrived": now,
        "reason": error.code,
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": _fields(request.headers),
            "body_base64": b64encode(request.body).decode("ascii"),
        },
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _fields(headers: Headers) -> dict[str, list[str]]:
    return {name.lower(): list(headers.get_all(name)) for name, _ in headers}
