"""A real HTTP server on loopback that answers as told: slow, wrong, cut off, or not at all."""

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came in; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


Behaviour = Callable[["Exchange"], None]


class Exchange:
    """What a behaviour may do with one request."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, request: Received, released: threading.Event
    ) -> None:
        self.handler = handler
        self.request = request
        self._released = released

    def respond(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.handler.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def wait(self, seconds: float) -> None:
        self._released.wait(seconds)

    def hang_up(self, *, reset: bool = False) -> None:
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.handler.close_connection = True


def answer(status: int, body: object, **headers: str) -> Behaviour:
    """An answer with a JSON body, or the very bytes."""
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.respond(status, octets, fields)


def refusal(status: int, code: str, message: str = "") -> Behaviour:
    """A JSON-protocol service's error."""
    return answer(status, {"__type": f"com.amazonaws.test#{code}", "message": message})


def slow(seconds: float, then: Behaviour) -> Behaviour:
    """The same, too late; ends early when the server is closed."""

    def behave(exchange: Exchange) -> None:
        exchange.wait(seconds)
        then(exchange)

    return behave


def reset(exchange: Exchange) -> None:
    """Reset the TCP connection instead of an answer."""
    exchange.hang_up(reset=True)


def garbage(exchange: Exchange) -> None:
    """Bytes that are no HTTP."""
    exchange.handler.wfile.write(b"\x00\xff no such protocol\r\n\r\n")
    exchange.hang_up()


def cut_off(exchange: Exchange) -> None:
    """An answer that ends in the middle of its body."""
    exchange.respond(200, b'{"half":', {"Content-Length": "1000"})
    exchange.hang_up()


class FaultServer:
    """Behaves as ``script`` says, one behaviour per request, then as ``usual``."""

    def __init__(self, usual: Behaviour | None = None, *, port: int = 0) -> None:
        self.usual: Behaviour = usual or answer(200, {})
        self.script: deque[Behaviour] = deque()
        self.received: list[Received] = []
        self.connections = 0
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def wrap(self, wrapper: Callable[[socket.socket], socket.socket]) -> None:
        """Put TLS around the listening socket."""
        self._server.socket = wrapper(self._server.socket)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer is written in two pieces; Nagle would delay the second by 40 ms.
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                server.connections += 1

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    self.close_connection = True

            def do_GET(self) -> None:
                self._serve()

            def do_PUT(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Received(method=self.command, path=self.path, headers=headers, body=body)
                server.received.append(request)
                behave = server.script.popleft() if server.script else server.usual
                behave(Exchange(self, request, server._released))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        return Handler
