"""How long and how often the benchmarks of requests measure; by default what their targets are promised for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from benchmarks._load import Load
from benchmarks._rows import NoFigure

RUNS = 3
SECONDS = 6.0
CONNECTIONS = (32, 100, 500)
#: Measured time to warm-up, in which Node and Python compile and PostgreSQL plans.
WARM_UP_SHARE = 1 / 3
TRIAL_SHARE = 1 / 3
#: In less, a peer with too few connections may not answer once.
TRIAL_SECONDS_MIN = 2.0
ENTRIES_MAX = 100_000_000


class PlanError(NoFigure):
    """A variable of the environment is malformed; the text says which."""


def ledger_sizes(least: int, *usual: int, environ: Mapping[str, str] = os.environ) -> list[int]:
    """How many entries ledgers are filled with, rising: BENCH_ENTRIES, with commas between. Raises PlanError."""
    told = environ.get("BENCH_ENTRIES") or ",".join(map(str, usual))
    sizes = [int(each) for each in told.split(",") if each.isascii() and each.isdigit()]
    if not sizes or sizes != sorted(sizes) or not least <= sizes[0] <= sizes[-1] <= ENTRIES_MAX:
        raise PlanError(f"BENCH_ENTRIES must be rising numbers from {least} to {ENTRIES_MAX}, not {told!r}")
    return sizes


def whole_number(name: str, usual: int, least: int, most: int, environ: Mapping[str, str] = os.environ) -> int:
    """A variable of the environment. Raises PlanError."""
    told = environ.get(name) or str(usual)
    if not (told.isascii() and told.isdigit() and least <= int(told) <= most):
        raise PlanError(f"{name} must be a number from {least} to {most}, not {told!r}")
    return int(told)


@dataclass(frozen=True, slots=True)
class Plan:
    """`runs` of `seconds` each with every number of connections."""

    runs: int = RUNS
    seconds: float = SECONDS
    connections: tuple[int, ...] = CONNECTIONS

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, *, connections: int | None = None) -> Self:
        """BENCH_RUNS, BENCH_SECONDS and, where their number is no part of the promise, BENCH_CONNECTIONS (with commas
        between). Raises PlanError."""
        usual = ",".join(map(str, CONNECTIONS))
        asked = str(connections) if connections else environ.get("BENCH_CONNECTIONS") or usual
        try:
            plan = cls(
                int(environ.get("BENCH_RUNS") or RUNS),
                float(environ.get("BENCH_SECONDS") or SECONDS),
                tuple(int(part) for part in asked.split(",")),
            )
        except ValueError as error:
            raise PlanError(f"BENCH_RUNS, BENCH_SECONDS and BENCH_CONNECTIONS are numbers: {error}.") from error
        if not (plan.runs >= 1 and 0.5 <= plan.seconds <= 600 and all(1 <= c <= 500 for c in plan.connections)):
            raise PlanError("BENCH_RUNS must be at least 1, BENCH_SECONDS 0.5 to 600, BENCH_CONNECTIONS 1 to 500 each.")
        return plan

    @property
    def how(self) -> str:
        return f"{self.runs} runs of {self.seconds:g} s each, interleaved; medians (lowest to highest)"

    def load(self, skus: int, connections: int) -> Load:
        return Load(skus, connections, self.seconds, self.seconds * WARM_UP_SHARE)

    def trial(self, skus: int, connections: int) -> Load:
        """A brief one, by which the peers' settings are chosen."""
        seconds = max(TRIAL_SECONDS_MIN, self.seconds * TRIAL_SHARE)
        return Load(skus, connections, seconds, seconds * WARM_UP_SHARE)
