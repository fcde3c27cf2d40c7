"""The load: one Node process with raw sockets (`_load.mjs`), the same for every server that is measured over HTTP."""

import json
import subprocess
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from benchmarks._rows import NoFigure

QUERY = (
    "mutation Reserve($input: ReserveStockInput!) "
    "{ reserveStock(input: $input) { reservation { id status } userErrors { code } } }"
)
HOST = "127.0.0.1"
SCRIPT = Path(__file__).with_name("_load.mjs")
PATIENCE_SECONDS = 120
_runs = count(1)


class WrongReplies(NoFigure):
    """A server answered something else than what is measured, so that there is no figure."""


class NoReply(WrongReplies):
    """None came within the time that was taken."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: reservations of one unit of one of `skus` SKUs, chosen at random, for `seconds` after a warm-up."""

    skus: int
    connections: int
    seconds: float
    warm_up_seconds: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Reservations a second, and milliseconds from request to reply where they were taken."""

    per_second: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    #: All that were told to be made, also while warming up.
    made: int = 0

    def __str__(self) -> str:
        times = "" if self.p50_ms is None else f", p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms"
        return f"{self.per_second:,.0f}/s{times}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where the load goes; a path of a GraphQL API on this machine."""

    port: int
    token: str
    path: str = "/graphql"
    host: str = field(default=HOST, init=False)

    def refuses_strangers(self) -> bool:
        """Whether a token with another signature is told nothing."""
        forged = self.token[:-4] + ("AAAA" if self.token[-4:] != "AAAA" else "BBBB")
        body = {"query": QUERY, "variables": {"input": {"idempotencyKey": "x", "orderId": "x", "lines": []}}}
        address = f"http://{self.host}:{self.port}{self.path}"
        answer = httpx2.post(address, json=body, headers={"Authorization": f"Bearer {forged}"}, trust_env=False)
        return answer.status_code == 401 and not answer.json().get("data")


def send(program: Path, target: Target, load: Load) -> Rate:
    """Run the load with this Node. Raises WrongReplies unless every single reply was a pending reservation."""
    if not target.refuses_strangers():
        raise WrongReplies(f"port {target.port} serves a token that nobody signed")
    options = asdict(target) | {
        "query": QUERY,
        "run": f"{next(_runs):04}",
        "skus": load.skus,
        "connections": load.connections,
        "seconds": load.seconds,
        "warmUpSeconds": load.warm_up_seconds,
    }
    told = subprocess.run(
        [program, SCRIPT],
        input=json.dumps(options),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=load.seconds + load.warm_up_seconds + PATIENCE_SECONDS,
    )
    return _rate(json.loads(told.stdout))


def _rate(report: dict[str, Any]) -> Rate:
    if report["wrong"]:
        counts = ", ".join(f"{what}: {number}" for what, number in report["wrong"].items())
        raise WrongReplies(f"beside {report['good']} reservations there came {counts}; the first: {report['example']}")
    if report["p50Ms"] is None:
        raise NoReply("no reply came while the time was taken")
    return Rate(report["perSecond"], report["p50Ms"], report["p99Ms"], report["good"])
