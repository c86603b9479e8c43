"""Challenges that come encrypted: the platforms' own examples, and what is not by their key."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from contextlib import suppress
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from hookproof import ConfigurationError, Headers, Request, get_provider
from hookproof.ciphers import decrypt, encrypt
from hookproof.envelope import Envelope
from hookproof.errors import RequestMalformed
from hookproof.receiver import Outcome, Receiver
from hookproof.signer import Delivery, sign
from hookproof.sources import SecretVersions, Source

URL = "https://example.com/webhooks/test"
LARK = {"encrypt_key": "test key", "verification_token": "jvSJLnELvXtRUxn0EUvuIgRpmU7n7bT7"}
# The sample of WeCom's own libraries, WXBizMsgCrypt.
WECOM = {
    "token": "QDG6eK",
    "encoding_aes_key": "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    "receive_id": "wx5823bf96d3bd56c7",
}
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
WECOM_QUERY = (
    "msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3&timestamp=1409659589"
    f"&nonce=263014780&echostr={quote(ECHO, safe='')}"
)
WECOM_NOW = 1_409_659_589.0
# The main block of open-dingtalk/DingTalk-Callback-Crypto: the same form.
DINGTALK = {
    "token": "mryue",
    "encoding_aes_key": "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7",
    "receive_id": "ding6ccabc44d2c8d38b",
}
DINGTALK_NOW = 1_608_001_896.0
DINGTALK_TEXT = (
    "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDCYxxO"
    "K+HZeKju4yhELOFchzNukR+t8SB/qk4ROMu3"
)


def receive(
    provider: str, secret: object, request: Request, *, now: float
) -> tuple[Outcome, list[Envelope]]:
    text = json.dumps({"provider": provider, "secret": secret})
    source = Source.of("test", SecretVersions(current=text))
    queue: list[Envelope] = []

    def enqueue(envelope: Envelope, _source: Source, _group: str) -> str:
        queue.append(envelope)
        return "accepted"

    receiver = Receiver(lambda _name, _refresh: source, enqueue)
    return receiver.receive(request, name="test", tenant=None, now=now), queue


def lark_encrypted(text: str, key: str = "test key") -> str:
    octets = text.encode()
    octets += bytes([16 - len(octets) % 16]) * (16 - len(octets) % 16)
    vector = os.urandom(16)
    cipher = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CBC(vector))
    encryptor = cipher.encryptor()
    return base64.b64encode(vector + encryptor.update(octets) + encryptor.finalize()).decode()


def lark_request(text: str, key: str = "test key") -> Request:
    body = json.dumps({"encrypt": lark_encrypted(text, key)}).encode()
    headers = Headers([("Content-Type", "application/json")])
    return Request(method="POST", url=URL, headers=headers, body=body)


def challenge(token: str) -> str:
    return json.dumps({"challenge": "ajls384kdjx98XX", "token": token, "type": "url_verification"})


def test_the_example_of_feishu_is_decrypted() -> None:
    text = b"P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="
    assert decrypt("vector-first", text, LARK) == b"hello world"


def test_the_example_of_dingtalk_is_decrypted() -> None:
    opened = decrypt("framed", DINGTALK_TEXT.encode(), DINGTALK)
    assert json.loads(opened) == {"EventType": "check_url"}


def test_the_url_check_of_wecom_is_answered_with_what_it_says() -> None:
    request = Request(method="GET", url=f"{URL}?{WECOM_QUERY}")
    outcome, queue = receive("wecom", WECOM, request, now=WECOM_NOW)
    assert (outcome.outcome, queue) == ("handshake", [])
    assert (outcome.response.status, outcome.response.body) == (200, b"1616140317555161061")


@pytest.mark.parametrize("wrong", ["5c45ff", "263014780", "P9nAzC"])
def test_a_url_check_that_is_not_signed_is_refused(wrong: str) -> None:
    query = WECOM_QUERY.replace(wrong, wrong[::-1])
    request = Request(method="GET", url=f"{URL}?{query}")
    outcome, queue = receive("wecom", WECOM, request, now=WECOM_NOW)
    assert (outcome.response.status, queue) == (401, [])


def test_a_url_check_needs_the_key_in_the_secret() -> None:
    request = Request(method="GET", url=f"{URL}?{WECOM_QUERY}")
    outcome, queue = receive("wecom", {"token": "QDG6eK"}, request, now=WECOM_NOW)
    assert (outcome.response.status, queue) == (503, [])


@pytest.mark.parametrize("provider", ["feishu-lark", "feishu-lark-card"])
def test_an_encrypted_challenge_of_feishu_is_answered(provider: str) -> None:
    request = lark_request(challenge(LARK["verification_token"]))
    outcome, queue = receive(provider, LARK, request, now=WECOM_NOW)
    assert (outcome.outcome, queue) == ("handshake", [])
    assert json.loads(outcome.response.body) == {"challenge": "ajls384kdjx98XX"}


@pytest.mark.parametrize(
    "request_of_impostor",
    [
        lark_request(challenge("another token")),
        lark_request(challenge(LARK["verification_token"]), key="another key"),
        lark_request("[]"),
        Request(method="POST", url=URL, body=b'{"encrypt": "AAAA"}'),
    ],
)
def test_other_challenges_get_no_answer(request_of_impostor: Request) -> None:
    outcome, queue = receive("feishu-lark", LARK, request_of_impostor, now=WECOM_NOW)
    assert outcome.response.status in (400, 401)
    assert (queue, b"ajls384kdjx98XX" in outcome.response.body) == ([], False)


def test_an_encrypted_event_goes_to_the_queue_as_it_came() -> None:
    plain = lark_request('{"schema": "2.0", "header": {"event_id": "e"}}')
    delivery = Delivery(body=plain.body, url=URL)
    request = sign(get_provider("feishu-lark"), delivery, secret=LARK, now=WECOM_NOW)
    outcome, queue = receive("feishu-lark", LARK, request, now=WECOM_NOW)
    assert (outcome.outcome, [one.data for one in queue]) == ("accepted", [plain.body])


def test_the_url_check_of_dingtalk_gets_the_encrypted_word() -> None:
    outcome, queue = receive("dingtalk", DINGTALK, dingtalk_request(), now=DINGTALK_NOW)
    assert (outcome.outcome, queue, outcome.response.status) == ("handshake", [], 200)
    check_answer_of_dingtalk(outcome)


def test_every_event_of_dingtalk_gets_the_encrypted_word() -> None:
    text = encrypt(b'{"EventType": "user_add_org"}', DINGTALK).decode()
    request = Request(method="POST", url=URL, body=json.dumps({"encrypt": text}).encode())
    parts = sorted(["mryue", "1608001896814", "WL4PK6yA", text])
    signature = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    query = f"msg_signature={signature}&timestamp=1608001896814&nonce=WL4PK6yA"
    request = Request(method="POST", url=f"{URL}?{query}", body=request.body)
    outcome, queue = receive("dingtalk", DINGTALK, request, now=DINGTALK_NOW)
    assert (outcome.outcome, [one.data for one in queue]) == ("accepted", [request.body])
    check_answer_of_dingtalk(outcome)


def test_without_the_key_dingtalk_is_answered_plainly() -> None:
    outcome, queue = receive("dingtalk", "mryue", dingtalk_request(), now=DINGTALK_NOW)
    assert (outcome.outcome, outcome.response.status, len(queue)) == ("accepted", 200, 1)


def dingtalk_request() -> Request:
    query = (
        "msg_signature=03044561471240d4a14bb09372dfcfd4fd0e40cb"
        "&timestamp=1608001896814&nonce=WL4PK6yA"
    )
    body = json.dumps({"encrypt": DINGTALK_TEXT}).encode()
    return Request(method="POST", url=f"{URL}?{query}", body=body)


def check_answer_of_dingtalk(outcome: Outcome) -> None:
    answer = json.loads(outcome.response.body)
    assert set(answer) == {"msg_signature", "timeStamp", "nonce", "encrypt"}
    assert decrypt("framed", answer["encrypt"].encode(), DINGTALK) == b"success"
    parts = sorted(["mryue", answer["timeStamp"], answer["nonce"], answer["encrypt"]])
    digest = hashlib.sha1("".join(parts).encode(), usedforsecurity=False)
    assert answer["msg_signature"] == digest.hexdigest()


@given(text=st.binary(max_size=100))
def test_what_is_encrypted_can_be_decrypted(text: bytes) -> None:
    assert decrypt("framed", encrypt(text, WECOM), WECOM) == text


@pytest.mark.parametrize(("form", "values"), [("vector-first", LARK), ("framed", WECOM)])
@given(text=st.binary(max_size=120) | st.binary(max_size=96).map(base64.b64encode))
def test_nothing_but_our_own_errors_escapes(form: str, values: dict[str, str], text: bytes) -> None:
    # Of random octets one in 256 ends like padding, so some of them open.
    with suppress(RequestMalformed):
        decrypt(form, text, values)


@pytest.mark.parametrize("key", ["", "short", "!" * 43])
def test_a_key_that_is_none_is_the_operators_fault(key: str) -> None:
    with pytest.raises(ConfigurationError):
        decrypt("framed", ECHO.encode(), {"encoding_aes_key": key})


def test_a_challenge_for_another_receiver_is_refused() -> None:
    with pytest.raises(RequestMalformed):
        decrypt("framed", ECHO.encode(), {**WECOM, "receive_id": "somebody"})
