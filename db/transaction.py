"""Transaction: one transaction on one connection, as the parts of a unit of work share it.

Writes are gathered and sent with one statement, before the next read or at the end: what is read always includes what
was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from db.tenant_connection import TenantConnection
from db.writes import Kind, Writes
from domain.items import Item
from domain.locations import Location
from domain.places import Place
from domain.reasons import ReasonCode


class Outdated(Exception):
    """What the work decided by is no longer so: an item or a location was described anew, the approval policy set anew,
    or somebody began to wait for stock. The work must start again."""


#: What of two transactions one alone can write: a key, a delivery, an order's reservation that stands. They look first,
#: so that a violation is seldom; then the work starts again, and finds what the other has written. A row that is merely
#: left out (ON CONFLICT) would be looked up, promised and written in three steps, every time.
TAKEN = frozenset({"decisions_pkey", "inbox_pkey", "reservations_standing"})


#: The items by which this work decided, as they are now that the levels are locked. Whoever describes an item anew
#: locks all its levels before committing, so nothing can change any more once this finds no difference.
ITEMS_AS_READ = Kind(
    "items_changed",
    """
    SELECT item.sku FROM unnest({0}::text[], {1}::bigint[]) AS seen (sku, version)
    JOIN items AS item ON item.tenant_id = $1 AND item.sku = seen.sku WHERE item.version <> seen.version
    """,
    2,
    counted=True,
)

#: The same for the locations of the levels, which `db.locks` keeps from being described anew until the end.
LOCATIONS_AS_READ = Kind(
    "locations_changed",
    """
    SELECT location.code FROM unnest({0}::text[], {1}::bigint[]) AS seen (code, version)
    JOIN locations AS location ON location.tenant_id = $1 AND location.code = seen.code
    WHERE location.version <> seen.version
    """,
    2,
    counted=True,
)


class Transaction:
    """`tx` is the transaction's id once it wrote, `moment` the database's clock after the last lock; `tries` is how
    often the work was begun before."""

    def __init__(self, connection: TenantConnection, tenant: UUID, tries: int = 0) -> None:
        self.connection = connection
        self.tenant = tenant
        self.tries = tries
        self.tx: int | None = None
        self.moment: datetime | None = None
        self.told = False
        #: Levels known to exist; reason codes and the rules for approval, read ahead.
        self.stocked: set[Place] = set()
        self.reasons: dict[str, ReasonCode] | None = None
        self.approval_policy: str | None = None
        self._item_versions: dict[str, int] = {}
        self._items_held: set[str] = set()
        self._location_versions: dict[str, int] = {}
        self._locations_kept: set[str] = set()
        self._writes = Writes()

    async def read(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Rows of a statement whose $1 is the tenant."""
        await self.flush()
        return await self.connection.fetch(sql, self.tenant, *arguments)

    async def lock(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """As `read`, for a statement that locks rows: its column `at` is the clock once each row was locked."""
        rows = await self.read(sql, *arguments)
        self.passed(max(row["at"] for row in rows))
        return rows

    async def write(self, kind: Kind, arguments: Sequence[object], expected: int | None = None) -> None:
        """Gather a write; `expected` rows of a counted one must be found."""
        if kind in self._writes:
            await self.flush()
        self._writes.add(kind, arguments, expected)

    async def flush(self) -> None:
        """Send what was gathered, if anything was. Raises Outdated."""
        writes = self._writes
        if not writes.parts:
            return
        self._writes = Writes()
        self._compare(writes)
        sql, arguments = writes.statement()
        row = await self.connection.fetchrow(sql, self.tenant, *arguments)
        assert row is not None
        self.tx = row["tx"]
        if row.get(ITEMS_AS_READ.name) or row.get(LOCATIONS_AS_READ.name):
            raise Outdated
        for kind, expected in writes.expected.items():
            if (found := row[kind.name]) != expected:
                if kind.contested:
                    raise Outdated
                raise RuntimeError(f"{kind.name}: {found} rows instead of {expected}; nothing was written")

    def _compare(self, writes: Writes) -> None:
        """Let the statement tell whether what the work decided by is still so."""
        items = {sku: version for sku, version in self._item_versions.items() if sku not in self._items_held}
        kept = self._location_versions.keys() & self._locations_kept
        if items:
            writes.add(ITEMS_AS_READ, [list(items), list(items.values())], 0)
        if kept:
            writes.add(LOCATIONS_AS_READ, [list(kept), [self._location_versions[code] for code in kept]], 0)

    def passed(self, moment: datetime) -> None:
        """The clock was read; time never runs backwards within a transaction."""
        self.moment = moment if self.moment is None else max(self.moment, moment)

    def saw(self, item: Item, *, held: bool = False) -> None:
        """The work decides by this description of the item. Raises Outdated when it saw another before.

        `held`: the item is locked, and so stays as it is.
        """
        if held:
            self._items_held.add(item.sku)
        if self._item_versions.setdefault(item.sku, item.version) != item.version:
            raise Outdated

    def described(self, item: Item) -> None:
        """The work itself writes this description."""
        self._item_versions[item.sku] = item.version
        self._items_held.add(item.sku)

    def saw_location(self, location: Location) -> None:
        """The work decides by this description of the location. Raises Outdated when it saw another before."""
        if self._location_versions.setdefault(location.code, location.version) != location.version:
            raise Outdated

    def keeps_locations(self, codes: Iterable[str]) -> None:
        """Levels there are locked, and with them the locations' descriptions."""
        self._locations_kept.update(codes)

    def described_location(self, location: Location) -> None:
        """The work itself writes this description."""
        self._location_versions[location.code] = location.version
