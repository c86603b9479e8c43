"""Real deliveries of the whole catalogue, broken in one way each."""

from __future__ import annotations

import math

import pytest

from hookproof import Request, get_provider
from hookproof.explain import Case, Report, explain_case
from hookproof.values import replace
from tests.support import mutations
from tests.support.breakages import NOW, codes, renamed, with_header
from tests.support.vectors import Vector, vectors

FIRST_VALID = list({one.provider: one for one in vectors(heavy=False) if one.valid}.values())
BODY_SIGNED = [
    one
    for one in FIRST_VALID
    if one.request.body
    and "Content-Encoding" not in one.request.headers
    and one.verify().body_signed
]
BY_HEADER = [
    one for one in FIRST_VALID if mutations.signature_headers(one.provider, one.request)[:1]
]
# A second provider's header stands in these requests too, and holds the same signature.
WITH_COPIES = {"forgejo", "gitea", "gogs"}


def named(several: list[Vector]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", several, ids=[one.provider for one in several])


def explained(vector: Vector, request: Request | None = None, **changes: object) -> Report:
    secret = vector.secret
    several = tuple(secret) if isinstance(secret, list) else (secret,)
    given: dict[str, object] = {
        "request": request or vector.request,
        "provider": get_provider(vector.provider),
        "secrets": several,
        "now": vector.now or NOW,
        "tolerance": math.inf if vector.now is None else None,
    }
    case = Case(**{**given, **changes})  # type: ignore[arg-type]
    return explain_case(case, seconds=5)


@named(BODY_SIGNED)
def test_a_line_end_behind_the_body(vector: Vector) -> None:
    request = replace(vector.request, body=vector.request.body + b"\n")
    report = explained(vector, request)
    # Where it is fields of the body that are signed, white space behind them is none of them.
    assert codes(report) == ([] if report.verdict == "valid" else ["body_newline"])


@named(FIRST_VALID)
def test_the_secret_of_another_source(vector: Vector) -> None:
    wrong = mutations.other_secret(vector.secret)
    several = tuple(wrong) if isinstance(wrong, list) else (wrong,)
    right = vector.secret[0] if isinstance(vector.secret, list) else vector.secret
    others = {"first": "0123456789abcdef", "the right one": right}
    report = explained(vector, secrets=several, others=others)
    assert codes(report) in (["secret_other_source"], ["secret_encoding"])
    assert report.verdict == "invalid"


@named([one for one in BY_HEADER if one.provider not in WITH_COPIES])
def test_the_signature_in_a_header_of_another_name(vector: Vector) -> None:
    request = vector.request
    for name in mutations.signature_headers(vector.provider, request):
        request = renamed(request, name, f"X-Original-{name}")
    report = explained(vector, request)
    several = len(mutations.signature_headers(vector.provider, vector.request)) > 1
    expected = "handshake" if report.verdict == "handshake" else "wrong_header"
    assert codes(report)[:1] == [expected] or (several and report.verdict == "valid")


@named([one for one in BY_HEADER if one.provider not in WITH_COPIES])
def test_the_signature_in_quotes(vector: Vector) -> None:
    request = vector.request
    for name in mutations.signature_headers(vector.provider, request):
        request = with_header(request, name, f'"{request.headers[name]}"')
    report = explained(vector, request)
    assert report.verdict == "valid" or codes(report)[0] in ("signature_encoding", "wrong_header")
