"""The figures of fault runs: what each test counted and timed, shown at the end of the run.

FAULTS_LONG=1, which `make faults` sets, asks for the long form of each.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

LONG = os.environ.get("FAULTS_LONG", "0") not in ("", "0")
#: The seconds that are promised are asked of a long run, which has the machine for itself. A short one shares it with
#: other tests, and may take so many times as long.
SHARED = 1 if LONG else 4
#: A line for each, in the order in which they were told.
FIGURES: list[str] = []


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one test."""

    test: str

    def tell(self, text: str) -> None:
        FIGURES.append(f"{self.test}: {text}")


def spread_ms(seconds: Sequence[float]) -> str:
    """Median, 99th percentile and maximum, in milliseconds."""
    p50, p99, most = quantiles(seconds)
    return f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, max {most * 1000:.0f} ms"


def quantiles(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Median, 99th percentile and maximum."""
    ordered = sorted(numbers)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.99))
    return p50, p99, ordered[-1]
