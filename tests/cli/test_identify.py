from __future__ import annotations

import json
from collections import Counter

import pytest

from hookproof import Request, get_provider, provider_ids
from hookproof.cli.likeness import rank
from hookproof.cli.request_json import parse_request
from tests.cli.conftest import Hookproof, Write
from tests.support.vectors import FOLDER

ALL = [get_provider(name) for name in provider_ids()]


def valid(provider: str) -> list[Request]:
    tests = json.loads((FOLDER / f"{provider}.json").read_bytes())["tests"]
    return [parse_request(one["request"]) for one in tests if one["result"] == "valid"]


@pytest.mark.parametrize(
    "provider", ["stripe", "slack", "github", "twilio", "linear", "shopify", "hubspot"]
)
def test_a_sender_with_marks_of_its_own_is_named_first(provider: str) -> None:
    assert rank(valid(provider)[0], ALL)[0].provider.id == provider


def test_most_deliveries_are_told_by_their_marks_alone() -> None:
    places: Counter[str] = Counter()
    for provider in provider_ids():
        if not (FOLDER / f"{provider}.json").is_file() or not valid(provider):
            continue
        ranked = rank(valid(provider)[-1], ALL)
        best = ranked[0].score if ranked else 0
        own = next((one.score for one in ranked if one.provider.id == provider), None)
        places["first" if own == best else "near" if own and own > best * 0.8 else "far"] += 1
    total = places.total()
    assert places["first"] > 0.75 * total, places
    assert places["far"] < 0.1 * total, places


def test_the_command(hookproof: Hookproof, write: Write) -> None:
    request = {"headers": {"Stripe-Signature": f"t=1,v1={'0' * 64}"}, "body": '{"id": "evt_1"}'}
    ran = hookproof("identify", write("r.json", request))
    assert ran.status == 0
    assert ran.out.startswith("→ stripe  Stripe")
    assert "header:Stripe-Signature holds a signature in its form" in ran.out
    document = hookproof("identify", "--json", "-", stdin=json.dumps(request).encode()).json
    assert isinstance(document, dict)
    assert document["candidates"][0]["provider"] == "stripe"
    assert document["candidates"][0]["why"]


def test_a_signature_of_another_length_counts_little() -> None:
    request = {"headers": {"X-Signature": "00" * 20}}
    ranked = rank(parse_request(request), ALL)
    assert ranked[0].provider.schemes[0].algorithm.names == ("hmac-sha1",)


def test_many_that_sign_alike_are_counted(hookproof: Hookproof) -> None:
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    }
    ran = hookproof("identify", "--top", "2", "-", stdin=json.dumps({"headers": headers}).encode())
    assert ran.status == 0
    assert "more that sign alike" in ran.out


def test_the_sender_s_own_name_helps() -> None:
    request = parse_request({"headers": {"User-Agent": "GitHub-Hookshot/0ab1c2d"}})
    assert rank(request, ALL)[0].provider.id == "github"


def test_a_verification_request_is_one() -> None:
    body = json.dumps({"token": "x", "challenge": "abc", "type": "url_verification"})
    names = [one.provider.id for one in rank(parse_request({"body": body}), ALL)[:3]]
    assert "slack" in names


def test_nobody(hookproof: Hookproof) -> None:
    ran = hookproof("identify", "-", stdin=b'{"headers": {"X-Nobody": "1"}}')
    assert ran.status == 1
    assert "None of the providers" in ran.out
    assert hookproof("identify", "--json", "-", stdin=b'{"body": "x"}').json == {"candidates": []}
