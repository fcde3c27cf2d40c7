"""Making items and describing them anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.access import Caller
from domain.events import ItemBefore, ItemChanged
from domain.items import Item
from domain.places import Place
from domain.refusals import Refusal
from domain.stock import StockLevel
from domain.texts import SKU_LENGTH_MAX, invalid_identifier
from services.alerts import settled
from services.audit import described as told
from services.batch import level_changed
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork


@dataclass(frozen=True, slots=True)
class UpsertItem:
    """`changes` holds the fields that were sent, by the names of `domain.items.Item`, and `archived`."""

    idempotency_key: str
    sku: str
    changes: Mapping[str, Any]


async def upsert_item(command: UpsertItem, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Make the item of this SKU, or change the fields that were sent."""

    async def decide(unit: Unit) -> Decision:
        if refusal := invalid_identifier("sku", command.sku, SKU_LENGTH_MAX):
            return Decision((refusal,))
        return await _describe(command, caller, unit, ids)

    request = {"sku": command.sku, **command.changes}
    return await decide_once(caller, "upsertItem", command.idempotency_key, request, units, decide)


async def _describe(command: UpsertItem, caller: Caller, unit: Unit, ids: Ids) -> Decision:
    known = await unit.items.lock(command.sku)
    item = known or Item(ids(), command.sku, command.sku)
    levels = await unit.levels.lock_all_of(command.sku)
    used = any(level.last_movement_at is not None for level in levels.values())
    currency = (await unit.tenant()).currency
    at = unit.levels.stamp(None).recorded_at
    described = item.describe(command.changes, used=used, default_currency=currency, at=at)
    if isinstance(described, Refusal):
        return Decision((described,), subject=known and command.sku)
    if described is not known:
        await unit.items.save(described)
        await unit.outbox.add([ItemChanged(ids(), described, caller.subject, at, known and ItemBefore(known.vendor))])
        await _tell_levels(levels, item, described, unit, ids)
        await unit.audit.add([told(ids(), caller, "upsertItem", "Item", command.sku, known, described)])
    return Decision(subject=command.sku)


async def _tell_levels(levels: Mapping[Place, StockLevel], before: Item, item: Item, unit: Unit, ids: Ids) -> None:
    """Whoever watches a level of the item sees the new description, or that it left the filter."""
    if not levels:
        return
    for level in levels.values():
        level.describe_anew(unit.levels.stamp(None))
    sites = await unit.levels.sites({item.sku}, {location for _, location in levels})
    alerts = await settled(levels.values(), {item.sku: item}, sites.locations, unit, ids)
    await unit.levels.save(levels.values())
    told = [level_changed(ids(), level, sites, before) for level in levels.values()]
    await unit.outbox.add([*told, *alerts])
