"""How a figure is printed: ours, the peer's beside it, the ratio, and whether the target is met."""

import math
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

#: The last column says "met" or "short", and no other line of a benchmark does: they may be searched for.
HEADER = "name | ours | peer | ratio | target | verdict"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the runs of one side told, in one unit; the figure is their median."""

    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return self._told(self.median)
        return f"{self._told(self.median)} ({self._number(min(self.values))} to {self._number(max(self.values))})"

    def _told(self, value: float) -> str:
        return f"{self._number(value)}{self.unit if self.unit.startswith('/') else f' {self.unit}'}"

    def _number(self, value: float) -> str:
        return f"{value:,.0f}" if self.unit.startswith("/") or value >= 10_000 else f"{value:,.2f}"

    def told(self) -> dict[str, Any]:
        return {"median": self.median, "runs": list(self.values), "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. The bounds are of the ratio, or of ours where no peer ran beside it; without any it is told for
    information. `itself`: the peer is ours too, in other circumstances."""

    name: str
    ours: Sample
    peer: Sample | None = None
    at_least: float | None = None
    at_most: float | None = None
    itself: bool = False

    @property
    def ratio(self) -> float | None:
        return self.ours.median / self.peer.median if self.peer else None

    @property
    def met(self) -> bool | None:
        """None where nothing is promised."""
        judged = self.ours.median if self.ratio is None else self.ratio
        if self.at_least is not None:
            return judged >= self.at_least
        return None if self.at_most is None else judged <= self.at_most

    @property
    def target(self) -> str:
        unit = self.ours.unit if self.peer is None else "x"
        if self.at_least is not None:
            return f">= {self.at_least:g} {unit}"
        return "-" if self.at_most is None else f"<= {self.at_most:g} {unit}"

    @property
    def verdict(self) -> str:
        return {True: "met", False: "short", None: "-"}[self.met]

    def __str__(self) -> str:
        ratio = "-" if self.ratio is None else f"{self.ratio:.3g} x" if self.ratio < 0.1 else f"{self.ratio:.2f} x"
        peer = "-" if self.peer is None else str(self.peer)
        return " | ".join([self.name, str(self.ours), peer, ratio, self.target, self.verdict])

    def told(self) -> dict[str, Any]:
        """As it is kept for whoever draws it."""
        return {
            "name": self.name,
            "ours": self.ours.told(),
            "peer": self.peer and self.peer.told(),
            "ratio": self.ratio,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "itself": self.itself,
            "verdict": self.verdict,
        }


def rate(
    name: str, ours: Iterable[float], peer: Iterable[float], at_least: float | None = None, *, itself: bool = False
) -> Row:
    """What each run made a second: higher is better."""
    return Row(name, Sample(tuple(ours), "/s"), Sample(tuple(peer), "/s"), at_least, itself=itself)


def cost(
    name: str,
    ours: Iterable[float],
    peer: Iterable[float],
    unit: str,
    at_most: float | None = None,
    *,
    itself: bool = False,
) -> Row:
    """What each run took, in a unit: lower is better."""
    return Row(name, Sample(tuple(ours), unit), Sample(tuple(peer), unit), at_most=at_most, itself=itself)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a benchmark found; `about` are lines on what took part, and how."""

    rows: Sequence[Row]
    about: Sequence[str] = ()


class NoFigure(Exception):
    """Something was not as it must be, so that there is no figure; the text says what."""


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all do not exceed; no interpolation."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def say(line: str) -> None:
    """How far it is, beside the figures."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
