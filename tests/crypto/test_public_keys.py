"""Which public keys are keys at all, and that one bad key of a set spoils none of the others."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from hookproof import (
    ConfigurationError,
    Headers,
    Request,
    Verifier,
    asymmetric,
    get_provider,
)
from hookproof.keys import Key
from hookproof.public_keys import public_keys
from tests.crypto import keys

PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME
NOW = 1_700_000_000
# Every way to write a point of small order: y, y plus the prime, and either sign of x.
Y_OF_SMALL_ORDER = (
    0,
    1,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    PRIME - 1,
    PRIME,
    PRIME + 1,
)
SIGNS = (0, 1 << 255)


def doubled(y_squared: int) -> int:
    """The square of y of twice the point, out of that of the point. Source: RFC 8032 §5.1.4."""
    x_squared = (y_squared - 1) * pow(D * y_squared + 1, -1, PRIME) % PRIME
    product = D * x_squared * y_squared % PRIME
    y = (y_squared + x_squared) * pow(1 - product, -1, PRIME) % PRIME
    return y * y % PRIME


def octets_of(y: int, sign: int = 0) -> bytes:
    return (y | sign).to_bytes(32, "little")


@pytest.mark.parametrize("y", Y_OF_SMALL_ORDER)
def test_the_points_are_of_small_order(y: int) -> None:
    y_squared = y * y % PRIME
    for _ in range(3):
        y_squared = doubled(y_squared)
    assert y_squared == 1


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("y", Y_OF_SMALL_ORDER)
def test_a_point_of_small_order_is_no_key(y: int, sign: int) -> None:
    octets = octets_of(y, sign)
    x = base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
    der = bytes.fromhex("302a300506032b6570032100") + octets
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----"
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x})
    for written in (octets, der, pem.encode(), jwk.encode()):
        with pytest.raises(ConfigurationError):
            public_keys(written)


@pytest.mark.parametrize("y", [0, 1])
def test_nothing_verifies_under_a_key_of_zeros(y: int) -> None:
    key = octets_of(y)
    headers = Headers(
        [
            ("X-Signature-Ed25519", (key + bytes(32)).hex()),
            ("X-Signature-Timestamp", str(NOW)),
        ]
    )
    for number in range(16):
        request = Request(
            method="POST", url="https://x/", headers=headers, body=f'{{"n":{number}}}'.encode()
        )
        with pytest.raises(ConfigurationError):
            Verifier.of(get_provider("discord-interactions"), key.hex()).verify(request, now=NOW)


@pytest.mark.parametrize(
    "bad",
    [
        {"kty": "RSA", "n": "AA", "e": "AQAB"},
        {"kty": "RSA", "n": 5, "e": []},
        {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AQ"},
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43},
        {"kty": "OKP", "crv": "X25519", "x": "B" * 43},
        {"kty": "oct", "k": "AQ"},
        {"kty": "EC", "crv": "P-192", "x": "AQ", "y": "AQ"},
    ],
    ids=json.dumps,
)
def test_a_key_that_cannot_be_read_takes_no_other_down(bad: dict[str, object]) -> None:
    """Source: RFC 7517 §5: what is not understood in a set is to be ignored."""
    good = keys.jwk("P-256")
    several = json.dumps({"keys": [bad, good, bad]}).encode()
    assert len(public_keys(several)) == 1
    with pytest.raises(ConfigurationError):
        public_keys(json.dumps({"keys": [bad]}).encode())


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize("r", [0, 1, P256_ORDER, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, P256_ORDER, 2**256 - 1])
def test_no_signature_out_of_range_verifies(r: int, s: int) -> None:
    """Source: FIPS 186-5 §6.4.2: r and s lie between 1 and the order less one."""
    key = Key(keys.public_pem("P-256").encode(), {})
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    for message in (b"", b"x"):
        assert not asymmetric.verify("ecdsa-p256-sha256", key, message, signature)


@pytest.mark.parametrize("length", [0, 1, 31, 32, 63, 65, 96, 128, 132])
def test_a_signature_has_the_length_of_its_curve(length: int) -> None:
    key = Key(keys.public_pem("P-256").encode(), {})
    assert not asymmetric.verify("ecdsa-p256-sha256", key, b"x", b"\x01" * length)


@pytest.mark.parametrize("exponent", ["AQ", "Ag", "AA", "BA"])
def test_an_exponent_under_which_anybody_can_sign_is_refused(exponent: str) -> None:
    jwk = {**keys.jwk("RSA"), "e": exponent}
    with pytest.raises(ConfigurationError):
        public_keys(json.dumps(jwk).encode())


def test_what_this_build_cannot_do_is_a_fault_of_the_set_up() -> None:
    def unable(_signature: bytes, _message: bytes) -> None:
        raise UnsupportedAlgorithm("sha1")

    key = Key(b"", {})
    key.loaded["rsa-v1_5-sha1"] = (unable,)
    with pytest.raises(ConfigurationError):
        asymmetric.verify("rsa-v1_5-sha1", key, b"x", b"y")
