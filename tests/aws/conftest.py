"""Clients on a fault server, with a clock that tests move and sleeps that take no time."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from hookproof.aws.budget import Budget
from hookproof.aws.client import Client, Pace
from hookproof.aws.connections import Connections
from hookproof.aws.credentials import EnvironmentCredentials
from hookproof.aws.endpoints import Endpoints
from tests.aws.fault_server import FaultServer

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example-secret-key",
    "AWS_SESSION_TOKEN": "example-session-token",
}


class Clock:
    """Time that stands still until a test moves it, for both kinds of clock."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def budget(clock: Clock) -> Budget:
    return Budget(2.5, monotonic=clock.now)


@pytest.fixture
def connections(clock: Clock) -> Connections:
    return Connections(now=clock.now)


MakeClient = Callable[[Mapping[str, str]], Client]


@pytest.fixture
def make_client(clock: Clock, budget: Budget, connections: Connections) -> MakeClient:
    def make(overrides: Mapping[str, str]) -> Client:
        return Client(
            endpoints=Endpoints("eu-west-1", overrides),
            connections=connections,
            credentials=EnvironmentCredentials(KEYS),
            budget=budget,
            pace=Pace(now=clock.now, sleep=clock.sleep, jitter=lambda: 1.0, answer_timeout=1.0),
        )

    return make


@pytest.fixture
def client(make_client: MakeClient, server: FaultServer) -> Client:
    return make_client({"*": server.url})
