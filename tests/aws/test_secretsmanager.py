import pytest

from hookproof.aws.client import Client
from hookproof.aws.secretsmanager import SecretStore
from hookproof.aws.service_errors import Refused
from hookproof.errors import ConfigurationError, Unavailable, UnknownSource
from tests.aws.conftest import Clock
from tests.aws.fault_server import FaultServer, answer, refusal

NOT_FOUND = refusal(400, "ResourceNotFoundException", "can't find the specified secret.")
NO_STAGE = refusal(
    400,
    "ResourceNotFoundException",
    "can't find the specified secret value for staging label: AWSCURRENT",
)


@pytest.fixture
def store(client: Client, clock: Clock) -> SecretStore:
    return SecretStore(client, prefix="hookproof/", overlap=86_400, now=clock.now)


def stages(server: FaultServer) -> list[tuple[str, str]]:
    return [(one.payload["SecretId"], one.payload["VersionStage"]) for one in server.received]


def test_long_after_a_rotation_one_call_does(
    store: SecretStore, server: FaultServer, clock: Clock
) -> None:
    rotated = clock.time - 86_400
    server.script.append(answer(200, {"SecretString": "now", "CreatedDate": rotated}))
    versions = store.fetch("stripe", False)
    assert (versions.current, versions.previous) == ("now", None)
    assert versions.rotated_at == rotated
    assert stages(server) == [("hookproof/stripe", "AWSCURRENT")]
    assert server.received[0].headers["x-amz-target"] == "secretsmanager.GetSecretValue"


def test_within_the_overlap_the_previous_value_is_fetched_too(
    store: SecretStore, server: FaultServer, clock: Clock
) -> None:
    server.script.extend(
        [
            answer(200, {"SecretString": "now", "CreatedDate": clock.time - 86_399}),
            answer(200, {"SecretString": "before", "CreatedDate": 1.0}),
        ]
    )
    versions = store.fetch("stripe", False)
    assert (versions.current, versions.previous) == ("now", "before")
    assert [stage for _, stage in stages(server)] == ["AWSCURRENT", "AWSPREVIOUS"]


def test_a_secret_that_was_never_rotated_has_no_previous_value(
    store: SecretStore, server: FaultServer, clock: Clock
) -> None:
    current = answer(200, {"SecretString": "now", "CreatedDate": clock.time})
    server.script.extend([current, NOT_FOUND])
    assert store.fetch("stripe", False).previous is None


def test_when_the_previous_value_cannot_be_read_nothing_is_decided_without_it(
    store: SecretStore, server: FaultServer, clock: Clock
) -> None:
    server.script.append(answer(200, {"SecretString": "now", "CreatedDate": clock.time}))
    server.usual = refusal(500, "InternalServiceError")
    with pytest.raises(Unavailable):
        store.fetch("stripe", False)


def test_a_secret_that_is_not_there_is_an_unknown_source(
    store: SecretStore, server: FaultServer
) -> None:
    server.usual = NOT_FOUND
    with pytest.raises(UnknownSource):
        store.fetch("stripe", False)


def test_a_secret_without_a_value_is_the_operators_matter(
    store: SecretStore, server: FaultServer
) -> None:
    server.usual = NO_STAGE
    with pytest.raises(ConfigurationError, match="hookproof/stripe has no value"):
        store.fetch("stripe", False)


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "InvalidRequestException", "DecryptionFailure"]
)
def test_a_secret_that_may_not_be_read_is_the_operators_matter(
    store: SecretStore, server: FaultServer, code: str
) -> None:
    server.usual = refusal(400, code)
    with pytest.raises(Refused, match=code):
        store.fetch("stripe", False)


def test_in_a_hurry_there_is_one_attempt(store: SecretStore, server: FaultServer) -> None:
    server.usual = refusal(500, "InternalServiceError")
    with pytest.raises(Unavailable):
        store.fetch("stripe", True)
    assert len(server.received) == 1


@pytest.mark.parametrize(("binary", "text"), [("bm93", "now"), ("w6k=", "é")])
def test_a_binary_secret_is_text_in_utf8(
    store: SecretStore, server: FaultServer, binary: str, text: str
) -> None:
    server.usual = answer(200, {"SecretBinary": binary, "CreatedDate": 1})
    assert store.fetch("stripe", False).current == text


@pytest.mark.parametrize("document", [{}, {"SecretBinary": "/w=="}, {"SecretBinary": 1}])
def test_what_is_no_text_is_named_and_not_shown(
    store: SecretStore, server: FaultServer, document: dict[str, object]
) -> None:
    server.usual = answer(200, document)
    with pytest.raises(ConfigurationError, match=r"^the secret hookproof/stripe: expected text$"):
        store.fetch("stripe", False)
