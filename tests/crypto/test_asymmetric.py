"""Signatures by key pairs: every algorithm, every form of a key, and no key for another kind."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from hookproof import asymmetric
from hookproof.algorithms import ASYMMETRIC
from hookproof.encodings import decode, encode
from hookproof.errors import ConfigurationError
from hookproof.keys import Key
from hookproof.public_keys import check_usable, public_keys
from tests.crypto import keys

_KINDS = {
    "ed25519": "Ed25519",
    "ecdsa-p256": "P-256",
    "ecdsa-p384": "P-384",
    "ecdsa-p521": "P-521",
    "ecdsa-secp256k1": "secp256k1",
    "rsa": "RSA",
}
_MESSAGE = b'{"id":"evt_1"}'


def kind_of(name: str) -> str:
    return next(kind for start, kind in _KINDS.items() if name.startswith(start))


def key(text: str | bytes) -> Key:
    return Key(text.encode() if isinstance(text, str) else text, {})


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_what_is_signed_verifies_and_nothing_else(name: str) -> None:
    kind = kind_of(name)
    signature = asymmetric.sign(name, key(keys.private_pem(kind)), _MESSAGE)
    public = key(keys.public_pem(kind))
    assert asymmetric.verify(name, public, _MESSAGE, signature)
    assert not asymmetric.verify(name, public, _MESSAGE + b" ", signature)
    assert not asymmetric.verify(name, key(keys.public_pem(kind, 1)), _MESSAGE, signature)
    for other in (b"", b"\0", signature[:-1], signature + b"\0", bytes(len(signature))):
        assert not asymmetric.verify(name, public, _MESSAGE, other)
    for position in range(0, len(signature), 7):
        changed = bytearray(signature)
        changed[position] ^= 1
        assert not asymmetric.verify(name, public, _MESSAGE, bytes(changed))


@pytest.mark.parametrize("name", ASYMMETRIC)
def test_a_key_of_another_kind_is_a_fault_of_the_set_up(name: str) -> None:
    for kind in set(_KINDS.values()) - {kind_of(name)}:
        with pytest.raises(ConfigurationError):
            asymmetric.verify(name, key(keys.public_pem(kind)), _MESSAGE, b"x" * 64)
        with pytest.raises(ConfigurationError):
            asymmetric.sign(name, key(keys.private_pem(kind)), _MESSAGE)


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "P-521", "secp256k1", "RSA"])
def test_every_form_of_a_public_key_is_the_same_key(kind: str) -> None:
    pem = keys.public_pem(kind)
    one_line = pem.replace("\n", "")
    forms: list[str | bytes] = [
        pem,
        pem.replace("\n", "\r\n"),
        f"\n {pem} \n",
        one_line,
        pem.replace("\n", " "),
        pem.replace("BEGIN PUBLIC", "BEGIN RSA PUBLIC").replace("END PUBLIC", "END RSA PUBLIC"),
        keys.private_pem(kind),
        keys.certificate(kind),
        keys.public_der(kind),
        json.dumps(keys.jwk(kind)),
        keys.jwks(keys.jwk(kind, kid="a")),
    ]
    expected = public_keys(pem.encode())
    for form in forms:
        assert public_keys(form.encode() if isinstance(form, str) else form) == expected


def test_pkcs1_and_raw_keys_are_read() -> None:
    public = keys.private("RSA").public_key()
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        octets = public.public_bytes(encoding, serialization.PublicFormat.PKCS1)
        assert public_keys(octets) == (public,)
    own = keys.private("Ed25519").public_key()
    assert public_keys(own.public_bytes_raw()) == (own,)


@pytest.mark.parametrize("first", [b"{", b" {", b"\n{"])
def test_a_raw_key_may_look_like_the_beginning_of_a_text(first: bytes) -> None:
    octets = first.ljust(32, b"\x07")
    assert public_keys(octets) == (ed25519.Ed25519PublicKey.from_public_bytes(octets),)


def test_only_the_first_certificate_of_a_chain_counts() -> None:
    chain = keys.certificate("RSA") + keys.certificate("RSA", 1)
    assert public_keys(chain.encode()) == (keys.private("RSA").public_key(),)


def test_a_set_may_hold_keys_of_other_kinds_and_uses() -> None:
    text = keys.jwks(
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP", "crv": "X25519", "x": keys.jwk("Ed25519")["x"]},
        {"kty": "EC", "crv": "P-257", "x": "AA", "y": "AA"},
        keys.jwk("RSA", use="enc"),
        keys.jwk("P-256", use="sig"),
        {"kty": "unheard-of"},
    )
    assert public_keys(text.encode()) == (keys.private("P-256").public_key(),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "{}",
        "[]",
        "{",
        '{"keys": []}',
        '{"keys": {}}',
        '{"keys": 5}',
        '{"keys": ["RSA"]}',
        '{"kty": "RSA"}',
        '{"kty": "RSA", "n": 5, "e": "AQAB"}',
        '{"kty": "RSA", "n": "AQAB", "e": "AQ"}',
        '{"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}',
        '{"kty": "EC", "crv": ["P-256"], "x": "AQ", "y": "AQ"}',
        '{"kty": "OKP", "crv": "Ed25519", "x": "AQ"}',
        '{"kty": "oct", "k": "c2VjcmV0"}',
        "-----BEGIN PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "a" * 31,
    ],
)
def test_what_is_no_key_is_a_fault_of_the_set_up(text: str) -> None:
    with pytest.raises(ConfigurationError):
        public_keys(text.encode())


def test_weak_rsa_is_no_key_for_verifying() -> None:
    # cryptography makes no keys this small any more: two primes of 256 bits.
    n = (2**255 + 95) * (2**256 + 297)
    weak = {"kty": "RSA", "n": keys._number(n), "e": "AQAB"}
    with pytest.raises(ConfigurationError):
        asymmetric.verify("rsa-v1_5-sha256", key(json.dumps(weak)), _MESSAGE, b"x" * 64)


def test_an_encrypted_private_key_is_a_fault_of_the_set_up() -> None:
    locked = keys.private("P-256").private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    with pytest.raises(ConfigurationError):
        asymmetric.sign("ecdsa-p256-sha256", key(locked), _MESSAGE)


@pytest.mark.parametrize("length", [0, 20, 32, padding.PSS.MAX_LENGTH])
def test_pss_takes_any_length_of_salt(length: int | padding._MaxLength) -> None:
    private: rsa.RSAPrivateKey = keys.private("RSA")
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=length)
    signature = private.sign(_MESSAGE, scheme, hashes.SHA256())
    public = key(keys.public_pem("RSA"))
    assert asymmetric.verify("rsa-pss-sha256", public, _MESSAGE, signature)
    assert not asymmetric.verify("rsa-v1_5-sha256", public, _MESSAGE, signature)
    assert not asymmetric.verify("rsa-pss-sha512", public, _MESSAGE, signature)


def test_an_ecdsa_signature_has_one_form_where_der_is_not_meant() -> None:
    private: ec.EllipticCurvePrivateKey = keys.private("P-256")
    der = private.sign(_MESSAGE, ec.ECDSA(hashes.SHA256()))
    public = key(keys.public_pem("P-256"))
    assert asymmetric.verify("ecdsa-p256-sha256", public, _MESSAGE, decode(der, ["der"]))
    assert not asymmetric.verify("ecdsa-p256-sha256", public, _MESSAGE, der)
    zero = bytes(64)
    assert not asymmetric.verify("ecdsa-p256-sha256", public, _MESSAGE, zero)


@pytest.mark.parametrize("half", [32, 48, 66])
def test_der_and_halves_are_inverse(half: int) -> None:
    halves = bytes([1]) * half + bytes([2]) * half
    assert decode(encode(halves, ["der"]), ["der"]) == halves


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        b"\x30\x06\x02\x01\x01\x02\x01\x01\x00",  # more behind it
        b"\x30\x81\x06\x02\x01\x01\x02\x01\x01",  # a length longer than need be
        b"\x30\x08\x02\x02\x00\x01\x02\x02\x00\x01",  # numbers with needless zeros
        b"\x30\x06\x02\x01\xff\x02\x01\x01",  # a negative number
        b"\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00",  # of indefinite length: BER
        b"\x30\x06\x02\x01\x01\x02\x01\x01"[:-1],
    ],
)
def test_der_is_strict(der: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the contract of decoders is the type alone
        decode(der, ["der"])


@given(st.binary(max_size=200))
def test_no_octets_crash_the_decoder_of_der(octets: bytes) -> None:
    try:
        halves = decode(octets, ["der"])
    except ValueError:
        return
    assert encode(halves, ["der"]) == octets


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: ("{" + text).encode()))
def test_no_octets_crash_the_reader_of_keys(octets: bytes) -> None:
    try:
        found = public_keys(octets)
    except ConfigurationError:
        return
    assert found


@pytest.mark.parametrize(
    ("now", "usable"), [(-1, False), (0, True), (864_000, True), (864_001, False)]
)
def test_a_certificate_is_usable_while_it_is_valid(now: float, usable: bool) -> None:
    octets = keys.certificate("RSA", begins=0).encode()
    if usable:
        check_usable(octets, now)
    else:
        with pytest.raises(ConfigurationError):
            check_usable(octets, now)


# RFC 8032 §7.1, test 2.
_SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
_PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
_SIGNATURE = (
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_ed25519_is_that_of_rfc_8032() -> None:
    signature = bytes.fromhex(_SIGNATURE)
    assert asymmetric.sign("ed25519", key(bytes.fromhex(_SEED)), b"\x72") == signature
    assert asymmetric.verify("ed25519", key(bytes.fromhex(_PUBLIC)), b"\x72", signature)


def test_an_ed25519_signature_cannot_be_made_another_by_adding_the_order() -> None:
    # s and s + L satisfy the same equation; RFC 8032 §5.1.7 wants s below L.
    order = 2**252 + 27742317777372353535851937790883648493
    signature = bytes.fromhex(_SIGNATURE)
    s = int.from_bytes(signature[32:], "little") + order
    other = signature[:32] + s.to_bytes(32, "little")
    assert not asymmetric.verify("ed25519", key(bytes.fromhex(_PUBLIC)), b"\x72", other)


def test_keys_are_parsed_once() -> None:
    public = key(keys.public_pem("RSA"))
    asymmetric.verify("rsa-v1_5-sha256", public, _MESSAGE, b"x")
    loaded = public.loaded["rsa-v1_5-sha256"]
    asymmetric.verify("rsa-v1_5-sha256", public, _MESSAGE, b"x")
    assert public.loaded["rsa-v1_5-sha256"] is loaded


def test_no_message_of_ours_shows_the_key() -> None:
    text = base64.b64encode(b"very secret").decode()
    with pytest.raises(ConfigurationError) as caught:
        public_keys(f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----".encode())
    assert text not in str(caught.value)
