"""Every vector that needs the standard library alone, and the mutations of every valid one."""

from __future__ import annotations

import pytest

from hookproof import ConfigurationError, VerificationError, Verifier, get_provider
from hookproof.errors import TimestampInFuture, TimestampTooOld
from tests.support import mutations
from tests.support.vector_checks import (
    check_changed_bodies,
    check_doubled_headers,
    check_signatures,
    named,
)
from tests.support.vectors import Vector, vectors

ALL = vectors(heavy=False)
VALID = [vector for vector in ALL if vector.valid]


@named(VALID)
def test_genuine_requests_verify_with_their_exact_bytes(vector: Vector) -> None:
    assert vector.request.body == vector.verify().body


@named([vector for vector in ALL if not vector.valid])
def test_other_requests_are_refused(vector: Vector) -> None:
    with pytest.raises((VerificationError, ConfigurationError)):
        vector.verify()


@named(ALL)
def test_every_vector_names_its_source(vector: Vector) -> None:
    assert vector.source.strip()


@named(VALID)
def test_broken_signatures_are_refused(vector: Vector) -> None:
    check_signatures(vector)


@named(VALID)
def test_header_names_are_case_insensitive(vector: Vector) -> None:
    assert vector.verify() == vector.verify(mutations.recased(vector.request))


@named([vector for vector in VALID if "Content-Encoding" not in vector.request.headers])
def test_changed_bodies_are_refused_where_the_body_is_signed(vector: Vector) -> None:
    check_changed_bodies(vector)


@named(VALID)
def test_a_signed_header_cannot_be_left_out(vector: Vector) -> None:
    verified = vector.verify()
    for label, request, refused in mutations.without_each_header(vector.request, verified):
        try:
            vector.verify(request)
        except VerificationError:
            continue
        assert not refused, label


@named(VALID)
def test_doubled_headers_never_crash(vector: Vector) -> None:
    check_doubled_headers(vector)


@named(VALID)
def test_another_secret_is_refused(vector: Vector) -> None:
    with pytest.raises((VerificationError, ConfigurationError)):
        vector.verify(secret=mutations.other_secret(vector.secret))


@named(VALID)
def test_a_signed_timestamp_is_judged_on_both_sides(vector: Vector) -> None:
    verified = vector.verify()
    windows = [
        scheme.timestamp.tolerance
        for scheme in get_provider(vector.provider).schemes
        if scheme.timestamp and scheme.timestamp.tolerance is not None
    ]
    if verified.timestamp is None or not windows or not _is_signed(vector):
        return
    beyond = max(windows) + 1
    with pytest.raises(TimestampTooOld):
        vector.verify(now=verified.timestamp + beyond)
    with pytest.raises(TimestampInFuture):
        vector.verify(now=verified.timestamp - beyond)


@pytest.mark.parametrize("provider", sorted({vector.provider for vector in VALID}))
@pytest.mark.parametrize("secrets", [[], "", " ", [""], {}, [{}]], ids=repr)
def test_no_secret_is_no_key(provider: str, secrets: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        Verifier.of(get_provider(provider), secrets)


def _is_signed(vector: Vector) -> bool:
    """A timestamp that may be changed at will is not signed, and so proves nothing."""
    for scheme in get_provider(vector.provider).schemes:
        if scheme.timestamp and scheme.base:
            covered = {str(one) for one in scheme.base.components}
            if covered & {"timestamp", str(scheme.timestamp.place), "body"}:
                return True
    return False
