"""An HTTP/1.1 server on loopback: exact bytes in, exact bytes out, many connections at once.

It knows API Gateway's limits and none of its events. h11 frames the messages, strictly: what two
servers could read in two ways is refused.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.client import responses
from typing import Any

import h11

from hookproof.errors import ConfigurationError
from hookproof.local.results import message
from hookproof.messages import Headers, Request, Response

# Source: the developer guide's quotas: 10 MB of payload, 10,240 bytes of request line and headers.
MAX_BODY = 10 * 1024 * 1024
MAX_HEAD = 10_240

_IDLE_SECONDS = 60
_CHUNK = 65_536
_LINGER_BYTES = 4 * MAX_BODY

Answer = Callable[[Request, str], Response]


class Refused(Exception):
    """The gateway answers by itself, and the function never sees the request."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = message(status, text)


class Gateway:
    """A server that hands each request, with the sender's address, to ``answer``."""

    def __init__(self, answer: Answer, *, port: int = 0, option: str = "--port") -> None:
        try:
            self._server = _Server(("127.0.0.1", port), _Connection)
        except OSError as error:
            raise port_error(error, port, option) from error
        self._server.answer = answer
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more connections, and let the answers under way finish."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.drain(seconds=5)


def port_error(error: OSError, port: int, option: str) -> ConfigurationError:
    """Why a port cannot be had, and what to do about it."""
    if error.errno == errno.EADDRINUSE:
        why = "another program listens there; choose another one, or 0 for any that is free"
    else:
        why = str(error.strerror).lower()
    return ConfigurationError(f"{option} {port}: {why}")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256
    answer: Answer

    def __init__(self, *args: Any) -> None:
        self._busy = 0
        self._idle = threading.Condition()
        super().__init__(*args)

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """Count an answer as under way, so that stopping waits for it."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def drain(self, *, seconds: float) -> None:
        """Wait until nothing is under way."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, timeout=seconds)


class _Connection(socketserver.BaseRequestHandler):
    request: socket.socket
    server: _Server

    def handle(self) -> None:
        """Serve one connection, request after request."""
        self.request.settimeout(_IDLE_SECONDS)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.framing = h11.Connection(h11.SERVER, max_incomplete_event_size=2 * _CHUNK)
        # A sender that hangs up or falls silent is no event: there is nobody to tell.
        with contextlib.suppress(OSError):
            while self._serve_one():
                self.framing.start_next_cycle()

    def _serve_one(self) -> bool:
        """Answer the next request; False when the connection is to be closed."""
        try:
            head = self._next()
            if not isinstance(head, h11.Request):
                return False
            with self.server.under_way():
                request = self._read(head)
                self._send(self.server.answer(request, str(self.client_address[0])), request.method)
        except Refused as refused:
            self._refuse(refused.response)
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint
            self._refuse(message(status, "Bad Request" if status < 431 else _HEAD_TOO_LARGE))  # noqa: PLR2004
        return self.framing.our_state is h11.DONE and self.framing.their_state is h11.DONE

    def _next(self) -> Any:
        while (event := self.framing.next_event()) is h11.NEED_DATA:
            if self.framing.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
                self.request.sendall(self.framing.send(go_on) or b"")
            self.framing.receive_data(self.request.recv(_CHUNK))
        return event

    def _read(self, head: h11.Request) -> Request:
        fields = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in head.headers.raw_items()
        ]
        size = len(head.method) + len(head.target) + sum(len(n) + len(v) for n, v in fields)
        if size > MAX_HEAD:
            raise Refused(431, _HEAD_TOO_LARGE)
        headers = Headers(fields)
        declared = headers.get("content-length")
        if declared is not None and "transfer-encoding" in headers:
            raise Refused(400, "Bad Request")
        if declared is not None and int(declared) > MAX_BODY:
            raise Refused(413, _BODY_TOO_LARGE)
        return Request(
            method=head.method.decode("ascii"),
            url=_url(head.target.decode("latin-1"), headers),
            headers=headers,
            body=self._read_body(),
        )

    def _read_body(self) -> bytes:
        body = bytearray()
        while isinstance(event := self._next(), h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                raise Refused(413, _BODY_TOO_LARGE)
        return bytes(body)

    def _send(self, response: Response, method: str = "POST") -> None:
        try:
            head = _head(response)
        except (h11.LocalProtocolError, UnicodeEncodeError):
            # A header that no HTTP message can carry is the function's mistake.
            response = message(502, "Internal Server Error")
            head = _head(response)
        data = self.framing.send(head) or b""
        if method != "HEAD" and response.status not in _WITHOUT_BODY:
            data += self.framing.send(h11.Data(data=response.body)) or b""
        data += self.framing.send(h11.EndOfMessage()) or b""
        self.request.sendall(data)

    def _refuse(self, response: Response) -> None:
        """Answer, and read on a little: a reset would take the answer away from the sender."""
        closing = Headers([*response.headers, ("Connection", "close")])
        if self.framing.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send(Response(status=response.status, headers=closing, body=response.body))
        self.request.shutdown(socket.SHUT_WR)
        self.request.settimeout(2)
        left = _LINGER_BYTES
        while left > 0 and (data := self.request.recv(_CHUNK)):
            left -= len(data)


def _head(response: Response) -> h11.Response:
    fields = [pair for pair in response.headers if pair[0].lower() not in _FRAMING]
    fields.append(("Date", formatdate(usegmt=True)))
    if response.status not in _WITHOUT_BODY:
        fields.append(("Content-Length", str(len(response.body))))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
    reason = responses.get(response.status, "").encode()
    return h11.Response(status_code=response.status, headers=encoded, reason=reason)


_FRAMING = frozenset(("content-length", "date", "transfer-encoding"))
_WITHOUT_BODY = frozenset((204, 304))
_HEAD_TOO_LARGE = "Request Header Fields Too Large"
_BODY_TOO_LARGE = "Request Entity Too Large"


def _url(target: str, headers: Headers) -> str:
    """The URL that was called; a tunnel in front says which one that was."""
    if "://" in target.partition("?")[0]:
        return target
    scheme = headers.get("x-forwarded-proto") or "http"
    host = headers.get("x-forwarded-host") or headers.get("host") or "localhost"
    return f"{scheme}://{host}{target}"
