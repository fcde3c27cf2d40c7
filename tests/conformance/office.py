"""Office: people at work on ten blue goods, some of whose corrections wait for another person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from domain.access import Caller, Role
from domain.adjustments import Adjustment, AdjustmentStatus
from domain.approvals import ApprovalRule
from domain.ledger import LedgerEntry
from domain.movements import Adjust, Movement
from domain.refusals import RefusalCode
from services.adjustments import (
    DecideAdjustment,
    decide_adjustment,
)
from services.decisions import Decision
from services.group_commit import GroupCommit
from services.ports import Unit
from services.stock import MoveStock, move_each, move_stock
from tests.conformance.units_worlds import ACME, World, look

R, S = RefusalCode, AdjustmentStatus
MANAGER = Caller(ACME.id, ACME.slug, "manager@acme", frozenset({Role.MANAGER}))
APPROVER = Caller(ACME.id, ACME.slug, "approver@acme", frozenset({Role.APPROVER}), request_id="req-1")
BOSS = Caller(ACME.id, ACME.slug, "boss@acme", frozenset({Role.ADMIN}))
VENDOR = Caller(ACME.id, ACME.slug, "vendor@peak", frozenset({Role.VENDOR}), "Peak")
#: Corrections of more than three units wait, and all that say "theft".
RULES = (ApprovalRule(units_over=3), ApprovalRule(reason_codes=("theft",)))


@dataclass
class Office:
    """People at work on ten blue goods."""

    world: World
    commits: GroupCommit
    keys: int = 0

    async def move(self, *movements: Movement, by: Caller = MANAGER, key: str = "") -> Decision:
        return await move_stock(MoveStock(self._key(key), movements, "adjustStock"), by, self.commits)

    async def each(self, *movements: Movement, by: Caller = MANAGER, key: str = "") -> Decision:
        return await move_each(MoveStock(self._key(key), movements, "adjustStockBatch"), by, self.commits)

    async def ask(self, change: int = -4, by: Caller = MANAGER, **said: str) -> UUID:
        """The id of a request that waits."""
        decision = await self.move(lose(change, **said), by=by)
        assert decision.refusals == () and decision.adjustment is not None
        return decision.adjustment

    async def decide(self, request: DecideAdjustment, by: Caller = APPROVER, key: str = "") -> Decision:
        return await decide_adjustment(self._key(key), request, by, self.commits)

    async def kept(self, id_: UUID | None) -> Adjustment:
        return next(each for each in await self.world.adjustments() if each.id == id_)

    async def on_hand(self) -> int:
        return (await self.world.run(look)).on_hand

    async def last(self) -> LedgerEntry:
        return (await self.world.entries())[-1][1]

    async def acts(self) -> list[str]:
        return [name for name, _, _ in await self.world.events() if name.startswith("Adjustment")]

    def _key(self, key: str) -> str:
        self.keys += 1
        return key or f"key-{self.keys}"


def lose(units: int = -4, **said: Any) -> Adjust:
    return Adjust(sku="blue", location="MAIN", change=units, **{"reason_code": "correction", **said})


def codes(decision: Decision) -> list[RefusalCode]:
    return [refusal.code for refusal in decision.refusals]


async def settle(world: World, *rules: ApprovalRule, hours: int | None = 24) -> None:
    async def work(unit: Unit) -> None:
        await unit.approvals.save(replace(await unit.approvals.lock(), rules=rules, expires_after_hours=hours))

    await world.run(work)


async def describe(world: World, **changes: object) -> None:
    async def work(unit: Unit) -> None:
        item = await unit.items.lock("blue")
        assert item is not None
        await unit.items.save(replace(item, version=item.version + 1, **changes))  # pyright: ignore[reportArgumentType]

    await world.run(work)
