"""Every challenge of the catalogue, as the provider documents it: answered, and never queued."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import pytest

from hookproof import Headers, Provider, Request, get_provider, provider_ids
from hookproof.envelope import Envelope
from hookproof.receiver import Outcome, Receiver
from hookproof.signer import Delivery, sign
from hookproof.sources import SecretVersions, Source
from tests.support.vectors import is_heavy

NOW = 1_700_000_000.0
URL = "https://hooks.example.com/webhooks/test"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
META = {"secret": "app-secret", "verify_token": "meatyhamhock"}
CODE = "4A5DD3CE-9D80-4E87-B0E5-3D1D7D6F4D92"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One challenge with the answer that the provider documents."""

    provider: str
    index: int = 0
    secret: object = "s3cret"
    method: str = "POST"
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    signed: bool = False
    status: int = 200
    answer: object = ""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    refused: int = 401

    @property
    def id(self) -> str:
        return f"{self.provider}-{self.index}"

    @property
    def source(self) -> Source:
        text = json.dumps({"provider": self.provider, "secret": self.secret})
        return Source.of("test", SecretVersions(current=text))

    @property
    def request(self) -> Request:
        content_type = FORM if self.body and self.body[0] not in '{["' else JSON
        headers = Headers({"Content-Type": content_type, **self.headers}.items())
        url = f"{URL}?{self.query}" if self.query else URL
        body = self.body.encode()
        if not self.signed:
            return Request(method=self.method, url=url, headers=headers, body=body)
        secret = self.secret if isinstance(self.secret, dict) else str(self.secret)
        delivery = Delivery(body=body, url=url, method=self.method, headers=headers)
        return sign(get_provider(self.provider), delivery, secret=secret, now=NOW)

    @property
    def impostor(self) -> Request:
        """The same with something wrong that the endpoint must know."""
        request = self.request
        body = request.body
        url = request.url
        for right, other in self.wrong.items():
            body = body.replace(right.encode(), other.encode())
            url = url.replace(right, other)
        headers = Headers([(name, self.wrong.get(value, value)) for name, value in request.headers])
        return replace(request, url=url, headers=headers, body=body)


def hub(provider: str, index: int, mode: str) -> Case:
    denied = mode == "denied"
    return Case(
        provider=provider,
        index=index,
        secret={"secret": "s", "topic": "https://example.com/feed"},
        method="GET",
        query=f"hub.mode={mode}&hub.topic=https%3A%2F%2Fexample.com%2Ffeed&hub.challenge=abc123&hub.lease_seconds=864000",
        answer="" if denied else "abc123",
        wrong={} if denied else {"feed": "other"},
        refused=404,
    )


def meta(provider: str) -> Case:
    return Case(
        provider=provider,
        secret=META,
        method="GET",
        query="hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock",
        answer="1158201444",
        wrong={"meatyhamhock": "other"},
        refused=403,
    )


def keeps_secret(provider: str, index: int = 0) -> Case:
    token = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"
    echoed = {"X-Hook-Secret": token}
    return Case(provider=provider, index=index, headers=echoed, body="{}", answer_headers=echoed)


def digest(secret: str, text: str) -> bytes:
    return hmac.digest(secret.encode(), text.encode(), hashlib.sha256)


def lark(provider: str) -> Case:
    return Case(
        provider=provider,
        secret={
            "encrypt_key": "test key",
            "verification_token": "jvSJLnELvXtRUxn0EUvuIgRpmU7n7bT7",
        },
        body='{"challenge": "ajls384kdjx98XX", "token": "jvSJLnELvXtRUxn0EUvuIgRpmU7n7bT7",'
        ' "type": "url_verification"}',
        answer={"challenge": "ajls384kdjx98XX"},
        wrong={"jvSJL": "xxxxx"},
    )


CASES = (
    Case(
        provider="adapty",
        body='{"adapty_check": "12345"}',
        answer={"adapty_check_response": "12345"},
    ),
    Case(
        provider="adobe-sign",
        secret="CBJCHBCAABAAo0FtQVUJ",
        method="GET",
        headers={"X-AdobeSign-ClientId": "CBJCHBCAABAAo0FtQVUJ"},
        answer={"xAdobeSignClientId": "CBJCHBCAABAAo0FtQVUJ"},
        answer_headers={"X-AdobeSign-ClientId": "CBJCHBCAABAAo0FtQVUJ"},
        wrong={"CBJCHBCAABAAo0FtQVUJ": "another"},
    ),
    keeps_secret("asana"),
    Case(
        provider="azure-event-grid",
        query="code=s3cret",
        headers={"aeg-event-type": "SubscriptionValidation"},
        body=json.dumps(
            [
                {
                    "id": "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66",
                    "topic": "/subscriptions/xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
                    "subject": "",
                    "data": {"validationCode": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"},
                    "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
                }
            ]
        ),
        answer={"validationResponse": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"},
        wrong={"s3cret": "other"},
    ),
    Case(
        provider="azure-event-grid",
        index=1,
        method="OPTIONS",
        query="code=s3cret",
        headers={"WebHook-Request-Origin": "eventgrid.azure.net"},
        answer_headers={
            "WebHook-Allowed-Origin": "eventgrid.azure.net",
            "WebHook-Allowed-Rate": "*",
        },
        wrong={"s3cret": "other"},
    ),
    keeps_secret("clio"),
    Case(
        provider="cloudevents",
        method="OPTIONS",
        headers={
            "WebHook-Request-Origin": "eventemitter.example.com",
            "WebHook-Request-Rate": "120",
        },
        answer_headers={
            "WebHook-Allowed-Origin": "eventemitter.example.com",
            "WebHook-Allowed-Rate": "*",
        },
    ),
    Case(provider="clover", body=f'{{"verificationCode": "{CODE}"}}'),
    Case(provider="daily-co", secret="c2VjcmV0", body='{"test":"test"}'),
    Case(provider="dropbox", method="GET", query="challenge=abc%20123", answer="abc 123"),
    meta("facebook"),
    lark("feishu-lark-card"),
    lark("feishu-lark"),
    Case(provider="finicity", method="GET", query="txpush_verification_code=7b3", answer="7b3"),
    Case(
        provider="fitbit",
        secret={"secret": "s", "verification_code": "correctVerificationCode"},
        method="GET",
        query="verify=correctVerificationCode",
        status=204,
        wrong={"correctVerificationCode": "incorrectVerificationCode"},
        refused=404,
    ),
    Case(provider="freshbooks", body="name=callback.verify&verifier=xad8fZg3&object_id=1"),
    Case(
        provider="front",
        headers={"X-Front-Challenge": "d5a3cb1b4e"},
        body='{"type":"sync","authorization":{"id":"cmp_123"}}',
        signed=True,
        answer={"challenge": "d5a3cb1b4e"},
        wrong={"cmp_123": "cmp_124"},
    ),
    Case(
        provider="google-calendar",
        headers={
            "X-Goog-Channel-ID": "4ba78bf0-6a47-11e2-bcfd-0800200c9a66",
            "X-Goog-Channel-Token": "s3cret",
            "X-Goog-Resource-State": "sync",
            "X-Goog-Message-Number": "1",
        },
        wrong={"s3cret": "other"},
    ),
    Case(provider="gusto", body='{"verification_token": "abc", "webhook_subscription_uuid": "u"}'),
    Case(provider="hibob", body='{"text": "Ping test"}'),
    Case(provider="hibob", index=1, body='"Ping test"'),
    Case(provider="hibob", index=2, body="Ping test"),
    meta("instagram"),
    Case(
        provider="linkedin",
        secret="clientSecret",
        method="GET",
        query="challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed0",
        answer={
            "challengeCode": "890e4665-4dfe-4ab1-b689-ed553bceeed0",
            "challengeResponse": digest(
                "clientSecret", "890e4665-4dfe-4ab1-b689-ed553bceeed0"
            ).hex(),
        },
    ),
    Case(provider="mailchimp", method="GET"),
    Case(provider="mailchimp", index=1, method="HEAD"),
    Case(provider="mandrill", method="HEAD"),
    Case(provider="mandrill", index=1, body="mandrill_events=%5B%5D"),
    meta("messenger"),
    Case(
        provider="microsoft-graph",
        query="validationToken=Validation%3a+Testing+client+application",
        answer="Validation: Testing client application",
        answer_headers={"Content-Type": "text/plain; charset=utf-8"},
    ),
    Case(
        provider="notion",
        body='{"verification_token": "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V"}',
    ),
    Case(provider="nylas", method="GET", query="challenge=bc609b38-c81f", answer="bc609b38-c81f"),
    Case(
        provider="okta",
        method="GET",
        headers={"X-Okta-Verification-Challenge": "my verification challenge"},
        answer={"verification": "my verification challenge"},
    ),
    Case(provider="onfleet", secret="73656372", method="GET", query="check=abc1", answer="abc1"),
    Case(
        provider="oura",
        secret={"secret": "s", "verification_token": "123"},
        method="GET",
        query="verification_token=123&challenge=ab42e7a8c6",
        answer={"challenge": "ab42e7a8c6"},
        wrong={"verification_token=123": "verification_token=124"},
    ),
    Case(
        provider="ringcentral",
        headers={"Validation-Token": "bd64e8c2-2f68"},
        answer_headers={"Validation-Token": "bd64e8c2-2f68", "Content-Type": JSON},
    ),
    Case(
        provider="salesforce-marketing-cloud",
        secret="c2VjcmV0",
        body='{"callbackId": "5f7", "verificationKey": "0b7d"}',
    ),
    Case(
        provider="slack",
        body='{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}',
        signed=True,
        answer={"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"},
        wrong={"Jhj5": "Jhj6"},
    ),
    Case(provider="slack", index=1, body="ssl_check=1&token=Jhj5dZrVaK7ZwHHjRyZWjbDl"),
    Case(provider="slack", index=2, method="GET", query="ssl_check=1"),
    Case(
        provider="smartcar",
        secret="amt",
        body='{"version":"2.0","webhookId":"uuid","eventName":"verify","payload":{"challenge":"9c9c"}}',
        answer={"challenge": digest("amt", "9c9c").hex()},
    ),
    Case(
        provider="smartcar",
        index=1,
        secret="amt",
        body='{"eventId":"e","eventType":"VERIFY","data":{"challenge":"9c9c"}}',
        answer={"challenge": digest("amt", "9c9c").hex()},
    ),
    Case(
        provider="smartsheet",
        headers={"Smartsheet-Hook-Challenge": "b2ab93ef-4a5c-4a27"},
        body='{"challenge": "b2ab93ef-4a5c-4a27", "webhookId": 3567003028186}',
        answer={"smartsheetHookResponse": "b2ab93ef-4a5c-4a27"},
        answer_headers={"Smartsheet-Hook-Response": "b2ab93ef-4a5c-4a27"},
    ),
    Case(
        provider="strava",
        secret={"secret": "s", "verify_token": "STRAVA"},
        method="GET",
        query="hub.verify_token=STRAVA&hub.challenge=15f7d1a91c1f40f8a748fd134752feb3"
        "&hub.mode=subscribe",
        answer={"hub.challenge": "15f7d1a91c1f40f8a748fd134752feb3"},
        wrong={"STRAVA": "other"},
    ),
    Case(
        provider="surveymonkey",
        secret={"client_secret": "s", "client_id": "c"},
        method="HEAD",
    ),
    Case(
        provider="tebex",
        body='{"id": "1af0f8b4", "type": "validation.webhook", "subject": {}}',
        signed=True,
        answer={"id": "1af0f8b4"},
        wrong={"1af0f8b4": "1af0f8b5"},
    ),
    Case(
        provider="toggl",
        body='{"payload": "ping", "validation_code": "2f8ec4f0"}',
        answer={"validation_code": "2f8ec4f0"},
    ),
    Case(provider="trello", method="HEAD"),
    Case(
        provider="twitch",
        headers={
            "Twitch-Eventsub-Message-Id": "e76c6bd4-55c9-4987-8304-da1588d8988b",
            "Twitch-Eventsub-Message-Type": "webhook_callback_verification",
        },
        body='{"challenge": "pogchamp-kappa-360noscope-vohiyo", "subscription": {}}',
        signed=True,
        answer="pogchamp-kappa-360noscope-vohiyo",
        wrong={"kappa": "kappb"},
    ),
    Case(
        provider="twitter-x",
        secret="consumer-secret",
        method="GET",
        query="crc_token=9b4507b3-9040-4669-9ca3-6b94edb50553",
        answer={
            "response_token": "sha256="
            + __import__("base64")
            .b64encode(digest("consumer-secret", "9b4507b3-9040-4669-9ca3-6b94edb50553"))
            .decode()
        },
    ),
    Case(
        provider="vercel-log-drains",
        secret={"secret": "s", "verify": "d41d8cd9"},
        body="[]",
        answer_headers={"x-vercel-verify": "d41d8cd9"},
    ),
    Case(
        provider="viber", body='{"event":"webhook","timestamp":1457764197627,"message_token":"2"}'
    ),
    Case(
        provider="viber",
        index=1,
        body='{"event":"webhook","timestamp":1457764197627,"message_token":"2"}',
        signed=True,
        wrong={"1457764197627": "1457764197628"},
    ),
    hub("websub", 0, "subscribe"),
    hub("websub", 1, "unsubscribe"),
    hub("websub", 2, "denied"),
    Case(
        provider="wechat",
        secret="token",
        method="GET",
        query="timestamp=1700000000&nonce=1320562132&echostr=5927782489442352469",
        signed=True,
        answer="5927782489442352469",
        wrong={"1320562132": "1320562133"},
    ),
    meta("whatsapp"),
    Case(provider="woocommerce", body="webhook_id=17"),
    Case(
        provider="worldline",
        method="GET",
        headers={"X-GCS-Webhooks-Endpoint-Verification": "b54dc3c3-6b8c"},
        answer="b54dc3c3-6b8c",
    ),
    Case(
        provider="xero",
        secret="xeroWebhookKey==",
        body='{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}',
        signed=True,
        wrong={"S0m3r4Nd0mt3xt": "other"},
    ),
    hub("youtube-websub", 0, "subscribe"),
    hub("youtube-websub", 1, "unsubscribe"),
    hub("youtube-websub", 2, "denied"),
    Case(
        provider="zoom",
        secret="secret-token",
        body='{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1654503849680,'
        '"event":"endpoint.url_validation"}',
        signed=True,
        answer={
            "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
            "encryptedToken": digest("secret-token", "qgg8vlvZRS6UYooatFL8Aw").hex(),
        },
        wrong={"1654503849680": "1654503849681"},
    ),
)
LIGHT = [one for one in map(get_provider, provider_ids()) if not is_heavy(one)]


def receive(source: Source, request: Request) -> tuple[Outcome, list[Envelope]]:
    queue: list[Envelope] = []

    def enqueue(envelope: Envelope, _source: Source, _group: str) -> str:
        queue.append(envelope)
        return "accepted"

    receiver = Receiver(lambda _name, _refresh: source, enqueue)
    return receiver.receive(request, name="test", tenant=None, now=NOW), queue


def test_every_challenge_has_a_case() -> None:
    # Those that come encrypted are in tests/crypto/test_challenges.py.
    known = {
        (provider.id, index)
        for provider in LIGHT
        for index, handshake in enumerate(provider.handshakes)
        if handshake.encrypted is None
    }
    assert known == {(case.provider, case.index) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_challenge_gets_the_documented_answer_and_is_never_queued(case: Case) -> None:
    outcome, queue = receive(case.source, case.request)
    assert (outcome.outcome, queue) == ("handshake", [])
    assert outcome.response.status == case.status
    body = outcome.response.body.decode()
    assert case.answer == (body if isinstance(case.answer, str) else json.loads(body))
    for name, value in case.answer_headers.items():
        assert outcome.response.headers.get(name) == value
    assert outcome.response.headers.get("X-Content-Type-Options") == "nosniff"


REFUSED = [case for case in CASES if case.wrong]


@pytest.mark.parametrize("case", REFUSED, ids=[case.id for case in REFUSED])
def test_challenge_from_an_impostor_gets_no_answer(case: Case) -> None:
    outcome, queue = receive(case.source, case.impostor)
    assert queue == []
    assert outcome.response.status == case.refused
    answer = case.answer if isinstance(case.answer, str) else json.dumps(case.answer)
    assert not answer or answer.encode() not in outcome.response.body


@pytest.mark.parametrize("provider", LIGHT, ids=[one.id for one in LIGHT])
def test_a_challenge_that_needs_a_token_or_a_signature_has_a_refused_case(
    provider: Provider,
) -> None:
    checked = {case.id for case in REFUSED}
    for index, handshake in enumerate(provider.handshakes):
        if handshake.encrypted is None and (handshake.verified or handshake.require):
            assert f"{provider.id}-{index}" in checked


ORACLES = {
    "linkedin-0": "890e4665-4dfe-4ab1-b689-ed553bceeed0",
    "smartcar-0": "9c9c",
    "smartcar-1": "9c9c",
    "twitter-x-0": "9b4507b3-9040-4669-9ca3-6b94edb50553",
}


@pytest.mark.parametrize(("case_id", "token"), ORACLES.items())
@pytest.mark.parametrize("forged", ['{"id": 1}', "a" * 129, "", "a b", "id=1&amount=2"])
def test_an_unsigned_challenge_never_signs_what_could_be_an_event(
    case_id: str, token: str, forged: str
) -> None:
    case = next(case for case in CASES if case.id == case_id)
    changed = replace(
        case,
        query=case.query.replace(token, quote(forged)),
        body=case.body.replace(token, forged.replace('"', '\\"')),
    )
    outcome, queue = receive(changed.source, changed.request)
    assert (outcome.response.status, queue) == (400, [])
    assert digest(str(case.secret), forged).hex().encode() not in outcome.response.body


def test_every_challenge_that_signs_what_an_impostor_sends_is_tried() -> None:
    signing = {
        f"{provider.id}-{index}"
        for provider in LIGHT
        for index, one in enumerate(provider.handshakes)
        if not one.verified and "hmac-" in repr(one)
    }
    assert signing == set(ORACLES)


def test_events_go_their_way_where_the_provider_also_sends_challenges() -> None:
    case = next(case for case in CASES if case.id == "slack-0")
    event = replace(
        case, body='{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}'
    )
    outcome, queue = receive(event.source, event.request)
    assert (outcome.outcome, [one.id for one in queue]) == ("accepted", ["Ev1"])


def test_an_answer_that_brings_the_secret_goes_to_the_quarantine() -> None:
    case = next(case for case in CASES if case.provider == "asana")
    kept: list[Request] = []
    receiver = Receiver(
        lambda _name, _refresh: case.source,
        lambda *_args: "accepted",
        quarantine=lambda request, *_args: kept.append(request),
    )
    receiver.receive(case.request, name="test", tenant=None, now=NOW)
    assert [request.headers.get("X-Hook-Secret") for request in kept] == [
        case.headers["X-Hook-Secret"]
    ]


def test_an_echo_is_bounded() -> None:
    case = next(case for case in CASES if case.provider == "dropbox")
    outcome, queue = receive(case.source, replace(case, query="challenge=" + "a" * 5000).request)
    assert (outcome.response.status, queue) == (400, [])


def test_a_login_is_asked_for_where_the_sender_logs_in() -> None:
    source = Source.of(
        "test", SecretVersions(current='{"provider": "zuora", "secret": "zuora:p4ss"}')
    )
    request = Request(method="POST", url=URL, body=b"{}")
    outcome, _queue = receive(source, request)
    assert outcome.response.status == 401
    assert outcome.response.headers.get("WWW-Authenticate") == 'Basic realm="webhooks"'


def test_a_sender_that_wants_empty_answers_gets_them_for_refusals_too() -> None:
    case = next(case for case in CASES if case.provider == "xero")
    outcome, _queue = receive(case.source, case.impostor)
    assert (outcome.response.status, outcome.response.body) == (401, b"")
