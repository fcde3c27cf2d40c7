"""A tenant's books of rollups: in whose days and whose money its rows are, and what is to be folded anew.

Who folds holds them: no two fold for a tenant at once, and what one of them deleted of the ledger's feed the next one
reads as folded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from domain.days import LocalDays

#: Before anything that a ledger holds.
BEGINNING = datetime(1, 1, 3, tzinfo=UTC)
#: So soon behind the floor a day may have begun before it, whatever the zone now and that of the days before.
NEAR = timedelta(days=3)

_HOLD = """
SELECT books.time_zone, books.currency, books.floor_month, books.floor, tenant.time_zone AS zone_now,
    tenant.currency AS currency_now, (SELECT max(month) FROM ledger_openings WHERE tenant_id = $1) AS month_now
FROM rollup_books AS books JOIN tenants AS tenant ON tenant.tenant_id = books.tenant_id
WHERE books.tenant_id = $1 FOR UPDATE OF books
"""
#: As much of them as a report needs.
BOOKS = "SELECT time_zone, currency, floor FROM rollup_books WHERE tenant_id = $1"
_OPEN = """
INSERT INTO rollup_books (tenant_id, time_zone, currency)
SELECT tenant_id, time_zone, currency FROM tenants WHERE tenant_id = $1 ON CONFLICT DO NOTHING
"""
_SEALED = "SELECT EXISTS (SELECT FROM ledger_seals WHERE tenant_id = $1)"
_SET_FLOOR = "UPDATE rollup_books SET floor_month = $2, floor = $3 WHERE tenant_id = $1"
_SET_TERMS = "UPDATE rollup_books SET time_zone = $2, currency = $3 WHERE tenant_id = $1"
_SOONER = """
ON CONFLICT (tenant_id, sku) DO UPDATE
SET since = least(queue.since, excluded.since), forget_costs = queue.forget_costs OR excluded.forget_costs
"""
_QUEUE = f"""
INSERT INTO rollup_queue AS queue (tenant_id, sku, since) SELECT $1, * FROM unnest($2::text[], $3::timestamptz[])
{_SOONER}
"""
_QUEUE_ALL = f"""
INSERT INTO rollup_queue AS queue (tenant_id, sku, since, forget_costs)
SELECT DISTINCT tenant_id, sku, $2::timestamptz, $3::boolean FROM stock_levels WHERE tenant_id = $1
{_SOONER}
"""
_QUEUED = "SELECT sku, since FROM rollup_queue WHERE tenant_id = $1 AND sku = ANY ($2::text[])"
_WAITS = "SELECT since, forget_costs FROM rollup_queue WHERE tenant_id = $1 AND sku = $2"
_GO_ON = "UPDATE rollup_queue SET since = $3, forget_costs = false WHERE tenant_id = $1 AND sku = $2"
_DONE = "DELETE FROM rollup_queue WHERE tenant_id = $1 AND sku = $2"


@dataclass(frozen=True, slots=True)
class RollupBooks:
    """Those of one tenant, as who folds for it needs them; `domain.periods.Books` are what a report says of them.

    Nothing that happened before `floor` can be folded anew: what of the ledger tells of it is archived in part.
    """

    tenant: UUID
    time_zone: str
    currency: str
    floor: datetime | None = None
    days: LocalDays = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", LocalDays(ZoneInfo(self.time_zone)))

    @property
    def first(self) -> datetime:
        """From when on a SKU can be folded anew."""
        return self.floor or BEGINNING

    def whole_since(self, day: date) -> datetime:
        """The moment from which on a SKU is folded anew for the sake of a day: no row reaches across it.

        Rows behind the floor begin at it, whose days may be those of another zone; so what is near it begins there too.
        """
        start = self.days.start(day)
        return start if self.floor is None or start >= self.floor + NEAR else self.floor

    def near_floor(self, at: datetime) -> bool:
        return self.floor is not None and at < self.floor + NEAR


async def kept(connection: asyncpg.Connection, tenant: UUID) -> RollupBooks | None:
    """The tenant's books as they are, for who only reads; None: nothing was ever folded for it."""
    row = await connection.fetchrow(BOOKS, tenant)
    return None if row is None else RollupBooks(tenant, row["time_zone"], row["currency"], row["floor"])


async def held(connection: asyncpg.Connection, tenant: UUID) -> RollupBooks | None:
    """The tenant's books, locked until the transaction ends, and opened where it has none; None: no such tenant.

    Where its zone or its currency is another one now, or where entries were sealed before there were books, all of its
    SKUs are put down to be folded anew.
    """
    row = await connection.fetchrow(_HOLD, tenant)
    if row is None:
        sealed = await connection.fetchval(_SEALED, tenant)
        await connection.execute(_OPEN, tenant)
        row = await connection.fetchrow(_HOLD, tenant)
        if row is None:
            return None
        if sealed:
            await connection.execute(_QUEUE_ALL, tenant, BEGINNING, False)
    books = RollupBooks(tenant, row["time_zone"], row["currency"], row["floor"])
    # The floor first: it is to be a midnight of the days that the rows are in, so that none of them reaches across it.
    if row["month_now"] != row["floor_month"]:
        books = await _with_floor(connection, books, row["month_now"])
    if (row["time_zone"], row["currency"]) != (row["zone_now"], row["currency_now"]):
        books = await _on_other_terms(connection, books, row["zone_now"], row["currency_now"])
    return books


async def _on_other_terms(
    connection: asyncpg.Connection, books: RollupBooks, time_zone: str, currency: str
) -> RollupBooks:
    """The floor stays where it is: days before it are those of the zone that was, and costs in the money that was are
    none in this one."""
    forget_costs = books.floor is not None and currency != books.currency
    await connection.execute(_SET_TERMS, books.tenant, time_zone, currency)
    await connection.execute(_QUEUE_ALL, books.tenant, books.first, forget_costs)
    return RollupBooks(books.tenant, time_zone, currency, books.floor)


async def _with_floor(connection: asyncpg.Connection, books: RollupBooks, month: str) -> RollupBooks:
    """The first day that begins when nothing was recorded any more that is archived."""
    year, number = month.split("-")
    end = datetime(int(year) + int(number) // 12, int(number) % 12 + 1, 1, tzinfo=UTC)
    day = books.days.of(end)
    floor = books.days.start(day)
    if floor < end:
        floor = books.days.start(day + timedelta(days=1))
    await connection.execute(_SET_FLOOR, books.tenant, month, floor)
    return RollupBooks(books.tenant, books.time_zone, books.currency, floor)


class Turn(NamedTuple):
    """From when on a SKU is to be folded. `forget_costs`: what is kept from before the floor is in another money."""

    since: datetime
    forget_costs: bool = False


class RollupQueue:
    """SKUs that are to be folded anew, in a transaction of who holds the books."""

    def __init__(self, connection: asyncpg.Connection, tenant: UUID) -> None:
        self._connection = connection
        self._tenant = tenant

    async def put(self, skus: Mapping[str, datetime]) -> None:
        """Each from a moment on, or from the earlier one for which it waits already."""
        if skus:
            await self._connection.execute(_QUEUE, self._tenant, list(skus), list(skus.values()))

    async def waiting(self, skus: list[str]) -> dict[str, datetime]:
        """Those of these SKUs that wait, and from when on they are to be folded."""
        return {row[0]: row[1] for row in await self._connection.fetch(_QUEUED, self._tenant, skus)}

    async def turn_of(self, sku: str) -> Turn | None:
        """None: the SKU does not wait."""
        row = await self._connection.fetchrow(_WAITS, self._tenant, sku)
        return None if row is None else Turn(*row)

    async def folded(self, sku: str, until: datetime | None) -> None:
        """A SKU that waits was folded up to a moment, from which it goes on; None: to its end."""
        if until is None:
            await self._connection.execute(_DONE, self._tenant, sku)
        else:
            await self._connection.execute(_GO_ON, self._tenant, sku, until)
