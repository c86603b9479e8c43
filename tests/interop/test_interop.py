"""With every official SDK, in both directions: who accepts and who refuses the same requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hookproof import (
    Headers,
    Request,
    VerificationError,
    Verifier,
    get_provider,
)
from hookproof.signer import Delivery, sign
from tests.interop.more_sdks import MORE_SDKS
from tests.interop.sdks import SDKS, URL, Sdk
from tests.support import mutations

ALL_SDKS = (*SDKS, *MORE_SDKS)
every_sdk = pytest.mark.parametrize("sdk", ALL_SDKS, ids=[sdk.provider for sdk in ALL_SDKS])
signing_sdks = [sdk for sdk in ALL_SDKS if sdk.signs]
random_payloads = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def ours(sdk: Sdk, request: Request) -> bool:
    try:
        Verifier.of(get_provider(sdk.provider), sdk.secret).verify(request, now=time.time())
    except VerificationError:
        return False
    return True


def signed(sdk: Sdk, body: bytes, *, now: float | None = None) -> Request:
    delivery = Delivery(body=body, url=URL, headers=Headers([sdk.content_type]))
    return sign(
        get_provider(sdk.provider),
        delivery,
        secret=sdk.signing_secret,
        now=time.time() if now is None else now,
    )


@pytest.mark.parametrize("sdk", signing_sdks, ids=[sdk.provider for sdk in signing_sdks])
@given(data=st.data())
@random_payloads
def test_what_the_sdk_signs_we_accept(sdk: Sdk, data: st.DataObject) -> None:
    assert sdk.signs is not None
    request = sdk.signs(data.draw(sdk.bodies))
    assert sdk.is_accepted(request)
    assert ours(sdk, request)


@every_sdk
@given(data=st.data())
@random_payloads
def test_what_we_sign_the_sdk_accepts(sdk: Sdk, data: st.DataObject) -> None:
    request = signed(sdk, data.draw(sdk.bodies))
    assert ours(sdk, request)
    assert sdk.is_accepted(request)


@every_sdk
@given(data=st.data())
@random_payloads
def test_what_we_refuse_for_the_signature_the_sdk_refuses(sdk: Sdk, data: st.DataObject) -> None:
    request = signed(sdk, data.draw(sdk.bodies))
    for label, mutant in _mutants(sdk, request):
        if not ours(sdk, mutant) and label not in sdk.laxer:
            assert not sdk.is_accepted(mutant), label


@every_sdk
@given(data=st.data())
@random_payloads
def test_broken_requests_are_refused_by_us(sdk: Sdk, data: st.DataObject) -> None:
    request = signed(sdk, data.draw(sdk.bodies))
    broken = list(mutations.broken_signatures(request, sdk.provider))
    unreadable = list(mutations.unreadable_signatures(request, sdk.provider))
    assert [label for label, mutant in (*broken, *unreadable) if ours(sdk, mutant)] == []


@every_sdk
@pytest.mark.parametrize("seconds", [-100_000, 100_000])
@given(data=st.data())
@settings(random_payloads, max_examples=3)
def test_what_is_stale_or_early_for_the_sdk_is_so_for_us(
    sdk: Sdk, seconds: int, data: st.DataObject
) -> None:
    request = signed(sdk, data.draw(sdk.bodies), now=time.time() + seconds)
    assert sdk.is_accepted(request) or not ours(sdk, request)


def _mutants(sdk: Sdk, request: Request) -> Iterator[tuple[str, Request]]:
    yield from mutations.broken_signatures(request, sdk.provider)
    yield from mutations.unreadable_signatures(request, sdk.provider)
    yield from mutations.changed_bodies(request)
    yield "another URL", replace(request, url=URL.replace("tenant", "tenent"))
