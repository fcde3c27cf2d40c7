"""Rollups by example: what one level comes to, with numbers that can be checked by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.days import LocalDays
from domain.flows import Change, Flow, flow_of
from domain.ledger import LedgerEntry, LedgerKind
from domain.level_totals import LevelTotals
from domain.rollups import SkuDay, SkuTotals, continued, fold, folded_anew_from
from tests.factories.histories import entry

BERLIN = LocalDays(ZoneInfo("Europe/Berlin"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOUR_US = 3_600_000_000
K = LedgerKind


def _changes(entries: Sequence[LedgerEntry], location: str = "MAIN") -> list[tuple[str, Change]]:
    return [(location, Change.of(each, "EUR")) for each in entries]


def _folded(*entries: LedgerEntry) -> list[SkuDay]:
    return list(fold(_changes(entries), BERLIN))


def _totals(*entries: LedgerEntry) -> LevelTotals:
    return _folded(*entries)[-1].levels["MAIN"]


def _hourly(*told: tuple[LedgerKind, int, str | None]) -> LevelTotals:
    """An entry an hour from noon on, each of kind, units and cost."""
    return _totals(*(entry(kind, units, NOON + n * HOUR, n, cost) for n, (kind, units, cost) in enumerate(told, 1)))


def test_ten_at_two_and_thirty_at_four_average_three_fifty_so_that_four_sold_cost_fourteen() -> None:
    totals = _hourly((K.RECEIPT, 10, "2"), (K.RECEIPT, 30, "4"), (K.PICK, 4, "9"))
    assert totals.cost_sold == 14_0000
    assert totals.value == 126_0000
    assert (totals.sold, totals.sold_costed, totals.on_hand) == (4, 4, 36)


def test_three_units_worth_ten_leave_one_by_one_without_losing_a_tick() -> None:
    totals = _hourly((K.RECEIPT, 1, "3.34"), (K.RECEIPT, 2, "3.33"), *[(K.PICK, 1, None)] * 3)
    assert totals.cost_sold == 10_0000
    assert totals.value == 0


def test_a_return_comes_back_at_the_average_of_what_is_there() -> None:
    totals = _hourly((K.RECEIPT, 10, "2"), (K.PICK, 5, None), (K.RETURN, 2, "9"))
    assert (totals.value, totals.cost_returned, totals.returned) == (14_0000, 4_0000, 2)
    assert (totals.sold, totals.cost_sold) == (5, 10_0000)


def test_a_return_to_an_empty_shelf_comes_back_at_the_last_average() -> None:
    assert _hourly((K.RECEIPT, 1, "6"), (K.PICK, 1, "5"), (K.RETURN, 1, "5")).value == 6_0000


def test_a_find_where_no_cost_was_ever_known_costs_what_its_entry_says() -> None:
    assert _hourly((K.COUNT, 3, "5")).value == 15_0000
    assert _hourly((K.COUNT, 3, None)).uncosted == 3


def test_five_sold_before_their_receipt_cost_what_the_receipt_says() -> None:
    short = _hourly((K.PICK, 5, "9"))
    assert (short.on_hand, short.value, short.cost_sold, short.sold_costed, short.sold_short) == (-5, 0, 0, 0, 5)
    settled = _hourly((K.PICK, 5, "9"), (K.RECEIPT, 12, "2"))
    assert (settled.on_hand, settled.value) == (7, 14_0000)
    assert (settled.cost_sold, settled.sold_costed, settled.sold_short) == (10_0000, 5, 0)


def test_of_three_sold_and_two_lost_that_were_not_there_the_sold_are_costed_first() -> None:
    totals = _hourly((K.WASTE, 2, None), (K.PICK, 3, None), (K.RECEIPT, 4, "2"))
    assert (totals.on_hand, totals.sold_short, totals.cost_sold, totals.cost_shrunk) == (-1, 0, 6_0000, 0)


def test_books_below_zero_count_as_nothing_there_and_as_out_of_stock() -> None:
    times = _hourly((K.PICK, 5, None), (K.RECEIPT, 7, "2")).times_at(NOON + 4 * HOUR)
    assert times.unit_time == 2 * 2 * HOUR_US
    assert times.value_time == 4_0000 * 2 * HOUR_US
    assert times.out_time == 1 * HOUR_US


def test_units_without_cost_are_told_apart_and_leave_first() -> None:
    totals = _hourly((K.RECEIPT, 4, None), (K.RECEIPT, 6, "5"), (K.PICK, 5, "5"))
    assert (totals.uncosted, totals.costed, totals.value) == (0, 5, 25_0000)
    assert (totals.sold, totals.sold_costed, totals.cost_sold) == (5, 1, 5_0000)
    assert totals.uncosted_time == 2 * 4 * HOUR_US


def test_a_cost_in_another_currency_is_not_known() -> None:
    totals = _totals(entry(K.RECEIPT, 4, NOON, 1, "5", currency="USD"))
    assert (totals.uncosted, totals.value) == (4, 0)


def test_being_out_begins_when_the_last_free_unit_is_promised_and_not_when_it_leaves() -> None:
    totals = _hourly((K.RECEIPT, 2, "1"), (K.ALLOCATION, 2, None), (K.PICK, 2, None))
    assert totals.out_time == 1 * HOUR_US
    assert totals.times_at(NOON + 6 * HOUR).out_time == 4 * HOUR_US


def test_units_that_were_sent_and_taken_back_were_never_sent() -> None:
    totals = _hourly((K.RECEIPT, 9, "2"), (K.TRANSFER_OUT, 4, None), (K.TRANSFER_OUT, -4, None))
    assert (totals.sent, totals.on_hand, totals.value) == (0, 9, 18_0000)


@pytest.mark.parametrize(
    ("kind", "reason", "change", "flow"),
    [
        (K.COUNT, "cycle_count", -2, Flow.SHRUNK),
        (K.COUNT, "cycle_count", 2, Flow.GAINED),
        (K.COUNT, "cycle_count", 0, None),
        (K.ADJUSTMENT, "theft", -1, Flow.SHRUNK),
        (K.ADJUSTMENT, "a_code_of_ours", -1, Flow.SHRUNK),
        (K.ADJUSTMENT, "sample", -1, Flow.USED),
        (K.ADJUSTMENT, "received", 5, Flow.RECEIVED),
        (K.ADJUSTMENT, "returned", 1, Flow.RETURNED),
        (K.ADJUSTMENT, None, 1, Flow.GAINED),
        (K.WASTE, "sample", -1, Flow.SHRUNK),
        (K.HOLD, "quality_hold", 0, None),
    ],
)
def test_a_correction_flows_where_its_reason_says(
    kind: LedgerKind, reason: str | None, change: int, flow: Flow | None
) -> None:
    assert flow_of(kind, reason, change) is flow


def test_a_day_is_kept_for_each_with_an_entry_and_none_for_those_between() -> None:
    late = datetime(2026, 5, 4, 22, tzinfo=UTC)  # midnight in Berlin
    days = _folded(
        entry(K.RECEIPT, 5, NOON, 1),
        entry(K.PICK, 1, NOON + HOUR, 2),
        entry(K.PICK, 1, late, 3),
        entry(K.PICK, 1, late + 4 * DAY, 4),
    )
    assert [(day.day, day.levels["MAIN"].on_hand) for day in days] == [
        (date(2026, 5, 4), 4),
        (date(2026, 5, 5), 3),
        (date(2026, 5, 9), 2),
    ]


def test_of_a_day_of_23_hours_one_unit_counts_23_unit_hours() -> None:
    totals = _totals(entry(K.RECEIPT, 1, BERLIN.start(date(2026, 3, 29)), 1))
    assert totals.times_at(BERLIN.start(date(2026, 3, 30))).unit_time == 23 * HOUR_US


def _shipped(*arrivals: tuple[str, LedgerEntry]) -> SkuTotals:
    """MAIN has three for 10 together, where the item's cost is 5, and sends all of them."""
    totals = SkuTotals()
    sent = [
        entry(K.RECEIPT, 1, NOON, 1, "3.3334"),
        entry(K.RECEIPT, 2, NOON + HOUR, 2, "3.3333"),
        entry(K.TRANSFER_OUT, 3, NOON + 2 * HOUR, 3, "5", transfer="t"),
    ]
    for location, each in [*(("MAIN", each) for each in sent), *arrivals]:
        totals.add(location, Change.of(each, "EUR"))
    return totals


def test_a_transfer_arrives_at_the_senders_average_and_in_parts_loses_no_tick() -> None:
    totals = _shipped(
        ("SHOP", entry(K.TRANSFER_IN, 1, NOON + 3 * HOUR, 1, "5", transfer="t")),
        ("SHOP", entry(K.TRANSFER_IN, 1, NOON + 4 * HOUR, 2, "5", transfer="t")),
    )
    assert totals.levels["SHOP"].value == 3_3333 + 3_3334  # of 10_0000, then of 6_6667: half a tick goes up
    assert totals.transfers["t"].value == 3_3333
    assert totals.levels["MAIN"].value == 0


def test_what_never_arrives_is_worth_to_the_sender_what_it_was() -> None:
    totals = _shipped(("MAIN", entry(K.TRANSFER_OUT, -3, NOON + 3 * HOUR, 4, "5", transfer="t")))
    assert (totals.levels["MAIN"].value, totals.levels["MAIN"].sent) == (10_0000, 0)
    assert (totals.transfers["t"].value, totals.transfers["t"].costed) == (0, 0)


def test_units_that_the_senders_books_did_not_have_arrive_at_the_cost_of_their_entry() -> None:
    totals = SkuTotals()
    totals.add("MAIN", Change.of(entry(K.RECEIPT, 1, NOON, 1, "2"), "EUR"))
    totals.add("MAIN", Change.of(entry(K.TRANSFER_OUT, 3, NOON + HOUR, 2, "5", transfer="t"), "EUR"))
    totals.add("SHOP", Change.of(entry(K.TRANSFER_IN, 3, NOON + HOUR, 1, "5", transfer="t"), "EUR"))
    assert (totals.levels["SHOP"].value, totals.levels["SHOP"].costed) == (2_0000 + 2 * 5_0000, 3)


def test_of_five_ticks_for_two_three_pay_for_the_one_already_sold_and_two_stay_with_the_other() -> None:
    totals = SkuTotals()
    for n, cost in enumerate(("0.0002", "0.0003"), 1):
        totals.add("MAIN", Change.of(entry(K.RECEIPT, 1, NOON, n, cost), "EUR"))
    totals.add("MAIN", Change.of(entry(K.TRANSFER_OUT, 2, NOON + HOUR, 3, transfer="t"), "EUR"))
    totals.add("SHOP", Change.of(entry(K.PICK, 1, NOON + HOUR, 1), "EUR"))
    totals.add("SHOP", Change.of(entry(K.TRANSFER_IN, 2, NOON + 2 * HOUR, 2, transfer="t"), "EUR"))
    assert (totals.levels["SHOP"].cost_sold, totals.levels["SHOP"].value) == (3, 2)


def test_units_without_cost_arrive_without_cost() -> None:
    totals = SkuTotals()
    totals.add("MAIN", Change.of(entry(K.RECEIPT, 2, NOON, 1), "EUR"))
    totals.add("MAIN", Change.of(entry(K.TRANSFER_OUT, 2, NOON + HOUR, 2, "5", transfer="t"), "EUR"))
    totals.add("SHOP", Change.of(entry(K.TRANSFER_IN, 2, NOON + HOUR, 1, "5", transfer="t"), "EUR"))
    assert (totals.levels["SHOP"].uncosted, totals.levels["SHOP"].value) == (2, 0)


def test_a_day_goes_on_where_it_was_left() -> None:
    morning, evening = entry(K.RECEIPT, 5, NOON, 1, "2"), entry(K.PICK, 2, NOON + HOUR, 2)
    [first] = _folded(morning)
    kept = SkuTotals(dict(first.levels))
    assert list(fold(_changes([evening]), BERLIN, kept)) == _folded(morning, evening)
    assert kept.levels["MAIN"].on_hand == 5


def test_what_was_told_of_a_day_stays_when_the_same_totals_go_on() -> None:
    totals = SkuTotals()
    [told] = continued(totals, _changes([entry(K.RECEIPT, 5, NOON, 1, "2")]), BERLIN)
    [later] = continued(totals, _changes([entry(K.PICK, 2, NOON + HOUR, 2)]), BERLIN)
    assert (told.levels["MAIN"].on_hand, later.levels["MAIN"].on_hand) == (5, 3)


def test_what_happened_before_the_last_entry_is_folded_anew_from_its_day() -> None:
    [first] = _folded(entry(K.RECEIPT, 5, NOON, 2))
    kept = SkuTotals(dict(first.levels))
    [late, same, later] = _changes(
        [entry(K.PICK, 1, NOON - DAY, 3), entry(K.PICK, 1, NOON, 1), entry(K.PICK, 1, NOON, 3)]
    )
    assert folded_anew_from(kept, [late, later], BERLIN) == date(2026, 5, 3)
    assert folded_anew_from(kept, [later, same], BERLIN) == date(2026, 5, 4)
    assert folded_anew_from(kept, [later], BERLIN) is None
    assert folded_anew_from(SkuTotals(), [late], BERLIN) is None
    with pytest.raises(ValueError, match="fold the level anew"):
        kept.levels["MAIN"].add(late[1])


def test_what_follows_at_another_level_on_an_earlier_day_is_folded_anew_with_what_is_late() -> None:
    [first] = _folded(entry(K.RECEIPT, 5, NOON, 1))
    came = [
        *_changes([entry(K.RECEIPT, 1, NOON - 2 * DAY, 2)], "SHOP"),
        *_changes([entry(K.PICK, 1, NOON - DAY, 3)]),
    ]
    assert folded_anew_from(SkuTotals(dict(first.levels)), came, BERLIN) == date(2026, 5, 2)


def test_an_entry_of_a_transfer_that_moves_nothing_adds_no_day_to_what_is_on_its_way() -> None:
    sent = entry(K.TRANSFER_OUT, 3, NOON + HOUR, 2, transfer="t")
    days = _folded(entry(K.RECEIPT, 5, NOON, 1), sent, entry(K.TRANSFER_OUT, 0, NOON + DAY, 3, transfer="t"))
    assert [(day.day, set(day.transfers)) for day in days] == [(date(2026, 5, 4), {"t"}), (date(2026, 5, 5), set())]


def test_an_arrival_that_happened_before_its_sending_is_late_whatever_its_level_has_seen() -> None:
    kept = _shipped()
    [arrival] = _changes([entry(K.TRANSFER_IN, 3, NOON, 1, transfer="t")], "SHOP")
    assert folded_anew_from(kept, [arrival], BERLIN) == date(2026, 5, 4)
    [arrival] = _changes([entry(K.TRANSFER_IN, 3, NOON + 2 * HOUR, 1, transfer="t")], "SHOP")
    assert folded_anew_from(kept, [arrival], BERLIN) is not None, "who of one moment came first, the ledger tells"
    [arrival] = _changes([entry(K.TRANSFER_IN, 3, NOON + 3 * HOUR, 1, transfer="t")], "SHOP")
    assert folded_anew_from(kept, [arrival], BERLIN) is None


def test_totals_say_nothing_of_a_moment_before_their_last_entry() -> None:
    with pytest.raises(ValueError, match="read those of an earlier day"):
        _totals(entry(K.RECEIPT, 5, NOON, 2)).times_at(NOON - HOUR)
