"""Levels: finding, locking and writing stock levels with their ledger entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

import orjson
from asyncpg import Record

from db import ledger, locks
from db.approval_policies import policy_from
from db.items import COLUMNS as ITEM_COLUMNS
from db.items import item_from
from db.locations import location_from
from db.locks import ITEM, LOCATION
from db.reason_codes import reason_from
from db.transaction import Transaction
from db.writes import Kind, columns_of, unnested
from domain.alerts import NONE_STAND, AlertKind, StandingAlerts
from domain.approvals import ApprovalPolicy
from domain.items import Item
from domain.ledger import Quantities, Stamp
from domain.locations import Location
from domain.places import NO_RULES, Place, Sites
from domain.status import StockPolicy
from domain.stock import StockLevel
from services.ports import Ids

_NO_ITEM = ", ".join("NULL" for _ in ITEM_COLUMNS)
_LOCATION_AT = len(ITEM_COLUMNS)

#: The items with the locations of their levels; then the locations named and the default one, with what the tenant has
#: settled: its reason codes, its currency and which corrections wait (`db.approval_policies`).
SITES = f"""
SELECT {ITEM}, {LOCATION}, NULL AS settled, NULL AS ttls
FROM unnest($2::text[]) AS wanted (sku)
CROSS JOIN LATERAL (SELECT * FROM items WHERE tenant_id = $1 AND items.sku = wanted.sku LIMIT 1) AS item
LEFT JOIN LATERAL (
    SELECT location FROM stock_levels WHERE tenant_id = $1 AND stock_levels.sku = wanted.sku ORDER BY location OFFSET 0
) AS level ON true
LEFT JOIN LATERAL (SELECT * FROM locations WHERE tenant_id = $1 AND code = level.location LIMIT 1) AS location ON true
UNION ALL
SELECT {_NO_ITEM}, {LOCATION}, CASE WHEN location.code = tenant.default_location THEN (
    SELECT json_build_array(
        coalesce(json_agg(json_build_array(code, name, direction, requires_note, active)), '[]'),
        tenant.currency, tenant.approval_policy::text
    )::text FROM reason_codes WHERE tenant_id = $1
) END, tenant.reservation_ttls::text
FROM tenants AS tenant
JOIN locations AS location
    ON location.tenant_id = $1 AND location.code = ANY ($3::text[] || tenant.default_location)
WHERE tenant.tenant_id = $1
"""

_STATE = (
    ("on_hand", "int"),
    ("allocated", "int"),
    ("unavailable", "int"),
    ("incoming", "int"),
    ("reorder_point", "int"),
    ("safety_stock", "int"),
    ("low_stock_threshold", "int"),
    ("overstock_threshold", "int"),
    ("stale_after_days", "int"),
    ("status", "text"),
    ("version", "bigint"),
    ("updated_at", "timestamptz"),
    ("last_movement_at", "timestamptz"),
    ("stock_alert", "uuid"),
    ("alert_kind", "text"),
    ("stale_alert", "uuid"),
    ("stale_due", "timestamptz"),
)
_CHANGE = (("sku", "text"), ("location", "text"), ("version_read", "bigint"), *_STATE)
_MAKE = (("sku", "text"), ("location", "text"), ("id", "uuid"), ("created_at", "timestamptz"), *_STATE)
_MADE = ", ".join(name for name, _ in _MAKE)
_WATCH = (
    *(("sku", "text"), ("location", "text"), ("version", "bigint")),
    *(("stock_alert", "uuid"), ("alert_kind", "text"), ("stale_alert", "uuid"), ("stale_due", "timestamptz")),
)

#: Write levels that exist. `stale_due` is indexed, so it stays while it lies ahead and does not come nearer: a movement
#: then changes no index.
CHANGE = Kind(
    "levels_changed",
    f"""
    UPDATE stock_levels AS level SET {", ".join(f"{name} = given.{name}" for name, _ in _STATE[:-1])},
        stale_due = CASE WHEN level.stale_due > given.updated_at AND given.stale_due >= level.stale_due
                         THEN level.stale_due ELSE given.stale_due END
    FROM {unnested(_CHANGE)} AS given ({", ".join(name for name, _ in _CHANGE)})
    WHERE level.tenant_id = $1 AND level.sku = given.sku AND level.location = given.location
        AND level.version = given.version_read
    RETURNING level.sku
    """,
    len(_CHANGE),
    counted=True,
)

#: Make levels.
MAKE = Kind(
    "levels_made",
    f"INSERT INTO stock_levels (tenant_id, {_MADE}) SELECT $1, {_MADE} FROM {unnested(_MAKE)} AS given ({_MADE})",
    len(_MAKE),
)

#: The alerts of levels on which nothing moved.
WATCH = Kind(
    "levels_watched",
    f"""
    UPDATE stock_levels AS level SET {", ".join(f"{name} = given.{name}" for name, _ in _WATCH[3:])}
    FROM {unnested(_WATCH)} AS given ({", ".join(name for name, _ in _WATCH)})
    WHERE level.tenant_id = $1 AND level.sku = given.sku AND level.location = given.location
        AND level.version = given.version
    RETURNING level.sku
    """,
    len(_WATCH),
    counted=True,
)


def _state(level: StockLevel) -> list[object]:
    quantities, policy = level.quantities, level.policy
    return [
        quantities.on_hand,
        quantities.allocated,
        quantities.unavailable,
        quantities.incoming,
        policy.reorder_point,
        policy.safety_stock,
        policy.low_stock_threshold,
        policy.overstock_threshold,
        policy.stale_after_days,
        level.status.value,
        level.version,
        level.updated_at,
        level.last_movement_at,
        *_standing_of(level),
        level.stale_due,
    ]


def _standing_of(level: StockLevel) -> tuple[UUID | None, str | None, UUID | None]:
    alerts = level.alerts
    return alerts.stock, alerts.kind and alerts.kind.value, alerts.stale


def arrays_of_new(levels: Iterable[StockLevel]) -> list[list[object]]:
    """The arguments of MAKE."""
    rows = [[level.sku, level.location, level.id, level.created_at, *_state(level)] for level in levels]
    return columns_of(rows, len(_MAKE))


def arrays_of_changed(levels: Iterable[StockLevel]) -> list[list[object]]:
    """The arguments of CHANGE."""
    rows = [[level.sku, level.location, level.version_read, *_state(level)] for level in levels]
    return columns_of(rows, len(_CHANGE))


class PostgresLevels:
    """Implements `services.ports.Levels`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def sites(self, skus: Collection[str], locations: Collection[str]) -> Sites:
        rows = await self._transaction.read(SITES, list(skus), list(locations))
        items: dict[str, Item] = {}
        found: dict[str, Location] = {}
        levels: dict[str, list[str]] = {}
        default, ttls, approvals = "", dict[str | None, int](), NO_RULES
        for row in rows:
            location = None if row[_LOCATION_AT] is None else location_from(row[_LOCATION_AT:-2])
            if location:
                found[location.code] = location
                self._transaction.saw_location(location)
            if row[0] is None:
                if row["settled"] is not None:
                    default, approvals = row[_LOCATION_AT + 1], self._read_ahead(row["settled"])
                ttls = {channel or None: seconds for channel, seconds in orjson.loads(row["ttls"]).items()}
                continue
            item = items.setdefault(row[1], item_from(row[:_LOCATION_AT]))
            self._transaction.saw(item)
            if location:
                levels.setdefault(item.sku, []).append(location.code)
                self._transaction.stocked.add((item.sku, location.code))
        return Sites(items, found, {sku: sorted(codes) for sku, codes in levels.items()}, default, ttls, approvals)

    def _read_ahead(self, settled: str) -> ApprovalPolicy:
        """The default location's row carries what the tenant has settled."""
        reasons, currency, rules = orjson.loads(settled)
        self._transaction.reasons = {code[0]: reason_from(code) for code in reasons}
        self._transaction.approval_policy = rules
        return policy_from(currency, rules)

    async def lock(self, places: Collection[Place], ids: Ids) -> Mapping[Place, StockLevel]:
        unknown = set(places) - self._transaction.stocked
        items = await self._lock_items({sku for sku, _ in unknown}) if unknown else {}
        levels = self._levels(await locks.lock_levels(self._transaction, places))
        made_at = self._now()
        for sku, location in sorted(set(places) - levels.keys()):
            item = items[sku]
            levels[sku, location] = StockLevel(
                ids(), sku, location, made_at, unit_cost=item.unit_cost, currency=item.currency
            )
        return levels

    async def lock_all_of(self, sku: str) -> Mapping[Place, StockLevel]:
        return self._levels(await locks.lock_levels_of(self._transaction, sku))

    async def save(self, levels: Collection[StockLevel]) -> None:
        changed = [level for level in levels if level.changed]
        made = [level for level in changed if level.version_read == 0]
        known = [level for level in changed if level.version_read > 0]
        if made:
            await self._transaction.write(MAKE, arrays_of_new(made))
            self._transaction.stocked.update((level.sku, level.location) for level in made)
        if known:
            await self._transaction.write(CHANGE, arrays_of_changed(known), expected=len(known))
        await ledger.add(self._transaction, changed)

    async def watch(self, levels: Mapping[Place, tuple[StockLevel, datetime | None]]) -> None:
        rows = [[*place, level.version, *_standing_of(level), next_at] for place, (level, next_at) in levels.items()]
        if rows:
            await self._transaction.write(WATCH, columns_of(rows, len(_WATCH)), expected=len(rows))

    def stamp(self, occurred_at: datetime | None) -> Stamp:
        now = self._now()
        return Stamp(occurred_at or now, now)

    def _now(self) -> datetime:
        if self._transaction.moment is None:
            raise RuntimeError("a change has no time before something is locked")
        return self._transaction.moment

    async def _lock_items(self, skus: Collection[str]) -> Mapping[str, Item]:
        items = [item_from(row[1:]) for row in await locks.lock_items(self._transaction, skus)]
        for item in items:
            self._transaction.saw(item, held=True)
        return {item.sku: item for item in items}

    def _levels(self, rows: list[Record]) -> dict[Place, StockLevel]:
        levels = [_level(row) for row in rows]
        for level in levels:
            self._transaction.passed(level.updated_at or level.created_at)
        return {(level.sku, level.location): level for level in levels}


def _level(row: Record) -> StockLevel:
    """A level from a row of `db.locks`: the clock, then the level's columns."""
    _, id_, sku, location, created_at, *quantities_and_policy = row[:14]
    version, updated_at, last_movement_at, stock_alert, alert_kind, stale_alert, unit_cost, currency = row[14:]
    return StockLevel(
        id_,
        sku,
        location,
        created_at,
        Quantities(*quantities_and_policy[:4]),
        StockPolicy(*quantities_and_policy[4:]),
        version,
        updated_at,
        last_movement_at,
        unit_cost,
        currency,
        _standing(stock_alert, alert_kind, stale_alert),
    )


def _standing(stock: UUID | None, kind: str | None, stale: UUID | None) -> StandingAlerts:
    if stock is None and stale is None:
        return NONE_STAND
    return StandingAlerts(stock, None if kind is None else AlertKind(kind), stale)
