"""The challenges of providers with key pairs: answered as documented, and no oracles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest

from hookproof import Headers, Request, Verifier, get_provider
from hookproof.errors import HookproofError
from hookproof.receiver import Outcome, Receiver
from hookproof.signer import Delivery, sign
from hookproof.sources import SecretVersions, Source

NOW = 1_725_442_341.0
URL = "https://hooks.example.com/webhooks/test"
JSON = Headers([("Content-Type", "application/json")])
PLAIN_TOKEN = "Arq0D5A61EgUu4OxUvOp"
Fetch = Callable[[str, bool], bytes]


def receive(
    provider: str,
    secret: object,
    request: Request,
    *,
    confirm: bool = False,
    fetch: Fetch | None = None,
) -> Outcome:
    document = {"provider": provider, "secret": secret, "url": URL, "confirm": confirm}
    if secret is None:
        del document["secret"]
    source = Source.of("test", SecretVersions(current=json.dumps(document)))

    def enqueue(*_: object) -> str:
        return "accepted"

    receiver = Receiver(load_source=lambda _name, _refresh: source, enqueue=enqueue, fetch=fetch)
    return receiver.receive(request, name="test", tenant=None, now=NOW)


def post(document: object) -> Request:
    return Request(method="POST", url=URL, headers=JSON, body=json.dumps(document).encode())


def qq(plain_token: object = PLAIN_TOKEN, event_ts: object = "1725442341") -> Request:
    return post({"d": {"plain_token": plain_token, "event_ts": event_ts}, "op": 13})


def test_qq_s_challenge_is_answered_as_its_documentation_says() -> None:
    outcome = receive("qq-bot", "DG5g3B4j9X2KOErG", qq())
    assert outcome.outcome == "handshake"
    assert outcome.response.status == 200
    assert json.loads(outcome.response.body) == {
        "plain_token": PLAIN_TOKEN,
        "signature": "87befc99c42c651b3aac0278e71ada338433ae26fcb24307bdc5ad38c1adc2d0"
        "1bcfcadc0842edac85e85205028a1132afe09280305f13aa6909ffc2d652c706",
    }


@pytest.mark.parametrize(
    "request_",
    [
        qq('{"op":0,"id":"x"}'),
        qq(plain_token="a" * 200),
        qq(plain_token=""),
        qq(event_ts='1725442341{"op":0}'),
        qq(event_ts=""),
        qq(event_ts=None),
        qq(plain_token={"a": "b"}),
        qq(plain_token="a b"),
        qq(plain_token="ä"),
    ],
)
def test_nothing_that_could_be_an_event_is_signed_for_qq(request_: Request) -> None:
    outcome = receive("qq-bot", "DG5g3B4j9X2KOErG", request_)
    assert outcome.outcome == "rejected"
    assert b"signature" not in outcome.response.body


def test_the_answer_to_qq_s_challenge_is_no_event() -> None:
    secret = "DG5g3B4j9X2KOErG"
    answer = json.loads(receive("qq-bot", secret, qq()).response.body)
    headers = Headers(
        [("X-Signature-Ed25519", answer["signature"]), ("X-Signature-Timestamp", "1725442341")]
    )
    replayed = Request(method="POST", url=URL, headers=headers, body=PLAIN_TOKEN.encode())
    # It proves these bytes, as every answer must; that they are no JSON is what the alphabet does.
    assert Verifier.of(get_provider("qq-bot"), secret).verify(replayed, now=NOW).event_id is None


def test_qq_s_events_are_signed_with_the_key_made_of_the_secret() -> None:
    provider = get_provider("qq-bot")
    for secret in ("a", "short", "x" * 32, "long" * 20):
        request = sign(
            provider, Delivery(body=b'{"id":"1","t":"X"}', url=URL), secret=secret, now=NOW
        )
        assert receive("qq-bot", secret, request).outcome == "accepted"
        assert receive("qq-bot", "b" + secret, request).reason == "signature_mismatch"


EBAY = {"public_key": "unused", "verification_token": "a-token-of-at-least-32-characters"}


def test_ebay_s_challenge_is_answered_with_the_digest_of_code_token_and_endpoint() -> None:
    request = Request(method="GET", url=f"{URL}?challenge_code=71745723-d031")
    outcome = receive("ebay", EBAY, request)
    text = "71745723-d031" + EBAY["verification_token"] + URL
    assert outcome.outcome == "handshake"
    assert outcome.response.headers["Content-Type"] == "application/json"
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(outcome.response.body) == {"challengeResponse": expected}


def test_ebay_s_challenge_without_a_token_of_the_source_is_refused() -> None:
    request = Request(method="GET", url=f"{URL}?challenge_code=1")
    assert receive("ebay", "unused", request).outcome == "rejected"


def confirmation(url: str) -> Request:
    return post(
        {
            "lifecycle": "CONFIRMATION",
            "executionId": "1",
            "confirmationData": {"appId": "2", "confirmationUrl": url},
        }
    )


def test_smartthings_ping_is_answered() -> None:
    request = post({"lifecycle": "PING", "executionId": "1", "pingData": {"challenge": "1a904d57"}})
    outcome = receive("smartthings", None, request)
    assert json.loads(outcome.response.body) == {"pingData": {"challenge": "1a904d57"}}


def test_smartthings_confirmation_is_visited_where_the_source_allows_it() -> None:
    asked: list[str] = []

    def fetch(url: str, _refresh: bool) -> bytes:
        asked.append(url)
        return b"{}"

    link = "https://api.smartthings.com/apps/2/confirm-registration?token=3"
    outcome = receive("smartthings", None, confirmation(link), confirm=True, fetch=fetch)
    assert json.loads(outcome.response.body) == {"targetUrl": URL}
    assert asked == [link]
    assert receive("smartthings", None, confirmation(link), fetch=fetch).outcome == "rejected"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "link",
    [
        "http://api.smartthings.com/x",
        "https://api.smartthings.com.evil.example/x",
        "https://evil.example/api.smartthings.com",
        "https://api.smartthings.com@evil.example/x",
        "https://api.smartthings.com:8443/x",
        "https://api.smartthings.com\\@evil.example/x",
        "",
    ],
)
def test_smartthings_confirmation_visits_nobody_else(link: str) -> None:
    asked: list[str] = []

    def fetch(url: str, _refresh: bool) -> bytes:
        asked.append(url)
        return b""

    outcome = receive("smartthings", None, confirmation(link), confirm=True, fetch=fetch)
    assert outcome.outcome == "rejected"
    assert asked == []


@pytest.mark.parametrize("name", ["sha512", "hmac-sha256", "token", ""])
def test_only_what_a_provider_needs_can_be_computed(name: str) -> None:
    from hookproof.handshakes import Handshake

    with pytest.raises(HookproofError):
        Handshake.from_json({"when": {}, "computed": {"from": "{body}", "with": name}})
