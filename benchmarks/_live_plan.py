"""How long, how often and with how many sockets live figures are taken; by default as their targets are promised."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from benchmarks._plan import RUNS, SECONDS, WARM_UP_SHARE, PlanError

SOCKETS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class LivePlan:
    """`runs` of `seconds` each with every number of sockets."""

    sockets: tuple[int, ...]
    runs: int = RUNS
    seconds: float = SECONDS

    @classmethod
    def from_environment(cls, *sockets: int, environ: Mapping[str, str] = os.environ) -> Self:
        """BENCH_RUNS, BENCH_SECONDS and BENCH_SOCKETS (with commas between; `sockets` by default). Raises PlanError."""
        try:
            told = environ.get("BENCH_SOCKETS")
            plan = cls(
                tuple(int(part) for part in told.split(",")) if told else sockets,
                int(environ.get("BENCH_RUNS") or RUNS),
                float(environ.get("BENCH_SECONDS") or SECONDS),
            )
        except ValueError as error:
            raise PlanError(f"BENCH_RUNS, BENCH_SECONDS and BENCH_SOCKETS are numbers: {error}.") from error
        if not (plan.runs >= 1 and 0.5 <= plan.seconds <= 600 and all(1 <= n <= SOCKETS_MAX for n in plan.sockets)):
            raise PlanError("BENCH_RUNS must be at least 1, BENCH_SECONDS 0.5 to 600, BENCH_SOCKETS 1 to 20000 each.")
        return plan

    @property
    def how(self) -> str:
        return f"{self.runs} runs of {self.seconds:g} s for each figure, sides in turn; medians (lowest to highest)"

    @property
    def warm_up_seconds(self) -> float:
        return self.seconds * WARM_UP_SHARE
