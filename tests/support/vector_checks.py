"""What holds for the vectors of every scheme, whatever it needs to be installed."""

from __future__ import annotations

import pytest

from hookproof import VerificationError
from tests.support import mutations
from tests.support.vectors import Vector


def named(several: list[Vector]) -> pytest.MarkDecorator:
    """One test for each of the vectors, under its id."""
    return pytest.mark.parametrize("vector", several, ids=[vector.id for vector in several])


def check_signatures(vector: Vector) -> None:
    """Broken and unreadable signatures are refused, by our own errors."""
    for label, request in (
        *mutations.broken_signatures(vector.request, vector.provider),
        *mutations.unreadable_signatures(vector.request, vector.provider),
    ):
        with pytest.raises(VerificationError):
            pytest.fail(f"{label}: verified as {vector.verify(request)}")


def check_changed_bodies(vector: Vector) -> None:
    """A changed body is refused where the scheme says that it signs the body."""
    signed = vector.verify().body_signed
    for label, request in mutations.changed_bodies(vector.request):
        if request.body == vector.request.body:
            continue
        try:
            vector.verify(request)
        except VerificationError:
            continue
        assert not signed, label


def check_doubled_headers(vector: Vector) -> None:
    """Whatever a doubled header means, nothing but our own errors comes of it."""
    for _label, request in mutations.doubled_headers(vector.request):
        try:
            vector.verify(request)
        except VerificationError:
            continue
