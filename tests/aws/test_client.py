import hashlib
from dataclasses import replace

import pytest
from awscrt.http import HttpRequest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from hookproof.aws.budget import Budget
from hookproof.aws.client import Client
from hookproof.aws.connections import Answer
from hookproof.aws.endpoints import Endpoint
from hookproof.aws.service_errors import NotFound, Refused
from hookproof.errors import ConfigurationError, Unavailable
from tests.aws.conftest import KEYS, Clock, MakeClient
from tests.aws.fault_server import (
    Behaviour,
    FaultServer,
    Received,
    answer,
    cut_off,
    garbage,
    refusal,
    reset,
    slow,
)


def call(client: Client) -> dict[str, object]:
    return client.json("sqs", "AmazonSQS.SendMessage", {"MessageBody": "é"})


def expected_authorization(request: Received, server: FaultServer, service: str) -> str:
    """What AWS's other implementation computes from the request as it arrived."""
    signed = request.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    mirrored = AWSRequest(
        method=request.method,
        url=server.url + request.path,
        data=request.body,
        headers={name: request.headers[name] for name in signed if name != "x-amz-security-token"},
    )
    mirrored.context["timestamp"] = request.headers["x-amz-date"]
    credentials = BotoCredentials(*KEYS.values())
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    signer = kind(credentials, service, "eu-west-1")
    mirrored.headers["X-Amz-Security-Token"] = KEYS["AWS_SESSION_TOKEN"]
    canonical = signer.canonical_request(mirrored)
    text = signer.string_to_sign(mirrored, canonical)
    return str(signer.signature(text, mirrored))


@pytest.mark.parametrize("service", ["sqs", "secretsmanager", "dynamodb"])
def test_a_json_call_is_signed_as_botocore_signs_it(
    client: Client, server: FaultServer, service: str
) -> None:
    assert client.json(service, "Any.Target", {"Key": "é"}) == {}
    (request,) = server.received
    assert request.payload == {"Key": "é"}
    assert request.headers["x-amz-target"] == "Any.Target"
    assert request.headers["x-amz-date"] == "20231114T221320Z"
    assert request.headers["x-amz-security-token"] == KEYS["AWS_SESSION_TOKEN"]
    version = "1.1" if service == "secretsmanager" else "1.0"
    assert request.headers["content-type"] == f"application/x-amz-json-{version}"
    authorization = request.headers["authorization"]
    assert authorization.endswith("=" + expected_authorization(request, server, service))


def test_put_object_is_signed_with_its_body_as_botocore_signs_it(
    client: Client, server: FaultServer
) -> None:
    client.put_object("a-bucket", "large/stripe/0a-b_c.json", b"\x00\xff", content_type="x/y")
    (request,) = server.received
    assert (request.method, request.path) == ("PUT", "/a-bucket/large/stripe/0a-b_c.json")
    assert request.body == b"\x00\xff"
    digest = hashlib.sha256(b"\x00\xff").hexdigest()
    assert request.headers["x-amz-content-sha256"] == digest
    authorization = request.headers["authorization"]
    assert authorization.endswith("=" + expected_authorization(request, server, "s3"))


@pytest.mark.parametrize(
    ("bucket", "host", "path"),
    [
        ("bodies", "bodies.s3.eu-west-1.amazonaws.com", "/k"),
        # The wildcard of S3's certificate covers no further dot.
        ("my.bodies", "s3.eu-west-1.amazonaws.com", "/my.bodies/k"),
    ],
)
def test_aws_own_s3_is_called_at_the_buckets_host(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, bucket: str, host: str, path: str
) -> None:
    client = make_client({})
    called: list[tuple[str, str, bool]] = []

    def exchange(endpoint: Endpoint, request: HttpRequest, **_: object) -> Answer:
        called.append((endpoint.authority, request.path, endpoint.secure))
        return Answer(status=200, headers={}, body=b"")

    monkeypatch.setattr(client._connections, "exchange", exchange)
    client.put_object(bucket, "k", b"", content_type="x/y")
    assert called == [(host, path, True)]


def test_one_connection_serves_call_after_call(client: Client, server: FaultServer) -> None:
    for _ in range(5):
        call(client)
    assert server.connections == 1


def test_an_idle_connection_is_opened_again(
    client: Client, server: FaultServer, clock: Clock, budget: Budget
) -> None:
    call(client)
    clock.time += 31
    budget.restart()
    call(client)
    assert server.connections == 2


def test_a_connection_that_died_unnoticed_costs_no_attempt(
    client: Client, server: FaultServer, clock: Clock
) -> None:
    call(client)
    server.script.extend([reset, reset, reset])
    call(client)
    # One on the old connection, two that counted, with a pause after each; then the answer.
    assert len(server.received) == 5
    assert clock.slept == [0.0, 0.1, 0.2]


def test_an_announced_close_is_honoured(client: Client, server: FaultServer) -> None:
    server.usual = answer(200, {}, Connection="close")
    call(client)
    call(client)
    assert server.connections == 2


@pytest.mark.parametrize(
    "fault",
    [
        refusal(500, "InternalFailure"),
        answer(503, b"<html>down</html>"),
        refusal(400, "ThrottlingException"),
        refusal(400, "RequestThrottled"),
        answer(429, b""),
        reset,
        garbage,
        cut_off,
        answer(200, b"not JSON"),
        answer(200, ["no object"]),
        slow(2.0, answer(200, {})),
    ],
)
def test_a_passing_fault_is_tried_again(
    client: Client, server: FaultServer, fault: Behaviour
) -> None:
    server.usual = answer(200, {"MessageId": "m"})
    server.script.append(fault)
    assert call(client) == {"MessageId": "m"}
    assert len(server.received) == 2


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refusal(500, "InternalFailure", "oh"), "AmazonSQS.SendMessage: InternalFailure: oh"),
        (answer(502, b""), "AmazonSQS.SendMessage: 502"),
        (refusal(400, "KmsThrottled"), "AmazonSQS.SendMessage: KmsThrottled"),
        (reset, "AmazonSQS.SendMessage: AWS_"),
        (garbage, "AmazonSQS.SendMessage: AWS_"),
        (slow(2.0, answer(200, {})), "AmazonSQS.SendMessage: no answer in time"),
    ],
)
def test_a_lasting_fault_is_unavailable_after_three_attempts(
    client: Client, server: FaultServer, fault: Behaviour, said: str
) -> None:
    server.usual = fault
    with pytest.raises(Unavailable) as caught:
        call(client)
    assert str(caught.value).startswith(said)
    assert len(server.received) == 3


def test_retries_end_with_the_budget(
    client: Client, server: FaultServer, budget: Budget, clock: Clock
) -> None:
    server.usual = refusal(500, "InternalFailure")
    client._pace = replace(client._pace, base=2.0, cap=2.0)
    budget.restart(at_most=1.9)
    with pytest.raises(Unavailable):
        call(client)
    assert (len(server.received), clock.slept) == (1, [])


def test_with_no_time_left_nothing_is_sent(
    client: Client, server: FaultServer, budget: Budget
) -> None:
    budget.restart(at_most=-1)
    with pytest.raises(Unavailable, match="used up"):
        call(client)
    assert server.received == []


def test_a_refused_connection_is_unavailable(make_client: MakeClient) -> None:
    with FaultServer() as gone:
        url = gone.url
    with pytest.raises(Unavailable, match="AWS_IO_SOCKET_CONNECTION_REFUSED"):
        call(make_client({"*": url}))


def test_a_host_without_an_address_is_unavailable(make_client: MakeClient) -> None:
    with pytest.raises(Unavailable, match="AWS_IO_DNS"):
        call(make_client({"*": "http://no-such-host.invalid"}))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", Refused),
        ("QueueDoesNotExist", Refused),
        ("UnrecognizedClientException", Refused),
        ("ResourceNotFoundException", NotFound),
    ],
)
def test_a_refusal_is_the_operators_matter_and_is_not_repeated(
    client: Client, server: FaultServer, code: str, kind: type[Refused]
) -> None:
    server.usual = refusal(400, code, "said AWS")
    with pytest.raises(ConfigurationError) as caught:
        call(client)
    assert type(caught.value) is kind
    assert str(caught.value) == f"AmazonSQS.SendMessage: {code}: said AWS"
    assert (caught.value.service_code, len(server.received)) == (code, 1)


@pytest.mark.parametrize("body", [b"", b"[]", b"<oops", b"oops", b"[" * 100_000, b"\xff"])
def test_a_refusal_without_a_readable_reason_is_one_all_the_same(
    client: Client, server: FaultServer, body: bytes
) -> None:
    server.usual = answer(400, body)
    with pytest.raises(Refused, match=r"^AmazonSQS\.SendMessage: 400$"):
        call(client)


def test_an_error_type_in_the_header_is_read_too(client: Client, server: FaultServer) -> None:
    server.usual = answer(400, {}, X_Amzn_ErrorType="ResourceNotFoundException:http://x/")
    with pytest.raises(NotFound):
        call(client)


def test_expired_credentials_are_a_refusal_after_the_attempts(
    client: Client, server: FaultServer
) -> None:
    server.usual = refusal(400, "ExpiredTokenException")
    with pytest.raises(Refused, match="ExpiredTokenException"):
        call(client)
    assert len(server.received) == 3


def test_s3_errors_are_read_from_xml(client: Client, server: FaultServer) -> None:
    server.usual = answer(404, b"<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>")
    with pytest.raises(Refused, match=r"S3\.PutObject: NoSuchBucket: gone"):
        client.put_object("b", "k", b"", content_type="x/y")
    server.usual = answer(503, b"<Error><Code>SlowDown</Code></Error>")
    with pytest.raises(Unavailable, match=r"S3\.PutObject: SlowDown"):
        client.put_object("b", "k", b"", content_type="x/y")


def test_an_endless_answer_is_cut(client: Client, server: FaultServer) -> None:
    server.usual = answer(200, b"[" * (4 * 1024 * 1024 + 1))
    with pytest.raises(Unavailable, match="longer than allowed"):
        call(client)


def test_connections_can_be_opened_ahead_and_dropped(client: Client, server: FaultServer) -> None:
    client.open("sqs")
    client.open("secretsmanager")  # at the same address
    call(client)
    assert server.connections == 1
    client.forget()
    call(client)
    assert server.connections == 2
