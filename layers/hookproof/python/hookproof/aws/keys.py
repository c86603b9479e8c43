"""Public documents that verification needs (certificates, key sets), fetched and kept by URL.

The core has checked the URL before it comes here: its host is one that the provider's data names.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from awscrt.http import HttpHeaders, HttpRequest

from hookproof.aws.budget import Budget
from hookproof.aws.connections import Answer, Connections, ExchangeFailed
from hookproof.aws.endpoints import Endpoint
from hookproof.errors import ConfigurationError, Unavailable
from hookproof.values import field, frozen

_LIMIT = 256 * 1024
_TIMEOUT = 1.0
_SIZE = 64  # documents kept
_SHORTEST, _USUAL, _LONGEST = 60.0, 3600.0, 86_400.0  # seconds that a document is fresh
_STALE = 86_400.0  # and how much longer it serves while its server is down
_INTERVAL = 30.0  # between two fetches of a document that is there
_RETRY = 5.0  # between two fetches of one that is not
_MAX_AGE = r"(?:^|[\s,])max-age=\"?([0-9]{1,9})"
V = TypeVar("V")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@frozen
class _Kept:
    body: bytes = field(repr=False)
    fetched: float
    lifetime: float


class Documents:
    """Gives a document's bytes by its URL.

    Plain http is refused, but for loopback where ``plain_loopback`` allows it to tests.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        budget: Budget,
        now: Callable[[], float],
        plain_loopback: bool = False,
    ) -> None:
        self._connections = connections
        self._budget = budget
        self._now = now
        self._plain_loopback = plain_loopback
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._tried: OrderedDict[str, float] = OrderedDict()

    def fetch(self, url: str, refresh: bool) -> bytes:
        """Return the document; ``refresh`` asks for a new one, as often as the interval allows.

        Raises Unavailable when there is not even an old one, ConfigurationError for a URL that
        is not https.
        """
        endpoint, path = self._place(url)
        now = self._now()
        kept = self._kept.get(url)
        if kept and not refresh and 0 <= now - kept.fetched < kept.lifetime:
            self._kept.move_to_end(url)
            return kept.body
        interval = _INTERVAL if kept else _RETRY
        if 0 <= now - self._tried.get(url, -interval) < interval:
            return self._old(url, kept, now)
        _put(self._tried, url, now)
        try:
            answer = self._get(endpoint, path)
        except ExchangeFailed:
            return self._old(url, kept, now)
        if not answer.succeeded:
            return self._old(url, kept, now)
        _put(self._kept, url, _Kept(body=answer.body, fetched=now, lifetime=_lifetime(answer)))
        return answer.body

    def _place(self, url: str) -> tuple[Endpoint, str]:
        endpoint = Endpoint.of(url, name="the address of a key")
        is_loopback = self._plain_loopback and endpoint.host in _LOOPBACK
        if not endpoint.secure and not is_loopback:
            raise ConfigurationError("the address of a key: expected https")
        path = "/" + url.partition("://")[2].partition("#")[0].partition("/")[2]
        if not path.isascii() or not path.isprintable() or " " in path:
            raise ConfigurationError("the address of a key: expected an encoded path")
        return endpoint, path

    def _get(self, endpoint: Endpoint, path: str) -> Answer:
        headers = [("Host", endpoint.authority), ("Accept", "*/*"), ("User-Agent", "hookproof")]
        request = HttpRequest("GET", path, HttpHeaders(headers))
        # The prefix belongs to the address of one document, not to the connection.
        server = Endpoint(secure=endpoint.secure, host=endpoint.host, port=endpoint.port)
        timeout = min(_TIMEOUT, self._budget.remaining())
        try:
            return self._connections.exchange(server, request, timeout=timeout, limit=_LIMIT)
        except ExchangeFailed as failure:
            if not failure.reused:
                raise
        timeout = min(_TIMEOUT, self._budget.remaining())
        return self._connections.exchange(server, request, timeout=timeout, limit=_LIMIT)

    def _old(self, url: str, kept: _Kept | None, now: float) -> bytes:
        if kept is None or now - kept.fetched >= kept.lifetime + _STALE:
            host = url.partition("://")[2].partition("/")[0]
            raise Unavailable(f"a key cannot be fetched from {host}")
        return kept.body


def _lifetime(answer: Answer) -> float:
    # Whatever the server says, a key that was taken back must go, and a busy one may stay a while.
    said = re.search(_MAX_AGE, answer.headers.get("cache-control", "").lower())
    return min(max(float(said[1]) if said else _USUAL, _SHORTEST), _LONGEST)


def _put(store: OrderedDict[str, V], url: str, value: V) -> None:
    store[url] = value
    store.move_to_end(url)
    while len(store) > _SIZE:
        store.popitem(last=False)
