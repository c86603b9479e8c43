"""Kept HTTP/1.1 connections on AWS's C runtime: one per endpoint, opened again when it is dead.

A Lambda environment handles one delivery at a time and may be frozen for minutes between two,
so there is at most one connection per endpoint, and an old one is never trusted.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future

from awscrt.exceptions import AwsCrtError
from awscrt.http import HttpClientConnection, HttpRequest
from awscrt.io import ClientTlsContext, SocketOptions, TlsContextOptions

from hookproof.aws.endpoints import Endpoint
from hookproof.values import field, frozen, mutable

_SUCCESS = range(200, 300)
_TOO_LONG = "the answer is longer than allowed"


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


@mutable
class _Reading:
    limit: int
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    too_long: bool = False

    def on_response(
        self, status_code: int, headers: Iterable[tuple[str, str]], **_: object
    ) -> None:
        self.status = status_code
        self.headers = {name.lower(): value for name, value in headers}

    def on_body(self, http_stream: object, chunk: bytes, **_: object) -> None:
        if len(self.body) + len(chunk) > self.limit:
            self.too_long = True
            http_stream.connection.close()  # type: ignore[attr-defined]
        else:
            self.body += chunk


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
        reading = _Reading(limit=limit)
        try:
            connection = kept.opening.result(min(timeout, self._connect_timeout))
            stream = connection.request(request, reading.on_response, reading.on_body)
            stream.activate()
            stream.completion_future.result(timeout)
        except (AwsCrtError, OSError, RuntimeError, TimeoutError) as error:
            self._discard(endpoint)
            raise ExchangeFailed(_said(error, reading), reused=kept.reused) from None
        if reading.too_long or reading.headers.get("connection", "").lower() == "close":
            self._discard(endpoint)
        if reading.too_long:
            raise ExchangeFailed(_TOO_LONG)
        kept.used_at, kept.reused = self._now(), True
        return Answer(status=reading.status, headers=reading.headers, body=bytes(reading.body))

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


def _said(error: Exception, reading: _Reading) -> str:
    if reading.too_long:
        return _TOO_LONG
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "name", None) or type(error).__name__)
