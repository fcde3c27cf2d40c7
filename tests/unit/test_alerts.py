"""Alerts of a level by example and by property: when they open, turn and end, and who has seen them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerts import Alert, AlertKind, AlertStatus, stock_alert
from domain.items import Item
from domain.ledger import Cause, Quantities, Stamp
from domain.refusals import Refusal, RefusalCode
from domain.status import NO_POLICY, StockPolicy
from domain.stock import StockLevel
from domain.watching import Settled, settle, unsettled

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ITEM = Item(UUID(int=9), "TENT", "Tent")
ARCHIVED = replace(ITEM, archived_at=NOON)
LOW, OUT, STALE = AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK, AlertKind.STALE
TEN = StockPolicy(low_stock_threshold=10)


class Shelf:
    """One level through transactions, with every alert it ever had."""

    def __init__(self, on_hand: int, policy: StockPolicy = TEN) -> None:
        self.level = StockLevel(UUID(int=1), "TENT", "MAIN", NOON, Quantities(on_hand), policy, version=1)
        self.alerts: dict[UUID, Alert] = {}
        self.now = NOON
        self._ids = (UUID(int=number) for number in count(100))

    def holds(self, on_hand: int, item: Item = ITEM) -> Sequence[Settled]:
        """The next transaction leaves so many on hand."""
        self._begin()
        change = on_hand - self.level.on_hand
        if change:
            self.level.adjust(change, Cause("dock"), Stamp(self.now, self.now))
        return self._end(item)

    def follows(self, policy: StockPolicy) -> Sequence[Settled]:
        self._begin()
        self.level.set_policy(policy, Stamp(self.now, self.now))
        return self._end(ITEM)

    def waits(self, days: int) -> Sequence[Settled]:
        self.now += timedelta(days=days)
        self._begin()
        return self._end(ITEM)

    def only(self) -> Alert:
        (alert,) = self.alerts.values()
        return alert

    def _begin(self) -> None:
        self.now += timedelta(seconds=1)
        self.level.__post_init__()

    def _end(self, item: Item) -> Sequence[Settled]:
        expected = unsettled(self.level, item, self.now)
        standing = {id_: self.alerts[id_] for id_ in self.level.alerts.ids}
        settled = settle(self.level, item, standing, lambda: next(self._ids), self.now)
        assert expected is bool(settled)
        self.alerts |= {alert.id: alert for _, alert in settled}
        return settled


def told(settled: Sequence[Settled]) -> list[tuple[AlertKind, AlertStatus, int]]:
    return [(alert.kind, alert.status, alert.remaining) for _, alert in settled]


def test_a_level_that_falls_to_its_threshold_opens_one_alert_that_says_what_remains() -> None:
    shelf = Shelf(11)
    assert told(shelf.holds(10)) == [(LOW, AlertStatus.OPEN, 10)]
    assert (shelf.only().threshold, shelf.only().opened_at, shelf.only().place) == (10, shelf.now, ("TENT", "MAIN"))
    assert told(shelf.holds(4)) == []


def test_the_reorder_point_stands_in_for_a_threshold_that_is_not_set() -> None:
    assert told(Shelf(9, StockPolicy(reorder_point=8)).holds(8)) == [(LOW, AlertStatus.OPEN, 8)]


def test_a_level_around_its_threshold_opens_one_alert_and_ends_it_well_above() -> None:
    shelf = Shelf(11)
    turns = [told(shelf.holds(on_hand)) for on_hand in (10, 11, 9, 11, 10, 12, 11)]
    assert turns == [[(LOW, AlertStatus.OPEN, 10)], [], [], [], [], [(LOW, AlertStatus.RESOLVED, 12)], []]


@pytest.mark.parametrize(("threshold", "ends_at"), [(0, 2), (5, 7), (10, 12), (15, 17), (100, 111), (1_000, 1_101)])
def test_an_alert_ends_above_its_threshold_by_more_than_one_unit_or_a_tenth(threshold: int, ends_at: int) -> None:
    assert stock_alert(ends_at - 1, threshold, LOW, threshold) is LOW
    assert stock_alert(ends_at, threshold, LOW, threshold) is None


@pytest.mark.parametrize(("policy", "above"), [(TEN, 11), (StockPolicy(reorder_point=100), 110), (NO_POLICY, 1)])
def test_an_alert_tells_above_what_it_ends(policy: StockPolicy, above: int) -> None:
    shelf = Shelf(200, policy)
    shelf.holds(0)
    assert shelf.only().ends_above == above
    shelf.holds(above)
    assert shelf.only().standing
    shelf.holds(above + 1)
    assert not shelf.only().standing


def test_low_stock_that_runs_out_is_the_same_alert_of_another_kind_and_wants_to_be_seen_again() -> None:
    shelf = Shelf(11)
    shelf.holds(3)
    seen = shelf.only().acknowledge("manager", shelf.now)
    assert isinstance(seen, Alert)
    shelf.alerts[seen.id] = seen
    ((before, alert),) = shelf.holds(0)
    assert (before, alert.id, alert.kind, alert.remaining) == (seen, seen.id, OUT, 0)
    assert (alert.status, alert.acknowledged_by, alert.version) == (AlertStatus.OPEN, None, 3)
    assert told(shelf.holds(1)) == []
    assert told(shelf.holds(2)) == [(LOW, AlertStatus.OPEN, 2)]


def test_without_a_threshold_a_level_alarms_when_it_runs_out_and_not_for_never_being_filled() -> None:
    shelf = Shelf(0, NO_POLICY)
    assert shelf.holds(0) == []
    assert shelf.holds(5) == []
    assert told(shelf.holds(0)) == [(OUT, AlertStatus.OPEN, 0)]
    assert shelf.holds(1) == []
    assert told(shelf.holds(2)) == [(OUT, AlertStatus.RESOLVED, 2)]


def test_a_policy_opens_turns_and_ends_alerts_as_a_movement_does() -> None:
    shelf = Shelf(8, NO_POLICY)
    assert told(shelf.follows(TEN)) == [(LOW, AlertStatus.OPEN, 8)]
    ((_, alert),) = shelf.follows(StockPolicy(low_stock_threshold=20))
    assert (alert.kind, alert.threshold, alert.version) == (LOW, 20, 2)
    assert told(shelf.follows(StockPolicy(low_stock_threshold=2))) == [(LOW, AlertStatus.RESOLVED, 8)]


def test_an_item_that_is_archived_ends_its_alerts_and_opens_none() -> None:
    shelf = Shelf(11, StockPolicy(low_stock_threshold=10, stale_after_days=1))
    shelf.holds(10)
    shelf.waits(2)
    assert {alert.kind for alert in shelf.alerts.values()} == {LOW, STALE}
    assert [alert.standing for _, alert in shelf.holds(9, ARCHIVED)] == [False, False]
    assert shelf.holds(0, ARCHIVED) == []


def test_a_level_on_which_nothing_moves_is_stale_until_something_does() -> None:
    shelf = Shelf(50, StockPolicy(stale_after_days=30))
    assert shelf.waits(29) == []
    assert told(shelf.waits(1)) == [(STALE, AlertStatus.OPEN, 50)]
    assert shelf.only().ends_above is None
    assert shelf.waits(100) == []
    assert told(shelf.holds(49)) == [(STALE, AlertStatus.RESOLVED, 49)]


def test_who_acknowledges_first_is_kept_and_what_is_resolved_cannot_be_acknowledged() -> None:
    shelf = Shelf(11)
    shelf.holds(10)
    seen = shelf.only().acknowledge("manager", NOON)
    assert isinstance(seen, Alert)
    assert (seen.status, seen.acknowledged_by, seen.version) == (AlertStatus.ACKNOWLEDGED, "manager", 2)
    assert seen.acknowledge("admin", NOON) is seen
    refused = seen.resolve(50, NOON).acknowledge("admin", NOON)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (RefusalCode.ILLEGAL_TRANSITION, ("alertId",))


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(0, 20) | st.none())
def test_whatever_a_level_holds_one_alert_of_its_stock_stands_at_most_and_stands_where_it_must(
    quantities: list[int], threshold: int | None
) -> None:
    shelf = Shelf(15, StockPolicy(low_stock_threshold=threshold))
    for on_hand in quantities:
        shelf.holds(on_hand)
        standing = [alert for alert in shelf.alerts.values() if alert.standing]
        assert len(standing) <= 1
        assert shelf.level.alerts.ids == tuple(alert.id for alert in standing)
        assert [alert.kind for alert in standing] == [kind for kind in (shelf.level.alerts.kind,) if kind]
        if threshold is not None and on_hand <= threshold:
            assert standing
        if on_hand > (threshold or 0) + max(1, (threshold or 0) / 10):
            assert not standing


@given(st.lists(st.sampled_from([9, 10, 11]), max_size=40))
def test_a_level_that_flutters_around_its_threshold_tells_one_alert(quantities: list[int]) -> None:
    shelf = Shelf(11)
    for on_hand in quantities:
        shelf.holds(on_hand)
    assert len(shelf.alerts) <= 1
