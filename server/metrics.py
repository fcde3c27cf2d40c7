"""Metrics in Prometheus' format. Every number is this process's own; labels take their values from lists of ours.

With several workers behind one port a scrape reaches one of them: run one process per port where numbers count.
"""

from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from domain.refusals import RefusalCode
from domain.reservations import ReservationStatus
from server.request_counts import RequestCounts
from services.commands import Command
from services.decisions import Decision
from services.ports import Unit, UnitOfWork
from services.reservations import RESERVE, Reserve

T = TypeVar("T")

CONTENT_TYPE = CONTENT_TYPE_LATEST
KINDS = ("query", "mutation", "subscription", "unread")
disable_created_metrics()

JWKS_KEYS = Gauge("stockcast_jwks_keys", "Keys that the document at JWKS_URL held when it was last read.")
JWKS_READ_AT = Gauge("stockcast_jwks_read_timestamp_seconds", "When that was, in seconds since 1970; 0: never.")
JWKS_FAULTS = Counter("stockcast_jwks_faults", "Times that it was asked for and not had.")
RESERVATIONS = Counter(
    "stockcast_reservations",
    "Orders for which stock was to be held, by what they came to: RESERVED; BACKORDERED (some of it waits); REPEATED "
    "(the order or its key was known); or the code of the refusal, each time that it is told.",
    ["outcome"],
)
REFUSED_TOKENS = Counter("stockcast_refused_tokens", "Tokens that were brought and not accepted.")
REVOKED_TOKENS = Gauge("stockcast_revoked_tokens", "Ids of revoked tokens that this process knows.")
REVOCATIONS_READ_AT = Gauge(
    "stockcast_revocations_read_timestamp_seconds", "When it last asked the database for them, in seconds since 1970."
)


#: What most orders come to: told from the beginning, so that rates have one.
for _outcome in ("RESERVED", "BACKORDERED", "REPEATED", RefusalCode.INSUFFICIENT_STOCK.value):
    RESERVATIONS.labels(_outcome)


def count_reservations(commands: Iterable[Command], decisions: Iterable[Decision]) -> None:
    """Of one batch that was committed."""
    outcomes = Tally(
        _outcome_of(decision)
        for command, decision in zip(commands, decisions, strict=True)
        if isinstance(command, Reserve) or (command.claim is not None and command.claim.name.operation == RESERVE)
    )
    for outcome, count in outcomes.items():
        RESERVATIONS.labels(outcome).inc(count)


def _outcome_of(decision: Decision) -> str:
    if decision.refusals:
        return decision.refusals[0].code.value
    if decision.seen is None:
        return "REPEATED"
    return "BACKORDERED" if decision.seen.status is ReservationStatus.BACKORDERED else "RESERVED"


class Metrics:
    """The counters that the rooms of one process share."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counts = RequestCounts(KINDS)
        self.registry.register(counts)
        #: Of one request: its kind, its outcome, and the seconds it took.
        self.request = counts.count
        self._refusals = Counter(
            "stockcast_refusals",
            "Commands refused, by code; a command refused for several reasons counts under each.",
            ["code"],
            registry=self.registry,
        )
        self._connections = Gauge(
            "stockcast_database_connections", "Connections of the pool, by state.", ["state"], registry=self.registry
        )
        self._batches = Histogram(
            "stockcast_group_commit_commands",
            "Commands that one transaction carried out together.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
            registry=self.registry,
        )
        for code in RefusalCode:
            self._refusals.labels(code.value)

    def refused(self, decision: Decision) -> None:
        """Nothing, where it was not."""
        if not decision.refusals:
            return
        for code in {refusal.code for refusal in decision.refusals}:
            self._refusals.labels(code.value).inc()

    def decided(self, commands: Sequence[Command], decisions: Sequence[Decision]) -> None:
        """One batch was committed."""
        count_reservations(commands, decisions)
        self._batches.observe(len(decisions))
        for decision in decisions:
            self.refused(decision)

    def watch_pool(self, size: Callable[[], int], idle: Callable[[], int]) -> None:
        """Read the pool's connections whenever somebody scrapes."""
        self._connections.labels("open").set_function(size)
        self._connections.labels("idle").set_function(idle)

    def text(self) -> bytes:
        """Of this object, and of what the rooms below keep for the whole process."""
        return generate_latest(self.registry) + generate_latest(REGISTRY)


class MeteredUnits:
    """A unit of work that counts what is refused in it."""

    def __init__(self, units: UnitOfWork, metrics: Metrics) -> None:
        self._units, self._metrics = units, metrics

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        outcome = await self._units.run(tenant, work)
        if isinstance(outcome, Decision):
            self._metrics.refused(outcome)
        return outcome
