"""The server over real sockets."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from hookproof.errors import ConfigurationError
from hookproof.local.gateway import MAX_BODY, MAX_HEAD, Gateway
from hookproof.messages import Headers, Request, Response

Received = list[Request]

BOTH_LENGTHS = (
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1\r\na\r\n0\r\n\r\n"
)


@pytest.fixture
def received() -> Received:
    return []


@pytest.fixture
def gateway(received: Received) -> Iterator[Gateway]:
    def answer(request: Request, source_ip: str) -> Response:
        received.append(request)
        headers = Headers([("Content-Type", "application/octet-stream"), ("X-From", source_ip)])
        status = {"/204": 204, "/304": 304}.get(request.path, 200)
        return Response(status=status, headers=headers, body=request.body[:64])

    server = Gateway(answer)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    yield connection
    connection.close()


def exchange(gateway: Gateway, sent: bytes) -> bytes:
    """What comes back for these very bytes, until the server closes or has answered."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as plain:
        plain.sendall(sent)
        plain.shutdown(socket.SHUT_WR)
        answer = b""
        while data := plain.recv(65_536):
            answer += data
    return answer


def test_every_byte_survives_in_both_directions(
    client: http.client.HTTPConnection, received: Received
) -> None:
    body = bytes(range(256))
    client.request("POST", "/webhooks/a%2Fb?x=%20&x=", body, {"X-Odd": "a\xe9\x85b"})
    answer = client.getresponse()
    assert answer.read() == body[:64]
    assert answer.getheader("X-From") == "127.0.0.1"
    assert received[0].body == body
    assert received[0].path == "/webhooks/a%2Fb"
    assert received[0].query == "x=%20&x="
    assert received[0].headers["x-odd"] == "a\xe9\x85b"


def test_one_connection_carries_many_requests(
    client: http.client.HTTPConnection, received: Received
) -> None:
    client.connect()
    plain = client.sock
    for number in range(5):
        client.request("POST", f"/{number}", b"x")
        client.getresponse().read()
    assert client.sock is plain
    assert [request.path for request in received] == ["/0", "/1", "/2", "/3", "/4"]


def test_chunked_bodies_are_put_together(
    client: http.client.HTTPConnection, received: Received
) -> None:
    client.request(
        "POST",
        "/",
        iter([b"ab", b"", b"cd"]),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert client.getresponse().read() == b"abcd"
    assert received[0].body == b"abcd"


def test_the_largest_body_is_taken_and_one_byte_more_is_413(
    client: http.client.HTTPConnection, received: Received
) -> None:
    client.request("POST", "/", b"x" * MAX_BODY)
    assert client.getresponse().read() == b"x" * 64
    client.request("POST", "/", b"x" * (MAX_BODY + 1))
    answer = client.getresponse()
    assert (answer.status, answer.read()) == (413, b'{"message":"Request Entity Too Large"}')
    assert len(received) == 1


def test_a_chunked_body_beyond_the_limit_is_413(
    client: http.client.HTTPConnection, received: Received
) -> None:
    client.request(
        "POST",
        "/",
        iter([b"x" * 1_000_000] * 11),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert client.getresponse().status == 413
    assert received == []


@pytest.mark.parametrize("size", [MAX_HEAD, 1_000_000])
def test_headers_beyond_ten_kilobytes_are_431(
    client: http.client.HTTPConnection, received: Received, size: int
) -> None:
    client.request("POST", "/", b"x", {"X-Long": "y" * size})
    answer = client.getresponse()
    assert (answer.status, answer.read()) == (431, b'{"message":"Request Header Fields Too Large"}')
    assert received == []


def test_headers_up_to_the_limit_are_taken(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/", b"x", {"X-Long": "y" * (MAX_HEAD - 200)})
    assert client.getresponse().status == 200


@pytest.mark.parametrize("method", ["HEAD", "GET", "OPTIONS"])
def test_other_methods_arrive(
    client: http.client.HTTPConnection, received: Received, method: str
) -> None:
    client.request(method, "/")
    answer = client.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    assert received[0].method == method


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_none(client: http.client.HTTPConnection, status: int) -> None:
    client.request("POST", f"/{status}", b"xyz")
    assert client.getresponse().read() == b""
    client.request("POST", "/", b"next")
    assert client.getresponse().read() == b"next"


def test_a_sender_that_asks_before_the_body_is_told_to_go_on(gateway: Gateway) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as plain:
        plain.sendall(head)
        assert plain.recv(1000).startswith(b"HTTP/1.1 100")
        plain.sendall(b"abc")
        assert plain.recv(1000).endswith(b"abc")


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        BOTH_LENGTHS,
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost : h\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
    ],
)
def test_what_two_servers_could_read_in_two_ways_is_400(
    gateway: Gateway, received: Received, sent: bytes
) -> None:
    assert exchange(gateway, sent).startswith(b"HTTP/1.1 400 ")
    assert received == []


def test_a_body_that_ends_early_reaches_nobody(gateway: Gateway, received: Received) -> None:
    exchange(gateway, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
    assert received == []


def test_a_header_that_no_message_can_carry_is_502() -> None:
    server = Gateway(lambda *_: Response(status=200, headers=Headers([("X", "a\r\nb: c")])))
    server.start()
    try:
        assert exchange(server, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 502 ")
    finally:
        server.stop()


def test_a_tunnel_says_which_url_was_called(gateway: Gateway, received: Received) -> None:
    fields = b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: hooks.example.com\r\n"
    exchange(gateway, b"GET /a?b HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n")
    assert received[0].url == "https://hooks.example.com/a?b"


def test_many_connections_are_served_at_once() -> None:
    meeting = threading.Barrier(20, timeout=10)

    def answer(request: Request, _: str) -> Response:
        # Nobody is answered before everybody is here.
        meeting.wait()
        return Response(status=200, body=request.body)

    server = Gateway(answer)
    server.start()
    head = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
    sent = [head + b"%02d" % number for number in range(20)]
    try:
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda one: exchange(server, one), sent))
    finally:
        server.stop()
    assert [answer[-2:] for answer in answers] == [b"%02d" % number for number in range(20)]


def test_stopping_lets_an_answer_under_way_finish() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answer(*_: object) -> Response:
        begun.set()
        go_on.wait(10)
        return Response(status=200, body=b"done")

    server = Gateway(answer)
    server.start()
    with ThreadPoolExecutor(2) as pool:
        sent = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        reply = pool.submit(exchange, server, sent)
        assert begun.wait(10)
        stopping = pool.submit(server.stop)
        go_on.set()
        assert reply.result(10).endswith(b"done")
        stopping.result(10)


def test_a_port_that_is_taken_is_named(gateway: Gateway) -> None:
    with pytest.raises(ConfigurationError, match=f"--port {gateway.port}: another program"):
        Gateway(lambda *_: Response(status=200), port=gateway.port)
