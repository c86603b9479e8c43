"""A forged request has no cause: nothing is guessed, and nothing is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof import Headers, Request, get_provider
from hookproof.explain import CODES, Case, explain_case
from hookproof.signer import Delivery, sign
from hookproof.values import replace
from tests.support import mutations
from tests.support.breakages import (
    BODY,
    NOW,
    OTHER_SECRET,
    SECRETS,
    codes,
    delivery,
    explained,
    field_of,
    with_header,
)
from tests.support.vectors import Vector, vectors

FIRST_VALID = list({one.provider: one for one in vectors(heavy=False) if one.valid}.values())
# A whole search for each would take minutes.
SOME = FIRST_VALID[::9]
HEX, BASE64 = "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@pytest.mark.parametrize("provider", SECRETS)
def test_signed_by_nobody_that_is_known(provider: str) -> None:
    others = {f"source-{n}": f"whsec_{n:032}" for n in range(5)}
    report = explained(
        provider, delivery(provider), secrets=("ab" * 16,), retired=("cd" * 16,), others=others
    )
    assert (report.verdict, codes(report), report.complete) == ("invalid", [], True)
    assert report.tried > 300
    assert set(report.ruled_out) == set(CODES)


@pytest.mark.parametrize("provider", ["stripe", "github", "shopify", "openai", "close", "line"])
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_signatures(provider: str, data: st.DataObject) -> None:
    request = delivery(provider)
    name, value, written = field_of(provider, request)
    alphabet = HEX if set(written) <= set(HEX) else BASE64
    core = written.rstrip("=")
    forged = "".join(data.draw(st.sampled_from(alphabet)) for _ in core[1:])
    first = next(one for one in "AQgw0b" if one in alphabet and one != core[0])
    changed = value.replace(core, first + forged)
    assert codes(explained(provider, with_header(request, name, changed))) == []


@pytest.mark.parametrize("provider", ["github", "stripe", "slack", "openai"])
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.one_of(st.binary(min_size=1, max_size=60), st.dictionaries(
    st.text(max_size=5), st.floats(allow_nan=False) | st.text(max_size=9), max_size=4,
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_other_bodies(provider: str, body: bytes) -> None:
    assert codes(explained(provider, replace(delivery(provider), body=body))) == []


@pytest.mark.parametrize("vector", SOME, ids=[one.provider for one in SOME])
def test_another_key(vector: Vector) -> None:
    secret = mutations.other_secret(vector.secret)
    several = tuple(secret) if isinstance(secret, list) else (secret,)
    case = Case(
        request=vector.request,
        provider=get_provider(vector.provider),
        secrets=several,
        now=vector.now or NOW,
    )
    assert explain_case(case, seconds=3).causes == ()


@settings(max_examples=40, deadline=None)
@given(
    provider=st.sampled_from(sorted(SECRETS)),
    method=st.sampled_from(["POST", "GET", ""]),
    url=st.sampled_from(["", "x", "https://h/", "https://h:x/?%zz&=", "\u2028"]),
    fields=st.lists(st.tuples(st.text(max_size=9), st.text(max_size=40)), max_size=4),
    body=st.binary(min_size=1, max_size=40),
)
def test_whatever_arrives_is_explained_without_an_error(
    provider: str, method: str, url: str, fields: list[tuple[str, str]], body: bytes
) -> None:
    name = get_provider(provider).schemes[0].signature.places[0].name
    headers = Headers([*fields, (name, fields[0][1] if fields else "v1=,")])
    request = Request(method=method, url=url, headers=headers, body=body)
    case = Case(
        request=request, provider=get_provider(provider), secrets=(SECRETS[provider],), now=NOW
    )
    report = explain_case(case, seconds=0.3)
    assert report.verdict in ("invalid", "handshake")
    assert report.causes == () or report.verdict == "handshake"


def test_a_public_key_signs_nothing_as_if_it_were_a_secret() -> None:
    """Everybody knows a public key: a keyed hash by it proves nothing."""
    pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----"
    request = sign(get_provider("github"), Delivery(body=BODY), secret=pem, now=NOW)
    report = explained("github", request, secrets=(OTHER_SECRET,), others={"discord": pem})
    assert codes(report) == []
    discord = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    request = sign(get_provider("github"), Delivery(body=BODY), secret=discord, now=NOW)
    assert codes(explained("discord", request, secrets=(discord,))) == []


@pytest.mark.parametrize("provider", SECRETS)
def test_nothing_tells_a_secret_or_an_expected_signature(provider: str) -> None:
    request = delivery(provider)
    name, value, written = field_of(provider, request)
    secret = SECRETS[provider]
    for broken in (
        replace(request, body=request.body + b"\n"),
        with_header(request, name, value.rstrip("=")[:-6]),
        with_header(request, name, f'"{value}"'),
    ):
        report = explained(provider, broken)
        told = json.dumps(report.to_json()) + repr(report)
        assert secret not in told
        assert written not in told
        assert written[-12:] not in told
