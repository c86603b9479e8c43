"""The seconds that one delivery may take, shared by all the calls that it makes."""

from collections.abc import Callable


class Budget:
    """Counts down from the start of a delivery; the sender hangs up when it is used up.

    ``monotonic`` gives seconds from any fixed moment.
    """

    __slots__ = ("_ends", "_monotonic", "_seconds")

    def __init__(self, seconds: float, *, monotonic: Callable[[], float]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._ends = monotonic() + seconds

    def restart(self, at_most: float | None = None) -> None:
        """Start the next delivery's time; ``at_most`` shortens it, and never below zero."""
        seconds = self._seconds if at_most is None else min(self._seconds, at_most)
        self._ends = self._monotonic() + max(0.0, seconds)

    def share(self, seconds: float) -> "Budget":
        """Return a budget of its own out of this one: so many seconds, or what is left."""
        return Budget(min(seconds, self.remaining()), monotonic=self._monotonic)

    def remaining(self) -> float:
        """Return the seconds that are left, zero when there are none."""
        return max(0.0, self._ends - self._monotonic())
