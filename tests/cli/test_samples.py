from __future__ import annotations

import json

import pytest

from hookproof import Provider, Verifier, get_provider, provider_ids, sign
from hookproof.algorithms import ASYMMETRIC
from hookproof.cli.samples import new_event_id, refreshed, sample_of
from hookproof.keys import Secret
from hookproof.signer import Delivery
from hookproof.signer import sign as sign_delivery
from tests.cli.conftest import NOW

HEX, BASE64 = "00ff" * 16, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# What these sign is made of parts that only a real delivery has.
NEED_A_REAL_BODY = {
    "contentful": "a list of the headers that are signed",
    "exact-online": "the body's own text of one of its values",
}


def shared(name: str) -> bool:
    schemes = get_provider(name).schemes
    return all(
        scheme.module == "signed" and not set(scheme.algorithm.names) & set(ASYMMETRIC)
        for scheme in schemes
    )


def secret_of(provider: Provider) -> Secret:
    form = provider.schemes[0].secret
    text = {"hex": HEX, "base64": BASE64, "base64url": BASE64}.get(form.encoding, "a test secret")
    text = (form.only[0] if form.only else "") + text
    names = [name for name in form.names if not name.endswith("?")]
    return dict.fromkeys(names, text) if len(names) > 1 else text


@pytest.mark.parametrize(
    "name", [name for name in provider_ids() if shared(name) and name not in NEED_A_REAL_BODY]
)
def test_every_provider_with_a_shared_secret_has_a_sample_that_verifies(name: str) -> None:
    provider = get_provider(name)
    sample = refreshed(sample_of(provider), provider, now=NOW, event_id=new_event_id())
    delivery = Delivery(body=sample.body, headers=sample.headers)
    request = sign_delivery(provider, delivery, secret=secret_of(provider), now=NOW)
    verified = Verifier.of(provider, secret_of(provider)).verify(request, now=NOW)
    assert verified.body == request.body


@pytest.mark.parametrize("name", ["stripe", "github", "openai", "linear", "mailgun"])
def test_each_sample_is_another_event(name: str) -> None:
    provider = get_provider(name)
    secret = secret_of(provider)
    found = set()
    for _ in range(3):
        sample = refreshed(sample_of(provider), provider, now=NOW, event_id=new_event_id())
        delivery = Delivery(body=sample.body, headers=sample.headers)
        request = sign_delivery(provider, delivery, secret=secret, now=NOW)
        found.add(Verifier.of(provider, secret).verify(request, now=NOW).event_id)
    assert len(found) == 3
    assert None not in found


def test_numbers_of_a_body_keep_their_form_when_a_signature_is_put_into_it() -> None:
    body = b'{"amount": 10.00, "big": 12345678901234567890, "exp": 1e3, "signature": {}}'
    signature = {"in": "json:/signature/value", "encoding": "hex"}
    provider = Provider.from_json(
        {"signature": signature, "signature_base": "{json:/amount}", "algorithm": "hmac-sha256"},
        id="x",
    )
    request = sign(body=body, provider=provider, secret="s", now=NOW)
    assert b'"amount":10.00,"big":12345678901234567890,"exp":1e3,' in request.body
    assert Verifier.of(provider, "s").verify(request, now=NOW).provider == "x"


def test_a_body_that_is_given_is_signed_as_it_is() -> None:
    body = json.dumps({"webhookTimestamp": 5, "a": 1.50}, indent=3).encode()
    assert sign(body=body, provider="linear", secret="s", now=NOW).body == body
