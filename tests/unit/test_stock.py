"""StockLevel by example: what each verb changes, writes down and refuses."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain.ledger import Cause, LedgerEntry, LedgerKind, Quantities, Stamp
from domain.quantities import LEVEL_MAX
from domain.refusals import Refusal, RefusalCode
from domain.status import StockPolicy, StockStatus
from domain.stock import StockLevel

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CAUSE = Cause("dock-3")
STAMP = Stamp(NOON, NOON)


def level(on_hand: int = 10, allocated: int = 0, unavailable: int = 0, **fields: object) -> StockLevel:
    quantities = Quantities(on_hand, allocated, unavailable)
    return StockLevel(UUID(int=1), "TENT", "MAIN", NOON, quantities, version=7, **fields)  # type: ignore[arg-type]


def entry(outcome: LedgerEntry | Refusal) -> LedgerEntry:
    assert isinstance(outcome, LedgerEntry), outcome
    return outcome


def refusal(outcome: LedgerEntry | Refusal) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


def test_receiving_raises_on_hand_and_writes_one_entry() -> None:
    stock = level(10)
    received = entry(stock.receive(5, CAUSE, STAMP))
    assert stock.quantities == Quantities(on_hand=15)
    assert (received.kind, received.change, received.after) == (LedgerKind.RECEIPT, Quantities(5), Quantities(15))
    assert (received.level_version, stock.version, stock.entries) == (8, 8, [received])


def test_a_receipt_carries_its_own_unit_cost_and_else_the_items() -> None:
    stock = level(unit_cost=Decimal("3.10"), currency="GBP")
    assert entry(stock.receive(1, CAUSE, STAMP)).unit_cost == Decimal("3.10")
    assert entry(stock.receive(1, CAUSE, STAMP, Decimal("2.95"))).unit_cost == Decimal("2.95")


def test_allocating_keeps_on_hand_and_lowers_what_is_available() -> None:
    stock = level(10)
    stock.allocate(4, CAUSE, STAMP)
    assert (stock.on_hand, stock.allocated, stock.available_to_promise) == (10, 4, 6)


def test_allocating_more_than_is_available_names_what_there_is() -> None:
    stock = level(10, allocated=3, unavailable=2)
    short = refusal(stock.allocate(6, CAUSE, STAMP))
    assert (short.code, short.requested, short.available) == (RefusalCode.INSUFFICIENT_STOCK, 6, 5)


def test_picking_takes_on_hand_and_its_allocation_together() -> None:
    stock = level(10, allocated=4)
    stock.pick(3, CAUSE, STAMP)
    assert (stock.on_hand, stock.allocated, stock.available_to_promise) == (7, 1, 6)


def test_picking_more_than_was_allocated_is_refused() -> None:
    assert refusal(level(10, allocated=2).pick(3, CAUSE, STAMP)).available == 2


def test_deallocating_more_than_was_allocated_is_refused() -> None:
    assert refusal(level(10, allocated=2).deallocate(3, CAUSE, STAMP)).code == RefusalCode.INSUFFICIENT_STOCK


def test_holding_takes_units_off_sale_without_moving_them() -> None:
    stock = level(10)
    stock.hold(4, CAUSE, STAMP)
    assert (stock.on_hand, stock.unavailable, stock.available_to_promise) == (10, 4, 6)
    stock.unhold(4, CAUSE, STAMP)
    assert stock.available_to_promise == 10


def test_releasing_more_than_is_held_is_refused() -> None:
    assert refusal(level(10, unavailable=1).unhold(2, CAUSE, STAMP)).available == 1


def test_an_adjustment_cannot_take_what_is_promised_to_an_order() -> None:
    short = refusal(level(10, allocated=8).adjust(-3, CAUSE, STAMP))
    assert (short.code, short.available) == (RefusalCode.INSUFFICIENT_STOCK, 2)


def test_a_count_sets_on_hand_and_a_count_without_difference_is_still_written_down() -> None:
    stock = level(10)
    assert entry(stock.count(7, CAUSE, STAMP)).change == Quantities(-3)
    same = entry(stock.count(7, CAUSE, STAMP))
    assert (same.kind, same.change, stock.version) == (LedgerKind.COUNT, Quantities(), 9)


def test_counting_below_what_is_allocated_is_insufficient_stock() -> None:
    assert refusal(level(10, allocated=6).count(5, CAUSE, STAMP)).code == RefusalCode.INSUFFICIENT_STOCK


def test_throwing_away_takes_what_is_available_or_what_was_set_aside() -> None:
    stock = level(10, allocated=2, unavailable=3)
    assert refusal(stock.waste(6, CAUSE, STAMP)).available == 5
    assert refusal(stock.waste(4, CAUSE, STAMP, from_hold=True)).available == 3
    assert entry(stock.waste(5, CAUSE, STAMP)).kind is LedgerKind.WASTE
    stock.waste(3, CAUSE, STAMP, from_hold=True)
    assert (stock.on_hand, stock.allocated, stock.unavailable) == (2, 2, 0)


@pytest.mark.parametrize("quantity", [0, -1, LEVEL_MAX + 1, 2**63, -(2**63)])
@pytest.mark.parametrize("verb", ["receive", "return_", "allocate", "deallocate", "pick", "hold", "unhold", "waste"])
def test_a_quantity_out_of_bounds_is_invalid_whatever_the_stock(verb: str, quantity: int) -> None:
    stock = level(10, allocated=1, unavailable=1)
    assert refusal(getattr(stock, verb)(quantity, CAUSE, STAMP)).code == RefusalCode.INVALID_QUANTITY
    assert (stock.version, stock.entries) == (7, [])


def test_an_adjustment_by_nothing_and_a_negative_count_are_invalid() -> None:
    assert refusal(level().adjust(0, CAUSE, STAMP)).field == ("quantityChange",)
    assert refusal(level().count(-1, CAUSE, STAMP)).field == ("quantityCounted",)


def test_a_level_never_holds_more_than_its_limit() -> None:
    over = refusal(level(LEVEL_MAX).receive(1, CAUSE, STAMP))
    assert (over.code, over.limit) == (RefusalCode.LIMIT_EXCEEDED, LEVEL_MAX)


def test_a_refusal_changes_nothing() -> None:
    stock = level(3)
    stock.allocate(4, CAUSE, STAMP)
    assert (stock.quantities, stock.version, stock.changed) == (Quantities(3), 7, False)


def test_an_expected_version_that_is_not_the_levels_is_stale_and_tells_the_present_one() -> None:
    assert level().expects(7) is None
    assert level().expects(None) is None
    stale = level().expects(6)
    assert stale is not None
    assert (stale.code, stale.current_version) == (RefusalCode.STALE_VERSION, 7)


def test_thresholds_that_are_still_as_they_were_seen_may_be_set_whatever_has_moved() -> None:
    stock = level(policy=StockPolicy(reorder_point=5, stale_after_days=30))
    stock.receive(3, CAUSE, STAMP)
    assert stock.expects_policy({}) is None
    assert stock.expects_policy({"reorder_point": 5}) is None
    seen = {"low_stock_threshold": None, "safety_stock": None, "stale_after_days": 30}
    assert stock.expects_policy(seen) is None, "null is none, and of safety stock 0"


@pytest.mark.parametrize(
    ("seen", "field", "told"),
    [
        ({"reorder_point": 4}, "reorderPoint", "reorderPoint is 5, you expected 4."),
        ({"reorder_point": None}, "reorderPoint", "reorderPoint is 5, you expected not set."),
        ({"reorder_point": 5, "low_stock_threshold": 0}, "lowStockThreshold", "is not set, you expected 0."),
        ({"safety_stock": 1, "reorder_point": 6}, "safetyStock", "is 0, you expected 1; reorderPoint is 5"),
    ],
)
def test_thresholds_that_are_not_as_they_were_seen_are_stale_and_told(
    seen: dict[str, int | None], field: str, told: str
) -> None:
    stale = level(policy=StockPolicy(reorder_point=5)).expects_policy(seen)
    assert stale is not None
    assert (stale.code, stale.field) == (RefusalCode.STALE_VERSION, ("expected", field))
    assert (stale.sku, stale.location, stale.current_version) == ("TENT", "MAIN", 7)
    assert told in stale.message


def test_a_movement_recorded_late_does_not_set_the_last_movement_back() -> None:
    stock = level(last_movement_at=NOON)
    stock.receive(1, CAUSE, Stamp(NOON - timedelta(days=3), NOON))
    assert stock.last_movement_at == NOON


@pytest.mark.parametrize(
    ("quantities", "status"),
    [
        (Quantities(0), StockStatus.OUT_OF_STOCK),
        (Quantities(10, allocated=10), StockStatus.OUT_OF_STOCK),
        (Quantities(5), StockStatus.LOW),
        (Quantities(6), StockStatus.IN_STOCK),
        (Quantities(40), StockStatus.IN_STOCK),
        (Quantities(41), StockStatus.OVERSTOCK),
        (Quantities(60, allocated=57), StockStatus.LOW),
    ],
)
def test_status_follows_from_quantities_and_thresholds(quantities: Quantities, status: StockStatus) -> None:
    policy = StockPolicy(reorder_point=20, low_stock_threshold=5, overstock_threshold=40)
    assert StockLevel(UUID(int=1), "TENT", "MAIN", NOON, quantities, policy).status is status


def test_without_a_low_stock_threshold_the_reorder_point_decides() -> None:
    assert StockLevel(UUID(int=1), "T", "M", NOON, Quantities(20), StockPolicy(reorder_point=20)).status == "LOW"
    assert StockLevel(UUID(int=1), "T", "M", NOON, Quantities(1), StockPolicy()).status == "IN_STOCK"


def test_an_overstock_threshold_below_the_low_one_is_refused() -> None:
    outcome = StockPolicy(low_stock_threshold=10).describe({"overstock_threshold": 10})
    assert isinstance(outcome, Refusal)
    assert outcome.field == ("overstockThreshold",)


def test_an_overstock_threshold_that_was_not_sent_is_told_as_it_stands() -> None:
    outcome = StockPolicy(overstock_threshold=10).describe({"low_stock_threshold": 60})
    assert isinstance(outcome, Refusal)
    assert (outcome.field, "is 10 and must be above 60" in outcome.message) == (("overstockThreshold",), True)
    anew = {"low_stock_threshold": 60, "overstock_threshold": None}
    assert StockPolicy(overstock_threshold=10).describe(anew) == StockPolicy(low_stock_threshold=60)


def test_a_threshold_left_out_stays_and_one_set_to_nothing_is_cleared() -> None:
    policy = StockPolicy(reorder_point=5, safety_stock=3, stale_after_days=30)
    assert policy.describe({"reorder_point": None, "safety_stock": None}) == StockPolicy(stale_after_days=30)


def test_a_unit_cost_in_no_currency_is_refused() -> None:
    refused = refusal(level().receive(1, CAUSE, STAMP, Decimal("2.95")))
    assert (refused.code, refused.field) == (RefusalCode.INVALID_INPUT, ("unitCost",))
