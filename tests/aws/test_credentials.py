from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hookproof.aws.budget import Budget
from hookproof.aws.connections import Connections
from hookproof.aws.credentials import (
    ContainerCredentials,
    Credentials,
    EnvironmentCredentials,
    container_endpoint,
    credentials_of,
)
from hookproof.errors import ConfigurationError, Unavailable
from tests.aws.conftest import KEYS, Clock
from tests.aws.fault_server import Behaviour, FaultServer, answer, garbage, slow

Make = Callable[[dict[str, str]], Credentials]


@pytest.fixture
def make(connections: Connections, clock: Clock, budget: Budget) -> Make:
    return lambda environ: credentials_of(
        environ, connections=connections, now=clock.now, budget=budget
    )


def key_of(credentials: Credentials) -> str:
    return str(credentials.provider().get_credentials().result(1).access_key_id)


def issued(clock: Clock, key: str, *, seconds: float) -> Behaviour:
    expires = datetime.fromtimestamp(clock.time + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", "Expiration": expires}
    return answer(200, document)


def test_the_environments_key_comes_first(make: Make) -> None:
    credentials = make(KEYS | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1"})
    assert isinstance(credentials, EnvironmentCredentials)
    held = credentials.provider().get_credentials().result(1)
    assert held.secret_access_key == KEYS["AWS_SECRET_ACCESS_KEY"]
    assert held.session_token == KEYS["AWS_SESSION_TOKEN"]
    credentials.forget()
    assert key_of(credentials) == KEYS["AWS_ACCESS_KEY_ID"]


def test_without_any_the_variables_are_named(make: Make) -> None:
    with pytest.raises(ConfigurationError, match="AWS_ACCESS_KEY_ID"):
        make({})
    with pytest.raises(ConfigurationError, match="AWS_SECRET_ACCESS_KEY"):
        make({"AWS_ACCESS_KEY_ID": "a"})


def test_container_credentials_are_kept_and_fetched_again_before_they_expire(
    make: Make, server: FaultServer, clock: Clock, budget: Budget
) -> None:
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the-token",
    }
    credentials = make(environ)
    server.script.append(issued(clock, "FIRST", seconds=1000))
    assert [key_of(credentials), key_of(credentials)] == ["FIRST", "FIRST"]
    (request,) = server.received
    assert (request.method, request.path) == ("GET", "/v1/credentials")
    assert request.headers["authorization"] == "the-token"

    clock.time += 701  # within five minutes of the end
    budget.restart()
    environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "after-restore"
    server.script.append(issued(clock, "SECOND", seconds=1000))
    assert key_of(credentials) == "SECOND"
    assert server.received[-1].headers["authorization"] == "after-restore"


def test_forgotten_credentials_are_fetched_again(
    make: Make, server: FaultServer, clock: Clock
) -> None:
    credentials = make({"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url})
    server.script.extend(issued(clock, key, seconds=1000) for key in ("A", "B"))
    assert key_of(credentials) == "A"
    credentials.forget()
    assert key_of(credentials) == "B"
    assert "authorization" not in server.received[0].headers


def test_while_the_endpoint_fails_held_credentials_serve_to_their_end(
    make: Make, server: FaultServer, clock: Clock, budget: Budget
) -> None:
    credentials = make({"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url})
    server.script.append(issued(clock, "HELD", seconds=1000))
    assert key_of(credentials) == "HELD"
    server.usual = answer(500, b"")
    clock.time += 999
    budget.restart()
    assert key_of(credentials) == "HELD"
    clock.time += 1
    with pytest.raises(Unavailable, match="status 500"):
        credentials.provider()


@pytest.mark.parametrize(
    "fault",
    [
        answer(403, b""),
        answer(200, b"not JSON"),
        answer(200, []),
        answer(200, {"AccessKeyId": "a"}),
        answer(200, {"AccessKeyId": 1, "SecretAccessKey": 2, "Expiration": "2026-01-01T00:00:00Z"}),
        answer(200, {"AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": "soon"}),
        garbage,
        slow(1.5, answer(200, {})),
    ],
)
def test_an_endpoint_that_gives_none_is_unavailable(
    make: Make, server: FaultServer, fault: Behaviour
) -> None:
    server.usual = fault
    with pytest.raises(Unavailable, match="container credentials"):
        make({"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url}).provider()


def test_the_token_may_stand_in_a_file(
    make: Make, server: FaultServer, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this",
    }
    server.usual = issued(clock, "A", seconds=1000)
    make(environ).provider()
    assert server.received[0].headers["authorization"] == "from-file"
    file.unlink()
    with pytest.raises(ConfigurationError, match="AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        make(environ).provider()


def test_plain_http_is_only_for_the_machine_and_the_known_addresses() -> None:
    relative = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}
    endpoint = container_endpoint(relative)
    assert (endpoint.host, endpoint.prefix) == ("169.254.170.2", "/v2/x")
    for host in ("127.0.0.1:9001", "localhost", "[::1]", "169.254.170.23", "[fd00:ec2::23]"):
        container_endpoint({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/x"})
    container_endpoint({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://credentials.example/x"})
    with pytest.raises(ConfigurationError, match="expected https"):
        container_endpoint({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://credentials.example/x"})


def test_container_credentials_are_chosen_by_either_variable(make: Make) -> None:
    for name in ("FULL", "RELATIVE"):
        made = make({f"AWS_CONTAINER_CREDENTIALS_{name}_URI": "/x"})
        assert isinstance(made, ContainerCredentials)
