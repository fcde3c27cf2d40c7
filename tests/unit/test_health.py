"""Health by example: each figure with numbers that can be checked by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.days import MICROSECOND, LocalDays, Span
from domain.flows import Change
from domain.health import HealthMetrics, HealthTotals, dead, metrics
from domain.ledger import LedgerEntry, LedgerKind
from domain.level_totals import LevelTotals
from domain.rollups import fold
from tests.factories.histories import entry

DAYS = LocalDays(ZoneInfo("UTC"))
START = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SEPTEMBER = DAYS.span(date(2026, 9, 1), date(2026, 9, 30))
K = LedgerKind


def _totals(*entries: LedgerEntry, span: Span = SEPTEMBER) -> HealthTotals:
    changes = [("MAIN", Change.of(each, "EUR")) for each in entries]
    kept = {day: levels["MAIN"] for day, levels, _ in fold(changes, DAYS)}

    def before(at: datetime) -> LevelTotals:
        earlier = [day for day in kept if DAYS.start(day) < at]
        return kept[max(earlier)] if earlier else LevelTotals()

    return HealthTotals.between(before(span.since), before(span.until), span)


def _metrics(*entries: LedgerEntry) -> HealthMetrics:
    return metrics(_totals(*entries), SEPTEMBER)


def _a_month(cost: str | None) -> HealthMetrics:
    """100 on hand since August, 60 of them sold at the middle of September."""
    return _metrics(entry(K.RECEIPT, 100, START - 9 * DAY, 1, cost), entry(K.PICK, 60, START + 15 * DAY, 2, cost))


def test_sixty_of_a_hundred_sold_at_half_time_turn_an_average_of_seventy_0_8571_times() -> None:
    figures = _a_month("2.50")
    assert figures.average_inventory_units == Decimal("70.00")
    assert figures.average_inventory_value == Decimal("175.00")
    assert figures.cost_of_goods_sold == Decimal("150.00")
    assert figures.inventory_turnover == Decimal("0.8571")
    assert figures.days_of_inventory == Decimal("35.00")
    assert figures.sell_through_rate == Decimal("0.6000")


def test_turnover_is_in_units_where_no_cost_is_known_and_the_missing_value_says_so() -> None:
    figures = _a_month(None)
    assert (figures.inventory_turnover, figures.days_of_inventory) == (Decimal("0.8571"), Decimal("35.00"))
    assert (figures.cost_of_goods_sold, figures.average_inventory_value) == (None, None)


def test_turnover_of_a_group_is_of_the_sums_and_covers_what_has_a_cost_alone() -> None:
    dear = _totals(entry(K.RECEIPT, 10, START, 1, "30"), entry(K.PICK, 10, START + 15 * DAY, 2))
    cheap = _totals(entry(K.RECEIPT, 10, START, 1, "10"))
    unknown = _totals(entry(K.RECEIPT, 99, START, 1), entry(K.PICK, 99, START + 29 * DAY, 2))
    figures = metrics(dear + cheap + unknown, SEPTEMBER)
    assert figures.average_inventory_value == Decimal("250.00")  # 150 of the dear ones, 100 of the cheap
    assert figures.inventory_turnover == Decimal("1.2000")
    assert figures.units_sold == 109


def test_what_was_sold_before_it_came_and_never_lay_there_has_its_cost() -> None:
    figures = _metrics(entry(K.PICK, 5, START, 1), entry(K.RECEIPT, 5, START + DAY, 2, "2"))
    assert (figures.cost_of_goods_sold, figures.average_inventory_value) == (Decimal("10.00"), Decimal("0.00"))
    assert figures.inventory_turnover is None


def test_goods_that_cost_nothing_have_a_value_of_0_and_no_turnover() -> None:
    figures = _a_month("0")
    assert (figures.average_inventory_value, figures.cost_of_goods_sold) == (Decimal("0.00"), Decimal("0.00"))
    assert (figures.inventory_turnover, figures.days_of_inventory) == (None, None)


def test_what_never_sold_lasts_for_no_number_of_days() -> None:
    figures = _metrics(entry(K.RECEIPT, 5, START, 1, "2"))
    assert (figures.inventory_turnover, figures.days_of_inventory) == (Decimal("0.0000"), None)


def test_returns_do_not_lower_what_was_sold() -> None:
    figures = _metrics(
        entry(K.RECEIPT, 10, START, 1, "2"), entry(K.PICK, 4, START + DAY, 2), entry(K.RETURN, 1, START + 2 * DAY, 3)
    )
    assert (figures.units_sold, figures.units_returned, figures.cost_of_goods_sold) == (4, 1, Decimal("8.00"))


def test_a_shop_that_is_stocked_by_transfers_sells_through_what_arrived() -> None:
    figures = _metrics(
        entry(K.TRANSFER_IN, 8, START, 1, transfer="t"),
        entry(K.PICK, 2, START + DAY, 2),
        entry(K.TRANSFER_OUT, 4, START + DAY, 3, transfer="u"),
    )
    assert figures.sell_through_rate == Decimal("0.5000")


def test_out_for_ten_days_of_the_twenty_that_a_level_existed_is_a_rate_of_a_half() -> None:
    figures = _metrics(
        entry(K.RECEIPT, 3, START + 10 * DAY, 1),
        entry(K.ALLOCATION, 3, START + 12 * DAY, 2),
        entry(K.PICK, 3, START + 13 * DAY, 3),
        entry(K.RECEIPT, 1, START + 22 * DAY, 4),
    )
    assert figures.stock_out_rate == Decimal("0.5000")


def test_two_lost_and_one_wasted_of_ten_are_a_shrinkage_of_three_tenths_whatever_is_found_later() -> None:
    figures = _metrics(
        entry(K.RECEIPT, 8, START, 1),
        entry(K.ADJUSTMENT, -2, START + DAY, 2, reason="lost"),
        entry(K.WASTE, 1, START + 2 * DAY, 3),
        entry(K.COUNT, 2, START + 3 * DAY, 4),
        entry(K.ADJUSTMENT, -1, START + 4 * DAY, 5, reason="sample"),
    )
    assert (figures.shrinkage_units, figures.shrinkage_rate) == (3, Decimal("0.3000"))


def test_nine_of_twelve_units_asked_for_that_were_promised_are_a_fill_rate_of_three_quarters() -> None:
    totals = _totals() + HealthTotals(asked=10, served=7) + HealthTotals(asked=2, served=2)
    assert metrics(totals, SEPTEMBER).fill_rate == Decimal("0.7500")


def test_nothing_can_be_said_of_a_span_before_the_first_entry() -> None:
    figures = metrics(_totals(entry(K.RECEIPT, 8, SEPTEMBER.until, 1)), SEPTEMBER)
    assert figures == HealthMetrics(None, None, Decimal("0.00"), None, 0, 0, None, None, None, None, 0, None)


def test_totals_of_levels_add_up_field_by_field_in_any_order() -> None:
    one, other = HealthTotals(*range(18)), replace(HealthTotals(*range(0, 36, 2)), served=5)
    assert one + other == other + one
    assert (one + other).opening == 0
    assert (one + other).served == 22


@pytest.mark.parametrize(
    ("on_hand", "since", "is_dead"),
    [(5, 90 * DAY, True), (5, 90 * DAY - MICROSECOND, False), (0, 400 * DAY, False), (-1, 400 * DAY, False)],
)
def test_stock_is_dead_when_it_is_there_and_has_not_moved_for_ninety_days(
    on_hand: int, since: timedelta, is_dead: bool
) -> None:
    assert dead(on_hand, START - since, START) is is_dead


def test_promising_units_moves_none_of_them() -> None:
    totals = LevelTotals()
    totals.add(Change.of(entry(K.RECEIPT, 5, START, 1), "EUR"))
    totals.add(Change.of(entry(K.ALLOCATION, 1, START + timedelta(hours=1), 2), "EUR"))
    totals.add(Change.of(entry(K.COUNT, 0, START + timedelta(hours=2), 3), "EUR"))
    assert totals.moved_at == START
