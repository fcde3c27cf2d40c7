"""How long and how often W3 measures; by default what its targets are promised for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from benchmarks._load import Load

RUNS = 3
SECONDS = 6.0
#: Measured time to warm-up, in which Node and Python compile and PostgreSQL plans.
WARM_UP_SHARE = 1 / 3
TRIAL_SHARE = 1 / 3


class PlanError(ValueError):
    """A variable of the environment is malformed; the text says which."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`runs` of `seconds` each with every number of connections."""

    runs: int = RUNS
    seconds: float = SECONDS
    connections: tuple[int, ...] = (32, 100, 500)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """BENCH_RUNS, BENCH_SECONDS and BENCH_CONNECTIONS (with commas between). Raises PlanError."""
        try:
            plan = cls(
                int(environ.get("BENCH_RUNS") or RUNS),
                float(environ.get("BENCH_SECONDS") or SECONDS),
                tuple(int(part) for part in (environ.get("BENCH_CONNECTIONS") or "32,100,500").split(",")),
            )
        except ValueError as error:
            raise PlanError(f"BENCH_RUNS, BENCH_SECONDS and BENCH_CONNECTIONS are numbers: {error}.") from error
        if not (plan.runs >= 1 and 0.5 <= plan.seconds <= 600 and all(1 <= c <= 500 for c in plan.connections)):
            raise PlanError("BENCH_RUNS must be at least 1, BENCH_SECONDS 0.5 to 600, BENCH_CONNECTIONS 1 to 500 each.")
        return plan

    def load(self, skus: int, connections: int) -> Load:
        return Load(skus, connections, self.seconds, self.seconds * WARM_UP_SHARE)

    def trial(self, skus: int, connections: int) -> Load:
        """A shorter one, by which the peers' settings are chosen."""
        seconds = max(1.0, self.seconds * TRIAL_SHARE)
        return Load(skus, connections, seconds, seconds * WARM_UP_SHARE)
