import pytest

from hookproof.aws.budget import Budget
from hookproof.aws.connections import Connections
from hookproof.aws.keys import Documents
from hookproof.errors import ConfigurationError, Unavailable
from tests.aws.conftest import Clock
from tests.aws.fault_server import Behaviour, FaultServer, answer, garbage, reset, slow


@pytest.fixture
def documents(connections: Connections, budget: Budget, clock: Clock) -> Documents:
    return Documents(connections, budget=budget, now=clock.now, plain_loopback=True)


def test_a_document_is_fetched_once_and_kept(documents: Documents, server: FaultServer) -> None:
    server.usual = answer(200, b"PEM")
    url = server.url + "/certs/a.pem?x=%2F#part"
    assert [documents.fetch(url, False) for _ in range(3)] == [b"PEM"] * 3
    (request,) = server.received
    assert (request.method, request.path) == ("GET", "/certs/a.pem?x=%2F")
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("", 3600),
        ("max-age=600", 600),
        ("public, max-age=600, must-revalidate", 600),
        ('Max-Age="600"', 600),
        ("max-age=0", 60),
        ("max-age=99999999", 86_400),
        ("s-maxage=5", 3600),
        ("no-store", 3600),
    ],
)
def test_it_is_kept_as_long_as_its_server_says_within_bounds(
    documents: Documents, server: FaultServer, clock: Clock, control: str, seconds: int
) -> None:
    server.usual = answer(200, b"old", Cache_Control=control)
    documents.fetch(server.url, False)
    server.usual = answer(200, b"new")
    clock.time += seconds - 1
    assert documents.fetch(server.url, False) == b"old"
    clock.time += 1
    documents._budget.restart()
    assert documents.fetch(server.url, False) == b"new"


def test_an_unknown_key_fetches_again_once_per_interval(
    documents: Documents, server: FaultServer, clock: Clock, budget: Budget
) -> None:
    server.usual = answer(200, b"old")
    documents.fetch(server.url, False)
    clock.time += 30
    budget.restart()
    server.usual = answer(200, b"new")
    assert [documents.fetch(server.url, True) for _ in range(9)] == [b"new"] * 9
    assert len(server.received) == 2


FAULTS = [
    answer(500, b""),
    answer(404, b""),
    answer(302, b"", Location="http://127.0.0.1:1/"),
    answer(200, b"x" * (256 * 1024 + 1)),
    garbage,
    reset,
    slow(1.3, answer(200, b"late")),
]


@pytest.mark.parametrize("fault", FAULTS)
def test_while_the_server_fails_the_old_document_serves_for_a_day(
    documents: Documents, server: FaultServer, clock: Clock, budget: Budget, fault: Behaviour
) -> None:
    server.usual = answer(200, b"old")
    documents.fetch(server.url, False)
    server.usual = fault
    clock.time += 3600 + 86_399
    budget.restart()
    assert documents.fetch(server.url, False) == b"old"
    clock.time += 1
    with pytest.raises(Unavailable):
        documents.fetch(server.url, False)


@pytest.mark.parametrize("fault", FAULTS)
def test_without_an_old_one_it_is_unavailable_and_not_asked_for_at_once_again(
    documents: Documents, server: FaultServer, clock: Clock, budget: Budget, fault: Behaviour
) -> None:
    server.usual = fault
    for _ in range(3):
        with pytest.raises(Unavailable, match=r"^a key cannot be fetched from 127\.0\.0\.1:"):
            documents.fetch(server.url + "/secret-path", False)
    assert len(server.received) == 1
    server.usual = answer(200, b"found")
    clock.time += 5
    budget.restart()
    assert documents.fetch(server.url + "/secret-path", False) == b"found"


def test_a_connection_that_died_idle_is_opened_again(
    documents: Documents, server: FaultServer
) -> None:
    server.usual = answer(200, b"x")
    documents.fetch(server.url + "/1", False)
    server.script.append(reset)
    assert documents.fetch(server.url + "/2", False) == b"x"


def test_memory_is_bounded(documents: Documents, server: FaultServer) -> None:
    for number in range(100):
        documents.fetch(f"{server.url}/{number}", False)
    assert len(documents._kept) == len(documents._tried) == 64


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/key",
        "ftp://127.0.0.1/key",
        "https://example.com/a b",
        "https://example.com/é",
        "https://example.com/a\r\nHost: x",
        "https://user@example.com/",
        "",
    ],
)
def test_only_https_and_a_well_formed_path_are_called(documents: Documents, url: str) -> None:
    with pytest.raises(ConfigurationError, match="the address of a key"):
        documents.fetch(url, False)


def test_plain_http_is_refused_even_on_loopback_unless_allowed(
    connections: Connections, budget: Budget, clock: Clock, server: FaultServer
) -> None:
    documents = Documents(connections, budget=budget, now=clock.now)
    with pytest.raises(ConfigurationError, match="expected https"):
        documents.fetch(server.url, False)
    assert server.received == []
