"""What becomes of corrections that wait: approved, rejected, withdrawn, in batches; in memory and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.allocation import FulfillmentPolicy
from domain.movements import Receive
from domain.strategies import Want
from services.adjustments import (
    ApproveAdjustment,
    CancelAdjustment,
    RejectAdjustment,
    decide_adjustment,
)
from services.decisions import Decision
from services.group_commit import Batches, GroupCommit
from services.reservations import ReserveStock, reserve_stock
from tests.conformance.office import APPROVER, BOSS, MANAGER, VENDOR, Office, R, S, codes, describe, lose
from tests.conformance.units_worlds import BLUE, ids, look


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
