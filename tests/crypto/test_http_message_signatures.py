"""HTTP Message Signatures: the base, the fields, and what a signature must cover."""

from __future__ import annotations

import base64
import hashlib
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
    TimestampMissing,
    TimestampTooOld,
)
from hookproof.keys import Key
from hookproof.message_components import signature_base
from hookproof.signer import Delivery, sign
from hookproof.structured_fields import parse_dictionary, parse_inner_list
from tests.crypto import keys
from tests.support.mutations import with_header, without_header

NOW = 1_700_000_000
BODY = b'{"hello": "world"}'
_ALGORITHMS = {
    "ed25519": "Ed25519",
    "ecdsa-p256-sha256": "P-256",
    "ecdsa-p384-sha384": "P-384",
    "rsa-pss-sha512": "RSA",
    "rsa-v1_5-sha256": "RSA",
}
_STRICT = {"require": ["@method", "@target-uri"]}


def scheme(*algorithms: str, **more: Any) -> Provider:
    document = {
        "scheme": "http_message_signatures",
        "signature": {"in": "header:Signature", "encoding": "base64"},
        "algorithm": list(algorithms or ("ed25519",)),
        "timestamp": {"in": "param:created", "tolerance": 300},
        "options": _STRICT,
        **more,
    }
    return Provider.from_json(document, id="example")


def digest(body: bytes = BODY, name: str = "sha-256") -> str:
    octets = hashlib.new(name.replace("-", ""), body).digest()
    return f"{name}=:{base64.b64encode(octets).decode()}:"


def message(**headers: str) -> Request:
    fields = {"Content-Type": "application/json", "Content-Digest": digest(), **headers}
    return Request(
        method="POST", url="https://example.com/hook?a=b", headers=Headers.of(fields), body=BODY
    )


def signed(
    inner: str,
    request: Request | None = None,
    *,
    kind: str = "Ed25519",
    algorithm: str = "ed25519",
    label: str = "sig",
) -> Request:
    request = request or message()
    octets = signature_base(request, parse_inner_list(inner))
    signature = get_algorithm(algorithm).sign(Key(keys.private_pem(kind).encode(), {}), octets)
    request = with_header(request, "Signature-Input", f"{label}={inner}")
    return with_header(request, "Signature", f"{label}=:{base64.b64encode(signature).decode()}:")


_COVERED = f'("@method" "@target-uri" "content-digest");created={NOW}'


def verify(
    request: Request, provider: Provider | None = None, secret: Any = None, **more: Any
) -> Verified:
    verifier = Verifier.of(
        provider or scheme(), secret or keys.public_pem("Ed25519"), tolerance=more.get("tolerance")
    )
    return verifier.verify(request, now=more.get("now", NOW))


@pytest.mark.parametrize("algorithm", _ALGORITHMS)
def test_every_algorithm_verifies(algorithm: str) -> None:
    kind = _ALGORITHMS[algorithm]
    request = signed(_COVERED, kind=kind, algorithm=algorithm)
    verified = verify(request, scheme(algorithm), keys.public_pem(kind))
    assert verified.body_signed
    assert verified.timestamp == NOW
    assert verified.signed == ("@method", "@target-uri", "content-digest")
    with pytest.raises(SignatureMismatch):
        verify(request, scheme(algorithm), keys.public_pem(kind, 1))


@pytest.mark.parametrize("algorithm", [*_ALGORITHMS, "hmac-sha256"])
def test_what_we_sign_we_accept(algorithm: str) -> None:
    kind = _ALGORITHMS.get(algorithm)
    provider = scheme(algorithm)
    private = keys.private_pem(kind) if kind else "a shared secret"
    request = sign(provider, Delivery(body=BODY), secret=private, now=NOW)
    assert verify(request, provider, keys.public_pem(kind) if kind else private).body_signed


@pytest.mark.parametrize(
    "change",
    [
        lambda request: with_header(request, "Content-Digest", digest(b"other")),
        lambda request: without_header(request, "Content-Digest"),
        lambda request: _replaced(request, body=BODY + b" "),
        lambda request: _replaced(request, body=b""),
        lambda request: _replaced(request, method="PUT"),
        lambda request: _replaced(request, url="https://example.com/hook?a=c"),
        lambda request: _replaced(request, url="https://example.org/hook?a=b"),
        lambda request: with_header(
            request, "Signature-Input", f"sig={_COVERED.replace(str(NOW), str(NOW + 1))}"
        ),
        lambda request: with_header(request, "Signature-Input", f'sig={_COVERED};nonce="1"'),
        lambda request: with_header(request, "Signature-Input", f'sig=("@method");created={NOW}'),
    ],
)
def test_nothing_that_is_covered_can_be_changed(change: Any) -> None:
    with pytest.raises(VerificationError):
        verify(change(signed(_COVERED)))


def _replaced(request: Request, **changes: Any) -> Request:
    parts = {"method": request.method, "url": request.url, "headers": request.headers}
    return Request(**{**parts, "body": request.body, **changes})


@pytest.mark.parametrize(
    "inner",
    [
        f"();created={NOW}",
        f'("@method" "content-digest");created={NOW}',
        f'("@method" "@target-uri");created={NOW}',
        f'("@method" "@target-uri" "content-type");created={NOW}',
    ],
)
def test_what_must_be_covered_is_covered(inner: str) -> None:
    with pytest.raises(SignatureMismatch):
        verify(signed(inner))


def test_an_empty_body_needs_no_digest() -> None:
    request = Request(method="GET", url="https://example.com/hook")
    inner = f'("@method" "@target-uri");created={NOW}'
    assert not verify(signed(inner, request)).body_signed


def test_a_digest_that_is_not_covered_is_still_compared() -> None:
    provider = scheme(options={"require_digest": False})
    inner = f'("@method");created={NOW}'
    assert not verify(signed(inner), provider).body_signed
    with pytest.raises(SignatureMismatch):
        verify(with_header(signed(inner), "Content-Digest", digest(b"x")), provider)


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        (digest(), True),
        (digest(name="sha-512"), True),
        (f"{digest()}, {digest(name='sha-512')}", True),
        (f"{digest()}, {digest(b'x', 'sha-512')}", False),
        (f"{digest(b'x')}, {digest(name='sha-512')}", False),
        (f"{digest(name='sha-512')}, unheard-of=:AAAA:", True),
        ("unheard-of=:AAAA:", False),
        ("sha-256=AAAA", False),
        ("sha-256=:AAAA", False),
        ("sha-256=::", False),
        ("sha-256=:=:", False),
        (f"{digest()}, {digest()}", False),
        ("", False),
    ],
)
def test_digests_that_are_known_must_all_agree(text: str, accepted: bool) -> None:
    inner = f'("@method" "@target-uri" "content-digest");created={NOW}'
    request = signed(inner, with_header(message(), "Content-Digest", text))
    if accepted:
        assert verify(request).body_signed
        return
    with pytest.raises((SignatureMismatch, SignatureMalformed)):
        verify(request)


# Which key, and by which algorithm.


def test_the_algorithm_that_is_named_must_be_one_of_the_file_s() -> None:
    verify(signed(f'{_COVERED};alg="ed25519"'))
    for named in ("hmac-sha256", "rsa-v1_5-sha256", "none", ""):
        with pytest.raises(SignatureMalformed):
            verify(signed(f'{_COVERED};alg="{named}"'))


def test_the_algorithm_that_is_named_must_be_the_key_s() -> None:
    provider = scheme("ed25519", "rsa-v1_5-sha256")
    with pytest.raises(SignatureMismatch):
        verify(signed(f'{_COVERED};alg="rsa-v1_5-sha256"'), provider)


def test_a_public_key_is_no_shared_secret() -> None:
    public = keys.public_pem("Ed25519")
    request = message()
    octets = signature_base(request, parse_inner_list(_COVERED))
    mac = get_algorithm("hmac-sha256").sign(Key(public.encode(), {}), octets)
    request = with_header(request, "Signature-Input", f"sig={_COVERED}")
    request = with_header(request, "Signature", f"sig=:{base64.b64encode(mac).decode()}:")
    with pytest.raises(SignatureMismatch):
        verify(request, get_provider("http-message-signatures"), public)
    with pytest.raises(ConfigurationError):
        verify(request, scheme("hmac-sha256"), public)
    with pytest.raises(ConfigurationError):
        scheme("hmac-sha256", "ed25519")


def test_a_key_id_picks_out_of_a_set() -> None:
    one, two = (keys.jwk("Ed25519", number, kid=f"k{number}") for number in (0, 1))
    request = signed(f'{_COVERED};keyid="k0"')
    verify(request, secret=keys.jwks(one, two))
    for key_set in (keys.jwks(two), keys.jwks({**one, "kid": "k1"}, {**two, "kid": "k0"})):
        with pytest.raises(SignatureMismatch):
            verify(request, secret=key_set)
    assert verify(request, secret=[keys.jwks(two), keys.jwks(one)]).secret_index == 1


def test_the_tag_must_be_the_source_s() -> None:
    provider = scheme(options={**_STRICT, "tag": "webhook"})
    verify(signed(f'{_COVERED};tag="webhook"'), provider)
    for inner in (_COVERED, f'{_COVERED};tag="other"', f"{_COVERED};tag"):
        with pytest.raises(SignatureMismatch):
            verify(signed(inner), provider)


# Several signatures.


def test_one_genuine_signature_of_several_is_enough() -> None:
    genuine = signed(_COVERED)
    forged = base64.b64encode(bytes(64)).decode()
    request = with_header(
        genuine, "Signature", f"a=:{forged}:, {genuine.headers['Signature']}, b=:{forged}:"
    )
    request = with_header(
        request, "Signature-Input", f'a={_COVERED}, sig={_COVERED}, b=("@authority")'
    )
    assert verify(request).body_signed


def test_a_signature_counts_only_under_its_own_label() -> None:
    genuine = signed(_COVERED)
    octets = genuine.headers["Signature"].removeprefix("sig=")
    for written, inputs in (
        (f"other={octets}", f"sig={_COVERED}"),
        (f"sig={octets}", f"other={_COVERED}"),
        (f"a={octets}, sig=:AAAA:", f"sig={_COVERED}"),
    ):
        request = with_header(genuine, "Signature", written)
        with pytest.raises((SignatureMismatch, SignatureMalformed)):
            verify(with_header(request, "Signature-Input", inputs))


def test_a_label_stands_once() -> None:
    genuine = signed(_COVERED)
    text = genuine.headers["Signature"]
    for name, value in (
        ("Signature", f"{text}, {text}"),
        ("Signature-Input", f"sig={_COVERED}, sig={_COVERED}"),
    ):
        with pytest.raises(SignatureMalformed):
            verify(with_header(genuine, name, value))


def test_repeated_fields_are_one_list() -> None:
    genuine = signed(_COVERED)
    other = f"other=:{base64.b64encode(bytes(64)).decode()}:"
    headers = Headers([("Signature", other), *genuine.headers])
    verify(_replaced(genuine, headers=headers))


def test_not_too_many_signatures() -> None:
    genuine = signed(_COVERED)
    labels = [f"l{number}" for number in range(9)]
    octets = genuine.headers["Signature"].removeprefix("sig=")
    request = with_header(genuine, "Signature", ", ".join(f"{one}={octets}" for one in labels))
    request = with_header(
        request, "Signature-Input", ", ".join(f"{one}={_COVERED}" for one in labels)
    )
    with pytest.raises(SignatureMalformed):
        verify(request)


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_without_either_field_there_is_no_signature(name: str) -> None:
    with pytest.raises(SignatureMissing):
        verify(without_header(signed(_COVERED), name))


# Time.


def test_freshness_is_judged_by_created_and_expires() -> None:
    request = signed(f"{_COVERED};expires={NOW + 60}")
    verify(request, now=NOW + 60)
    with pytest.raises(TimestampTooOld):
        verify(request, now=NOW + 61)
    with pytest.raises(TimestampTooOld):
        verify(signed(_COVERED), now=NOW + 301)
    with pytest.raises(TimestampInFuture):
        verify(signed(_COVERED), now=NOW - 301)
    verify(request, now=NOW + 9_999_999, tolerance=math.inf)


def test_without_created_nothing_is_fresh() -> None:
    inner = '("@method" "@target-uri" "content-digest")'
    with pytest.raises(TimestampMissing):
        verify(signed(inner))


@pytest.mark.parametrize("text", ["now", '"1"', "1.5", "?1", ":AAAA:", "99999999999999999"])
def test_created_is_a_number(text: str) -> None:
    request = with_header(
        signed(_COVERED), "Signature-Input", f"sig={_COVERED.replace(str(NOW), text)}"
    )
    with pytest.raises(VerificationError):
        verify(request)


# Components.


@pytest.mark.parametrize(
    ("component", "url", "expected"),
    [
        ('"@method"', "https://Example.com/", "POST"),
        ('"@target-uri"', "https://example.com/a?b", "https://example.com/a?b"),
        ('"@authority"', "https://Example.COM:443/", "example.com"),
        ('"@authority"', "https://example.com:8443/", "example.com:8443"),
        ('"@authority"', "http://example.com:80/", "example.com"),
        ('"@scheme"', "https://example.com/", "https"),
        ('"@request-target"', "https://example.com/a?b=c", "/a?b=c"),
        ('"@request-target"', "https://example.com/a", "/a"),
        ('"@path"', "https://example.com", "/"),
        ('"@path"', "https://example.com/a%20b?c", "/a%20b"),
        ('"@query"', "https://example.com/a?b=c%20d", "?b=c%20d"),
        ('"@query"', "https://example.com/a", "?"),
        # RFC 9421 §2.2.8.
        (
            '"@query-param";name="baz"',
            "https://example.com/p?param=value&foo=bar&baz=batman&qux=",
            "batman",
        ),
        (
            '"@query-param";name="qux"',
            "https://example.com/p?param=value&foo=bar&baz=batman&qux=",
            "",
        ),
        (
            '"@query-param";name="var"',
            "https://example.com/p?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace",
            "this%20is%20a%20big%0Amultiline%20value",
        ),
        (
            '"@query-param";name="bar"',
            "https://example.com/p?bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something",
            "with%20plus%20whitespace",
        ),
        (
            '"@query-param";name="fa%C3%A7ade%22%3A%20"',
            "https://example.com/p?bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something",
            "something",
        ),
    ],
)
def test_a_component_s_value_is_that_of_the_rfc(component: str, url: str, expected: str) -> None:
    request = Request(method="POST", url=url)
    base = signature_base(request, parse_inner_list(f"({component})")).decode()
    assert base == f'{component}: {expected}\n"@signature-params": ({component})'


def test_a_field_s_values_are_trimmed_and_joined() -> None:
    headers = Headers([("X-A", " one "), ("x-b", ""), ("x-a", "\ttwo")])
    request = Request(method="POST", url="https://example.com/", headers=headers)
    base = signature_base(request, parse_inner_list('("x-a" "x-b");keyid="k"')).decode()
    assert base == '"x-a": one, two\n"x-b": \n"@signature-params": ("x-a" "x-b");keyid="k"'


@pytest.mark.parametrize(
    ("component", "error"),
    [
        ('"x-missing"', RequestMalformed),
        ('"@status"', SignatureMalformed),
        ('"@unknown"', SignatureMalformed),
        ('"@signature-params"', SignatureMalformed),
        ('"@method";req', SignatureMalformed),
        ('"x-a";bs', SignatureMalformed),
        ('"x-a";key="b"', SignatureMalformed),
        ('"@query-param"', SignatureMalformed),
        ('"@query-param";name="gone"', RequestMalformed),
        ('"@query-param";name="twice"', RequestMalformed),
        ('"x-a" "x-a"', SignatureMalformed),
        ('"x-wide"', SignatureMalformed),
        ('"x-lines"', SignatureMalformed),
    ],
)
def test_what_cannot_be_covered_is_refused(component: str, error: type[VerificationError]) -> None:
    headers = Headers.of({"X-A": "a", "X-Wide": "\u20ac", "X-Lines": 'a\n"@method": GET'})
    url = "https://example.com/?twice=1&twice=2"
    with pytest.raises(error):
        signature_base(
            Request(method="POST", url=url, headers=headers), parse_inner_list(f"({component})")
        )


# Structured fields.


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a=",
        "A=:AAAA:",
        "a=:AAAA",
        "a=:A A:",
        "a=()b",
        'a=("x)',
        "a=('x')",
        "a=(x)",
        'a=("x""y")',
        "a=(),",
        ",a=()",
        "a=();=1",
        "a=(),,b=()",
        "a=() b=()",
        'a=("\u20ac")',
        'a=("x\n")',
        'a=("x\\y")',
        "a=();k=\u20ac",
        "a=" + "(" * 5000,
    ],
)
def test_what_is_no_dictionary_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the contract of parsers is the type alone
        parse_dictionary(text)


@pytest.mark.parametrize("text", ["", "()x", "(", '("a"', '("a");k;k', '("a";b;b)', '("a" b)'])
def test_what_is_no_inner_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_inner_list(text)


@given(st.text(alphabet='ab=:();",\\ ?1\t\u20ac*', max_size=60), st.text(max_size=40))
def test_no_field_crashes_or_verifies(written: str, inputs: str) -> None:
    genuine = signed(_COVERED)
    for name, value in (
        ("Signature", written),
        ("Signature", inputs),
        ("Signature-Input", written),
        ("Signature-Input", inputs),
    ):
        with pytest.raises(VerificationError):
            verify(with_header(genuine, name, value))


def test_an_option_that_nobody_knows_is_a_fault_of_the_set_up() -> None:
    rules: list[dict[str, object]] = [{"requires": []}, {"require": "@method"}]
    for options in rules:
        with pytest.raises(ConfigurationError):
            verify(signed(_COVERED), scheme(options=options))
