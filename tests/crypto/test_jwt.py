"""Tokens: which algorithm, which key, which claims; and everything that a token may try."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookproof import (
    ConfigurationError,
    Headers,
    Provider,
    Request,
    VerificationError,
    Verified,
    Verifier,
    get_provider,
)
from hookproof.algorithms import get_algorithm
from hookproof.errors import (
    RequestMalformed,
    SignatureMalformed,
    SignatureMismatch,
    SignatureMissing,
    TimestampInFuture,
    TimestampMalformed,
    TimestampTooOld,
)
from hookproof.jose import ALGORITHMS
from hookproof.keys import Key
from hookproof.signer import Delivery, sign
from tests.crypto import keys

NOW = 1_700_000_000
BODY = b'{"id":"evt_1","type":"paid"}'
_KINDS = {
    "RS": "RSA",
    "PS": "RSA",
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "Ed": "Ed25519",
}
_SECRET = "a shared secret of some length"
_DIGEST = base64.b64encode(hashlib.sha256(BODY).digest()).decode()


def kind_of(alg: str) -> str | None:
    return next((kind for start, kind in _KINDS.items() if alg.startswith(start)), None)


def scheme(*algorithms: str, **more: Any) -> Provider:
    document = {
        "scheme": "jwt",
        "signature": {
            "in": "header:Authorization",
            "form": "prefix",
            "prefix": "Bearer ",
            "encoding": "raw",
        },
        "algorithm": [ALGORITHMS[one] for one in algorithms],
        "body_digest": {"in": "claim:/sha256", "algorithm": "sha256", "encoding": "base64"},
        **more,
    }
    return Provider.from_json(document, id="example")


def segment(value: object) -> bytes:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


def token(
    head: object, claims: object, secret: str | bytes = _SECRET, *, algorithm: str | None = None
) -> str:
    text = segment(head) + b"." + segment(claims)
    name = algorithm or ALGORITHMS[head["alg"]]  # type: ignore[index]
    octets = secret.encode() if isinstance(secret, str) else secret
    return (text + b"." + segment(get_algorithm(name).sign(Key(octets, {}), text))).decode()


def claims(**more: object) -> dict[str, object]:
    return {"exp": NOW + 60, "nbf": NOW - 60, "sha256": _DIGEST, **more}


def request(text: str, *, body: bytes = BODY) -> Request:
    headers = Headers.of({"Authorization": f"Bearer {text}"})
    return Request(method="POST", url="https://example.com/hook?a=b", headers=headers, body=body)


def verify(
    text: str, provider: Provider | None = None, secret: Any = _SECRET, **more: Any
) -> Verified:
    verifier = Verifier.of(provider or scheme("HS256"), secret, tolerance=more.get("tolerance"))
    return verifier.verify(request(text, body=more.get("body", BODY)), now=more.get("now", NOW))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_algorithm_verifies_by_its_own_key_alone(alg: str) -> None:
    kind = kind_of(alg)
    private = keys.private_pem(kind) if kind else _SECRET
    public = keys.public_pem(kind) if kind else _SECRET
    text = token({"alg": alg, "typ": "JWT"}, claims(), private)
    verified = verify(text, scheme(alg), public)
    assert verified.body_signed
    assert verified.body == BODY
    other = keys.public_pem(kind, 1) if kind else "another"
    with pytest.raises(SignatureMismatch):
        verify(text, scheme(alg), other)


@pytest.mark.parametrize(
    "named", [*ALGORITHMS, "none", "None", "nOnE", "", "HS256 ", "hs256", "HS1"]
)
def test_only_what_the_file_lists_is_ever_used(named: str) -> None:
    if named == "HS384":
        return
    for signature in (b"", b"x", hashlib.sha256(b"x").digest()):
        head = segment({"alg": named, "typ": "JWT"})
        text = b".".join([head, segment(claims()), segment(signature)]).decode()
        with pytest.raises(SignatureMalformed):
            verify(text, scheme("HS384"))


@pytest.mark.parametrize("alg", [None, 5, True, ["HS256"], {"HS256": 1}, "HS256\0"])
def test_an_algorithm_is_named_by_a_text(alg: object) -> None:
    text = token({"alg": alg}, claims(), algorithm="hmac-sha256")
    with pytest.raises(SignatureMalformed):
        verify(text)


def test_a_public_key_never_serves_as_a_shared_secret() -> None:
    public = keys.public_pem("RSA")
    as_set = keys.jwks(keys.jwk("RSA"))
    for own in (public, as_set, f"\n{public}"):
        forged = token({"alg": "HS256"}, claims(), own)
        with pytest.raises(SignatureMalformed):
            verify(forged, scheme("RS256"), own)
        with pytest.raises(ConfigurationError):
            verify(forged, scheme("HS256"), own)


def test_shared_secrets_and_key_pairs_are_never_one_choice() -> None:
    """Else whoever knows a public key, in whatever form, could choose to use it as a secret."""
    for several in (["HS256", "RS256"], ["EdDSA", "HS256"], ["ES256", "HS512", "RS256"]):
        with pytest.raises(ConfigurationError):
            scheme(*several)
    for choice in (
        {"allowed": {"a": "ed25519"}, "default": "hmac-sha256"},
        {"allowed": {"a": "ed25519", "b": "hmac-sha256"}},
    ):
        document = {"signature": {"in": "header:X"}, "signature_base": "{body}"}
        algorithm = {"in": "header:X-Alg", **choice}
        with pytest.raises(ConfigurationError):
            Provider.from_json({**document, "algorithm": algorithm}, id="example")


def test_a_shared_secret_is_asked_only_for_what_it_can_do() -> None:
    fusionauth = get_provider("fusionauth")
    public = keys.public_pem("RSA")
    headers = Headers.of({"X-FusionAuth-Signature-JWT": token({"alg": "HS256"}, claims(), public)})
    forged = Request(method="POST", url="https://example.com/", headers=headers, body=BODY)
    for secret in (public, keys.jwks(keys.jwk("RSA")), _SECRET):
        with pytest.raises(VerificationError):
            Verifier.of(fusionauth, secret).verify(forged, now=NOW)


def test_an_algorithm_for_another_key_is_the_sender_s_doing() -> None:
    provider = scheme("RS256", "ES256", "EdDSA")
    for alg in ("ES256", "EdDSA"):
        text = token({"alg": alg}, claims(), keys.private_pem(str(kind_of(alg))))
        with pytest.raises(SignatureMismatch):
            verify(text, provider, keys.public_pem("RSA"))


@pytest.mark.parametrize(
    "head",
    [
        {"alg": "HS256", "crit": ["exp"]},
        {"alg": "HS256", "crit": []},
        {"alg": "HS256", "b64": False, "crit": ["b64"]},
        [],
        "HS256",
        5,
        None,
        b"",
        b"{",
        b"\xff",
        b'{"alg":"HS256"} x',
    ],
)
def test_a_header_that_says_more_than_is_known_is_refused(head: object) -> None:
    with pytest.raises(SignatureMalformed):
        verify(token(head, claims(), algorithm="hmac-sha256"))


def test_keys_that_the_token_brings_are_no_keys() -> None:
    brought = {
        "jwk": keys.jwk("RSA", 1),
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/c",
    }
    text = token({"alg": "RS256", **brought}, claims(), keys.private_pem("RSA", 1))
    with pytest.raises(SignatureMismatch):
        verify(text, scheme("RS256"), keys.public_pem("RSA"))


@pytest.mark.parametrize("kid", ["a", "../a", "", 5, None, ["a"], "a\0", "\ud800"])
def test_a_kid_is_a_name_and_nothing_else(kid: object) -> None:
    key_set = keys.jwks(keys.jwk("RSA", kid="a"), keys.jwk("RSA", 1, kid="b"))
    text = token({"alg": "RS256", "kid": kid}, claims(), keys.private_pem("RSA"))
    if kid in ("a", None) or isinstance(kid, list):
        assert verify(text, scheme("RS256"), key_set).body_signed
        return
    with pytest.raises(SignatureMismatch):
        verify(text, scheme("RS256"), key_set)


def test_a_set_of_a_previous_secret_is_tried_too() -> None:
    old, new = (keys.jwks(keys.jwk("RSA", number, kid=str(number))) for number in (0, 1))
    text = token({"alg": "RS256", "kid": "0"}, claims(), keys.private_pem("RSA"))
    assert verify(text, scheme("RS256"), [new, old]).secret_index == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.e30",
        "e30..e30",
        " ",
        "é.é.é",
        "=.=.=",
    ],
)
def test_what_is_no_token_is_malformed(text: str) -> None:
    with pytest.raises((SignatureMalformed, SignatureMissing)):
        verify(text)


def test_a_token_has_one_form() -> None:
    text = token({"alg": "HS256"}, claims())
    head, payload, signature = text.split(".")
    for other in (
        f"{text}.",
        f".{text}",
        f"{text}\n",
        f"{text} ",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}.{signature[:-1]}",
        f"{head}.{payload}.",
        f"{head}..{signature}",
        f"{head}.{payload}.{signature.replace('_', '/').replace('-', '+')}+",
        f"{head}.{payload}. {signature}",
    ):
        with pytest.raises(VerificationError):
            pytest.fail(f"verified as {verify(other)}: {other}")


@pytest.mark.parametrize("body", [b"", b" ", BODY + b"\n", BODY[:-1]])
def test_the_digest_binds_the_body(body: bytes) -> None:
    with pytest.raises(SignatureMismatch):
        verify(token({"alg": "HS256"}, claims()), body=body)


def test_a_missing_digest_leaves_the_body_unsigned_only_where_the_file_allows() -> None:
    bare = {"exp": NOW + 60}
    with pytest.raises(RequestMalformed):
        verify(token({"alg": "HS256"}, bare))
    digest = {"in": "claim:/sha256", "algorithm": "sha256", "encoding": "base64", "required": False}
    provider = scheme("HS256", body_digest=digest)
    assert not verify(token({"alg": "HS256"}, bare), provider).body_signed


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"[]", b"5", b"null", b'"text"', b"\xff", b"{" * 9000]
)
def test_a_payload_is_an_object(payload: bytes) -> None:
    with pytest.raises(VerificationError):
        verify(token({"alg": "HS256"}, payload))


# Time.


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"exp": NOW}, TimestampTooOld),
        ({"exp": NOW - 1}, TimestampTooOld),
        ({"exp": 0}, TimestampTooOld),
        ({"exp": -1}, TimestampTooOld),
        ({"nbf": NOW + 1}, TimestampInFuture),
        ({"exp": "soon"}, TimestampMalformed),
        ({"exp": "nan"}, TimestampMalformed),
        ({"exp": "inf"}, TimestampMalformed),
        ({"exp": 1e400}, VerificationError),
        ({"nbf": "-inf"}, TimestampMalformed),
        ({"exp": NOW + 0.5}, None),
        ({"nbf": NOW}, None),
        ({"exp": str(NOW + 60)}, TimestampMalformed),
    ],
)
def test_a_token_is_valid_from_nbf_until_exp(
    more: dict[str, object], error: type[VerificationError] | None
) -> None:
    text = token({"alg": "HS256"}, claims(**more))
    if error is None:
        verify(text)
        return
    with pytest.raises(error):
        verify(text)


def test_leeway_stretches_both_ends() -> None:
    provider = scheme("HS256", options={"leeway": 5})
    verify(token({"alg": "HS256"}, claims(exp=NOW - 4)), provider)
    verify(token({"alg": "HS256"}, claims(nbf=NOW + 4)), provider)
    with pytest.raises(TimestampTooOld):
        verify(token({"alg": "HS256"}, claims(exp=NOW - 5)), provider)
    with pytest.raises(TimestampInFuture):
        verify(token({"alg": "HS256"}, claims(nbf=NOW + 6)), provider)


def test_the_age_of_a_token_is_judged_by_iat() -> None:
    provider = scheme("HS256", timestamp={"in": "claim:/iat", "tolerance": 300})
    text = token({"alg": "HS256"}, {"iat": NOW, "sha256": _DIGEST})
    assert verify(text, provider).timestamp == NOW
    with pytest.raises(TimestampTooOld):
        verify(text, provider, now=NOW + 301)
    with pytest.raises(TimestampInFuture):
        verify(text, provider, now=NOW - 301)
    verify(text, provider, now=NOW + 9999, tolerance=math.inf)
    with pytest.raises(VerificationError):
        verify(token({"alg": "HS256"}, {"sha256": _DIGEST}), provider)


def test_a_wrong_signature_is_said_before_anything_else() -> None:
    text = token({"alg": "HS256"}, claims(exp=0, iss="x"), "another")
    with pytest.raises(SignatureMismatch):
        verify(text)


# Claims.


@pytest.mark.parametrize(
    ("rules", "more", "accepted"),
    [
        ({"/iss": "me"}, {"iss": "me"}, True),
        ({"/iss": "me"}, {"iss": "Me"}, False),
        ({"/iss": "me"}, {}, False),
        ({"/iss": "me"}, {"iss": ""}, False),
        ({"/iss": "me"}, {"iss": ["me"]}, True),
        ({"/iss": ["me", "us"]}, {"iss": "us"}, True),
        ({"/aud": "{url}"}, {"aud": "https://example.com/hook?a=b"}, True),
        ({"/aud": "{url}"}, {"aud": "https://example.com/hook"}, False),
        ({"/aud": "me"}, {"aud": ["you", "me"]}, True),
        ({"/aud": "me"}, {"aud": ["you"]}, False),
        ({"/aud": "me"}, {"aud": {"me": 1}}, False),
        ({"/verified": "true"}, {"verified": True}, True),
        ({"/verified": "true"}, {"verified": False}, False),
        ({"/number": "5"}, {"number": 5}, True),
        ({"/a/b": "c"}, {"a": {"b": "c"}}, True),
        ({"/iss": "{secret:issuer?}"}, {"iss": "anybody"}, True),
        ({"/iss": ["{secret:issuer?}", "me"]}, {"iss": ""}, False),
        ({"/iss": ["{secret:issuer?}", "me"]}, {"iss": "me"}, True),
    ],
)
def test_claims_must_be_what_the_file_says(
    rules: dict[str, object], more: dict[str, object], accepted: bool
) -> None:
    provider = scheme("HS256", options={"claims": rules})
    text = token({"alg": "HS256"}, claims(**more))
    if accepted:
        verify(text, provider)
        return
    with pytest.raises(SignatureMismatch):
        verify(text, provider)


def test_a_claim_may_be_asked_for() -> None:
    provider = scheme("HS256", options={"required": ["/jti"]})
    verify(token({"alg": "HS256"}, claims(jti="1")), provider)
    with pytest.raises(SignatureMismatch):
        verify(token({"alg": "HS256"}, claims()), provider)


@pytest.mark.parametrize("options", [{"claim": {}}, {"claims": []}, {"claims": {"/iss": "{"}}])
def test_a_rule_that_nobody_knows_is_a_fault_of_the_set_up(options: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        verify(token({"alg": "HS256"}, claims()), scheme("HS256", options=options))


# Detached, and in place of the body.


def test_a_detached_token_signs_the_base() -> None:
    provider = scheme("RS256", body_digest=None, signature_base="{method} {body}")
    head = segment({"alg": "RS256"})
    text = head + b"." + segment(b"POST " + BODY)
    signature = get_algorithm("rsa-v1_5-sha256").sign(
        Key(keys.private_pem("RSA").encode(), {}), text
    )
    detached = (head + b".." + segment(signature)).decode()
    public = keys.public_pem("RSA")
    assert verify(detached, provider, public).body_signed
    with pytest.raises(SignatureMismatch):
        verify(detached, provider, public, body=BODY + b" ")
    with pytest.raises(SignatureMalformed):
        verify((text + b"." + segment(signature)).decode(), provider, public)


def test_a_token_in_place_of_the_body_is_the_event() -> None:
    body = token({"alg": "HS256"}, {"state": "hangup", "call_id": "7"}).encode()
    verifier = Verifier.of(get_provider("dialpad"), _SECRET)
    verified = verifier.verify(
        Request(method="POST", url="https://example.com/", body=body), now=NOW
    )
    assert verified.body == body
    assert verified.body_signed
    assert verified.event_type == "hangup"


def test_a_long_token_in_place_of_the_body_is_read() -> None:
    body = token({"alg": "HS256"}, {"state": "hangup", "transcript": "x" * 100_000}).encode()
    verifier = Verifier.of(get_provider("dialpad"), _SECRET)
    assert verifier.verify(
        Request(method="POST", url="https://example.com/", body=body), now=NOW
    ).body_signed


@pytest.mark.parametrize(
    ("provider", "secret"),
    [
        ("livekit", {"api_key": "API1", "api_secret": _SECRET}),
        ("qstash", {"current": _SECRET, "next": "another"}),
        ("messagebird", _SECRET),
        ("netlify", _SECRET),
        ("vonage", _SECRET),
        ("jira-connect", {"shared_secret": _SECRET, "client_key": "c"}),
        ("dialpad", _SECRET),
        ("monday", _SECRET),
        ("fusionauth", _SECRET),
    ],
)
def test_what_we_sign_we_accept(provider: str, secret: Any) -> None:
    delivery = Delivery(body=BODY, url="https://example.com/hook?b=c%20d&a=1")
    signed = sign(get_provider(provider), delivery, secret=secret, now=NOW)
    Verifier.of(get_provider(provider), secret).verify(signed, now=NOW + 1)
    with pytest.raises(VerificationError):
        Verifier.of(get_provider(provider), "another secret entirely").verify(signed, now=NOW + 1)


# RFC 7515, appendix A.1 and A.4; RFC 8037, appendix A.4.


def test_the_hmac_of_rfc_7515() -> None:
    key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    text = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    provider = scheme(
        "HS256",
        secret={"encoding": "base64url"},
        body_digest=None,
        options={"claims": {"/iss": "joe"}},
    )
    verify(text, provider, key, now=1_300_819_379)
    with pytest.raises(TimestampTooOld):
        verify(text, provider, key, now=1_300_819_380)


def test_the_ecdsa_of_rfc_7515() -> None:
    key = json.dumps(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    )
    text = (
        "eyJhbGciOiJFUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    provider = scheme("ES256", body_digest=None)
    verify(text, provider, key, now=1_300_819_379)
    with pytest.raises(SignatureMismatch):
        verify(text.replace(".DtEh", ".DtEg"), provider, key, now=1_300_819_379)


def test_the_ed25519_of_rfc_8037() -> None:
    key = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    text = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    with pytest.raises(RequestMalformed):
        verify(text, scheme("EdDSA", body_digest=None), key)


# Anything at all.

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.text(max_size=80)
    | st.lists(st.binary(max_size=40).map(segment), max_size=4).map(
        lambda parts: b".".join(parts).decode()
    )
)
def test_no_text_crashes_or_verifies(text: str) -> None:
    with pytest.raises(VerificationError):
        verify(text)


@given(head=_JSON, payload=_JSON)
def test_no_signed_nonsense_crashes(head: object, payload: object) -> None:
    provider = scheme(
        "HS256",
        timestamp={"in": "claim:/iat"},
        options={"claims": {"/iss": "me"}, "required": ["/exp"], "leeway": 1},
    )
    with pytest.raises(VerificationError):
        verify(token(head, payload, algorithm="hmac-sha256"), provider)


@given(st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "sha256", "iss", "jti"]), _JSON))
def test_no_claim_crashes(payload: dict[str, object]) -> None:
    provider = scheme(
        "HS256",
        timestamp={"in": "claim:/iat"},
        options={"claims": {"/iss": "me"}, "required": ["/exp"]},
    )
    try:
        verified = verify(token({"alg": "HS256"}, payload), provider)
    except VerificationError:
        return
    assert verified.timestamp is not None
