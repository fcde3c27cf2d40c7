"""The check of the ledger against its seals, tenant by tenant, in steps of a bounded number of entries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from db.ledger import is_entry_id, recorded_within, version_of
from db.ledger_partitions import month_after, month_of
from db.ledger_seals import ANY_WAY, BY_INDEX, blocks_after, entries_found, holdable
from services.ledger_archive import BALANCE_FIELDS, sealed_balances
from services.seal_check import (
    BadWitness,
    Fault,
    Witness,
    balance_faults,
    entry_faults,
    link_faults,
    lost,
    seals_entries,
    witness_faults,
)
from services.seals import Block, BlockKind, Entry, Head, KnownBlock

BLOCKS_AT_ONCE = 200
ENTRIES_AT_ONCE = 10_000
#: Of a tenant; the rest is counted.
TOLD_MAX = 20

ARCHIVED = "SELECT month FROM ledger_seals WHERE tenant_id = $1 AND kind = 'ARCHIVE'"
#: Whole months are compared: a plan made for a few rows would never end.
COMPARE = "SET enable_nestloop = off; SET enable_mergejoin = off; SET work_mem = '64MB'"
LAST = "SELECT number FROM ledger_seals WHERE tenant_id = $1 ORDER BY number DESC LIMIT 1"
#: Times that ids of entries can hold; month by month they are compared.
_TIMES = "'0001-01-01 00:00Z'", "'9999-01-01 00:00Z'"
BEYOND = """
(SELECT id FROM ledger WHERE tenant_id = $1 AND recorded_at < {} ORDER BY recorded_at, id LIMIT $2)
UNION ALL
(SELECT id FROM ledger WHERE tenant_id = $1 AND recorded_at >= {} ORDER BY recorded_at, id LIMIT $2)
""".format(*_TIMES)
NEXT = """
SELECT recorded_at FROM ledger
WHERE tenant_id = $1 AND recorded_at >= coalesce($2::timestamptz, {}) AND recorded_at < {}
ORDER BY recorded_at, id LIMIT 1
""".format(*_TIMES)
#: Entries of a month that are neither sealed nor waiting for it, by one snapshot.
UNKNOWN = """
SELECT id FROM ledger
WHERE tenant_id = $1 AND recorded_at >= $3 AND recorded_at < $4 AND NOT EXISTS (
    SELECT FROM (
        SELECT unnest(ids) AS id FROM ledger_seals
        WHERE tenant_id = $1 AND kind = 'ENTRIES' AND month = $2 AND month <> ALL ($5)
        UNION ALL
        SELECT unnest(entries) FROM ledger_feed WHERE tenant_id = $1
    ) AS known WHERE known.id = ledger.id
)
ORDER BY recorded_at, id LIMIT $6
"""
WAITING = """
SELECT coalesce(sum(cardinality(entries)), 0)::bigint,
    (SELECT entries[1] FROM ledger_feed WHERE tenant_id = $1 ORDER BY id LIMIT 1), clock_timestamp()
FROM ledger_feed WHERE tenant_id = $1
"""
_BALANCE = {**{name: name for name in BALANCE_FIELDS}, "recorded_at": holdable("recorded_at")}
OPENINGS = f"""
SELECT {", ".join(_BALANCE.values())} FROM ledger_openings WHERE tenant_id = $1 AND month = $2 ORDER BY sku, location
"""
ENTRY = "SELECT sku, location, level_version FROM ledger WHERE tenant_id = $1 AND recorded_at >= $2 AND id = $3 LIMIT 1"
LEVELS = "SELECT id, sku, location, version FROM stock_levels WHERE tenant_id = $1"


@dataclass(slots=True)
class Report:
    """What was found of one tenant's ledger. `named` are the first faults, as sentences, of `faults` in all."""

    entries: int = 0
    blocks: int = 0
    waiting: int = 0
    #: For how long the first of those that wait to be sealed has waited.
    waiting_s: float = 0.0
    #: The number of the last block known outside; None: nothing is kept there.
    known: int | None = None
    faults: int = 0
    named: list[str] = field(default_factory=list[str])


class LedgerCheck:
    """Of one tenant, over a connection that sees its rows and has no bound on the time of a statement."""

    def __init__(self, connection: asyncpg.Connection, tenant: UUID, witness: Witness | None) -> None:
        self._connection = connection
        self._tenant = tenant
        self._witness = witness
        self.report = Report(known=None if witness is None else witness.last)

    async def last(self) -> int:
        """How many blocks there are to walk."""
        return await self._connection.fetchval(LAST, self._tenant) or 0

    async def walk(self) -> AsyncIterator[Report]:
        """Check everything; yields what was found so far, again and again."""
        await self._connection.execute(f"RESET enable_nestloop; RESET enable_mergejoin; {BY_INDEX}")
        archived = frozenset(row[0] for row in await self._connection.fetch(ARCHIVED, self._tenant))
        head = Head()
        while blocks := await blocks_after(self._connection, self._tenant, head.number, BLOCKS_AT_ONCE):
            for some in _portions(blocks):
                wanted = [id_ for block in some if seals_entries(block, archived) for id_ in block.ids]
                found = await entries_found(self._connection, self._tenant, wanted)
                for block in some:
                    balances = await self._balances(block)
                    await self._tell(self._block(block, head, found, archived, balances))
                    head = block.head
                    self.report.blocks, self.report.entries = self.report.blocks + 1, head.sequence
                yield self.report
        if self._witness is not None:
            await self._tell(self._lost(head.number + 1, self._witness.last + 1))
        await self._unknown(archived)
        await self._waiting()
        yield self.report

    def _block(
        self,
        block: Block,
        head: Head,
        found: Mapping[UUID, Entry],
        archived: frozenset[str],
        balances: Mapping[UUID, bytes],
    ) -> Iterator[Fault]:
        yield from self._lost(head.number + 1, block.number)
        yield from link_faults(block, head)
        yield from self._known(block.number, lambda known: witness_faults(block, known))
        if seals_entries(block, archived):
            yield from entry_faults(block, found)
        if block.kind is BlockKind.ARCHIVE:
            yield from balance_faults(block, balances)

    async def _balances(self, block: Block) -> Mapping[UUID, bytes]:
        """What stands in the place of an archived month."""
        if block.kind is not BlockKind.ARCHIVE:
            return {}
        return sealed_balances(
            self._tenant, block.month, await self._connection.fetch(OPENINGS, self._tenant, block.month)
        )

    def _lost(self, since: int, until: int) -> Iterator[Fault]:
        """Blocks that are known outside and not here any more, from one number up to another."""
        last = 0 if self._witness is None else self._witness.last
        for number in range(since, min(until, last + 1)):
            yield from self._known(number, lambda known: [lost(known)])

    def _known(self, number: int, compare: Callable[[KnownBlock], Iterable[Fault]]) -> Iterator[Fault]:
        """What the comparison with what is known outside finds, if anything is known."""
        if self._witness is None:
            return
        try:
            known = self._witness.block(number)
        except BadWitness as fault:
            yield Fault(str(fault), None, None, number)
        else:
            yield from compare(known) if known else ()

    async def _unknown(self, archived: frozenset[str]) -> None:
        """Entries that came into the ledger past the feed."""
        await self._connection.execute(f"{ANY_WAY}; {COMPARE}")
        await self._never(await self._connection.fetch(BEYOND, self._tenant, TOLD_MAX))
        since: datetime | None = None
        while found := await self._connection.fetchval(NEXT, self._tenant, since):
            month, since = month_of(found), month_after(found)
            arguments = (f"{month:%Y-%m}", month, since, list(archived), TOLD_MAX)
            await self._never(await self._connection.fetch(UNKNOWN, self._tenant, *arguments))

    async def _never(self, rows: Sequence[asyncpg.Record]) -> None:
        for row in rows:
            await self._tell(iter([Fault("it was never to be sealed: nobody's change wrote it", row[0])]))

    async def _waiting(self) -> None:
        row = await self._connection.fetchrow(WAITING, self._tenant)
        assert row is not None
        self.report.waiting, first, now = row
        if first is not None and is_entry_id(first):
            self.report.waiting_s = max(0.0, (now - recorded_within(first)).total_seconds())

    async def _tell(self, faults: Iterator[Fault]) -> None:
        for fault in faults:
            self.report.faults += 1
            if len(self.report.named) < TOLD_MAX:
                self.report.named.append(f"{await self._name(fault)}: {fault.what}")

    async def _name(self, fault: Fault) -> str:
        parts = [] if fault.id is None else [await self._place(fault.id)]
        parts += [] if fault.sequence is None else [f"sequence {fault.sequence}"]
        parts += [] if fault.block is None else [f"block {fault.block}"]
        told = ", ".join(part for part in parts if part)
        return f"entry {fault.id} ({told})" if fault.id else told

    async def _place(self, id_: UUID) -> str:
        """SKU, location and version as they follow from the id, whatever became of the entry, and what it says of them
        where that is something else."""
        if not is_entry_id(id_):
            return "an id that none of our entries has"
        row = await self._connection.fetchrow(ENTRY, self._tenant, recorded_within(id_), id_)
        says = None if row is None else f"{row[0]} at {row[1]}, version {row[2]}"
        async with self._connection.transaction():
            async for level, sku, location, version in self._connection.cursor(LEVELS, self._tenant, prefetch=1000):
                if found := version_of(id_, level, version):
                    place = f"{sku} at {location}, version {found}"
                    return place if says in (None, place) else f"{place}, says {says}"
        return f"says {says}, but has no such id" if says else "of a level that is not there"


def _portions(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Of so many entries that their rows fit well into memory."""
    some: list[Block] = []
    for block in blocks:
        if some and sum(each.count for each in some) + block.count > ENTRIES_AT_ONCE:
            yield some
            some = []
        some.append(block)
    yield some
