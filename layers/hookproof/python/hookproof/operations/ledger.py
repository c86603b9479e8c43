"""Which events of the quarantine were released: written before a release, and after it.

An entry is made by one run only (``If-None-Match``). One that says "sending" for long belongs to
a run that was killed between the two: then it is not known whether SQS has the event, and it is
sent again, with the same id, rather than lost.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from hookproof.aws.quarantine import PREFIX
from hookproof.errors import Unavailable
from hookproof.operations.account import code_of, explained
from hookproof.operations.deployment import Deployment

FOLDER = f"{PREFIX}_released/"
_CONFLICTS = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_IN_DOUBT_AFTER = 60.0  # seconds: a send ends long before


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one event: ``sending`` or ``sent``, and since when."""

    state: str
    since: float


class Ledger:
    """The entries beside the quarantine; the bucket's rule deletes them with the records."""

    def __init__(self, deployment: Deployment) -> None:
        self._client = deployment.client("s3")
        self._bucket = deployment.quarantine_bucket

    def begin(self, event: str) -> bool:
        """Say that the event is about to be sent; False when it was sent before.

        Raises: Unavailable when another run is sending it at this moment.
        """
        entry = Entry(state="sending", since=time.time())
        with explained():
            try:
                self._put(event, entry, IfNoneMatch="*")
            except self._client.exceptions.ClientError as error:
                if code_of(error) not in _CONFLICTS:
                    raise
            else:
                return True
        return self._take_over(event, entry)

    def _take_over(self, event: str, entry: Entry) -> bool:
        found, version = self._get(event)
        if found.state == "sent":
            return False
        busy = "another release is sending this event; try again in a minute"
        if time.time() - found.since < _IN_DOUBT_AFTER:
            raise Unavailable(busy)
        with explained():
            try:
                self._put(event, entry, IfMatch=version)
            except self._client.exceptions.ClientError as error:
                if code_of(error) not in _CONFLICTS:
                    raise
                raise Unavailable(busy) from error
        return True

    def done(self, event: str) -> None:
        """Say that SQS has the event."""
        with explained():
            self._put(event, Entry(state="sent", since=time.time()))

    def failed(self, event: str, *, is_known: bool) -> None:
        """Say that SQS does not have the event, or without an answer of its own, that it may."""
        with explained():
            if is_known:
                self._client.delete_object(Bucket=self._bucket, Key=_key(event))
            else:
                # The next run need not wait: nobody is sending it now.
                self._put(event, Entry(state="sending", since=0))

    def _put(self, event: str, entry: Entry, **conditions: str) -> None:
        body = json.dumps({"state": entry.state, "since": entry.since}).encode()
        self._client.put_object(Bucket=self._bucket, Key=_key(event), Body=body, **conditions)

    def _get(self, event: str) -> tuple[Entry, str]:
        """The entry, and the version of the object that holds it."""
        with explained():
            found: Any = self._client.get_object(Bucket=self._bucket, Key=_key(event))
            document = json.loads(found["Body"].read())
        return Entry(state=document["state"], since=document["since"]), found["ETag"]


def _key(event: str) -> str:
    return f"{FOLDER}{sha256(event.encode('utf-8', 'surrogatepass')).hexdigest()}.json"
