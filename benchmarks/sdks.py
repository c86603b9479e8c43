"""Time each official SDK's verifier, ours and the bare primitive, in the SDKs' own environment.

Prints ``[provider, size, {"ours": […], "sdk": […], "bare": […]}]``, microseconds of each round.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from benchmarks.bodies import event_body, form_body
from benchmarks.results import alternately
from hookproof import Headers, Request, Verifier, get_provider
from hookproof.signer import Delivery, sign

# An SDK installs a package "tests" of its own, which would be found in place of this project's.
_SDKS = import_module("sdks")
Sdk = Any

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_BATCH = 0.004  # seconds that one sample takes at least


def main() -> None:
    """Measure the providers of the command line, or all; the first word is the rounds."""
    rounds, wanted = int(sys.argv[1]), sys.argv[2:]
    for sdk in _SDKS.SDKS:
        if wanted and sdk.provider not in wanted:
            continue
        for size in SIZES:
            runs = _runs(sdk, size)
            samples = alternately(rounds, runs) if runs else None
            print(json.dumps([sdk.provider, size, samples]), flush=True)


def _runs(sdk: Sdk, size: int) -> dict[str, Callable[[], float]] | None:
    """What is to be timed; None where the SDK takes only bodies of a shape of its own."""
    provider = get_provider(sdk.provider)
    verifier = Verifier.of(provider, sdk.secret)
    try:
        request = _signed(sdk, size)
        verifier.verify(request, now=time.time())
    except Exception as error:  # noqa: BLE001 - said on standard error, and shown as skipped
        print(f"{sdk.provider} {size}: {error}", file=sys.stderr)
        return None
    if not sdk.is_accepted(request):
        return None
    algorithm = provider.schemes[0].algorithm.names[0]
    return {
        "ours": _timed(lambda: verifier.verify(request, now=time.time())),
        "sdk": _timed(lambda: sdk.accepts(request)),
        "bare": _timed(_primitive(algorithm, request.body)),
    }


def _signed(sdk: Sdk, size: int) -> Request:
    body = form_body(size) if sdk.content_type == _SDKS.FORM_TYPE else event_body(size)
    if sdk.signs is not None:
        signed: Request = sdk.signs(body)
        return signed
    delivery = Delivery(body=body, url=_SDKS.URL, headers=Headers([sdk.content_type]))
    provider = get_provider(sdk.provider)
    return sign(provider, delivery, secret=sdk.signing_secret, now=time.time())


def _primitive(algorithm: str, body: bytes) -> Callable[[], object]:
    """The bare computation over the body, whatever else a scheme signs with it."""
    kind, _, name = algorithm.partition("-")
    if kind == "hmac":
        return lambda: hmac.digest(b"k" * 32, body, name)
    if kind == "ed25519":
        ed_key = ed25519.Ed25519PrivateKey.generate()
        ed_public, ed_signature = ed_key.public_key(), ed_key.sign(body)
        return lambda: ed_public.verify(ed_signature, body)
    if kind == "ecdsa":
        ec_hash = ec.ECDSA(hashes.SHA256())
        ec_key = ec.generate_private_key(ec.SECP256R1())
        ec_public, ec_signature = ec_key.public_key(), ec_key.sign(body, ec_hash)
        return lambda: ec_public.verify(ec_signature, body, ec_hash)
    if kind == "rsa":
        form, rsa_hash = padding.PKCS1v15(), hashes.SHA256()
        rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        rsa_public, rsa_signature = rsa_key.public_key(), rsa_key.sign(body, form, rsa_hash)
        return lambda: rsa_public.verify(rsa_signature, body, form, rsa_hash)
    return lambda: hashlib.new(algorithm, body).digest()


def _timed(run: Callable[[], object]) -> Callable[[], float]:
    started = time.perf_counter()
    run()
    count = max(1, int(_BATCH / (time.perf_counter() - started)))

    def sample() -> float:
        before = time.perf_counter()
        for _ in range(count):
            run()
        return (time.perf_counter() - before) / count * 1e6

    return sample


if __name__ == "__main__":
    main()
