"""The examples of the RFCs, as data: each test with its section."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hookproof import (
    Headers,
    Provider,
    Request,
    VerificationError,
    Verifier,
    asymmetric,
    get_provider,
)
from hookproof.algorithms import get_algorithm
from hookproof.errors import SignatureMismatch
from hookproof.keys import Key
from hookproof.schemes.http_message_signatures import check_digest

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "rfc_vectors.json").read_text()
)
_CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}
CREATED = 1_618_884_473
BEFORE_EXP = 1_300_819_379


def named(kind: str) -> pytest.MarkDecorator:
    several = VECTORS[kind]
    ids = [f"{one['source']}-{number}" for number, one in enumerate(several)]
    return pytest.mark.parametrize("vector", several, ids=ids)


@named("messages")
def test_http_message_signatures(vector: dict[str, Any]) -> None:
    request = Request(
        method=vector["method"],
        url=vector["url"],
        headers=Headers([(name, value) for name, value in vector["headers"]]),
        body=vector["body"].encode(),
    )
    verifier = Verifier.of(get_provider("http-message-signatures"), vector["key"])
    if vector["result"] == "invalid":
        with pytest.raises(SignatureMismatch):
            verifier.verify(request, now=CREATED)
        return
    assert verifier.verify(request, now=CREATED).timestamp == CREATED


@named("tokens")
def test_json_web_signatures(vector: dict[str, Any]) -> None:
    provider = Provider.from_json(
        {
            "scheme": "jwt",
            "signature": {"in": "header:X-Token", "encoding": "raw"},
            "secret": {"encoding": "jwk"},
            "algorithm": vector["algorithm"],
            "event": {"id": "claim:/iss"},
        },
        id="custom",
    )
    verifier = Verifier.of(provider, json.dumps(vector["key"]))

    def request(token: str) -> Request:
        return Request(method="POST", url="https://x/", headers=Headers([("X-Token", token)]))

    assert verifier.verify(request(vector["token"]), now=BEFORE_EXP).event_id == "joe"
    for changed in (vector["token"][:-8] + "AAAAAAA" + vector["token"][-1], vector["token"][1:]):
        with pytest.raises(VerificationError):
            verifier.verify(request(changed), now=BEFORE_EXP)


@named("hmac")
def test_one_key_signs_message_after_message(vector: dict[str, Any]) -> None:
    algorithm, key = get_algorithm(vector["algorithm"]), Key(bytes.fromhex(vector["key"]), {})
    for one in (*vector["messages"], *vector["messages"]):
        message, signature = one["message"].encode(), bytes.fromhex(one["signature"])
        assert algorithm.sign(key, message) == signature
        assert algorithm.verify(key, message, [signature])
        assert not algorithm.verify(key, message + b"x", [signature])


@named("ed25519")
def test_ed25519(vector: dict[str, str]) -> None:
    octets = {name: bytes.fromhex(vector[name]) for name in ("private", "public", "message")}
    signature = bytes.fromhex(vector["signature"])
    assert asymmetric.sign("ed25519", Key(octets["private"], {}), octets["message"]) == signature
    public = Key(octets["public"], {})
    assert asymmetric.verify("ed25519", public, octets["message"], signature)
    assert not asymmetric.verify("ed25519", public, octets["message"] + b"x", signature)


@named("ecdsa")
def test_ecdsa_is_deterministic(vector: dict[str, str]) -> None:
    curve = _CURVES[vector["algorithm"].split("-")[1]]
    private = ec.derive_private_key(int(vector["private"], 16), curve)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key, message = Key(pem, {}), vector["message"].encode()
    assert asymmetric.sign(vector["algorithm"], key, message).hex() == vector["signature"].lower()
    assert asymmetric.verify(vector["algorithm"], key, message, bytes.fromhex(vector["signature"]))


@named("digests")
def test_content_digest(vector: dict[str, str]) -> None:
    request = Request(
        method="POST",
        url="https://x/",
        headers=Headers([("Content-Digest", vector["digest"])]),
        body=vector["body"].encode(),
    )
    if vector["result"] == "invalid":
        with pytest.raises(SignatureMismatch):
            check_digest(request)
        return
    assert check_digest(request)
