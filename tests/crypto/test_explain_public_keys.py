"""Explanations where a public key verifies: nothing can be signed here, only checked."""

from __future__ import annotations

import base64
import json
import math

import pytest

from hookproof import Headers, Request, get_provider
from hookproof.encodings import encode
from hookproof.explain import Case, Report, explain_case
from hookproof.schemes import Fetch
from hookproof.signer import Delivery, sign
from hookproof.values import replace
from tests.crypto import keys
from tests.support.breakages import codes, renamed, with_header
from tests.support.vectors import Vector, vectors

NOW = 1_700_000_000
BODY = b'{"id":"1","type":1,"name":"J\xc3\xbcrgen"}'
FIRST_VALID = list({one.provider: one for one in vectors(heavy=True) if one.valid}.values())
SIGNING_BODIES = [one for one in FIRST_VALID if one.request.body]


def discord() -> Request:
    private = keys.private_pem("Ed25519")
    return sign(get_provider("discord-interactions"), Delivery(body=BODY), secret=private, now=NOW)


def hexadecimal(number: int = 0) -> str:
    # The last 32 octets of the DER are the key itself.
    return keys.public_der("Ed25519", number)[-32:].hex()


def explained(request: Request, secret: str, **more: object) -> Report:
    given: dict[str, object] = {"provider": get_provider("discord-interactions"), "now": NOW}
    case = Case(**{**given, "request": request, "secrets": (secret,), **more})  # type: ignore[arg-type]
    return explain_case(case)


def of_vector(vector: Vector, request: Request, **more: object) -> Report:
    secret = vector.secret
    several = tuple(secret) if isinstance(secret, list) else (secret,)
    given: dict[str, object] = {
        "request": request,
        "provider": get_provider(vector.provider),
        "secrets": several,
        "now": vector.now or NOW,
        "tolerance": math.inf if vector.now is None else None,
    }
    return explain_case(Case(**{**given, **more}), seconds=4)  # type: ignore[arg-type]


def test_bodies_and_headers_of_discord() -> None:
    request, secret = discord(), hexadecimal()
    assert explained(request, secret).verdict == "valid"
    spaced = json.dumps(json.loads(BODY)).encode()
    for body, code in (
        (BODY + b"\n", "body_newline"),
        (spaced, "body_reserialized"),
        (base64.b64encode(BODY), "body_base64"),
    ):
        assert codes(explained(replace(request, body=body), secret)) == [code]
    name = "X-Signature-Ed25519"
    value = request.headers[name]
    assert codes(explained(renamed(request, name, "X-Original-Signature"), secret)) == [
        "wrong_header"
    ]
    folded = with_header(request, name, f"{value}, {value}")
    assert codes(explained(folded, secret)) == ["header_folded"]
    encoded = encode(bytes.fromhex(value), ["base64"]).decode()
    assert codes(explained(with_header(request, name, encoded), secret)) == ["signature_encoding"]


def test_keys_of_discord() -> None:
    request, secret = discord(), hexadecimal()
    assert codes(explained(request, f" {secret}\n")) in ([], ["secret_whitespace"])
    assert codes(explained(request, f'"{secret}"')) == ["secret_whitespace"]
    in_base64 = base64.b64encode(bytes.fromhex(secret)).decode()
    assert codes(explained(request, in_base64)) in ([], ["secret_encoding"])
    other = hexadecimal(1)
    assert codes(explained(request, other)) == []
    assert codes(explained(request, other, others={"prod": secret})) == ["secret_other_source"]
    assert codes(explained(replace(request, body=BODY + b"\n"), other, retired=(secret,))) == [
        "secret_previous",
        "body_newline",
    ]


def test_pem_in_other_forms() -> None:
    private, public = keys.private_pem("P-256"), keys.public_pem("P-256")
    provider = get_provider("sendgrid")
    request = sign(provider, Delivery(body=BODY), secret=private, now=NOW)
    for secret in (public.replace("\n", "\\n"), f'"{public.replace(chr(10), chr(92) + "n")}"'):
        case = Case(request=request, provider=provider, secrets=(secret,), now=NOW)
        report = explain_case(case)
        assert report.verdict == "valid" or codes(report)[0] in (
            "secret_whitespace",
            "secret_encoding",
        )


@pytest.mark.parametrize("vector", SIGNING_BODIES, ids=[one.provider for one in SIGNING_BODIES])
def test_real_deliveries_in_base64(vector: Vector) -> None:
    verified = vector.verify()
    body = base64.b64encode(vector.request.body)
    report = of_vector(vector, replace(vector.request, body=body))
    assert codes(report)[:1] == ([] if report.verdict == "valid" else ["body_base64"])
    assert report.verdict == "invalid" or not verified.body_signed


def test_a_key_is_fetched_once_and_for_no_other_provider() -> None:
    vector = next(one for one in FIRST_VALID if one.provider == "aws-sns")
    asked: list[str] = []

    def fetching() -> Fetch:
        def fetch(url: str, _refresh: bool) -> bytes:
            asked.append(url)
            return keys.certificate("RSA").encode()

        return fetch

    request = replace(
        vector.request, headers=Headers([*vector.request.headers, ("X-Twilio-Signature", "AAAA")])
    )
    report = of_vector(vector, request, secrets=({},), fetch=fetching())
    assert (report.verdict, codes(report)) == ("invalid", [])
    assert report.tried > 20
    # Once to verify it as it stands, and once for all that is undone.
    assert len(asked) <= 2 * len(set(asked))
