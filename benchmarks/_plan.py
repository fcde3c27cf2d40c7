"""How long and how often W1, W2 and W3 measure; by default what their targets are promised for."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from benchmarks._load import Load

RUNS = 3
SECONDS = 6.0
CONNECTIONS = (32, 100, 500)
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
    connections: tuple[int, ...] = CONNECTIONS

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] = os.environ, *, connections: Sequence[int] = CONNECTIONS
    ) -> Self:
        """BENCH_RUNS, BENCH_SECONDS and BENCH_CONNECTIONS (with commas between). Raises PlanError."""
        usual = ",".join(map(str, connections))
        try:
            plan = cls(
                int(environ.get("BENCH_RUNS") or RUNS),
                float(environ.get("BENCH_SECONDS") or SECONDS),
                tuple(int(part) for part in (environ.get("BENCH_CONNECTIONS") or usual).split(",")),
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
