"""A page that shows what arrived, what became of it, and the message as it lies in the queue.

It listens on loopback, on a port of its own: a tunnel to the gateway does not open it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from hookproof.errors import ConfigurationError
from hookproof.local.gateway import Gateway
from hookproof.local.results import message
from hookproof.local.views import detail, summary
from hookproof.messages import Headers, Request, Response

if TYPE_CHECKING:
    from hookproof.local.stack import LaptopStack

USUAL_PORT = 8001

_WAIT_SECONDS = 20
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
# What is shown was sent by strangers: it is text, and nothing in it runs or loads.
_POLICY = "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'"


class Inspector:
    """Serves the page and its data; ``port`` None takes the usual one, or any if that is taken."""

    def __init__(self, stack: LaptopStack, *, port: int | None) -> None:
        self._stack = stack
        self._gateway = self._listen(port)

    def _listen(self, port: int | None) -> Gateway:
        if port is not None:
            return Gateway(self._answer, port=port, option="--inspector-port")
        try:
            return Gateway(self._answer, port=USUAL_PORT)
        except ConfigurationError:
            return Gateway(self._answer)

    @property
    def url(self) -> str:
        """Where to look."""
        return f"{self._gateway.url}/"

    def start(self) -> None:
        """Begin to answer."""
        self._gateway.start()

    def stop(self) -> None:
        """Stop; a page that waits for news is told that there are none."""
        self._stack.journal.close()
        self._gateway.stop()

    def _answer(self, request: Request, _: str) -> Response:
        allowed = {f"{host}:{self._gateway.port}" for host in ("127.0.0.1", "localhost")}
        if request.headers.get("host") not in allowed:
            # Another site's name that points to loopback could read everything here.
            return message(403, "Forbidden")
        path, parts = request.path, request.path.strip("/").split("/")
        if path in _FILES:
            return _file(*_FILES[path])
        if parts == ["deliveries"]:
            return self._list(request)
        if parts[0] == "deliveries" and len(parts) > 1 and parts[1].isdigit():
            return self._one(request, int(parts[1]), parts[2:])
        return message(404, "Not Found")

    def _list(self, request: Request) -> Response:
        after = parse_qs(request.query).get("after", ["0"])[0]
        number = int(after) if after.isdigit() else 0
        found = self._stack.journal.after(number, seconds=_WAIT_SECONDS if number else 0)
        return _json(
            {
                "deliveries": [summary(one, self._stack.secrets) for one in found],
                "waiting": self._stack.aws.count(self._stack.queue_url),
                "url": self._stack.url,
            }
        )

    def _one(self, request: Request, number: int, action: list[str]) -> Response:
        delivery = self._stack.journal.get(number)
        if delivery is None:
            return message(404, "Not Found")
        if not action and request.method == "GET":
            return _json(detail(delivery, self._stack.secrets))
        # A header that no form and no other site's script can send without being asked first.
        if action == ["replay"] and request.method == "POST" and "x-inspector" in request.headers:
            response = self._stack.answer(delivery.request, "127.0.0.1")
            return _json({"status": response.status})
        return message(405, "Method Not Allowed")


def _file(name: str, content_type: str) -> Response:
    body = (Path(__file__).parent / "page" / name).read_bytes()
    return Response(status=200, headers=_headers(content_type), body=body)


def _json(document: Any) -> Response:
    return Response(
        status=200, headers=_headers("application/json"), body=json.dumps(document).encode()
    )


def _headers(content_type: str) -> Headers:
    return Headers(
        [
            ("Content-Type", content_type),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", _POLICY),
            ("X-Content-Type-Options", "nosniff"),
        ]
    )
