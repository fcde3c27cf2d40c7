"""Corrections that wait for another person: the services over units of work in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.access import Caller, Role
from domain.adjustments import Adjustment, AdjustmentStatus
from domain.allocation import FulfillmentPolicy
from domain.approvals import ApprovalRule
from domain.ledger import LedgerEntry
from domain.movements import Adjust, Count, Movement, Receive
from domain.refusals import RefusalCode
from domain.strategies import Want
from services.adjustments import (
    ApproveAdjustment,
    CancelAdjustment,
    DecideAdjustment,
    RejectAdjustment,
    decide_adjustment,
)
from services.decisions import Decision
from services.group_commit import Batches, GroupCommit
from services.ports import Unit
from services.reservations import ReserveStock, reserve_stock
from services.stock import MoveStock, move_each, move_stock
from tests.conformance.units_worlds import ACME, BLUE, World, ids, look

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


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    await settle(world, *RULES)
    office = Office(world, GroupCommit(world.units, ids))
    await office.move(Receive(sku="blue", location="MAIN", quantity=10))
    yield office


# ------------------------------------------------------------------ what waits
async def test_a_correction_that_meets_a_rule_waits_and_moves_nothing(office: Office) -> None:
    decision = await office.move(lose(-4, reference="INC-7", note="gone"))

    assert decision == Decision(places=(BLUE,), adjustment=decision.adjustment)
    request = await office.kept(decision.adjustment)
    assert (request.status, request.quantity_change, request.reference) == (S.PENDING_APPROVAL, -4, "INC-7")
    assert request.expires_at is not None
    assert (request.expires_at - request.requested_at).total_seconds() == 24 * 3600
    assert await office.on_hand() == 10
    assert len(await office.world.entries()) == 1
    assert await office.acts() == ["AdjustmentRequested"]


async def test_a_correction_that_meets_no_rule_is_applied_at_once(office: Office) -> None:
    decision = await office.move(lose(-3))
    kept = await office.kept(decision.adjustment)
    assert (kept.status, kept.decided_by, kept.expires_at) == (S.APPLIED, None, None)
    assert await office.on_hand() == 7


async def test_what_could_not_be_done_now_is_refused_and_not_queued(office: Office) -> None:
    wrong = {
        R.INSUFFICIENT_STOCK: lose(-11),
        R.STALE_VERSION: replace(lose(), expected_version=7),
        R.REASON_DIRECTION_MISMATCH: replace(lose(4), reason_code="theft"),
        R.NOTE_REQUIRED: replace(lose(), reason_code="other"),
        R.UNKNOWN_REASON_CODE: replace(lose(), reason_code="none"),
        R.UNKNOWN_SKU: replace(lose(), sku="ghost"),
        R.INVALID_QUANTITY: lose(0),
    }
    for code, movement in wrong.items():
        assert codes(await office.move(movement)) == [code]
    assert await office.world.adjustments() == []


async def test_a_count_waits_by_its_difference_and_its_approval_corrects_that(office: Office) -> None:
    counted = (await office.move(Count(sku="blue", counted=2, reason_code="cycle_count"))).adjustment
    assert counted is not None and (await office.kept(counted)).quantity_change == -8
    await office.move(Receive(sku="blue", quantity=5))

    assert codes(await office.decide(ApproveAdjustment(counted))) == []
    assert await office.on_hand() == 7
    assert (await office.last()).change.on_hand == -8


async def test_a_value_over_the_rules_waits(office: Office) -> None:
    await settle(office.world, ApprovalRule(value_over=Decimal(20)))
    await describe(office.world, unit_cost=Decimal(10), currency="EUR")
    assert (await office.kept((await office.move(lose(-2))).adjustment)).status is S.APPLIED
    assert (await office.kept((await office.move(lose(-3))).adjustment)).status is S.PENDING_APPROVAL


async def test_a_vendors_correction_always_waits_and_of_others_goods_it_learns_nothing(office: Office) -> None:
    await settle(office.world)
    unseen = [await office.move(replace(lose(-1), sku=sku), by=VENDOR) for sku in ("blue", "ghost")]
    assert [codes(each) for each in unseen] == [[R.UNKNOWN_SKU]] * 2
    assert [each.places for each in unseen] == [(), ()]
    assert unseen[0].refusals[0].message == unseen[1].refusals[0].message.replace("ghost", "blue")

    await describe(office.world, vendor="Peak")
    id_ = await office.ask(-1, by=VENDOR)
    assert (await office.kept(id_)).status is S.PENDING_APPROVAL
    reader = replace(VENDOR, roles=frozenset({Role.VENDOR, Role.ANALYST}), vendor="Other")
    assert codes(await office.move(lose(-1), by=reader)) == [R.UNKNOWN_SKU]


async def test_a_correction_where_there_is_no_level_yet_waits_without_making_one(office: Office) -> None:
    found = Adjust(sku="red", location="SHOP", change=9, reason_code="found")
    decision = await office.move(found)
    assert decision.places == () and decision.adjustment is not None
    assert codes(await office.decide(ApproveAdjustment(decision.adjustment))) == []
    level = await office.world.run(lambda unit: look(unit, ("red", "SHOP")))
    assert (level.on_hand, level.version) == (9, 1)


async def test_of_several_movements_those_that_wait_wait_and_the_others_do_without_them(office: Office) -> None:
    decision = await office.move(lose(-4), lose(-2))
    assert codes(decision) == []
    assert sorted(each.status for each in await office.world.adjustments()) == [S.APPLIED, S.PENDING_APPROVAL]
    assert await office.on_hand() == 8
    refused = await office.move(lose(5), lose(-3), lose(-3), lose(-3))
    assert [(each.code, each.field) for each in refused.refusals] == [
        (R.INSUFFICIENT_STOCK, ("lines", "3", "quantityChange"))
    ]
    assert await office.on_hand() == 8


async def test_a_count_that_would_correct_more_without_what_waits_before_it_waits_too(office: Office) -> None:
    decision = await office.move(lose(-8), Count(sku="blue", counted=2, reason_code="cycle_count"))
    assert codes(decision) == []
    assert [each.quantity_change for each in await office.world.adjustments()] == [-8, -8]
    assert {each.status for each in await office.world.adjustments()} == {S.PENDING_APPROVAL}
    assert await office.on_hand() == 10


async def test_the_record_of_a_count_tells_what_moved_and_not_what_would_have_behind_what_waits(office: Office) -> None:
    await office.move(lose(-4), Count(sku="blue", counted=8, reason_code="cycle_count"))
    kept = {each.status: each.quantity_change for each in await office.world.adjustments()}
    assert kept == {S.PENDING_APPROVAL: -4, S.APPLIED: -2}
    assert await office.on_hand() == 8


async def test_who_has_too_many_requests_waiting_is_told_and_asks_no_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.approvals.WAITING_OF_ONE_MAX", 3)
    monkeypatch.setattr("domain.approvals.WAITING_MAX", 4)
    first = [await office.ask() for _ in range(2)]
    refused = await office.move(lose(-4), lose(-1), lose(-5))
    assert [(each.code, each.field[:2], each.limit) for each in refused.refusals] == [
        (R.LIMIT_EXCEEDED, ("lines", "0"), 3),
        (R.LIMIT_EXCEEDED, ("lines", "2"), 3),
    ]
    assert await office.on_hand() == 10

    batch = await office.each(lose(-4), lose(-4), lose(-1))
    assert [codes(line) for line in batch.lines] == [[], [R.LIMIT_EXCEEDED], []]
    assert await office.on_hand() == 9
    await office.ask(by=BOSS)
    assert [each.limit for each in (await office.move(lose(-4), by=BOSS)).refusals] == [4]

    await office.decide(RejectAdjustment(first[0]))
    assert codes(await office.move(lose(-4), by=BOSS)) == []


async def test_one_vendors_requests_leave_room_for_other_vendors_and_more_for_the_tenants_own(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.approvals.WAITING_OF_VENDOR_MAX", 2)
    monkeypatch.setattr("domain.approvals.WAITING_FOR_VENDORS_MAX", 3)
    other = replace(VENDOR, subject="vendor@crag", vendor="Crag")
    await describe(office.world, vendor="Peak")
    await office.ask(-1, by=VENDOR)
    second = replace(VENDOR, subject="second@peak")
    batch = await office.each(lose(-1), lose(-1), by=second)
    assert [codes(line) for line in batch.lines] == [[], [R.LIMIT_EXCEEDED]]
    await describe(office.world, vendor="Crag")
    assert [each.limit for each in (await office.move(lose(-1), by=other)).refusals] == [2], "these are its own by now"
    await office.decide(RejectAdjustment(batch.lines[0].adjustment))  # pyright: ignore[reportArgumentType]
    await office.ask(-1, by=other)
    await office.ask(-4)
    monkeypatch.setattr("domain.approvals.WAITING_OF_VENDOR_MAX", 9)
    assert [each.limit for each in (await office.move(lose(-1), by=other)).refusals] == [3]
    await office.ask(-4)


# ------------------------------------------------------------------ decisions
async def test_an_approval_moves_the_stock_in_one_transaction_with_all_that_tells_of_it(office: Office) -> None:
    id_ = await office.ask(-4, reason_code="theft", reference="INC-7")
    decision = await office.decide(ApproveAdjustment(id_, "seen the film"))

    assert decision == Decision(places=(BLUE,), adjustment=id_)
    kept = await office.kept(id_)
    assert (kept.status, kept.decided_by, kept.decision_note) == (S.APPLIED, "approver@acme", "seen the film")
    assert await office.on_hand() == 6
    entry = await office.last()
    assert (entry.cause.actor, entry.cause.reason_code) == ("approver@acme", "theft")
    assert (entry.cause.reference_type, entry.cause.reference) == ("adjustment", "INC-7")
    assert entry.stamp.recorded_at == kept.decided_at
    [audited] = await office.world.audited()
    assert (audited.actor, audited.action, audited.request_id) == ("approver@acme", "approveAdjustment", "req-1")
    assert (audited.subject_type, audited.subject) == ("Adjustment", str(id_))
    assert audited.detail is not None
    assert audited.detail["adjustment"]["requestedBy"] == "manager@acme"
    assert audited.detail["adjustment"]["decisionNote"] == "seen the film"


async def test_a_rejection_and_a_cancellation_move_nothing_and_leave_a_trace(office: Office) -> None:
    no, never_mind = await office.ask(), await office.ask()
    assert codes(await office.decide(RejectAdjustment(no, "count again"))) == []
    assert codes(await office.decide(CancelAdjustment(never_mind), by=MANAGER)) == []

    rejected, cancelled = await office.kept(no), await office.kept(never_mind)
    assert (rejected.status, rejected.decided_by, rejected.decision_note) == (
        S.REJECTED,
        "approver@acme",
        "count again",
    )
    assert (cancelled.status, cancelled.decided_by) == (S.CANCELLED, "manager@acme")
    assert await office.on_hand() == 10
    assert {each.action for each in await office.world.audited()} == {"rejectAdjustment", "cancelAdjustment"}


async def test_a_vendor_withdraws_only_so_many_requests_a_day(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.approvals.WITHDRAWN_MAX", 2)
    await describe(office.world, vendor="Peak")
    waiting = [await office.ask(-1, by=VENDOR) for _ in range(3)]
    told = [codes(await office.decide(CancelAdjustment(each), by=VENDOR)) for each in waiting]
    assert told == [[], [], [R.LIMIT_EXCEEDED]]
    assert (await office.kept(waiting[-1])).status is S.PENDING_APPROVAL
    assert len(await office.world.audited()) == 2

    assert codes(await office.decide(RejectAdjustment(waiting[-1]))) == []
    for each in [await office.ask() for _ in range(3)]:
        assert codes(await office.decide(CancelAdjustment(each), by=MANAGER)) == [], "one of the tenant's own"


async def test_who_asked_does_not_decide_whatever_roles_they_have(office: Office) -> None:
    id_ = await office.ask(by=BOSS)
    for request in (ApproveAdjustment(id_), RejectAdjustment(id_)):
        decision = await office.decide(request, by=BOSS)
        assert codes(decision) == [R.SELF_APPROVAL]
        assert (decision.adjustment, decision.places) == (id_, (BLUE,))
    assert codes(await office.decide(CancelAdjustment(id_), by=MANAGER)) == [R.NOT_FOUND]
    assert (await office.kept(id_)).status is S.PENDING_APPROVAL
    assert await office.world.audited() == []


async def test_an_approval_that_the_stock_does_not_allow_leaves_the_request_waiting(office: Office) -> None:
    id_ = await office.ask(-8)
    await office.move(lose(-3))

    refused = await office.decide(ApproveAdjustment(id_), key="too early")
    assert codes(refused) == [R.INSUFFICIENT_STOCK]
    assert refused.refusals[0].field == ("adjustmentId",)
    assert (refused.refusals[0].requested, refused.refusals[0].available) == (8, 7)
    assert (await office.kept(id_)).version == 1
    await office.move(Receive(sku="blue", quantity=1))
    assert await office.decide(ApproveAdjustment(id_), key="too early") == refused
    assert codes(await office.decide(ApproveAdjustment(id_))) == []
    assert await office.on_hand() == 0


async def test_what_an_approval_adds_goes_first_to_those_who_wait_for_it(office: Office) -> None:
    order = ReserveStock("order", (Want("blue", "MAIN", 12),), FulfillmentPolicy.BACKORDER)
    assert codes(await reserve_stock("order", order, BOSS, office.commits)) == []
    id_ = await office.ask(5)
    assert codes(await office.decide(ApproveAdjustment(id_))) == []
    level = await office.world.run(look)
    assert (level.on_hand, level.allocated) == (15, 12)
    assert "InventoryBackorderFilled" in [name for name, _, _ in await office.world.events()]


async def test_goods_archived_meanwhile_are_not_corrected(office: Office) -> None:
    id_ = await office.ask(4)
    archived = (await office.kept(id_)).requested_at
    await describe(office.world, archived_at=archived)
    assert codes(await office.decide(ApproveAdjustment(id_))) == [R.ITEM_ARCHIVED]
    assert codes(await office.decide(RejectAdjustment(id_))) == []


async def test_of_two_approvers_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    id_ = await office.ask()
    others = GroupCommit(office.world.units, ids, Batches(batch_max=1))
    rivals = [
        decide_adjustment(f"{caller.subject}-{n}", ApproveAdjustment(id_), caller, commits)
        for n, commits in enumerate((office.commits, others))
        for caller in (APPROVER, BOSS)
    ]
    told = sorted(str(code) for decision in await asyncio.gather(*rivals) for code in codes(decision) or ["won"])
    assert told == [*[R.ILLEGAL_TRANSITION] * 3, "won"]
    assert await office.on_hand() == 6
    assert len(await office.world.audited()) == 1


async def test_a_verdict_under_its_key_is_given_again(office: Office) -> None:
    id_ = await office.ask()
    first = await office.decide(ApproveAdjustment(id_), key="yes")
    assert await office.decide(ApproveAdjustment(id_), key="yes") == first
    assert codes(await office.decide(ApproveAdjustment(id_, "other"), key="yes")) == [R.IDEMPOTENCY_KEY_REUSED]
    assert await office.on_hand() == 6


async def test_of_what_is_not_there_and_what_is_another_vendors_nothing_is_said(office: Office) -> None:
    id_ = await office.ask()
    unknown = await office.decide(ApproveAdjustment(ids()))
    assert codes(unknown) == [R.NOT_FOUND] and unknown.adjustment is None
    foreign = await office.decide(CancelAdjustment(id_), by=replace(VENDOR, subject="manager@acme"))
    assert codes(foreign) == [R.NOT_FOUND] and foreign.adjustment is None


async def test_a_note_that_cannot_be_kept_is_refused(office: Office) -> None:
    assert codes(await office.decide(RejectAdjustment(await office.ask(), "a\0b"))) == [R.INVALID_INPUT]


# ------------------------------------------------------------------ many at once
async def test_each_line_of_a_batch_is_decided_for_itself_in_its_order(office: Office) -> None:
    lines = [lose(-3), lose(-8), lose(-4), replace(lose(-1), sku="ghost"), lose(0), lose(-3)]
    decision = await office.each(*lines, key="many")

    assert codes(decision) == []
    assert [codes(line) for line in decision.lines] == [
        [], [R.INSUFFICIENT_STOCK], [], [R.UNKNOWN_SKU], [R.INVALID_QUANTITY], []
    ]  # fmt: skip
    assert decision.lines[1].refusals[0].field == ("lines", "1", "quantityChange")
    assert [(await office.kept(line.adjustment)).status for line in decision.lines if line.adjustment] == [
        S.APPLIED,
        S.PENDING_APPROVAL,
        S.APPLIED,
    ]
    assert await office.on_hand() == 4
    assert await office.each(*lines, key="many") == decision
    assert codes(await office.each(lose(-3), key="many")) == [R.IDEMPOTENCY_KEY_REUSED]
    assert await office.on_hand() == 4


async def test_a_batch_has_at_most_250_lines(office: Office) -> None:
    decision = await office.each(*[lose(1)] * 251)
    assert codes(decision) == [R.LIMIT_EXCEEDED] and decision.lines == ()
    assert codes(await office.each()) == [R.INVALID_INPUT]
    assert len((await office.each(*[lose(1)] * 250)).lines) == 250
    assert await office.on_hand() == 260
