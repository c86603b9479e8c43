"""Standard Webhooks with key pairs: the keys as they are written, and never as shared secrets."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

import pytest

from hookproof import ConfigurationError, Headers, Request, Verifier, get_provider
from hookproof.errors import SignatureMismatch, VerificationError
from hookproof.signer import Delivery, sign

# svix/svix-webhooks server/svix-server/src/worker.rs, test_asymmetric_key_signing.
PRIVATE = (
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
)
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
SIGNATURE = (
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
)
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'
NOW = 1_614_265_330.0
providers = pytest.mark.parametrize(
    ("name", "prefix"), [("standard-webhooks", "webhook"), ("svix", "svix")]
)


def headers(prefix: str, signature: str) -> Headers:
    return Headers.of(
        {
            f"{prefix}-id": MESSAGE,
            f"{prefix}-timestamp": str(int(NOW)),
            f"{prefix}-signature": signature,
        }
    )


def request(prefix: str, signature: str) -> Request:
    return Request(
        method="POST", url="https://example.com/", headers=headers(prefix, signature), body=BODY
    )


@providers
@pytest.mark.parametrize("secret", [PUBLIC, PRIVATE])
def test_either_key_of_the_pair_verifies(name: str, prefix: str, secret: str) -> None:
    verifier = Verifier.of(get_provider(name), secret)
    assert verifier.verify(request(prefix, SIGNATURE), now=NOW).event_id == MESSAGE


@providers
def test_the_private_key_signs_as_svix_does(name: str, prefix: str) -> None:
    delivery = Delivery(body=BODY, headers=Headers.of({f"{prefix}-id": MESSAGE}))
    signed = sign(get_provider(name), delivery, secret=PRIVATE, now=NOW)
    assert signed.headers[f"{prefix}-signature"] == SIGNATURE


@providers
@pytest.mark.parametrize("text", [PUBLIC, PUBLIC.removeprefix("whpk_")])
def test_the_public_key_is_no_shared_secret(name: str, prefix: str, text: str) -> None:
    octets = base64.b64decode(PUBLIC.removeprefix("whpk_"))
    message = f"{MESSAGE}.{int(NOW)}.".encode() + BODY
    for key in (octets, PUBLIC.encode(), text.encode()):
        forged = base64.b64encode(hmac.digest(key, message, sha256)).decode()
        with pytest.raises(VerificationError):
            Verifier.of(get_provider(name), PUBLIC).verify(request(prefix, f"v1,{forged}"), now=NOW)


@providers
def test_one_version_is_not_the_other(name: str, prefix: str) -> None:
    verifier = Verifier.of(get_provider(name), PUBLIC)
    with pytest.raises(VerificationError):
        verifier.verify(request(prefix, SIGNATURE.replace("v1a,", "v1,")), now=NOW)
    shared = Verifier.of(get_provider(name), ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", PUBLIC])
    assert shared.verify(request(prefix, f"v1,AAAA {SIGNATURE}"), now=NOW).secret_index == 1


@providers
def test_a_pair_whose_halves_differ_is_no_key(name: str, prefix: str) -> None:
    octets = bytearray(base64.b64decode(PRIVATE.removeprefix("whsk_")))
    octets[-1] ^= 1
    secret = f"whsk_{base64.b64encode(octets).decode()}"
    with pytest.raises((ConfigurationError, SignatureMismatch)):
        Verifier.of(get_provider(name), secret).verify(request(prefix, SIGNATURE), now=NOW)
