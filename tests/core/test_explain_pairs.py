"""Two causes at once: both are named, before anything else."""

from __future__ import annotations

import base64
import json
import math
import time

import pytest

from hookproof import Request, get_provider
from hookproof.explain import Case, explain_case
from hookproof.explain.search import Search, TimeUp
from hookproof.signer import Delivery, sign
from hookproof.values import replace
from tests.support.breakages import (
    BODY,
    NOW,
    OTHER_SECRET,
    SECRETS,
    by_algorithm,
    codes,
    delivery,
    explained,
    field_of,
    renamed,
    rewritten,
    with_header,
)

PROVIDERS = ("stripe", "slack", "github", "shopify", "hubspot", "openai", "close", "square")
SPACED = json.dumps(json.loads(BODY), ensure_ascii=False).encode()
BODIES = {
    "body_newline": BODY + b"\n",
    "body_reserialized": SPACED,
    "body_base64": base64.b64encode(BODY),
    "body_charset": BODY.decode().encode("latin-1"),
}
BROKEN_URLS = {
    "url_scheme": "http://hooks.example.com/webhooks/x?a=1&b=c%20d",
    "url_host": "https://10.0.0.7/webhooks/x?a=1&b=c%20d",
    "url_path": "https://hooks.example.com/prod/webhooks/x?a=1&b=c%20d",
}


@pytest.mark.parametrize("code", BODIES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_secret_and_body(provider: str, code: str) -> None:
    request = replace(delivery(provider), body=BODIES[code])
    report = explained(provider, request, secrets=(f'"{SECRETS[provider]}"\n',))
    assert codes(report) == ["secret_whitespace", code]
    others = {"elsewhere": SECRETS[provider]}
    report = explained(provider, request, secrets=("00" * 16,), others=others)
    assert codes(report) == ["secret_other_source", code]


@pytest.mark.parametrize("code", BROKEN_URLS)
@pytest.mark.parametrize("provider", ["hubspot", "square"])
def test_secret_and_url_and_body_and_url(provider: str, code: str) -> None:
    moved = replace(delivery(provider), url=BROKEN_URLS[code])
    moved = with_header(moved, "X-Forwarded-Host", "hooks.example.com")
    report = explained(provider, moved, secrets=(SECRETS[provider] + "\u200b",))
    assert codes(report) == ["secret_whitespace", code]
    report = explained(provider, replace(moved, body=SPACED))
    assert codes(report) == ["body_reserialized", code]


@pytest.mark.parametrize("provider", ["hubspot", "square"])
def test_two_things_in_the_url(provider: str) -> None:
    moved = replace(delivery(provider), url="http://hooks.example.com/prod/webhooks/x?a=1&b=c%20d")
    assert codes(explained(provider, moved)) == ["url_scheme", "url_path"]


@pytest.mark.parametrize("code", BODIES)
@pytest.mark.parametrize("provider", ["stripe", "slack", "hubspot", "close"])
def test_body_and_clock(provider: str, code: str) -> None:
    request = replace(delivery(provider), body=BODIES[code])
    assert codes(explained(provider, request, now=NOW - 3000)) == [code, "clock_skew"]
    assert codes(explained(provider, request, now=NOW + 200_000)) == [code, "timestamp_replay"]


@pytest.mark.parametrize("provider", ["slack", "github", "hubspot", "close", "square"])
def test_header_and_secret(provider: str) -> None:
    request = delivery(provider)
    name, value, _ = field_of(provider, request)
    moved = renamed(request, name, "X-Original-Signature")
    report = explained(provider, moved, secrets=(SECRETS[provider] + " ",))
    assert codes(report) == ["secret_whitespace", "wrong_header"]
    folded = with_header(request, name, f"{value}, {value}")
    report = explained(provider, folded, secrets=("00" * 16,), retired=(SECRETS[provider],))
    assert codes(report) == ["secret_previous", "header_folded"]


@pytest.mark.parametrize("provider", ["stripe", "slack", "github", "close"])
def test_body_and_signature(provider: str) -> None:
    broken = replace(delivery(provider), body=BODY + b"\r\n")
    assert codes(explained(provider, rewritten(provider, broken, "base64"))) == [
        "body_newline",
        "signature_encoding",
    ]
    name, value, _ = field_of(provider, broken)
    assert codes(explained(provider, with_header(broken, name, value[:-5]))) == [
        "body_newline",
        "signature_truncated",
    ]


@pytest.mark.parametrize("provider", ["stripe", "slack", "github", "hubspot"])
def test_algorithm_and_body(provider: str) -> None:
    request = replace(delivery(by_algorithm(provider, "hmac-sha512")), body=SPACED)
    assert codes(explained(provider, request)) == ["wrong_algorithm", "body_reserialized"]


@pytest.mark.parametrize("sender", ["github", "shopify", "slack"])
def test_sender_and_body(sender: str) -> None:
    request = replace(delivery(sender), body=BODY + b"\n")
    report = explained("stripe", request, secrets=(SECRETS[sender],))
    assert set(codes(report)) == {"wrong_provider", "body_newline"}


@pytest.mark.parametrize("provider", ["stripe", "github"])
def test_two_things_in_the_body(provider: str) -> None:
    request = delivery(provider)
    for body, expected in (
        (base64.b64encode(SPACED), {"body_base64", "body_reserialized"}),
        (b"\xef\xbb\xbf" + SPACED, {"body_charset", "body_reserialized"}),
        (base64.b64encode(BODY + b"\n"), {"body_base64", "body_newline"}),
    ):
        report = explained(provider, replace(request, body=body))
        assert set(codes(report)) == expected


def _large(size: int) -> Request:
    items = [{"id": at, "name": "Jürgen/<b>", "v": at * 1.5} for at in range(size // 45)]
    body = json.dumps({"items": items}, ensure_ascii=False, separators=(",", ":")).encode()
    delivered = Delivery(body=body, url="https://h.example/a")
    return sign(get_provider("hubspot"), delivered, secret=SECRETS["hubspot"], now=NOW)


def test_a_large_body_is_explained_too() -> None:
    request = _large(500_000)
    spaced = json.dumps(json.loads(request.body)).encode()
    report = explained("hubspot", replace(request, body=spaced))
    assert codes(report) == ["body_reserialized"]
    report = explained(
        "hubspot", replace(request, body=request.body + b"\n"), secrets=(SECRETS["hubspot"] + "\n",)
    )
    assert codes(report) == ["secret_whitespace", "body_newline"]


def test_the_search_ends_in_time_and_says_so() -> None:
    case = Case(
        request=_large(1_000_000),
        provider=get_provider("hubspot"),
        secrets=(OTHER_SECRET,),
        now=NOW,
    )
    seen: list[int] = []
    began = time.monotonic()
    report = explain_case(case, seconds=1.5, progress=seen.append)
    # One step more than the time allows: writing a large document again.
    assert time.monotonic() - began < 15
    assert (report.verdict, report.causes, report.complete) == ("invalid", (), False)
    assert seen == list(range(1, report.tried))
    assert len(report.ruled_out) < 24


def test_no_time_at_all() -> None:
    with pytest.raises(TimeUp):
        Search(-math.inf).single(
            Case(
                request=delivery("stripe"),
                provider=get_provider("stripe"),
                secrets=(OTHER_SECRET,),
                now=NOW,
            )
        )
