"""The ingest function's parts, put together once from its settings."""

import os
from collections.abc import Callable, Mapping

from hookproof.aws.budget import Budget
from hookproof.aws.cache import Cache, Limits
from hookproof.aws.client import Client, Pace
from hookproof.aws.connections import Connections
from hookproof.aws.credentials import credentials_of
from hookproof.aws.delivery import Enqueue
from hookproof.aws.endpoints import Endpoints
from hookproof.aws.keys import Documents
from hookproof.aws.observability import Journal
from hookproof.aws.s3 import LargeBodies
from hookproof.aws.secretsmanager import SecretStore
from hookproof.aws.settings import Settings
from hookproof.aws.sqs import Queues
from hookproof.errors import HookproofError
from hookproof.receiver import Quarantine as Keep
from hookproof.receiver import Receiver
from hookproof.schemes import Fetch
from hookproof.sources import Source
from hookproof.values import frozen


@frozen
class Ingest:
    """What lives as long as the execution environment."""

    settings: Settings
    budget: Budget
    client: Client
    sources: Cache[Source]
    receiver: Receiver
    journal: Journal

    @classmethod
    def of(
        cls,
        environ: Mapping[str, str],
        *,
        journal: Journal,
        monotonic: Callable[[], float],
        pace: Pace,
    ) -> "Ingest":
        """Put the parts together; nothing is called yet. Raises ConfigurationError."""
        settings = Settings.of(environ)
        budget = Budget(settings.delivery_seconds, monotonic=monotonic)
        client, fetch = _client(environ, settings, budget, pace)
        sources = _sources(settings, client, pace, journal)
        receiver = Receiver(
            sources.load,
            _enqueue(settings, client, pace, journal),
            fetch=fetch,
            quarantine=_quarantine(settings, client, journal),
        )
        return cls(
            settings=settings,
            budget=budget,
            client=client,
            sources=sources,
            receiver=receiver,
            journal=journal,
        )

    def warm(self) -> None:
        """Connect ahead of the first delivery, and load the sources that are named for it."""
        self.client.open("secretsmanager")
        self.client.open("sqs")
        for source in self.settings.prefetch_sources:
            self.budget.restart()
            try:
                self.sources.load(source, False)
            except HookproofError as error:
                self.journal.not_prefetched(source, error)


def _client(
    environ: Mapping[str, str], settings: Settings, budget: Budget, pace: Pace
) -> tuple[Client, Fetch]:
    """The client of AWS's services and the fetching of public keys, on the same connections."""
    connections = Connections(now=pace.now, ca_file=settings.ca_bundle)
    credentials = credentials_of(environ, connections=connections, now=pace.now, budget=budget)
    client = Client(
        endpoints=Endpoints(settings.region, settings.endpoints),
        connections=connections,
        credentials=credentials,
        budget=budget,
        pace=pace,
    )
    documents = Documents(
        connections, budget=budget, now=pace.now, plain_loopback=settings.plain_http_keys
    )
    return client, documents.fetch


def _sources(settings: Settings, client: Client, pace: Pace, journal: Journal) -> Cache[Source]:
    overlap = settings.previous_secret_seconds
    store = SecretStore(client, prefix=settings.secret_prefix, overlap=overlap, now=pace.now)

    def fetch(name: str, hurry: bool) -> Source:
        return Source.of(name, store.fetch(name, hurry), overlap=overlap)

    limits = Limits(
        max_age=settings.secret_max_age,
        stale=settings.stale_seconds,
        interval=settings.secret_refresh_seconds,
    )
    return Cache(fetch, now=pace.now, limits=limits, on_stale=journal.stale)


def _enqueue(settings: Settings, client: Client, pace: Pace, journal: Journal) -> Enqueue:
    large = duplicates = None
    if settings.bucket:
        large = LargeBodies(client, bucket=settings.bucket, new_name=_new_name)
    if settings.deduplication_table:
        from hookproof.aws.dynamodb import Duplicates

        duplicates = Duplicates(
            client,
            table=settings.deduplication_table,
            keep=settings.deduplication_seconds,
            now=pace.now,
        )
    return Enqueue(
        queues=Queues(client, large=large),
        queue_url=settings.queue_url,
        duplicates=duplicates,
        new_name=_new_name,
        on_forgotten=journal.forgotten,
    )


def _quarantine(settings: Settings, client: Client, journal: Journal) -> Keep | None:
    if settings.quarantine_bucket is None:
        return None
    from hookproof.aws.quarantine import Quarantine

    return Quarantine(
        client,
        bucket=settings.quarantine_bucket,
        per_minute=settings.quarantine_per_minute,
        new_name=_new_name,
        on_lost=journal.not_kept,
    ).keep


def _new_name() -> str:
    # The system's generator: one of Python's own repeats itself in every restored snapshot.
    return os.urandom(16).hex()
