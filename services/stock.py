"""The one path by which stock changes: claim the key, find, lock, decide, write, tell.

Every movement of stock, whoever asks for it, goes through `move_stock`: all of its movements happen in one transaction,
or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.access import Caller
from domain.adjustments import Adjustment
from domain.events import Before, StockLevelChanged
from domain.items import Item
from domain.ledger import Stamp
from domain.levels import LevelState
from domain.movements import Applied, Movement, apply_all
from domain.places import Place, Sites
from domain.refusals import Refusal
from domain.stock import StockLevel
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork


@dataclass(frozen=True, slots=True)
class MoveStock:
    """Movements to be made together, all or none, under one idempotency key of `operation`: the API's name for them."""

    idempotency_key: str
    movements: tuple[Movement, ...]
    operation: str


async def move_stock(command: MoveStock, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Carry out all movements of the command or refuse it."""

    async def decide(unit: Unit) -> Decision:
        return await _decide(command.movements, caller, unit, ids)

    return await decide_once(caller, command.operation, command.idempotency_key, command.movements, units, decide)


async def _decide(movements: Sequence[Movement], caller: Caller, unit: Unit, ids: Ids) -> Decision:
    if refusals := _told([movement.invalid() for movement in movements]):
        return Decision(refusals)
    skus = {movement.sku for movement in movements}
    sites = await unit.levels.sites(skus, {m.location for m in movements if m.location is not None})
    reasons = await unit.reason_codes.named({m.reason_code for m in movements if m.reason_code is not None})
    found = [movement.place(sites, reasons) for movement in movements]
    places = tuple(place for place in found if not isinstance(place, Refusal))
    if len(places) < len(found):
        return Decision(
            _told([each if isinstance(each, Refusal) else None for each in found]), _stocked(movements, sites)
        )
    levels = await unit.levels.lock(set(places), ids)
    outcome = apply_all(levels, list(zip(places, movements, strict=True)), reasons, caller.subject, unit.levels.stamp)
    if not isinstance(outcome, Applied):
        return Decision(_told(outcome), _stocked(movements, sites))
    adjustment = await _write(list(zip(places, movements, strict=True)), outcome, sites, unit, ids)
    return Decision(places=places, adjustment=adjustment)


async def _write(
    movements: Sequence[tuple[Place, Movement]], applied: Applied, sites: Sites, unit: Unit, ids: Ids
) -> UUID | None:
    """Write levels and entries, the adjustments they came from, and the events; the adjustment's id if it was one."""
    pairs = zip(movements, applied.entries, strict=True)
    made = [Adjustment.of(ids(), place, entry) for (place, movement), entry in pairs if movement.by_hand]
    await unit.levels.save(applied.levels.values())
    if made:
        await unit.adjustments.add(made)
    await unit.outbox.add([level_changed(ids(), level, sites) for level in applied.levels.values()])
    return made[0].id if made else None


def level_changed(id_: UUID, level: StockLevel, sites: Sites, item_before: Item | None = None) -> StockLevelChanged:
    """The one event that tells of all changes of a level in this transaction."""
    item = sites.items[level.sku]
    described = item_before or item
    last = level.entries[-1] if level.entries else None
    before = (
        None
        if level.status_before is None
        else Before(
            level.before.available_to_promise,
            level.status_before,
            described.category,
            described.vendor,
            described.condition,
        )
    )
    recorded_at = level.updated_at or level.created_at
    return StockLevelChanged(
        id_,
        LevelState.of(level, item, sites.locations[level.location]),
        level.version_read,
        before,
        last.kind if last else None,
        last.cause if last else None,
        last.stamp if last else Stamp(recorded_at, recorded_at),
    )


def _told(refusals: Sequence[Refusal | None]) -> tuple[Refusal, ...]:
    """The refusals there are; of several movements each names its line."""
    if len(refusals) == 1:
        return tuple(refusal for refusal in refusals if refusal)
    return tuple(refusal.at("lines", str(i)) for i, refusal in enumerate(refusals) if refusal)


def _stocked(movements: Sequence[Movement], sites: Sites) -> tuple[Place, ...]:
    """The levels that exist among those asked for, so that a refused caller still sees them."""
    found = [sites.place_of(movement.sku, movement.location) for movement in movements]
    return sites.stocked(place for place in found if not isinstance(place, Refusal))
