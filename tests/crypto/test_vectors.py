"""Every vector of the public-key schemes and the schemes with modules, and their mutations."""

from __future__ import annotations

import pytest

from hookproof import ConfigurationError, VerificationError
from tests.support import mutations
from tests.support.vector_checks import (
    check_changed_bodies,
    check_doubled_headers,
    check_signatures,
    named,
)
from tests.support.vectors import Vector, vectors

ALL = vectors(heavy=True)
VALID = [vector for vector in ALL if vector.valid]
# Any scheme whose signed form leaves room for other bytes of the same meaning.
_SAME_MEANING = frozenset({"braintree", "paytm", "alipay-cn", "paddle-classic"})


@named(VALID)
def test_genuine_requests_verify_with_their_exact_bytes(vector: Vector) -> None:
    assert vector.request.body == vector.verify().body


@named([vector for vector in ALL if not vector.valid])
def test_other_requests_are_refused(vector: Vector) -> None:
    with pytest.raises((VerificationError, ConfigurationError)):
        vector.verify()


@named(VALID)
def test_unreadable_signatures_are_refused(vector: Vector) -> None:
    check_signatures(vector)


@named(VALID)
def test_header_names_are_case_insensitive(vector: Vector) -> None:
    assert vector.verify() == vector.verify(mutations.recased(vector.request))


@named([vector for vector in VALID if vector.provider not in _SAME_MEANING])
def test_changed_bodies_are_refused_where_the_body_is_signed(vector: Vector) -> None:
    check_changed_bodies(vector)


@named(VALID)
def test_doubled_headers_never_crash(vector: Vector) -> None:
    check_doubled_headers(vector)


@named(VALID)
def test_every_byte_of_the_body_may_be_anything(vector: Vector) -> None:
    for body in (
        b"",
        b"\x00",
        b"{",
        b"\xff\xfe",
        b"a=b&c",
        b"[" * 5000,
        b"a.b.c",
        b"..",
        b"e30.e30.e30",
    ):
        request = mutations.with_body(vector.request, body)
        try:
            vector.verify(request)
        except VerificationError:
            continue
