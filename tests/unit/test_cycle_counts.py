"""Cycle counts by example: the list, what may be counted of it, and that each count is one like any other."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.adjustments import AdjustmentStatus
from domain.approvals import WAITING_OF_ONE_MAX, ApprovalPolicy, ApprovalRule
from domain.cycle_counts import (
    LINES_MAX,
    CountLine,
    CycleCount,
    CycleCountStatus,
    invalid_cycle_count,
    uncountable,
)
from domain.items import Item
from domain.ledger import LedgerKind
from domain.locations import Location
from domain.movements import Receive
from domain.places import Sites
from domain.reasons import DEFAULT_REASON_CODES
from domain.refusals import Refusal, RefusalCode
from domain.strategies import Want
from services.adjustments import ApproveAdjustment, decide_adjustment
from services.cycle_counts import (
    CloseCycleCount,
    CreateCycleCount,
    Record,
    RecordCycleCount,
    close_cycle_count,
    create_cycle_count,
    record_cycle_count,
)
from services.decisions import Decision
from services.reservations import Reserve, ReserveStock
from services.stock import Movements
from tests.conformance.units_worlds import ids
from tests.fakes.combiner import ACME, CALLER, Combiner

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
LIST = CycleCount(UUID(int=7), "MAIN", (CountLine("TENT"), CountLine("LAMP")), "manager@acme", NOON, NOON)
SITES = Sites(
    {sku: Item(UUID(int=number), sku, sku) for number, sku in enumerate(("TENT", "LAMP"), 1)},
    {"MAIN": Location(UUID(int=9), "MAIN", "Main")},
    {},
    "MAIN",
)


def refusal(outcome: object) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


# ---------------------------------------------------------------- the list
def test_a_line_is_counted_in_its_place_and_may_be_counted_again() -> None:
    once = LIST.record(CountLine("LAMP", 5, 3, "manager@acme", NOON, UUID(int=1)), NOON)
    twice = once.record(CountLine("LAMP", 3, 4, "manager@acme", LATER, UUID(int=2)), LATER)
    assert [line.sku for line in twice.lines] == ["TENT", "LAMP"]
    line = twice.line("LAMP")
    assert line
    assert (line.counted, line.difference, twice.version, twice.updated_at) == (4, 1, 3, LATER)


def test_a_line_that_was_not_counted_has_no_difference() -> None:
    assert CountLine("TENT").difference is None


def test_nothing_is_counted_under_a_closed_list_nor_is_it_closed_again() -> None:
    closed = LIST.close(LATER)
    assert isinstance(closed, CycleCount)
    assert (closed.status, closed.version) == (CycleCountStatus.CLOSED, 2)
    for outcome in (closed.refuses("TENT"), closed.close(LATER)):
        assert (refusal(outcome).code, refusal(outcome).field) == (RefusalCode.ILLEGAL_TRANSITION, ("cycleCountId",))


def test_only_what_is_on_the_list_is_counted_under_it() -> None:
    assert LIST.refuses("TENT") is None
    assert (refusal(LIST.refuses("STOVE")).code, refusal(LIST.refuses("STOVE")).field) == (
        RefusalCode.NOT_FOUND,
        ("sku",),
    )
    assert "createCycleCount" in refusal(LIST.refuses("STOVE")).message


@pytest.mark.parametrize(
    ("location", "skus", "reference", "code", "field"),
    [
        ("", ["A"], None, RefusalCode.INVALID_INPUT, ("location",)),
        ("MAIN", ["A"], " ", RefusalCode.INVALID_INPUT, ("reference",)),
        ("MAIN", [], None, RefusalCode.INVALID_INPUT, ("skus",)),
        ("MAIN", ["A", "b\0"], None, RefusalCode.INVALID_INPUT, ("skus", "1")),
        ("MAIN", ["A", "B", "A"], None, RefusalCode.DUPLICATE_LINE, ("skus", "2")),
        ("MAIN", [f"S-{n}" for n in range(LINES_MAX + 1)], None, RefusalCode.LIMIT_EXCEEDED, ("skus",)),
    ],
)
def test_what_is_wrong_with_a_list_is_named(
    location: str, skus: list[str], reference: str | None, code: RefusalCode, field: tuple[str, ...]
) -> None:
    refused = refusal(invalid_cycle_count(location, skus, reference))
    assert (refused.code, refused.field) == (code, field)


def test_what_cannot_be_counted_is_told_with_its_place_on_the_list() -> None:
    assert uncountable("MAIN", ["TENT", "LAMP"], SITES) is None
    unknown = refusal(uncountable("MAIN", ["TENT", "GHOST"], SITES))
    assert (unknown.code, unknown.field) == (RefusalCode.UNKNOWN_SKU, ("skus", "1"))
    assert refusal(uncountable("NOWHERE", ["TENT"], SITES)).code is RefusalCode.UNKNOWN_LOCATION
    archived = replace(SITES, items={**SITES.items, "LAMP": replace(SITES.items["LAMP"], archived_at=NOON)})
    assert refusal(uncountable("MAIN", ["TENT", "LAMP"], archived)).field == ("skus", "1")
    shut = replace(SITES, locations={"MAIN": replace(SITES.locations["MAIN"], active=False)})
    assert refusal(uncountable("MAIN", ["TENT"], shut)).code is RefusalCode.LOCATION_INACTIVE


# ---------------------------------------------------------------- as commands
async def listed(combiner: Combiner, *skus: str, reference: str | None = None) -> UUID:
    combiner.units.houses[ACME.id].reason_codes |= {reason.code: reason for reason in DEFAULT_REASON_CODES}
    await combiner.send(Movements([Receive(sku="blue", location="MAIN", quantity=10)], CALLER))
    request = CreateCycleCount("MAIN", skus or ("blue", "red"), reference=reference)
    decision = await create_cycle_count("list", request, CALLER, combiner.units, ids)
    assert decision.cycle_count, decision.refusals
    return decision.cycle_count


async def count(combiner: Combiner, list_: UUID, sku: str, counted: int) -> Decision:
    return await combiner.send(Record(RecordCycleCount(list_, sku, counted), CALLER))


async def approve(combiner: Combiner, waiting: UUID | None) -> Decision:
    assert waiting
    boss = replace(CALLER, subject="boss@acme")
    return await decide_adjustment(str(ids()), ApproveAdjustment(waiting), boss, combiner.commits)


def kept(combiner: Combiner, list_: UUID) -> CycleCount:
    return combiner.units.houses[ACME.id].cycle_counts[list_]


async def test_what_is_counted_is_a_count_like_any_other_and_stands_on_the_list() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    decision = await count(combiner, list_, "blue", 7)
    house = combiner.units.houses[ACME.id]
    assert (decision.refusals, decision.places, decision.cycle_count) == ((), (("blue", "MAIN"),), list_)
    entry = house.entries[-1][1]
    assert (entry.kind, entry.change.on_hand, entry.cause.reason_code) == (LedgerKind.COUNT, -3, "cycle_count")
    assert (entry.cause.reference_type, entry.cause.reference) == ("cycle_count", str(list_))
    line = kept(combiner, list_).line("blue")
    assert line
    assert (line.expected, line.counted, line.counted_by) == (10, 7, CALLER.subject)
    assert line.adjustment == decision.adjustment
    assert decision.adjustment in house.adjustments


async def test_what_was_never_stocked_there_can_be_found() -> None:
    combiner = Combiner()
    list_ = await listed(combiner, reference="CC-1")
    assert (await count(combiner, list_, "red", 2)).refusals == ()
    line = kept(combiner, list_).line("red")
    assert line
    assert (line.expected, line.counted) == (0, 2)
    assert combiner.units.houses[ACME.id].entries[-1][1].cause.reference == "CC-1"


async def test_a_count_that_is_refused_leaves_its_line_uncounted() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    await combiner.send(Reserve(ReserveStock("O-1", (Want("blue", "MAIN", 4),)), CALLER))
    decision = await count(combiner, list_, "blue", 3)
    assert [refused.code for refused in decision.refusals] == [RefusalCode.INSUFFICIENT_STOCK]
    assert (kept(combiner, list_).line("blue"), kept(combiner, list_).version) == (CountLine("blue"), 1)


async def test_one_key_counts_once() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    request = RecordCycleCount(list_, "blue", 7)
    told = [await record_cycle_count("key", request, CALLER, combiner.commits) for _ in range(2)]
    assert told[0] == told[1]
    assert kept(combiner, list_).version == 2
    other = await record_cycle_count("key", replace(request, counted=8), CALLER, combiner.commits)
    assert other.refusals[0].code is RefusalCode.IDEMPOTENCY_KEY_REUSED


async def test_a_list_that_is_closed_or_not_there_is_told() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    closing = CloseCycleCount(list_)
    assert (await close_cycle_count("close", closing, CALLER, combiner.units, ids)).refusals == ()
    for decision in (
        await count(combiner, list_, "blue", 7),
        await close_cycle_count("again", closing, CALLER, combiner.units, ids),
    ):
        assert (decision.refusals[0].code, decision.cycle_count) == (RefusalCode.ILLEGAL_TRANSITION, list_)
    for decision in (
        await count(combiner, ids(), "blue", 7),
        await close_cycle_count("other", CloseCycleCount(ids()), CALLER, combiner.units, ids),
    ):
        assert decision.refusals[0].code is RefusalCode.NOT_FOUND


async def test_what_is_wrong_with_a_count_is_told_before_its_list_is_looked_for() -> None:
    combiner = Combiner()
    decision = await count(combiner, ids(), "blue", -1)
    assert (decision.refusals[0].code, decision.refusals[0].field) == (
        RefusalCode.INVALID_QUANTITY,
        ("quantityCounted",),
    )


async def test_what_waits_is_bounded_as_that_of_any_other_count() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    combiner.units.houses[ACME.id].approvals = ApprovalPolicy("EUR", (ApprovalRule(units_over=2),))
    first = (await count(combiner, list_, "blue", 5)).adjustment
    assert first
    house = combiner.units.houses[ACME.id]
    others = (replace(house.adjustments[first], id=ids()) for _ in range(WAITING_OF_ONE_MAX - 1))
    house.adjustments |= {each.id: each for each in others}
    before = kept(combiner, list_)

    refused = await count(combiner, list_, "blue", 4)

    assert [refusal.code for refusal in refused.refusals] == [RefusalCode.LIMIT_EXCEEDED]
    assert kept(combiner, list_) == before


async def test_a_difference_over_the_policy_waits_and_the_line_says_what_was_counted() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    house = combiner.units.houses[ACME.id]
    house.approvals = ApprovalPolicy("EUR", (ApprovalRule(units_over=2),))

    decision = await count(combiner, list_, "blue", 5)

    assert decision.adjustment
    waiting = combiner.units.houses[ACME.id].adjustments[decision.adjustment]
    assert (waiting.status, waiting.quantity_counted) == (AdjustmentStatus.PENDING_APPROVAL, 5)
    assert combiner.on_hand == 10, "nothing moves before it is approved"
    line = kept(combiner, list_).line("blue")
    assert line
    assert (line.counted, line.expected, line.adjustment) == (5, 10, decision.adjustment)


async def test_what_was_counted_twice_is_corrected_once() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    combiner.units.houses[ACME.id].approvals = ApprovalPolicy("EUR", (ApprovalRule(units_over=2),))
    counts = [(await count(combiner, list_, "blue", 5)).adjustment for _ in range(2)]

    refused, approved = [await approve(combiner, each) for each in counts]

    assert [each.code for each in refused.refusals] == [RefusalCode.ILLEGAL_TRANSITION]
    assert (approved.refusals, combiner.on_hand) == ((), 5)
    _, entry = combiner.units.houses[ACME.id].entries[-1]
    assert (entry.cause.reference_type, entry.cause.reference) == ("cycle_count", str(list_))


async def test_of_two_counts_approved_in_one_batch_the_later_stands() -> None:
    combiner = Combiner()
    list_ = await listed(combiner)
    combiner.units.houses[ACME.id].approvals = ApprovalPolicy("EUR", (ApprovalRule(units_over=2),))
    first = (await count(combiner, list_, "blue", 5)).adjustment
    await combiner.behind_one()
    again = combiner.send(Record(RecordCycleCount(list_, "blue", 4), CALLER))
    decided = asyncio.ensure_future(approve(combiner, first))
    await combiner.settled()
    combiner.units.open.set()

    assert (await again).refusals == ()
    assert [each.code for each in (await decided).refusals] == [RefusalCode.ILLEGAL_TRANSITION]
    assert combiner.on_hand == 10
