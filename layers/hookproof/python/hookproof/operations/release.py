"""A refused delivery, judged again by the present secrets as of its arrival, and released.

What is released goes the way of a delivery that has just come: the same receiver, envelope and
queue. Only the extension ``released`` is added.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace

from hookproof.aws.delivery import Enqueue
from hookproof.aws.dynamodb import Duplicates
from hookproof.aws.s3 import LargeBodies
from hookproof.aws.secretsmanager import SecretStore
from hookproof.aws.sqs import Queues
from hookproof.envelope import Envelope, rfc3339
from hookproof.errors import HookproofError, Unavailable
from hookproof.operations.aws_calls import AwsCalls
from hookproof.operations.deployment import Deployment
from hookproof.operations.interruption import uninterrupted
from hookproof.operations.ledger import Ledger
from hookproof.operations.records import Record, Records
from hookproof.receiver import Outcome, Receiver
from hookproof.schemes import Fetch
from hookproof.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``verified`` with the secret that proves it, or the code and the text of the refusal."""

    verified: bool
    secret: str | None = None
    reason: str | None = None
    message: str = ""


class Releases:
    """Verifies and releases the records of one deployment."""

    def __init__(self, deployment: Deployment, *, fetch: Fetch) -> None:
        calls = AwsCalls(deployment.account)
        self._overlap = deployment.overlap
        self._store = SecretStore(
            calls, prefix=deployment.secret_prefix, overlap=self._overlap, now=time.time
        )
        self._enqueue = _enqueue(deployment, calls)
        self._records = Records(deployment)
        self._ledger = Ledger(deployment)
        self._fetch = fetch
        self._sources: dict[str, Source] = {}

    def source(self, record: Record) -> Source:
        """The record's source as it is now. Raises: HookproofError."""
        source = self._load(record.source, False)
        return source if record.tenant is None else source.for_tenant(record.tenant)

    def verify(self, record: Record) -> Verdict:
        """Whether the present secrets prove the record, as of its arrival."""
        try:
            source = self.source(record)
            request = source.public(record.request)
            _, secret = source.verify(request, now=record.arrived, fetch=self._fetch)
        except HookproofError as error:
            return Verdict(verified=False, reason=error.code, message=str(error))
        return Verdict(verified=True, secret=secret)

    def release(self, record: Record) -> Outcome:
        """Queue the event if it verifies now, and only then delete the record.

        A run that is killed leaves the record, and what the ledger says of it. Interrupts wait.
        """

        def enqueue(envelope: Envelope, source: Source, group: str) -> str:
            event = f"{envelope.source} {envelope.id}" if envelope.identified else record.id
            if not self._ledger.begin(event):
                return "duplicate"
            marked = {**envelope.extensions, "released": rfc3339(time.time())}
            try:
                became = self._enqueue(replace(envelope, extensions=marked), source, group)
            except HookproofError as failure:
                self._ledger.failed(event, is_known=not isinstance(failure, Unavailable))
                raise
            self._ledger.done(event)
            return became

        receiver = Receiver(self._load, enqueue, fetch=self._fetch)
        with uninterrupted():
            outcome = receiver.receive(
                record.request, name=record.source, tenant=record.tenant, now=record.arrived
            )
            if outcome.outcome in ("accepted", "duplicate"):
                self._records.delete(record.id)
        return outcome

    def _load(self, name: str, refresh: bool) -> Source:
        del refresh  # it was read in this run
        if name not in self._sources:
            versions = self._store.fetch(name, False)
            self._sources[name] = Source.of(name, versions, overlap=self._overlap)
        return self._sources[name]


def _enqueue(deployment: Deployment, calls: AwsCalls) -> Enqueue:
    settings = deployment.settings
    bucket, table = settings.get("BUCKET"), settings.get("DEDUPLICATION_TABLE")
    large = LargeBodies(calls, bucket=bucket, new_name=_new_name) if bucket else None
    keep = deployment.seconds("DEDUPLICATION_SECONDS", 7 * 86_400)
    return Enqueue(
        queues=Queues(calls, large=large),
        queue_url=deployment.queue_url,
        duplicates=Duplicates(calls, table=table, keep=keep, now=time.time) if table else None,
        new_name=_new_name,
        on_forgotten=lambda _: None,
    )


def _new_name() -> str:
    return os.urandom(16).hex()
