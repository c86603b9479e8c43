"""Kept HTTP/1.1 connections on AWS's C runtime: one per endpoint, opened again when it is dead.

A Lambda environment handles one delivery at a time and may be frozen for minutes between two,
so there is at most one connection per endpoint, and an old one is never trusted.
"""

# What queue has of C: queue itself imports heapq and makes classes, most of a millisecond.
from _queue import Empty, SimpleQueue
from collections.abc import Callable
from concurrent.futures import Future
from io import BytesIO
from time import monotonic

from awscrt.exceptions import AwsCrtError, from_code
from awscrt.http import HttpClientConnection, HttpClientStream, HttpRequest
from awscrt.io import ClientTlsContext, InputStream, SocketOptions, TlsContextOptions

from hookproof.aws.endpoints import Endpoint
from hookproof.values import field, frozen, mutable

_SUCCESS = range(200, 300)


class ExchangeFailed(Exception):
    """No whole answer arrived. ``reused``: the connection had been idle, and may have been dead."""

    def __init__(self, message: str, *, reused: bool = False) -> None:
        super().__init__(message)
        self.reused = reused


@frozen
class Answer:
    """A server's answer; field names are in lower case, and the last of equal names stays."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the status is one of success."""
        return self.status in _SUCCESS


@mutable
class _Kept:
    opening: "Future[HttpClientConnection]"
    used_at: float
    reused: bool = False
    # What was opened, once it has given an answer: a future takes a lock for each question.
    served: HttpClientConnection | None = None


# The thread of AWS's runtime has no Python state of its own: each Python function that it calls
# costs making one, and mapping and unmapping the memory of its stack. So the two classes below put
# functions of C in place of the methods that it calls. Those names are not public: with a version
# that has others, no exchange would end, and no test of this package pass.


class Octets(InputStream):  # type: ignore[misc]
    """The bytes of a request's body."""

    def __init__(self, octets: bytes) -> None:
        stream = BytesIO(octets)
        self._read_into_memoryview = stream.readinto
        self._seek = stream.seek
        super().__init__(stream)


class _Exchange(HttpClientStream):  # type: ignore[misc]
    """A request on its way; what arrives is queued for the thread that waits."""

    def __init__(self, connection: HttpClientConnection, request: HttpRequest) -> None:
        self._fields: dict[int, list[tuple[str, str]]] = {}  # by status
        self._arrived: SimpleQueue[bytes | int] = SimpleQueue()  # the body's parts, an error's code
        self._on_response = self._fields.__setitem__
        self._on_body = self._on_complete = self._arrived.put
        super().__init__(connection, request)

    def answer(self, timeout: float, limit: int) -> Answer:
        """Send the request and wait; of a longer body a little more than ``limit`` is read."""
        ends = monotonic() + timeout
        body = bytearray()
        self.activate()
        while isinstance(part := self._arrived.get(timeout=max(0.0, ends - monotonic())), bytes):
            body += part
            if len(body) > limit:
                break
        else:
            if part:
                raise from_code(part)
        ((status, fields),) = self._fields.items()
        headers = {name.lower(): value for name, value in fields}
        return Answer(status=status, headers=headers, body=bytes(body))


class Connections:
    """Open connections by endpoint.

    ``now`` is the wall clock: a monotonic one stands still while the environment is frozen.
    ``ca_file`` names certificates to trust instead of the system's.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float],
        connect_timeout: float = 1.0,
        max_idle: float = 30.0,
        ca_file: str | None = None,
    ) -> None:
        self._now = now
        self._connect_timeout = connect_timeout
        self._max_idle = max_idle
        self._ca_file = ca_file
        self._tls: ClientTlsContext | None = None
        self._kept: dict[Endpoint, _Kept] = {}

    def open(self, endpoint: Endpoint) -> None:
        """Begin to connect, and do not wait: what follows meets an open connection."""
        # Opened ahead of time, it may have died meanwhile, as one that was used before.
        if endpoint not in self._kept:  # several services may share an address
            self._kept[endpoint] = self._opened(endpoint, reused=True)

    def drop(self) -> None:
        """Forget every connection: those of a snapshot do not survive it."""
        for endpoint in tuple(self._kept):
            self._discard(endpoint)

    def exchange(
        self, endpoint: Endpoint, request: HttpRequest, *, timeout: float, limit: int
    ) -> Answer:
        """Send one request and read its answer within ``timeout`` seconds.

        Raises ExchangeFailed, also when the answer is longer than ``limit`` bytes.
        """
        kept = self._take(endpoint)
        try:
            connection = kept.served or kept.opening.result(min(timeout, self._connect_timeout))
            answer = _Exchange(connection, request).answer(timeout, limit)
        except (AwsCrtError, OSError, RuntimeError, TimeoutError, Empty) as error:
            self._discard(endpoint)
            raise ExchangeFailed(_said(error), reused=kept.reused) from None
        is_too_long = len(answer.body) > limit
        if is_too_long or answer.headers.get("connection", "").lower() == "close":
            self._discard(endpoint)
        if is_too_long:
            raise ExchangeFailed("the answer is longer than allowed")
        kept.used_at, kept.reused, kept.served = self._now(), True, connection
        return answer

    def _take(self, endpoint: Endpoint) -> _Kept:
        kept = self._kept.get(endpoint)
        if kept is None or self._is_dead(kept):
            self._discard(endpoint)
            kept = self._kept[endpoint] = self._opened(endpoint)
        return kept

    def _opened(self, endpoint: Endpoint, *, reused: bool = False) -> _Kept:
        return _Kept(opening=self._connect(endpoint), used_at=self._now(), reused=reused)

    def _is_dead(self, kept: _Kept) -> bool:
        if not 0 <= self._now() - kept.used_at <= self._max_idle:
            return True
        if kept.served:
            return not kept.served.is_open()
        if not kept.opening.done():
            return False
        return kept.opening.exception() is not None or not kept.opening.result().is_open()

    def _discard(self, endpoint: Endpoint) -> None:
        kept = self._kept.pop(endpoint, None)
        if kept and kept.opening.done() and kept.opening.exception() is None:
            kept.opening.result().close()

    def _connect(self, endpoint: Endpoint) -> "Future[HttpClientConnection]":
        options = SocketOptions()
        options.connect_timeout_ms = int(self._connect_timeout * 1000)
        tls = None
        if endpoint.secure:
            tls = self._tls_context().new_connection_options()
            tls.set_server_name(endpoint.host)
        opening: Future[HttpClientConnection] = HttpClientConnection.new(
            endpoint.host, endpoint.port, socket_options=options, tls_connection_options=tls
        )
        return opening

    def _tls_context(self) -> ClientTlsContext:
        # Made on first use: reading the system's certificates takes tens of milliseconds.
        if self._tls is None:
            options = TlsContextOptions()
            if self._ca_file:
                options.override_default_trust_store_from_path(ca_filepath=self._ca_file)
            self._tls = ClientTlsContext(options)
        return self._tls


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError | Empty):
        return "no answer in time"
    return str(getattr(error, "name", None) or type(error).__name__)
