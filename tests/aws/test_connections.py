"""TLS against real certificates on loopback; the rest of connections is tested with the client."""

import datetime as dt
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from awscrt.http import HttpHeaders, HttpRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hookproof.aws.connections import Answer, Connections, ExchangeFailed
from hookproof.aws.endpoints import Endpoint
from tests.aws.conftest import Clock
from tests.aws.fault_server import Behaviour, Exchange, FaultServer, answer, slow


def write_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=3))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file


def exchange(connections: Connections, endpoint: Endpoint, *, timeout: float = 2.0) -> Answer:
    request = HttpRequest("GET", "/", HttpHeaders([("Host", endpoint.authority)]))
    return connections.exchange(endpoint, request, timeout=timeout, limit=1000)


def get(connections: Connections, endpoint: Endpoint, *, timeout: float = 2.0) -> int:
    return exchange(connections, endpoint, timeout=timeout).status


def in_parts(parts: Sequence[bytes], *, pause: float) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        exchange.respond(200, b"", {"Content-Length": str(sum(map(len, parts)))})
        for part in parts:
            exchange.handler.wfile.write(part)
            exchange.wait(pause)

    return behave


def test_tls_trusts_the_given_authority_and_no_other(
    server: FaultServer, clock: Clock, tmp_path: Path
) -> None:
    certificate, key = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    # The handshake is the connection's thread's business, or one that fails stops the server.
    server.wrap(
        lambda plain: context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
    )
    endpoint = Endpoint(secure=True, host="localhost", port=server.port)

    trusting = Connections(now=clock.now, ca_file=str(certificate))
    assert [get(trusting, endpoint), get(trusting, endpoint)] == [200, 200]
    assert server.connections == 1
    by_address = Endpoint(secure=True, host="127.0.0.1", port=server.port)
    # The runtime's TLS says why only after a random delay of many seconds, against oracles.
    for connections, refused in [
        (Connections(now=clock.now, ca_file=str(certificate), connect_timeout=0.3), by_address),
        (Connections(now=clock.now, connect_timeout=0.3), endpoint),
    ]:
        with pytest.raises(ExchangeFailed):
            get(connections, refused)
    assert len(server.received) == 2


def test_an_answer_that_comes_too_late_never_reaches_the_next_call(
    server: FaultServer, connections: Connections
) -> None:
    endpoint = Endpoint.of(server.url, name="x")
    server.script.append(slow(1.0, answer(418, b"late")))
    with pytest.raises(ExchangeFailed, match="no answer in time"):
        get(connections, endpoint, timeout=0.5)
    assert get(connections, endpoint) == 200
    assert server.connections == 2


def test_the_answer_is_the_one_behind_those_that_only_inform(
    server: FaultServer, connections: Connections
) -> None:
    def hint_first(exchange: Exchange) -> None:
        exchange.handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nX-Hint: early\r\n\r\n")
        exchange.respond(202, b"last", {"Content-Length": "4"})

    server.script.append(hint_first)
    found = exchange(connections, Endpoint.of(server.url, name="x"))
    assert (found.status, found.body, "x-hint" in found.headers) == (202, b"last", False)


def test_a_body_in_parts_is_read_whole_up_to_the_limit(
    server: FaultServer, connections: Connections
) -> None:
    endpoint = Endpoint.of(server.url, name="x")
    parts = [b"a" * 600, b"b" * 400]
    server.script += [in_parts(parts, pause=0.05), in_parts([*parts, b"c"], pause=0.05)]
    assert exchange(connections, endpoint).body == b"".join(parts)
    with pytest.raises(ExchangeFailed, match="longer than allowed"):
        get(connections, endpoint)
    # What was left unread belongs to nobody: the next call has a connection of its own.
    assert get(connections, endpoint) == 200
    assert server.connections == 2


def test_an_answer_that_drips_in_must_be_whole_in_time(
    server: FaultServer, connections: Connections
) -> None:
    server.script.append(in_parts([b"x"] * 20, pause=0.1))
    with pytest.raises(ExchangeFailed, match="no answer in time"):
        get(connections, Endpoint.of(server.url, name="x"), timeout=0.5)


def test_a_connection_that_cannot_be_made_in_time_fails_in_time(clock: Clock) -> None:
    # The backlog of a listening socket that nobody serves is soon full; TLS then never starts.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as silent:
        endpoint = Endpoint(secure=True, host="localhost", port=silent.getsockname()[1])
        connections = Connections(now=clock.now, connect_timeout=0.2)
        with pytest.raises(ExchangeFailed):
            get(connections, endpoint)
