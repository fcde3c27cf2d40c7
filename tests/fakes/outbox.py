"""FakeOutboxShards: an outbox in memory that several relays share, as they share the table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zlib import crc32

from domain.events import Event
from services.envelope import encode
from tests.factories.events import TENANT

SHARDS = 8


@dataclass(frozen=True, slots=True)
class FakeRow:
    id: int
    shard: int
    tenant: UUID
    key: str
    aggregate_id: UUID
    version: int
    type: str
    tx: int
    body: bytes


@dataclass(frozen=True, slots=True)
class FakeLag:
    rows: int
    oldest_s: float
    put_aside: int


@dataclass
class FakeOutbox:
    """The table, and which relay owns which shard."""

    rows: dict[int, FakeRow] = field(default_factory=dict[int, FakeRow])
    aside: dict[int, FakeRow] = field(default_factory=dict[int, FakeRow])
    owners: dict[int, "FakeOutboxShards"] = field(default_factory=dict[int, "FakeOutboxShards"])
    written: int = 0

    def write(self, event: Event, tx: int, tenant: UUID = TENANT, traceparent: str | None = None) -> None:
        self.written += 1
        shard = crc32(event.key.encode()) % SHARDS
        body = encode(event, tenant, traceparent)
        row = FakeRow(
            self.written, shard, tenant, event.key, event.aggregate_id, event.version, type(event).__name__, tx, body
        )
        self.rows[row.id] = row


@dataclass(eq=False)
class FakeOutboxShards:
    """One relay's hold on it. `faults` are raised by the next reads; `share` is the most shards it takes."""

    outbox: FakeOutbox
    share: int = SHARDS
    faults: list[Exception] = field(default_factory=list[Exception])
    reads: int = 0

    async def claim_shards(self) -> frozenset[int]:
        for shard in range(SHARDS):
            if len(self._owned) < self.share:
                self.outbox.owners.setdefault(shard, self)
        return frozenset(self._owned)

    @property
    def _owned(self) -> list[int]:
        return [shard for shard, owner in self.outbox.owners.items() if owner is self]

    async def read(self, shards: Collection[int], limit: int) -> Sequence[FakeRow]:
        self.reads += 1
        if self.faults:
            raise self.faults.pop(0)
        return [row for _, row in sorted(self.outbox.rows.items()) if row.shard in shards][:limit]

    async def finish(self, ids: Sequence[int]) -> None:
        for id_ in ids:
            del self.outbox.rows[id_]

    async def put_aside(self, ids: Sequence[int]) -> None:
        for id_ in ids:
            self.outbox.aside[id_] = self.outbox.rows.pop(id_)

    async def lag(self) -> FakeLag:
        return FakeLag(len(self.outbox.rows), 0.0, len(self.outbox.aside))

    def die(self) -> None:
        """Its connection is gone, and its shards are anyone's."""
        for shard in self._owned:
            del self.outbox.owners[shard]
