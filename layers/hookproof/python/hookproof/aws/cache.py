"""Sources by name: kept for a while, refreshed when nothing matches, kept longer in an outage.

Strangers choose the names that are asked for. So the cache is bounded, an unknown name is
remembered briefly, and what a forged request can cause is at most one call per interval.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from hookproof.errors import Unavailable, UnknownSource
from hookproof.values import frozen, mutable

T = TypeVar("T")


@frozen
class Limits:
    """Seconds and counts: how long an entry is fresh, and how long it serves in an outage.

    ``interval`` is the least time between two forced fetches of one name, and after a failed one.
    """

    max_age: float = 300.0
    stale: float = 86_400.0
    unknown: float = 30.0
    interval: float = 10.0
    size: int = 1000


@mutable
class _Entry(Generic[T]):
    value: T
    fetched: float
    forced: float | None = None
    failed: float | None = None


class Cache(Generic[T]):
    """Values by name. ``fetch(name, hurry)`` gets one; ``hurry`` when an old one could serve.

    ``on_stale(name, age)`` is told each time that an old value serves because none can be had.
    """

    def __init__(
        self,
        fetch: Callable[[str, bool], T],
        *,
        now: Callable[[], float],
        limits: Limits,
        on_stale: Callable[[str, float], None],
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._limits = limits
        self._on_stale = on_stale
        self._entries: OrderedDict[str, _Entry[T]] = OrderedDict()
        self._unknown: OrderedDict[str, float] = OrderedDict()

    def load(self, name: str, refresh: bool) -> T:
        """Return the value; ``refresh`` asks for a new one, as often as the interval allows.

        Raises UnknownSource, ConfigurationError, or Unavailable: when there is not even an old
        value, and when a new one is asked for and none can be had.
        """
        now = self._now()
        entry = self._entries.get(name)
        if entry is None:
            return self._first(name, now)
        self._entries.move_to_end(name)
        # A clock that was set back must not keep a value for ever.
        is_fresh = 0 <= now - entry.fetched < self._limits.max_age
        if self._is_recent(entry.failed, now):
            return self._kept(name, entry, refresh, now)
        if is_fresh and (not refresh or self._is_recent(entry.forced, now)):
            return entry.value
        return self._again(name, entry, refresh, now)

    def _first(self, name: str, now: float) -> T:
        if 0 <= now - self._unknown.get(name, -self._limits.unknown) < self._limits.unknown:
            raise UnknownSource("there is no source of this name")
        try:
            value = self._fetch(name, False)
        except UnknownSource:
            self._remember_unknown(name, now)
            raise
        self._unknown.pop(name, None)
        self._entries[name] = _Entry(value=value, fetched=now)
        if len(self._entries) > self._limits.size:
            self._entries.popitem(last=False)
        return value

    def _again(self, name: str, entry: _Entry[T], refresh: bool, now: float) -> T:
        if refresh:
            entry.forced = now
        try:
            entry.value = self._fetch(name, True)
        except UnknownSource:
            del self._entries[name]
            self._remember_unknown(name, now)
            raise
        except Unavailable:
            entry.failed = now
            return self._kept(name, entry, refresh, now)
        entry.fetched, entry.failed = now, None
        return entry.value

    def _kept(self, name: str, entry: _Entry[T], refresh: bool, now: float) -> T:
        age = now - entry.fetched
        if refresh:
            # The old value did not do. Whether a new one would, nobody can tell now.
            raise Unavailable("the source's secret cannot be fetched again")
        if age >= self._limits.stale:
            raise Unavailable("the source's secret cannot be fetched, and the last one is too old")
        if age >= self._limits.max_age:
            self._on_stale(name, age)
        return entry.value

    def _is_recent(self, moment: float | None, now: float) -> bool:
        return moment is not None and 0 <= now - moment < self._limits.interval

    def _remember_unknown(self, name: str, now: float) -> None:
        self._unknown[name] = now
        self._unknown.move_to_end(name)
        if len(self._unknown) > self._limits.size:
            self._unknown.popitem(last=False)
