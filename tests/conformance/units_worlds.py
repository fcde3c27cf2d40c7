"""The worlds in which units of work keep their promises: in memory and on PostgreSQL, told apart by nothing."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import asyncpg

from db import bulk
from db.adjustments import COLUMNS as ADJUSTMENT_COLUMNS
from db.adjustments import adjustment_from
from db.alerts import COLUMNS as ALERT_COLUMNS
from db.alerts import alert_from
from db.audit_log import COLUMNS as AUDIT_COLUMNS
from db.audit_log import entry_from as audit_entry_from
from db.ledger import COLUMNS, entry_from
from db.pool import Database
from db.unit_of_work import PostgresUnitOfWork
from db.webhook_deliveries import COLUMNS as DELIVERY_COLUMNS
from db.webhook_deliveries import delivery_from
from domain.adjustments import Adjustment
from domain.alerts import Alert
from domain.demand import Demand
from domain.identity import tenant_id, uuid7
from domain.items import Item
from domain.ledger import Cause, LedgerEntry
from domain.locations import Location
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.stock import StockLevel
from domain.tenants import Tenant
from domain.webhooks import WebhookDelivery, WebhookDeliveryState
from server.embedded.database import Addresses
from services.audit import AuditEntry
from services.envelope import traceparent_of
from services.ports import Unit, UnitOfWork
from tests.fakes.house import Collision, House
from tests.fakes.units import FakeUnitOfWork

T = TypeVar("T")


CAUSE = Cause("manager@acme", "received", "as ordered", "purchase_order", "PO-1")
BLUE = ("blue", "MAIN")
RED = ("red", "SHOP")


def ids() -> UUID:
    return uuid7(time.time_ns() // 1_000_000, random.getrandbits(74))


def tenant(slug: str) -> Tenant:
    return Tenant(tenant_id(slug), slug, slug.title(), "Europe/Berlin", "EUR", "MAIN")


ACME, GLOBEX = tenant("acme"), tenant("globex")
LOCATIONS = (
    Location(ids(), "MAIN", "Main warehouse", version=1),
    Location(ids(), "A", "Zone A", "zone", parent="MAIN", version=1),
    Location(ids(), "A-1", "Aisle 1", "aisle", parent="A", version=1),
    Location(ids(), "SHOP", "Shop", "store", version=1),
)


def items() -> tuple[Item, ...]:
    return tuple(
        Item(ids(), sku, f"Goods {sku}", currency="GBP", version=1) for sku in ("blue", "Blue", "red", "Éclair")
    )


@dataclass(frozen=True, slots=True)
class World:
    """Units of work over two tenants with four items, four locations and no stock, and a look behind the port."""

    units: UnitOfWork
    #: Raised by a work, it is what a deadlock is.
    collision: Callable[[], Exception]
    entries: Callable[[], Awaitable[list[tuple[Place, LedgerEntry]]]]
    #: The events kept, as (type, key, aggregate version), in order.
    events: Callable[[], Awaitable[list[tuple[str, str, int]]]]
    adjustments: Callable[[], Awaitable[list[Adjustment]]]
    #: In the order of their ids.
    audited: Callable[[], Awaitable[list[AuditEntry]]]
    nudges: list[int]
    #: In the order of their ids.
    alerts: Callable[[], Awaitable[list[Alert]]]
    #: When a level that was watched is to be looked at again.
    looks: Callable[[Place], Awaitable[datetime | None]]
    #: What is to be sent to webhooks, by message and webhook.
    deliveries: Callable[[], Awaitable[list[WebhookDelivery]]]
    #: What is sent, by the ids of messages.
    payloads: Callable[[], Awaitable[dict[UUID, str]]]
    #: Give a delivery up.
    bury: Callable[[UUID], Awaitable[None]]
    #: The `traceparent` of each of the events.
    traces: Callable[[], Awaitable[list[str | None]]]
    #: What orders asked for, in the order in which it was kept.
    asked: Callable[[], Awaitable[list[Demand]]]

    async def run(self, work: Callable[[Unit], Awaitable[T]], tenant: Tenant = ACME) -> T:
        return await self.units.run(tenant.id, work)


@asynccontextmanager
async def in_memory() -> AsyncIterator[World]:
    houses = [
        House(
            each,
            {item.sku: item for item in items()},
            {location.code: location for location in LOCATIONS},
            {reason.code: reason for reason in DEFAULT_REASON_CODES},
        )
        for each in (ACME, GLOBEX)
    ]
    nudges: list[int] = []
    units = FakeUnitOfWork(*houses, nudge=lambda: nudges.append(1))

    async def entries() -> list[tuple[Place, LedgerEntry]]:
        return units.houses[ACME.id].entries

    async def events() -> list[tuple[str, str, int]]:
        return [(event.type, event.key, event.version) for event in units.houses[ACME.id].events]

    async def traces() -> list[str | None]:
        return units.houses[ACME.id].traces

    async def adjustments() -> list[Adjustment]:
        return list(units.houses[ACME.id].adjustments.values())

    async def audited() -> list[AuditEntry]:
        return sorted(units.houses[ACME.id].audited, key=lambda entry: entry.id)

    async def alerts() -> list[Alert]:
        return sorted(units.houses[ACME.id].alerts.values(), key=lambda alert: alert.id)

    async def looks(place: Place) -> datetime | None:
        return units.houses[ACME.id].looks[place]

    async def deliveries() -> list[WebhookDelivery]:
        return sorted(units.houses[ACME.id].deliveries.values(), key=lambda each: (each.message_id, each.webhook))

    async def payloads() -> dict[UUID, str]:
        return units.houses[ACME.id].messages

    async def bury(id_: UUID) -> None:
        kept = units.houses[ACME.id].deliveries
        kept[id_] = replace(kept[id_], state=WebhookDeliveryState.DEAD, next_attempt_at=None)

    async def asked() -> list[Demand]:
        return units.houses[ACME.id].asked

    told = (entries, events, adjustments, audited, nudges, alerts, looks, deliveries, payloads, bury, traces, asked)
    yield World(units, Collision, *told)


def _deadlock() -> Exception:
    return asyncpg.DeadlockDetectedError("deadlock detected")


@asynccontextmanager
async def on_postgres(addresses: Addresses) -> AsyncIterator[World]:
    database = await Database.connect(addresses.application_url, size=8)
    outside = await asyncpg.connect(addresses.superuser_url)
    for each in (ACME, GLOBEX):
        await bulk.load(database, each, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=items())
    nudges: list[int] = []
    units = PostgresUnitOfWork(database, random=random.Random(1), nudge=lambda: nudges.append(1))

    async def entries() -> list[tuple[Place, LedgerEntry]]:
        rows = await outside.fetch(
            f"SELECT sku, location, {', '.join(COLUMNS)} FROM ledger WHERE tenant_id = $1 ORDER BY recorded_at, id",
            ACME.id,
        )
        return [((row[0], row[1]), entry_from(row[2:])) for row in rows]

    async def events() -> list[tuple[str, str, int]]:
        sql = "SELECT type, key, version FROM outbox WHERE tenant_id = $1 ORDER BY id"
        return [tuple(row) for row in await outside.fetch(sql, ACME.id)]

    async def traces() -> list[str | None]:
        sql = "SELECT body FROM outbox WHERE tenant_id = $1 ORDER BY id"
        return [traceparent_of(row["body"]) for row in await outside.fetch(sql, ACME.id)]

    async def adjustments() -> list[Adjustment]:
        sql = f"SELECT {', '.join(ADJUSTMENT_COLUMNS)} FROM adjustments WHERE tenant_id = $1"
        return [adjustment_from(row) for row in await outside.fetch(sql, ACME.id)]

    async def audited() -> list[AuditEntry]:
        sql = f"SELECT {', '.join(AUDIT_COLUMNS)} FROM audit_log WHERE tenant_id = $1 ORDER BY id"
        return [audit_entry_from(row) for row in await outside.fetch(sql, ACME.id)]

    async def alerts() -> list[Alert]:
        sql = f"SELECT {', '.join(ALERT_COLUMNS)} FROM alerts WHERE tenant_id = $1 ORDER BY id"
        return [alert_from(row) for row in await outside.fetch(sql, ACME.id)]

    async def looks(place: Place) -> datetime | None:
        sql = "SELECT stale_due FROM stock_levels WHERE (tenant_id, sku, location) = ($1, $2, $3)"
        return await outside.fetchval(sql, ACME.id, *place)

    async def deliveries() -> list[WebhookDelivery]:
        sql = f"SELECT {', '.join(DELIVERY_COLUMNS)} FROM webhook_deliveries WHERE tenant_id = $1"
        return [delivery_from(row) for row in await outside.fetch(f"{sql} ORDER BY message_id, webhook_id", ACME.id)]

    async def payloads() -> dict[UUID, str]:
        return dict(await outside.fetch("SELECT id, payload FROM webhook_messages WHERE tenant_id = $1", ACME.id))

    async def bury(id_: UUID) -> None:
        sql = "UPDATE webhook_deliveries SET state = 'DEAD', next_attempt_at = NULL, settled_at = now() WHERE id = $1"
        await outside.execute(sql, id_)

    async def asked() -> list[Demand]:
        sql = "SELECT skus, locations, asked, served, moments FROM demand_feed WHERE tenant_id = $1 ORDER BY id"
        rows = [each for row in await outside.fetch(sql, ACME.id) for each in zip(*row, strict=True)]
        return [Demand(sku, location or None, *units) for sku, location, *units in rows]

    told = (entries, events, adjustments, audited, nudges, alerts, looks, deliveries, payloads, bury, traces, asked)
    try:
        yield World(units, _deadlock, *told)
    finally:
        await outside.close()
        await database.close()


async def receive(unit: Unit, place: Place = BLUE, quantity: int = 5) -> StockLevel:
    level = (await unit.levels.lock([place], ids))[place]
    assert isinstance(level.receive(quantity, CAUSE, unit.levels.stamp(None)), LedgerEntry)
    await unit.levels.save([level])
    return level


async def look(unit: Unit, place: Place = BLUE) -> StockLevel:
    return (await unit.levels.lock([place], ids))[place]
