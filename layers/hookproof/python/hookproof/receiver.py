"""The use case: a request comes, a verified event goes to the queue, an answer goes back.

No I/O here: sources, queue, keys and quarantine are functions that are handed in. Whatever
fails, the answer says whose fault it was, and nothing but a kept event is answered with 200.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from hookproof.components import Parts
from hookproof.envelope import Envelope
from hookproof.errors import (
    ConfigurationError,
    HookproofError,
    SignatureMissing,
    Unavailable,
    VerificationError,
)
from hookproof.messages import Headers, Request, Response
from hookproof.provider import Provider
from hookproof.schemes import Fetch
from hookproof.sources import Source
from hookproof.values import field, mutable
from hookproof.verified import Verified

if TYPE_CHECKING:
    from hookproof.handshakes import Handshake

LoadSource = Callable[[str, bool], Source]
Enqueue = Callable[[Envelope, Source, str], str]
Quarantine = Callable[[Request, Source, VerificationError, float], None]
QUARANTINED = frozenset(
    {
        "signature_missing",
        "signature_malformed",
        "signature_mismatch",
        "timestamp_too_old",
        "timestamp_in_future",
        "timestamp_missing",
        "timestamp_malformed",
    }
)
_RETRY_AFTER = 30
_encode = json.JSONEncoder(separators=(",", ":")).encode
_UNAUTHORIZED = 401
_NO_ANSWER = Response(status=503)


@mutable
class Outcome:
    """What became of one request: the answer, and what the log and the metrics say of it."""

    response: Response = _NO_ANSWER
    outcome: str = "unavailable"
    reason: str | None = None
    source: str | None = None
    tenant: str | None = None
    provider: str | None = None
    event_id: str | None = None
    event_type: str | None = None
    secret_version: str | None = None
    body_bytes: int = 0
    error: Exception | None = field(default=None, repr=False)
    sender: Provider | None = field(default=None, repr=False)


class Receiver:
    """The way of a request, with the functions that do its I/O.

    ``load_source(name, refresh)`` gives the source; with ``refresh`` it by-passes the cache if
    it may. ``enqueue(envelope, source, group)`` says ``accepted`` or ``duplicate`` once the
    queue holds the message.
    """

    __slots__ = ("_enqueue", "_fetch", "_load_source", "_quarantine")

    def __init__(
        self,
        load_source: LoadSource,
        enqueue: Enqueue,
        *,
        fetch: Fetch | None = None,
        quarantine: Quarantine | None = None,
    ) -> None:
        self._load_source = load_source
        self._enqueue = enqueue
        self._fetch = fetch
        self._quarantine = quarantine

    def receive(self, request: Request, *, name: str, tenant: str | None, now: float) -> Outcome:
        """The outcome of one request. Never raises."""
        outcome = Outcome(
            source=name,
            tenant=tenant,
            body_bytes=len(request.body),
        )
        try:
            self._receive(request, outcome, now)
        except Exception as error:  # noqa: BLE001 - whatever happens, the sender gets an answer
            fail(outcome, error)
        return outcome

    def _receive(self, request: Request, outcome: Outcome, now: float) -> None:
        source = self._source(outcome, refresh=False)
        try:
            self._proceed(request, source, outcome, now)
        except VerificationError as error:
            # The secret may just have been rotated: look once more before saying no.
            fresh = self._source(outcome, refresh=True)
            if fresh.settings is source.settings:
                self._keep(request, source, error, now)
                raise
            self._retry(request, fresh, outcome, now)

    def _retry(self, request: Request, source: Source, outcome: Outcome, now: float) -> None:
        try:
            self._proceed(request, source, outcome, now)
        except VerificationError as error:
            self._keep(request, source, error, now)
            raise

    def _source(self, outcome: Outcome, *, refresh: bool) -> Source:
        assert outcome.source is not None  # noqa: S101 - receive has set it
        source = self._load_source(outcome.source, refresh)
        outcome.sender, outcome.provider = source.provider, source.provider.id
        return source if outcome.tenant is None else source.for_tenant(outcome.tenant)

    def _proceed(self, request: Request, source: Source, outcome: Outcome, now: float) -> None:
        request = source.public(request)
        if self._answer_handshake(request, source, outcome, verified=False, now=now):
            return
        verified, version = source.verify(request, now=now, fetch=self._fetch)
        outcome.event_id, outcome.event_type = verified.event_id, verified.event_type
        outcome.secret_version = version
        if self._answer_handshake(request, source, outcome, verified=True, now=now):
            return
        self._deliver(request, source, verified, outcome, now)

    def _deliver(
        self, request: Request, source: Source, verified: Verified, outcome: Outcome, now: float
    ) -> None:
        envelope = Envelope.of(
            verified,
            source=source.path,
            received=now,
            secret_version=outcome.secret_version or "current",
            tenant=source.tenant,
        )
        outcome.event_id = envelope.id
        outcome.outcome = self._enqueue(envelope, source, group_of(source, request))
        outcome.response = accepted(source, request, outcome)

    def _answer_handshake(
        self, request: Request, source: Source, outcome: Outcome, *, verified: bool, now: float
    ) -> bool:
        handshakes = source.provider.handshakes
        if not handshakes:
            return False
        from hookproof.handshakes import find_handshake

        parts = Parts(request, values=source.key.values)
        handshake = find_handshake(handshakes, parts, verified=verified)
        if handshake is None or (handshake.visit and not source.settings.confirm):
            return False
        if handshake.visit:
            self._visit(handshake, parts)
        if handshake.keep:
            self._keep(request, source, SignatureMissing("handshake: brings the secret"), now)
        outcome.response = handshake.answer(parts, source.key.octets)
        outcome.outcome = "handshake"
        return True

    def _visit(self, handshake: Handshake, parts: Parts) -> None:
        from hookproof.key_sources import check_url

        assert handshake.visit is not None  # noqa: S101 - the caller has looked
        if self._fetch is None:
            raise ConfigurationError("confirm: nothing is set to make outgoing calls")
        url = handshake.visit.render(parts).decode("utf-8", "replace")
        check_url(url, handshake.hosts)
        self._fetch(url, True)

    def _keep(self, request: Request, source: Source, error: VerificationError, now: float) -> None:
        if self._quarantine is not None and error.code in QUARANTINED:
            self._quarantine(request, source, error, now)


def group_of(source: Source, request: Request) -> str:
    """The FIFO group of a request: what the source's ``group`` names, else its own path."""
    if source.settings.group is not None:
        try:
            text = source.settings.group.render(Parts(request)).decode()
        except (VerificationError, ValueError):
            return source.path
        return text or source.path
    return source.path


def accepted(source: Source, request: Request, outcome: Outcome) -> Response:
    """The answer to an event that the queue holds: the provider's own form, or ours."""
    form = source.provider.response
    if form is not None:
        parts = Parts(request, values=source.key.values)
        if form.matches(parts):
            return form.answer(parts, source.key.octets)
    return _json_response(200, {"status": outcome.outcome, "id": outcome.event_id})


def fail(outcome: Outcome, error: Exception) -> None:
    """Turn an exception into the answer: the sender's fault or ours."""
    outcome.error = error
    outcome.reason = error.code if isinstance(error, HookproofError) else "internal_error"
    if isinstance(error, VerificationError):
        outcome.outcome = "rejected"
        outcome.response = _rejection(error.status, outcome.sender)
        return
    outcome.outcome = "unavailable"
    seconds = error.retry_after if isinstance(error, Unavailable) else _RETRY_AFTER
    outcome.response = _json_response(
        503, {"status": "unavailable", "id": None}, [("Retry-After", str(seconds))]
    )


def _rejection(status: int, sender: Provider | None) -> Response:
    """The answer to what is refused.

    A sender that wants its events answered with no body wants none here either, and one that
    may log in is told how. Source: RFC 9110 §11.6.1.
    """
    logins = sender.logins if sender and status == _UNAUTHORIZED else ()
    headers = [("WWW-Authenticate", f'{login} realm="webhooks"') for login in logins]
    if sender and sender.response and not sender.response.has_body:
        return Response(status=status, headers=Headers(headers))
    return _json_response(status, {"status": "rejected", "id": None}, headers)


def _json_response(
    status: int, document: dict[str, str | None], headers: list[tuple[str, str]] | None = None
) -> Response:
    return Response(
        status=status,
        headers=Headers([("Content-Type", "application/json"), *(headers or [])]),
        body=_encode(document).encode(),
    )
