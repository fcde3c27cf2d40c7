"""Corrections that wait for another person, as they are asked for: in memory and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.access import Role
from domain.approvals import ApprovalRule
from domain.movements import Adjust, Count, Receive
from services.adjustments import (
    ApproveAdjustment,
    RejectAdjustment,
)
from services.decisions import Decision
from tests.conformance.office import BOSS, VENDOR, Office, R, S, codes, describe, lose, settle
from tests.conformance.units_worlds import BLUE, look


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
