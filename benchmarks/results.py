"""What a benchmark finds: a figure, how far it scatters, what it should be, how to repeat it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

Samples = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One figure. ``spread`` is the middle half of the rounds; ``aim`` what it may be at most.

    ``value`` None: not measured, ``unit`` says why.
    """

    name: str
    value: float | None
    unit: str
    spread: tuple[float, float] | None = None
    aim: float | None = None
    command: str

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none, or nothing was measured."""
        if self.aim is None or self.value is None:
            return None
        return self.value <= self.aim

    def document(self) -> dict[str, object]:
        """The figure as JSON has it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "spread": self.spread,
            "aim": self.aim,
            "met": self.met,
            "command": self.command,
        }

    def line(self) -> str:
        """The figure as a line of the table."""
        if self.value is None:
            return f"{self.name:34} {self.unit}"
        spread = "" if self.spread is None else f"{_short(self.spread[0])}-{_short(self.spread[1])}"
        aim = "" if self.aim is None else f"≤ {_short(self.aim)}"
        word = {True: "met", False: "MISSED", None: ""}[self.met]
        return f"{self.name:34} {_short(self.value):>10} {self.unit:8} {spread:>18} {aim:>8} {word}"


@dataclass(frozen=True, slots=True)
class Group:
    """Makes the results of one group, each with the command that repeats it.

    ``prefix`` stands in front of their names; usually it is the group's own.
    """

    name: str
    prefix: str | None = None

    @property
    def command(self) -> str:
        """The command that measures this group again."""
        return f".venv/bin/python -m benchmarks {self.name}"

    def figure(
        self, name: str, values: Sequence[float], unit: str, aim: float | None = None
    ) -> Result:
        """The median of a value that was measured once in each round."""
        return Result(
            name=self._full(name),
            value=median(values),
            unit=unit,
            spread=_middle_half(values),
            command=self.command,
            aim=aim,
        )

    def ratio(
        self, name: str, samples: Samples, things: tuple[str, str], aim: float | None = None
    ) -> Result:
        """The median of the rounds' ratios of the first thing to the second."""
        over, under = (samples[thing] for thing in things)
        return self.figure(
            name, [one / other for one, other in zip(over, under, strict=True)], "ratio", aim
        )

    def skipped(self, name: str, why: str) -> Result:
        """A figure that could not be had here."""
        return Result(
            name=self._full(name), value=None, unit=f"skipped: {why}", command=self.command
        )

    def _full(self, name: str) -> str:
        return f"{self.name if self.prefix is None else self.prefix}/{name}".removeprefix("/")


def alternately(rounds: int, runs: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure each thing once a round, each round in another order: what slows one slows all."""
    samples: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            samples[name].append(runs[name]())
    return samples


def write(results: Sequence[Result], path: Path) -> None:
    """Keep the results for programs."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([one.document() for one in results], indent=1) + "\n")


def _middle_half(values: Sequence[float]) -> tuple[float, float] | None:
    if len(values) < 2:  # noqa: PLR2004 - one value does not scatter
        return None
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"  # noqa: PLR2004
