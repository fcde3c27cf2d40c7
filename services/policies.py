"""Setting the stock policy of a SKU at a location."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.access import Caller
from domain.refusals import Refusal
from domain.status import invalid_thresholds
from domain.texts import CODE_LENGTH_MAX, SKU_LENGTH_MAX, invalid_identifier
from services.alerts import settled
from services.audit import differences, entry_of
from services.batch import level_changed
from services.decisions import Decision
from services.idempotency import decide_once
from services.ports import Ids, Unit, UnitOfWork


@dataclass(frozen=True, slots=True)
class SetStockPolicy:
    """`changes` holds the thresholds that were sent, `expected` those that the caller saw: nothing is set unless they
    still stand. Both by the names of `domain.status.StockPolicy`."""

    idempotency_key: str
    sku: str
    location: str | None
    changes: Mapping[str, int | None]
    expected: Mapping[str, int | None] = field(default_factory=dict[str, int | None])


async def set_stock_policy(command: SetStockPolicy, caller: Caller, units: UnitOfWork, ids: Ids) -> Decision:
    """Change the thresholds that were sent; a SKU without a level at that location gets an empty one."""

    async def decide(unit: Unit) -> Decision:
        refusal = (
            invalid_identifier("sku", command.sku, SKU_LENGTH_MAX)
            or invalid_identifier("location", command.location, CODE_LENGTH_MAX)
            or invalid_thresholds(command.changes)
        )
        return Decision((refusal,)) if refusal else await _set(command, caller, unit, ids)

    request: dict[str, object] = {"sku": command.sku, "location": command.location, **command.changes}
    if command.expected:  # left out, it is what was asked before there was such a thing
        request["expected"] = command.expected
    return await decide_once(caller, "setStockPolicy", command.idempotency_key, request, units, decide)


async def _set(command: SetStockPolicy, caller: Caller, unit: Unit, ids: Ids) -> Decision:
    named = {command.location} if command.location is not None else set[str]()
    sites = await unit.levels.sites({command.sku}, named)
    place = sites.place_of(command.sku, command.location)
    if isinstance(place, Refusal):
        return Decision((place,))
    stocked = sites.stocked([place])
    if refusal := sites.closed(place):
        return Decision((refusal,), stocked)
    level = (await unit.levels.lock([place], ids))[place]
    if stale := level.expects_policy(command.expected):
        return Decision((stale,), stocked)
    policy = level.policy.describe(command.changes)
    if isinstance(policy, Refusal):
        return Decision((policy,), stocked)
    if policy != level.policy or level.version == 0:
        changes = differences(level.policy, policy)
        level.set_policy(policy, unit.levels.stamp(None))
        alerts = await settled([level], sites.items, sites.locations, unit, ids)
        await unit.levels.save([level])
        await unit.outbox.add([level_changed(ids(), level, sites), *alerts])
        done = entry_of(
            ids(), caller, "setStockPolicy", "StockLevel", level.sku, location=level.location, changes=changes
        )
        await unit.audit.add([done])
    return Decision(places=(place,))
