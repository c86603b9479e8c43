"""Adyen, Braintree, Paytm and SNS sign parts of a body: nothing may pass for another part."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hookproof import (
    ConfigurationError,
    Headers,
    Request,
    VerificationError,
    Verified,
    Verifier,
    get_provider,
)
from hookproof.errors import RequestMalformed, SignatureMalformed, SignatureMismatch
from hookproof.signer import Delivery, sign
from tests.crypto import keys

NOW = 1_700_000_000.0
URL = "https://hooks.example.com/webhooks/test"
FORM = Headers([("Content-Type", "application/x-www-form-urlencoded")])
JSON = Headers([("Content-Type", "application/json")])


def verify(provider: str, secret: Any, body: bytes, headers: Headers = JSON) -> Verified:
    request = Request(method="POST", url=URL, headers=headers, body=body)
    return Verifier.of(get_provider(provider), secret).verify(request, now=NOW)


# Adyen.

ADYEN = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
ITEM: dict[str, Any] = {
    "pspReference": "7914073381342284",
    "merchantAccountCode": "TestMerchant",
    "merchantReference": "shop:42",
    "amount": {"value": 1130, "currency": "EUR"},
    "eventCode": "AUTHORISATION",
    "success": "true",
}


def adyen_signed(*items: dict[str, Any]) -> list[dict[str, Any]]:
    body = json.dumps({"notificationItems": [{"NotificationRequestItem": one} for one in items]})
    request = sign(get_provider("adyen"), Delivery(body=body.encode()), secret=ADYEN, now=NOW)
    found = json.loads(request.body)["notificationItems"]
    return [one["NotificationRequestItem"] for one in found]


def adyen(*items: object, secret: Any = ADYEN) -> Verified:
    several = [{"NotificationRequestItem": one} for one in items]
    return verify("adyen", secret, json.dumps({"notificationItems": several}).encode())


def test_every_item_must_be_genuine() -> None:
    first, second = adyen_signed(ITEM, {**ITEM, "eventCode": "CAPTURE"})
    assert not adyen(first, second).body_signed
    for several in (
        [first, {**second, "success": "false"}],
        [{**first, "success": "false"}, second],
    ):
        with pytest.raises(SignatureMismatch):
            adyen(*several)
    with pytest.raises(VerificationError):
        adyen(first, ITEM)
    with pytest.raises(SignatureMismatch):
        adyen(first, secret="00" * 32)


def test_items_of_two_keys_are_not_mixed() -> None:
    other = "11" * 32
    (first,) = adyen_signed(ITEM)
    text = "7914073381342284::TestMerchant:shop:42:1130:EUR:CAPTURE:true"
    mac = hmac.digest(bytes.fromhex(other), text.encode(), "sha256")
    second = {
        **ITEM,
        "eventCode": "CAPTURE",
        "additionalData": {"hmacSignature": base64.b64encode(mac).decode()},
    }
    assert adyen(second, secret=[ADYEN, other]).secret_index == 1
    with pytest.raises(SignatureMismatch):
        adyen(first, second, secret=[ADYEN, other])


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"notificationItems": []}',
        b'{"notificationItems": {}}',
        b'{"notificationItems": [null]}',
        b'{"notificationItems": [{}]}',
        b"[]",
        b"null",
        b'{"notificationItems": [{"NotificationRequestItem": []}]}',
    ],
)
def test_nothing_signed_is_not_all_signed(body: bytes) -> None:
    with pytest.raises(RequestMalformed):
        verify("adyen", ADYEN, body)


@pytest.mark.parametrize(
    "shifted",
    [
        {"merchantAccountCode": "TestMerchant:shop", "merchantReference": "42"},
        {"pspReference": "7914073381342284:", "merchantAccountCode": "TestMerchant", "x": 1},
        {"originalReference": {"anything": 1}},
        {"originalReference": ["x"]},
        {"originalReference": []},
        {"amount": {"value": {"x": 1}, "currency": "EUR"}},
    ],
)
def test_no_part_of_an_item_passes_for_another(shifted: dict[str, Any]) -> None:
    (genuine,) = adyen_signed(ITEM)
    with pytest.raises(VerificationError):
        adyen({**genuine, **shifted})


def test_missing_null_and_empty_are_the_same_to_adyen() -> None:
    (genuine,) = adyen_signed(ITEM)
    for nothing in (None, ""):
        adyen({**genuine, "originalReference": nothing})


# Braintree.

BRAINTREE = {"public_key": "integration_public_key", "private_key": "integration_private_key"}
PAYLOAD = b"<notification><kind>check</kind></notification>" * 3


def braintree_fields() -> dict[str, str]:
    request = sign(get_provider("braintree"), Delivery(body=PAYLOAD), secret=BRAINTREE, now=NOW)
    return dict(parse_qsl(request.body.decode()))


def braintree(fields: dict[str, str], secret: Any = BRAINTREE) -> Verified:
    return verify("braintree", secret, urlencode(fields).encode(), FORM)


def test_what_braintree_signs_is_accepted_with_or_without_its_last_line_end() -> None:
    fields = braintree_fields()
    braintree(fields)
    assert fields["bt_payload"].endswith("\n")
    braintree({**fields, "bt_payload": fields["bt_payload"][:-1]})


@pytest.mark.parametrize("change", ["\n{}", "{}\n", " {}", "{}A", "{}=", "{}\r\n", "{}\x00", "{}é"])
def test_no_other_payload_is_what_braintree_signed(change: str) -> None:
    fields = braintree_fields()
    with pytest.raises(VerificationError):
        braintree({**fields, "bt_payload": change.format(fields["bt_payload"])})


def test_a_pair_of_another_merchant_s_key_is_left_alone() -> None:
    fields = braintree_fields()
    own = fields["bt_signature"]
    for before in ("other_key|zz&", "other_key|" + "00" * 20 + "&", "nonsense&", "|&"):
        braintree({**fields, "bt_signature": before + own})
    wrong = own.replace("integration_public_key", "other_key")
    with pytest.raises(SignatureMismatch):
        braintree({**fields, "bt_signature": wrong})
    for odd in (own[:-1], own + " ", own[:-1] + "g", own.replace("|", "| ")):
        with pytest.raises(SignatureMalformed):
            braintree({**fields, "bt_signature": odd})
    with pytest.raises(SignatureMalformed):
        braintree({**fields, "bt_signature": "nonsense"})


def test_braintree_s_other_key_is_refused() -> None:
    with pytest.raises(SignatureMismatch):
        braintree(braintree_fields(), {**BRAINTREE, "private_key": "another"})


# Paytm.

PAYTM = "sixteen-long-key"


def paytm_fields() -> dict[str, str]:
    body = urlencode({"ORDERID": "1", "TXNAMOUNT": "100.00", "STATUS": "TXN_SUCCESS"}).encode()
    request = sign(get_provider("paytm"), Delivery(body=body, headers=FORM), secret=PAYTM, now=NOW)
    return dict(parse_qsl(request.body.decode()))


def paytm(fields: dict[str, str], secret: str = PAYTM) -> Verified:
    return verify("paytm", secret, urlencode(fields).encode(), FORM)


def test_what_paytm_signs_is_accepted_and_nothing_more() -> None:
    fields = paytm_fields()
    verified = paytm(fields)
    assert not verified.body_signed
    for change in ({"TXNAMOUNT": "1.00"}, {"EXTRA": "x"}, {"ORDERID": ""}, {"STATUS": "null"}):
        with pytest.raises(SignatureMismatch):
            paytm({**fields, **change})


def test_paytm_s_padding_says_nothing() -> None:
    """Whatever is wrong behind the decryption, the refusal is one and the same."""
    fields = paytm_fields()
    checksum = bytearray(base64.b64decode(fields["CHECKSUMHASH"]))
    said = set()
    for position in range(len(checksum)):
        changed = bytearray(checksum)
        changed[position] ^= 0x41
        with pytest.raises(SignatureMismatch) as refusal:
            paytm({**fields, "CHECKSUMHASH": base64.b64encode(changed).decode()})
        said.add(str(refusal.value))
    with pytest.raises(SignatureMismatch) as refusal:
        paytm(fields, "another-long-key")
    assert said == {str(refusal.value)}


@pytest.mark.parametrize("octets", [b"", b"x" * 15, b"x" * 17])
def test_paytm_s_checksum_is_whole_blocks(octets: bytes) -> None:
    with pytest.raises(VerificationError):
        paytm({**paytm_fields(), "CHECKSUMHASH": base64.b64encode(octets).decode()})


def test_a_key_of_no_length_of_aes_is_a_fault_of_the_set_up() -> None:
    with pytest.raises(ConfigurationError):
        paytm(paytm_fields(), "short")


@settings(max_examples=100, deadline=None)
@given(octets=st.binary(max_size=96))
def test_no_checksum_crashes(octets: bytes) -> None:
    text = base64.b64encode(octets).decode()
    with pytest.raises(VerificationError):
        paytm({**paytm_fields(), "CHECKSUMHASH": text})


# Amazon SNS.

TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
NOTICE = {
    "Type": "Notification",
    "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    "TopicArn": TOPIC,
    "Message": "A\nMessageId\nB\nSubject\nC",
    "Timestamp": "2023-11-14T22:13:20.000Z",
    "SignatureVersion": "2",
    "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
}
_FIELDS = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


def sns_signed(notice: dict[str, Any]) -> dict[str, Any]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    text = "".join(f"{name}\n{notice[name]}\n" for name in _FIELDS if name in notice)
    signature = keys.private("RSA").sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {**notice, "Signature": base64.b64encode(signature).decode()}


def sns(notice: dict[str, Any]) -> Verified:
    return verify("aws-sns", {"certificate": keys.public_pem("RSA")}, json.dumps(notice).encode())


def test_the_lines_of_a_message_do_not_pass_for_other_fields() -> None:
    genuine = sns_signed(NOTICE)
    sns(genuine)
    rest = f"C\nMessageId\n{NOTICE['MessageId']}"
    with pytest.raises(RequestMalformed):
        sns({**genuine, "Message": "A", "MessageId": "B", "Subject": rest})
    with pytest.raises(RequestMalformed):
        sns({**genuine, "Message": "A", "MessageId": f"B\nSubject\n{rest}"})


@pytest.mark.parametrize("subject", [{}, [], {"x": 1}, True])
def test_a_subject_that_was_not_signed_is_refused(subject: object) -> None:
    with pytest.raises(RequestMalformed):
        sns({**sns_signed(NOTICE), "Subject": subject})


def test_null_is_no_subject_and_an_empty_one_is_one() -> None:
    sns({**sns_signed(NOTICE), "Subject": None})
    with pytest.raises(SignatureMismatch):
        sns({**sns_signed(NOTICE), "Subject": ""})


# Names that stand twice.


def test_a_member_that_stands_twice_is_refused() -> None:
    """One reader takes the first, another the last: only one of them was signed."""
    (item,) = adyen_signed(ITEM)
    text = json.dumps({"notificationItems": [{"NotificationRequestItem": item}]})
    doubled = text.replace('"eventCode"', '"eventCode": "REFUND", "eventCode"', 1)
    with pytest.raises(RequestMalformed):
        verify("adyen", ADYEN, doubled.encode())
    notice = json.dumps(sns_signed(NOTICE))
    for name in ("Message", "TopicArn", "Type"):
        doubled = notice.replace(f'"{name}"', f'"{name}": "x", "{name}"', 1)
        with pytest.raises(RequestMalformed):
            verify("aws-sns", {"certificate": keys.public_pem("RSA")}, doubled.encode())
