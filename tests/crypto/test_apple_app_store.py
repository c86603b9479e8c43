"""App Store notifications: only a chain to the pinned root counts, and only one's own app."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
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
from hookproof.errors import SignatureMalformed, SignatureMismatch, TimestampMalformed
from tests.crypto import keys
from tests.crypto.certificates import Chain

NOW = 1_700_000_000
GOOD = Chain()
MADE = GOOD.certificates()
ROOT = MADE[2]
SECRET = {"bundle_id": "com.example", "environment": "Sandbox", "root_der_base64": ROOT}
DATA = {"bundleId": "com.example", "environment": "Sandbox"}
CLAIMS: dict[str, Any] = {
    "notificationType": "DID_RENEW",
    "notificationUUID": "1",
    "signedDate": NOW * 1000,
    "data": DATA,
}


def body(
    chain: Chain | list[Any] = GOOD, claims: Any = CLAIMS, *, key: int = 2, **head: Any
) -> bytes:
    x5c = chain.certificates() if isinstance(chain, Chain) else chain
    parts = [{"alg": "ES256", "x5c": x5c, **head}, claims]
    text = b".".join(_segment(json.dumps(one).encode()) for one in parts)
    der = keys.private("P-256", key).sign(text, ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    signature = _segment(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return json.dumps({"signedPayload": (text + b"." + signature).decode()}).encode()


def verify(octets: bytes, secret: Any = SECRET, now: float = NOW) -> Verified:
    headers = Headers([("Content-Type", "application/json")])
    request = Request(method="POST", url="https://x/", headers=headers, body=octets)
    return Verifier.of(get_provider("apple-app-store"), secret).verify(request, now=now)


def with_data(**more: Any) -> dict[str, Any]:
    return {**CLAIMS, "data": {**DATA, **more}}


def test_a_good_chain_is_accepted_and_says_what_happened() -> None:
    verified = verify(body(claims={**CLAIMS, "subtype": "BILLING_RECOVERY"}))
    assert (verified.event_id, verified.event_type) == ("1", "DID_RENEW.BILLING_RECOVERY")
    assert verified.timestamp == NOW
    assert verify(body()).event_type == "DID_RENEW"


@pytest.mark.parametrize(
    "chain",
    [
        Chain(leaf_identifier=False),
        Chain(intermediate_identifier=False),
        Chain(authority=False),
        Chain(authority=None),
        Chain(issuer_key=3),
        Chain(root_key=4),
        Chain(root_name="Another Root"),
        Chain(days=1),
    ],
    ids=str,
)
def test_a_chain_with_anything_wrong_is_refused(chain: Chain) -> None:
    with pytest.raises(SignatureMismatch):
        verify(body(chain))


def test_the_root_that_the_token_brings_is_not_looked_at() -> None:
    leaf, intermediate, _ = GOOD.certificates()
    other = Chain(root_key=4).certificates()[2]
    assert verify(body([leaf, intermediate, other])).secret_index == 0
    own = {name: text for name, text in SECRET.items() if name != "root_der_base64"}
    with pytest.raises(SignatureMismatch):
        verify(body(), own)


def test_an_intermediate_is_no_leaf_and_a_leaf_no_intermediate() -> None:
    leaf, intermediate, root = GOOD.certificates()
    for several in ([intermediate, leaf, root], [leaf, leaf, root], [root, root, root]):
        for key in (0, 1, 2):
            with pytest.raises(SignatureMismatch):
                verify(body(several, key=key))


@pytest.mark.parametrize("number", [0, 1, 3])
def test_only_the_leaf_s_key_signs(number: int) -> None:
    with pytest.raises(SignatureMismatch):
        verify(body(key=number))


@pytest.mark.parametrize("kind", ["P-384", "RSA", "Ed25519", "secp256k1"])
def test_the_leaf_s_key_is_on_p256(kind: str) -> None:
    with pytest.raises(VerificationError):
        verify(body(Chain(leaf_kind=kind)))


@pytest.mark.parametrize(
    "x5c",
    [
        None,
        "text",
        [],
        GOOD.certificates()[:2],
        [*GOOD.certificates(), ROOT],
        ["AAAA"] * 3,
        ["", "", ""],
        [None, 1, {}],
        ["é", "é", "é"],
        [ROOT + "\n", ROOT, ROOT],
    ],
    ids=range(10),
)
def test_what_is_no_chain_is_malformed(x5c: Any) -> None:
    with pytest.raises(SignatureMalformed):
        verify(body([], x5c=x5c))


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "es256", "RS256", None, ""])
def test_only_es256_counts(alg: object) -> None:
    with pytest.raises(SignatureMalformed):
        verify(body(alg=alg))


@pytest.mark.parametrize(
    "claims",
    [
        with_data(bundleId="com.example.other"),
        with_data(bundleId="com.example "),
        with_data(bundleId=None),
        with_data(environment="Production"),
        with_data(environment="Xcode"),
        with_data(environment="LocalTesting"),
        with_data(environment=None),
        {**CLAIMS, "data": None},
        {**CLAIMS, "data": [DATA]},
        {**CLAIMS, "summary": DATA},
        {name: value for name, value in CLAIMS.items() if name != "data"},
    ],
    ids=range(11),
)
def test_another_app_or_environment_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(SignatureMismatch):
        verify(body(claims=claims))


def test_the_facts_may_stand_in_the_summary() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "data"}
    assert verify(body(claims={**claims, "summary": DATA})).event_id == "1"
    purchase = {"bundleId": "com.example", "externalPurchaseId": "SANDBOX_1"}
    assert verify(body(claims={**claims, "externalPurchaseToken": purchase})).event_id == "1"
    production = {**purchase, "externalPurchaseId": "1"}
    with pytest.raises(SignatureMismatch):
        verify(body(claims={**claims, "externalPurchaseToken": production}))


def test_in_production_the_app_s_id_must_be_the_source_s_own() -> None:
    secret = {"bundle_id": "com.example", "app_apple_id": "1234", "root_der_base64": ROOT}
    claims = with_data(environment="Production", appAppleId=1234)
    assert verify(body(claims=claims), secret).event_id == "1"
    for other in (1235, None, "", [1234]):
        with pytest.raises(SignatureMismatch):
            verify(body(claims=with_data(environment="Production", appAppleId=other)), secret)


@pytest.mark.parametrize("environment", ["Xcode", "LocalTesting", "sandbox"])
def test_a_source_is_for_production_or_the_sandbox(environment: str) -> None:
    with pytest.raises(ConfigurationError):
        verify(body(), {**SECRET, "environment": environment})


def test_the_certificates_are_judged_as_of_the_signing() -> None:
    later = NOW + 10 * 365 * 86_400
    assert verify(body(), now=later).timestamp == NOW
    with pytest.raises(SignatureMismatch):
        verify(body(claims={**CLAIMS, "signedDate": later * 1000}))
    undated = {name: value for name, value in CLAIMS.items() if name != "signedDate"}
    with pytest.raises(SignatureMismatch):
        verify(body(claims=undated), now=later)


@pytest.mark.parametrize("written", [None, [], {}, "", "soon", -1, 1.5, True, 10**40, "\u0661"])
def test_the_time_of_signing_is_a_time(written: object) -> None:
    with pytest.raises(TimestampMalformed):
        verify(body(claims={**CLAIMS, "signedDate": written}))


def test_a_root_that_is_none_is_a_fault_of_the_set_up() -> None:
    for text in ("AAAA", "root", ROOT[:-4]):
        with pytest.raises(ConfigurationError):
            verify(body(), {**SECRET, "root_der_base64": text})


def test_values_may_be_given_as_the_text_of_their_object() -> None:
    assert verify(body(), json.dumps(SECRET)).event_id == "1"
    for text in ("{", "{}", '{"x": "y"}', "[]", json.dumps({**SECRET, "bundle_id": ""})):
        with pytest.raises((SignatureMismatch, ConfigurationError)):
            verify(body(), text)


def test_several_apps_may_share_an_endpoint() -> None:
    other = {**SECRET, "bundle_id": "com.example.other"}
    assert verify(body(), [other, SECRET]).secret_index == 1


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_bytes_in_place_of_a_certificate_crash(data: st.DataObject) -> None:
    x5c = list(MADE)
    position = data.draw(st.integers(0, 1))
    octets = bytearray(base64.b64decode(x5c[position]))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    x5c[position] = base64.b64encode(octets).decode()
    if x5c == MADE:
        return
    with pytest.raises(VerificationError):
        verify(body(x5c))


def _segment(octets: bytes) -> bytes:
    return base64.urlsafe_b64encode(octets).rstrip(b"=")
