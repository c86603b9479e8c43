"""A verified event into its queue, once: duplicates, the message, the queue's answer."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hookproof.aws.sqs import Address, Queues
from hookproof.aws.sqs_rules import Message, text_attributes
from hookproof.envelope import Envelope
from hookproof.errors import HookproofError
from hookproof.sources import Source
from hookproof.values import frozen

if TYPE_CHECKING:
    from hookproof.aws.dynamodb import Duplicates


@frozen
class Enqueue:
    """What the receiver calls with a verified event.

    ``new_name`` gives a text that nothing else has; ``on_forgotten`` is told why an event that is
    queued could not be remembered.
    """

    queues: Queues
    queue_url: str
    duplicates: "Duplicates | None"
    new_name: Callable[[], str]
    on_forgotten: Callable[[HookproofError], None]

    def __call__(self, envelope: Envelope, source: Source, group: str) -> str:
        """Return ``accepted`` once SQS holds the message, or ``duplicate`` if it did before.

        Raises Unavailable or ConfigurationError.
        """
        # Without an id of the provider's own, equal deliveries may be different events.
        known = self.duplicates if envelope.identified else None
        if known and known.has(envelope.source, envelope.id):
            return "duplicate"
        message = Message(
            body=envelope.to_json(), attributes=text_attributes(envelope.attributes())
        )
        address = Address(
            queue_url=source.settings.queue or self.queue_url,
            group=group,
            deduplication=self._deduplication(envelope),
        )
        self.queues.send(message, address)
        if known:
            self._remember(known, envelope)
        return "accepted"

    def _deduplication(self, envelope: Envelope) -> str:
        # A FIFO queue compares within itself, and sources share it: the id alone is not enough.
        return f"{envelope.source}#{envelope.id}" if envelope.identified else self.new_name()

    def _remember(self, known: "Duplicates", envelope: Envelope) -> None:
        try:
            known.add(envelope.source, envelope.id)
        except HookproofError as error:
            # The queue holds the event: the answer is 200, whatever the table says.
            self.on_forgotten(error)
