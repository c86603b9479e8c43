"""What was refused for its signature or its time, kept for a while, so that it can be released.

An object is ``quarantine/{source}/{tenant or -}/{arrived}-{reason}-{name}.json``, so a listing
tells all that one chooses by; its text is ``{"source", "tenant", "arrived", "reason", "request":
{"method", "url", "headers", "body_base64"}}``, the request as every command reads it.
"""

import json
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable

from hookproof.aws.client import Client
from hookproof.errors import HookproofError, VerificationError
from hookproof.messages import Headers, Request
from hookproof.sources import Source

PREFIX = "quarantine/"
_MINUTE = 60
_SOURCES = 1000  # whose counts are remembered


class Quarantine:
    """Keeps refused deliveries in a bucket, at most ``per_minute`` of each source.

    The bound holds for one execution environment: strangers cost little, and a source whose
    secret is wrong loses none unless it is busy. ``new_name`` gives a name that nothing else has;
    ``on_lost`` is told why a delivery could not be kept.
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
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def keep(self, request: Request, source: Source, error: VerificationError, now: float) -> None:
        """Keep a refused request. Never raises: the sender's answer does not depend on it."""
        if not self._may_keep(source.name, now):
            return
        key = f"{PREFIX}{source.name}/{source.tenant or '-'}/{_moment(now)}-{error.code}"
        document = {
            "source": source.name,
            "tenant": source.tenant,
            "arrived": now,
            "reason": error.code,
            "request": _written(request),
        }
        body = json.dumps(document, separators=(",", ":")).encode()
        try:
            self._client.put_object(
                self._bucket,
                f"{key}-{self._new_name()}.json",
                body,
                content_type="application/json",
                hurry=True,
            )
        except HookproofError as failure:
            self._on_lost(failure)

    def _may_keep(self, name: str, now: float) -> bool:
        minute = int(now) // _MINUTE
        counted, count = self._counts.get(name, (minute, 0))
        count = count + 1 if counted == minute else 1
        self._counts[name] = (minute, count)
        self._counts.move_to_end(name)
        if len(self._counts) > _SOURCES:
            self._counts.popitem(last=False)
        return count <= self._per_minute


def _moment(now: float) -> str:
    # Without colons, and in an order that is also the order of a listing.
    milliseconds = int(now * 1000) % 1000
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}{milliseconds:03d}Z"


def _written(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "url": request.url,
        "headers": _fields(request.headers),
        "body_base64": b64encode(request.body).decode("ascii"),
    }


def _fields(headers: Headers) -> dict[str, list[str]]:
    return {name.lower(): list(headers.get_all(name)) for name, _ in headers}
