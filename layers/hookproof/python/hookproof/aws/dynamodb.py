"""Which events are in the queue already: a table that is read before, and written after, sending.

An event is remembered only once SQS holds it. An attempt that died half-way leaves nothing
behind, so the sender's repeat is never refused for it.
"""

from collections.abc import Callable
from hashlib import sha256

from hookproof.aws.calls import Calls

_KEY_LIMIT = 2048  # bytes of a partition key, DynamoDB's quota


class Duplicates:
    """A table with the key ``id`` and the time to live ``expires``.

    ``keep``: seconds for which an event is remembered.
    """

    def __init__(self, client: Calls, *, table: str, keep: float, now: Callable[[], float]) -> None:
        self._client = client
        self._table = table
        self._keep = keep
        self._now = now

    def has(self, source: str, event: str) -> bool:
        """Whether the event was queued before. Raises Unavailable or ConfigurationError."""
        payload = {
            "TableName": self._table,
            "Key": {"id": {"S": _key(source, event)}},
            "ConsistentRead": True,
            "ProjectionExpression": "expires",
        }
        answer = self._client.json("dynamodb", "DynamoDB_20120810.GetItem", payload)
        try:
            # DynamoDB deletes up to days after the time.
            return int(answer["Item"]["expires"]["N"]) > self._now()
        except (KeyError, TypeError, ValueError):
            return False

    def add(self, source: str, event: str) -> None:
        """Remember that the event is in the queue. Raises Unavailable or ConfigurationError."""
        expires = str(int(self._now() + self._keep))
        item = {"id": {"S": _key(source, event)}, "expires": {"N": expires}}
        payload = {"TableName": self._table, "Item": item}
        self._client.json("dynamodb", "DynamoDB_20120810.PutItem", payload)


def _key(source: str, event: str) -> str:
    # Neither holds a space in front: a source's path has none at all.
    key = f"{source} {event}"
    octets = key.encode("utf-8", "surrogatepass")
    return key if len(octets) <= _KEY_LIMIT else f"{source} sha256:{sha256(octets).hexdigest()}"
