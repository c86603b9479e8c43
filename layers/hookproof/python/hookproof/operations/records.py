"""The quarantine's records: listed by source and time, read, deleted."""

from __future__ import annotations

import json
import re
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

from hookproof.aws.quarantine import PREFIX
from hookproof.errors import ConfigurationError
from hookproof.messages import Headers, Request
from hookproof.operations.account import code_of, explained
from hookproof.operations.deployment import Deployment

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}/[0-9]{8}T[0-9]{4}Z-[a-z0-9-]{1,40}")
_GONE = frozenset({"NoSuchKey", "404"})
_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One refused delivery. ``arrived`` in seconds since 1970."""

    id: str
    source: str
    tenant: str | None
    provider: str
    arrived: float
    reason: str
    request: Request = field(repr=False)

    @classmethod
    def of(cls, id: str, text: bytes) -> Record:  # noqa: A002 - the field's word
        """The record that an object holds. Raises: ConfigurationError."""
        try:
            document: Mapping[str, Any] = json.loads(text)
            return cls(
                id=id,
                source=document["source"],
                tenant=document["tenant"],
                provider=document["provider"],
                arrived=float(document["arrived"]),
                reason=document["reason"],
                request=_request(document["request"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"{id}: not a record of the quarantine") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list shows of a record without reading it; ``octets`` is the record's own size."""

    id: str
    source: str
    tenant: str | None
    arrived: float
    reason: str
    octets: int


_R = TypeVar("_R", Record, Listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which records are meant; times in seconds since 1970."""

    source: str | None = None
    tenant: str | None = None
    since: float | None = None
    until: float | None = None
    ids: tuple[str, ...] = ()

    def matches(self, record: Record | Listed) -> bool:
        """Whether the record is meant."""
        return (
            self.tenant in (None, record.tenant)
            and (self.since is None or record.arrived >= self.since)
            and (self.until is None or record.arrived < self.until)
        )


class Records:
    """The records of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._client = deployment.client("s3")
        self._bucket = deployment.quarantine_bucket

    def ids(self, chosen: Chosen) -> Iterator[str]:
        """Ids by source and minute; those of a tenant or second alone must be read to be told."""
        if chosen.ids:
            yield from (_checked(one) for one in chosen.ids)
            return
        for source in [chosen.source] if chosen.source else self.sources():
            prefix = f"{PREFIX}{source}/"
            after = prefix + (_minute(chosen.since) if chosen.since is not None else "")
            end = None if chosen.until is None else prefix + _minute(chosen.until + 60)
            for key in self._keys(prefix, after):
                if end is not None and key >= end:
                    break
                yield key.removeprefix(PREFIX).removesuffix(".json")

    def find(self, chosen: Chosen) -> Iterator[Record]:
        """The records, oldest first within each source. One that has gone meanwhile is left out."""
        return self._each(chosen, self.get)

    def summaries(self, chosen: Chosen) -> Iterator[Listed]:
        """The same without reading them."""
        return self._each(chosen, self._head)

    def _each(self, chosen: Chosen, read: Callable[[str], _R | None]) -> Iterator[_R]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # The places of a minute are in no order of time.
            for _, minute in groupby(self.ids(chosen), key=lambda one: one.partition("Z-")[0]):
                found = [one for one in pool.map(read, minute) if one is not None]
                yield from sorted(filter(chosen.matches, found), key=lambda one: one.arrived)

    def _head(self, id: str) -> Listed | None:  # noqa: A002 - the field's word
        with explained():
            try:
                found = self._client.head_object(Bucket=self._bucket, Key=_key(id))
            except self._client.exceptions.ClientError as error:
                if code_of(error) in _GONE:
                    return None
                raise
        metadata = found["Metadata"]
        tenant = metadata.get("tenant", "-")
        return Listed(
            id=id,
            source=id.partition("/")[0],
            tenant=None if tenant == "-" else tenant,
            arrived=float(metadata.get("arrived", 0)),
            reason=metadata.get("reason", ""),
            octets=found["ContentLength"],
        )

    def get(self, id: str) -> Record | None:  # noqa: A002 - the field's word
        """The record, or None when it is not there (any more)."""
        with explained():
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=_key(id))
                text: bytes = found["Body"].read()
            except self._client.exceptions.ClientError as error:
                if code_of(error) in _GONE:
                    return None
                raise
        return Record.of(id, text)

    def delete(self, id: str) -> None:  # noqa: A002 - the field's word
        """Delete the record for good."""
        with explained():
            self._client.delete_object(Bucket=self._bucket, Key=_key(id))

    def sources(self) -> list[str]:
        """The sources that have records."""
        with explained():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=PREFIX, Delimiter="/"
            )
            found = [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])]
        names = [one.removeprefix(PREFIX).rstrip("/") for one in found]
        # What begins with a line is no source: the ledger of releases.
        return [name for name in names if not name.startswith("_")]

    def _keys(self, prefix: str, after: str) -> Iterator[str]:
        with explained():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix, StartAfter=after
            )
            for page in pages:
                yield from (one["Key"] for one in page.get("Contents", []))


def _request(document: Mapping[str, Any]) -> Request:
    fields = [(name, one) for name, several in document["headers"].items() for one in several]
    return Request(
        method=document["method"],
        url=document["url"],
        headers=Headers(fields),
        body=b64decode(document["body_base64"], validate=True),
    )


def _key(id: str) -> str:  # noqa: A002 - the field's word
    return f"{PREFIX}{_checked(id)}.json"


def _checked(id: str) -> str:  # noqa: A002 - the field's word
    if not _ID.fullmatch(id):
        raise ConfigurationError(
            f"{id!r} is no id of the quarantine, such as stripe/20260131T1200Z-007"
        )
    return id


def _minute(seconds: float) -> str:
    return time.strftime("%Y%m%dT%H%MZ", time.gmtime(int(seconds)))
