"""Amazon SNS: the topic, the certificate's place, and messages of every form."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hookproof import ConfigurationError, Request, VerificationError, Verifier, get_provider
from hookproof.algorithms import get_algorithm
from hookproof.errors import (
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
    TimestampMalformed,
    TimestampTooOld,
)
from hookproof.keys import Key
from hookproof.schemes.aws_sns import canonical
from hookproof.signer import Delivery, sign
from tests.crypto import keys

NOW = 1_700_000_000.0
_URL = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
_TOPIC = "arn:aws:sns:us-east-1:123456789012:mine"


def message(**changes: Any) -> dict[str, Any]:
    document = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": _TOPIC,
        "Message": "text\nof two lines",
        "Timestamp": "2023-11-14T22:13:20.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": _URL,
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def signed(**changes: Any) -> dict[str, Any]:
    document = message(**changes)
    name = "rsa-v1_5-sha1" if document["SignatureVersion"] == "1" else "rsa-v1_5-sha256"
    key = Key(keys.private_pem("RSA").encode(), {})
    signature = get_algorithm(name).sign(key, canonical(document))
    return {**document, "Signature": base64.b64encode(signature).decode()}


def verify(document: Any, secret: Any = None, **more: Any) -> Any:
    request = Request(method="POST", url="https://example.com/", body=json.dumps(document).encode())
    given = {"certificate": keys.certificate("RSA"), "topic_arn": _TOPIC}
    verifier = Verifier.of(get_provider("aws-sns"), given if secret is None else secret)
    return verifier.verify(request, now=more.get("now", NOW), fetch=more.get("fetch"))


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_verify(version: str) -> None:
    verified = verify(signed(SignatureVersion=version))
    assert verified.event_id == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324"
    assert verified.event_type == "Notification"


def test_a_version_is_not_another() -> None:
    with pytest.raises(SignatureMismatch):
        verify({**signed(SignatureVersion="1"), "SignatureVersion": "2"})


@pytest.mark.parametrize("version", ["0", "3", "", 3, None, ["2"], {"2": 1}])
def test_an_unknown_version_is_malformed(version: object) -> None:
    with pytest.raises(SignatureMalformed):
        verify({**signed(), "SignatureVersion": version})


@pytest.mark.parametrize("kind", [None, 5, [], {}, "", "notification", "Subscription"])
def test_an_unknown_type_is_malformed(kind: object) -> None:
    with pytest.raises(RequestMalformed):
        verify({**signed(), "Type": kind})


def test_a_notification_is_not_a_confirmation() -> None:
    confirmation = {"Token": "t", "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?x"}
    with pytest.raises(SignatureMismatch):
        verify({**signed(), "Type": "SubscriptionConfirmation", **confirmation})
    document = signed(Type="SubscriptionConfirmation", **confirmation)
    with pytest.raises(SignatureMismatch):
        verify({**document, "SubscribeURL": "https://evil.example/"})


def test_the_topic_must_be_one_of_the_source_s() -> None:
    other = signed(TopicArn="arn:aws:sns:us-east-1:999999999999:theirs")
    with pytest.raises(SignatureMismatch, match="TopicArn"):
        verify(other)
    certificate = keys.certificate("RSA")
    both = [{"certificate": certificate, "topic_arn": one} for one in (_TOPIC, other["TopicArn"])]
    assert verify(other, both).secret_index == 1


def test_without_a_topic_any_topic_passes() -> None:
    verify(signed(TopicArn="any"), keys.certificate("RSA"))


def test_a_subject_counts_where_it_is() -> None:
    verify(signed(Subject="s"))
    verify({**signed(), "Subject": None})
    for document in ({**signed(), "Subject": "added"}, {**signed(Subject="s"), "Subject": None}):
        with pytest.raises(SignatureMismatch):
            verify(document)


@pytest.mark.parametrize("name", ["Message", "MessageId", "Timestamp", "TopicArn"])
@pytest.mark.parametrize("value", [None, 5, [], {}, ""])
def test_every_field_that_is_signed_counts(name: str, value: object) -> None:
    with pytest.raises(VerificationError):
        verify({**signed(), name: value})


@pytest.mark.parametrize("signature", [None, "", 5, [], "=", "AAAA", "not base64"])
def test_a_signature_is_base64(signature: object) -> None:
    with pytest.raises((SignatureMissing, SignatureMalformed, SignatureMismatch)):
        verify({**signed(), "Signature": signature})


def test_freshness_is_judged() -> None:
    with pytest.raises(TimestampTooOld):
        verify(signed(), now=NOW + 3601)
    with pytest.raises(TimestampMalformed):
        verify(signed(Timestamp="yesterday"))


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        5,
        _URL.replace("https", "http"),
        _URL.replace(".amazonaws.com", ".amazonaws.com.evil.example"),
        _URL.replace("sns.us-east-1", "sns.s3"),
        _URL.replace("us-east-1", "us-east-1:8443"),
        _URL.removesuffix(".pem"),
        f"{_URL}?x=.pem",
        f"{_URL}#.pem",
        _URL.replace(".pem", "%2e%2e.pem"),
    ],
)
def test_a_message_from_elsewhere_is_refused_even_with_a_given_certificate(url: object) -> None:
    def fetch(_url: str, _refresh: bool) -> bytes:
        pytest.fail("asked")

    with pytest.raises(VerificationError):
        verify({**signed(), "SigningCertURL": url}, fetch=fetch)
    with pytest.raises(VerificationError):
        verify({**signed(), "SigningCertURL": url}, {"topic_arn": _TOPIC}, fetch=fetch)


def test_the_certificate_is_fetched_where_none_is_given() -> None:
    asked = []

    def fetch(url: str, _refresh: bool) -> bytes:
        asked.append(url)
        return keys.certificate("RSA", begins=NOW).encode()

    verify(signed(), {"topic_arn": _TOPIC}, fetch=fetch)
    assert asked == [_URL]
    with pytest.raises(ConfigurationError):
        verify(signed(), {"topic_arn": _TOPIC})


def test_a_foreign_topic_costs_no_fetch() -> None:
    def fetch(_url: str, _refresh: bool) -> bytes:
        pytest.fail("asked")

    with pytest.raises(SignatureMismatch):
        verify(signed(TopicArn="theirs"), {"topic_arn": _TOPIC}, fetch=fetch)


def test_only_aws_can_sign() -> None:
    with pytest.raises(ConfigurationError):
        sign(get_provider("aws-sns"), Delivery(body=b"{}"), secret=keys.private_pem("RSA"), now=NOW)
