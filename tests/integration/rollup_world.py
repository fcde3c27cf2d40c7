"""A tenant whose ledger is told entry by entry, in any order, and sealed; and what is kept of it, to be compared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from db import bulk
from db.folding import Folding
from db.layers import COLUMNS, layer_from
from db.ledger import FEED
from db.ledger_seals import Seals
from db.pool import Database
from db.rollup_entries import FIELDS, told
from db.rollups import LEVEL_COLUMNS, TRANSIT_COLUMNS, totals_from, transit_from
from db.worker_session import WorkerSession
from domain.days import LocalDays
from domain.identity import uuid7
from domain.items import Item
from domain.keeping import SkuState
from domain.layers import Layer
from domain.ledger import LedgerEntry, LedgerKind, Stamp
from domain.level_totals import LevelTotals
from domain.rollups import SkuDay
from domain.status import StockPolicy
from domain.stock import StockLevel
from domain.transit import Transit
from server.embedded.database import Addresses
from tests.conformance.units_worlds import ACME, LOCATIONS, ids
from tests.factories.histories import entry
from workers.rollups import Rollups

_COLUMNS = (
    *("recorded_at", "id", "sku", "location", "level_version", "occurred_at", "kind"),
    *("on_hand_change", "allocated_change", "unavailable_change", "incoming_change"),
    *("on_hand_after", "allocated_after", "unavailable_after", "incoming_after"),
    *("unit_cost", "currency", "actor", "reason_code", "reference_type", "reference"),
)
_TELL = f"""
INSERT INTO ledger (tenant_id, {", ".join(_COLUMNS)})
VALUES ($1, {", ".join(f"${n}" for n in range(2, len(_COLUMNS) + 2))})
"""
#: Fifty are recorded within a second, the first of them now.
_OPENING = """
INSERT INTO ledger_openings VALUES ($1, 'OTHER', 'MAIN', '2026-03', gen_random_uuid(), 1, '2026-02-10Z', 1, 0, 0, 0)
"""
HOUR = timedelta(hours=1)
#: The first day that begins in Berlin behind the last archived month, which ends in UTC.
FLOOR = datetime(2026, 4, 1, 22, tzinfo=UTC)
_GAP = timedelta(milliseconds=20)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TAIL = (1 << 74) - 1


class Kept(NamedTuple):
    """All rows of a SKU: by place or transfer and day, and layers in their order."""

    levels: dict[tuple[str, date], LevelTotals]
    transits: dict[tuple[str, date], Transit]
    layers: dict[str, list[Layer]]
    travelling: dict[str, list[Layer]]

    @classmethod
    def of(
        cls, days: Iterable[SkuDay], layers: Iterable[tuple[str, Layer]], travelling: Iterable[tuple[str, Layer]]
    ) -> Kept:
        kept = cls({}, {}, {}, {})
        for day, levels, transits in days:
            kept.levels.update({(location, day): level for location, level in levels.items()})
            kept.transits.update({(transfer, day): transit for transfer, transit in transits.items()})
        for name, layer in layers:
            kept.layers.setdefault(name, []).append(layer)
        for name, layer in travelling:
            kept.travelling.setdefault(name, []).append(layer)
        return kept


@dataclass(slots=True)
class RollupWorld:
    database: Database
    outside: asyncpg.Connection
    seals: Seals
    session: WorkerSession
    _numbers: Iterator[int]
    _now: datetime

    async def sku(self, *locations: str) -> str:
        """A new one, with a level at each location; nobody told anything of it yet."""
        sku = f"SKU-{next(self._numbers):05}"
        levels = [StockLevel(ids(), sku, location, self._now) for location in locations]
        for level in levels:
            level.set_policy(StockPolicy(low_stock_threshold=3), Stamp(self._now, self._now))
        await bulk.load(
            self.database, ACME, locations=LOCATIONS, items=[Item(ids(), sku, sku, version=1)], levels=levels
        )
        return sku

    async def tell(self, sku: str, entries: Iterable[tuple[str, LedgerEntry]]) -> None:
        """Entries with their locations, by one transaction; each is recorded after all that were told before."""
        told_ids: list[UUID] = []
        async with self.outside.transaction():
            for location, entry in entries:
                self._now += _GAP
                id_ = uuid7((self._now - _EPOCH) // _MILLISECOND, ids().int & _TAIL)
                await self.outside.execute(_TELL, ACME.id, self._now, id_, sku, location, *_values(entry))
                told_ids.append(id_)
            await self.outside.execute(FEED.sql.format("$2"), ACME.id, told_ids)

    async def seal(self) -> None:
        while await self.seals.seal(ACME.id):
            pass

    async def fold(self) -> None:
        rollups = Rollups(Folding(self.database, self.session))
        while await rollups.turn():
            pass

    async def receive(self, sku: str, version: int, units: int, at: datetime) -> datetime:
        """Units at MAIN for 2 each, sealed and folded; when that was recorded."""
        await self.tell(sku, [("MAIN", entry(LedgerKind.RECEIPT, units, at, version, "2"))])
        await self.seal()
        await self.fold()
        return self._now

    async def archive(self, *, emptied: bool = False) -> None:
        """As an archive of March leaves it for another SKU; emptied: nothing of what happened before is left at all."""
        await self.outside.execute(_OPENING, ACME.id)
        if emptied:
            await self.outside.execute("ALTER TABLE ledger DISABLE TRIGGER USER")
            await self.outside.execute("DELETE FROM ledger WHERE occurred_at < $1", FLOOR)
            await self.outside.execute("ALTER TABLE ledger ENABLE TRIGGER USER")

    async def received_around_an_archive(self, *, emptied: bool = False) -> str:
        """A SKU that had 1 and 10 units before the floor, archived since, and 100 an hour behind it."""
        sku = await self.sku("MAIN")
        await self.receive(sku, 1, 1, FLOOR - 40 * 24 * HOUR)
        await self.receive(sku, 2, 10, FLOOR - 12 * HOUR)
        await self.archive(emptied=emptied)
        await self.receive(sku, 3, 100, FLOOR + HOUR)
        return sku

    async def queued(self) -> list[str]:
        rows = await self.outside.fetch("SELECT sku FROM rollup_queue WHERE tenant_id = $1 ORDER BY sku", ACME.id)
        return [row[0] for row in rows]

    async def forget(self) -> None:
        """As it was before anything was ever folded."""
        for table in ("movement_daily", "transit_daily", "cost_layers", "transit_layers", "rollup_books"):
            await self.outside.execute(f"DELETE FROM {table}")

    async def kept(self, sku: str) -> Kept:
        levels = await self._rows("movement_daily", "location", LEVEL_COLUMNS, sku)
        transits = await self._rows("transit_daily", "transfer", TRANSIT_COLUMNS, sku)
        return Kept(
            {(row["name"], row["day"]): totals_from(tuple(row)[2:]) for row in levels},
            {(row["name"], row["day"]): transit_from(tuple(row)[2:]) for row in transits},
            await self._layers("cost_layers", "location", sku),
            await self._layers("transit_layers", "transfer", sku),
        )

    async def reckoned(self, sku: str, zone: str = "Europe/Berlin", currency: str = "EUR") -> Kept:
        """What they ought to be: the whole ledger folded from the beginning, in one go."""
        rows = await self.outside.fetch(
            f"SELECT {', '.join(FIELDS)}, occurred_at FROM ledger WHERE tenant_id = $1 AND sku = $2", ACME.id, sku
        )
        changes = [each.moved for each in sorted(told(row, row["occurred_at"], currency) for row in rows)]
        return Kept.of(*SkuState().follow(changes, LocalDays(ZoneInfo(zone))))

    async def _rows(self, table: str, name: str, columns: Sequence[str], sku: str) -> list[asyncpg.Record]:
        sql = f"SELECT {name} AS name, day, {', '.join(columns)} FROM {table} WHERE tenant_id = $1 AND sku = $2"
        return await self.outside.fetch(sql, ACME.id, sku)

    async def _layers(self, table: str, name: str, sku: str) -> dict[str, list[Layer]]:
        sql = f"SELECT {name}, {', '.join(COLUMNS)} FROM {table} WHERE tenant_id = $1 AND sku = $2 ORDER BY number"
        found: dict[str, list[Layer]] = {}
        for row in await self.outside.fetch(sql, ACME.id, sku):
            found.setdefault(row[0], []).append(layer_from(tuple(row)[1:]))
        return found


def _values(entry: LedgerEntry) -> tuple[object, ...]:
    change, cause = entry.change, entry.cause
    return (
        *(entry.level_version, entry.stamp.occurred_at, entry.kind.value),
        *(change.on_hand, change.allocated, change.unavailable, change.incoming),
        *(0, 0, 0, 0),
        *(entry.unit_cost, entry.currency, cause.actor, cause.reason_code, cause.reference_type, cause.reference),
    )


@asynccontextmanager
async def open_rollup_world(addresses: Addresses) -> AsyncIterator[RollupWorld]:
    database = await Database.connect(addresses.application_url, size=2)
    outside = await asyncpg.connect(addresses.superuser_url)
    session = WorkerSession(database)
    yield RollupWorld(
        database, outside, Seals(database, session), session, count(), datetime.now(UTC) + timedelta(seconds=1)
    )
    await session.close()
    await outside.close()
    await database.close()
