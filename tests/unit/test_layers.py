"""FIFO layers: which units are still there, how old they are and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.flows import Change
from domain.layers import Layer, Origin, Parcel, Shelf, SkuShelves, remaining
from domain.ledger import LedgerEntry, LedgerKind
from tests.factories.histories import entry

FIRST = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
K = LedgerKind


def _day(number: int) -> datetime:
    """1: the first."""
    return FIRST + (number - 1) * DAY


def _shelves(*told: tuple[str, LedgerEntry]) -> SkuShelves:
    shelves = SkuShelves()
    for location, each in told:
        shelves.add(location, Change.of(each, "EUR"))
    return shelves


def _main(*told: tuple[int, LedgerKind, int, str | None]) -> list[Parcel]:
    """What remains at MAIN of entries, each of day, kind, units and cost."""
    entries = [entry(kind, units, _day(day), n, cost) for n, (day, kind, units, cost) in enumerate(told, 1)]
    return _shelves(*(("MAIN", each) for each in entries)).levels["MAIN"].remaining()


def test_of_ten_from_the_first_and_ten_from_the_fifth_twelve_sold_leave_eight_from_the_fifth() -> None:
    there = _main((1, K.RECEIPT, 10, "2"), (5, K.RECEIPT, 10, "3"), (6, K.PICK, 12, None))
    assert there == [Parcel(8, _day(5), Origin.RECEIPT, 3_0000)]


def test_a_return_and_a_find_are_new_and_told_apart() -> None:
    there = _main((1, K.RECEIPT, 2, "2"), (2, K.PICK, 1, None), (3, K.RETURN, 1, "2"), (4, K.COUNT, 5, None))
    assert [(parcel.quantity, parcel.received_at, parcel.origin) for parcel in there] == [
        (1, _day(1), Origin.RECEIPT),
        (1, _day(3), Origin.RETURN),
        (5, _day(4), Origin.GAIN),
    ]


def test_of_ten_received_after_four_of_them_were_sold_six_remain() -> None:
    there = _main((1, K.PICK, 4, None), (2, K.RECEIPT, 10, "2"))
    assert there == [Parcel(6, _day(2), Origin.RECEIPT, 2_0000)]


def test_nothing_remains_while_the_books_are_below_zero() -> None:
    assert _main((1, K.RECEIPT, 3, "2"), (2, K.PICK, 4, None)) == []


def test_a_transfer_keeps_the_age_and_cost_of_the_senders_oldest_units() -> None:
    shelves = _shelves(
        ("MAIN", entry(K.RECEIPT, 5, _day(1), 1, "2")),
        ("MAIN", entry(K.RECEIPT, 5, _day(4), 2, "3")),
        ("MAIN", entry(K.TRANSFER_OUT, 7, _day(8), 3, "9", transfer="t")),
        ("SHOP", entry(K.TRANSFER_IN, 7, _day(9), 1, "9", transfer="t")),
    )
    assert shelves.levels["MAIN"].remaining() == [Parcel(3, _day(4), Origin.RECEIPT, 3_0000)]
    assert shelves.levels["SHOP"].remaining() == [
        Parcel(5, _day(1), Origin.RECEIPT, 2_0000),
        Parcel(2, _day(4), Origin.RECEIPT, 3_0000),
    ]
    assert shelves.transfers["t"].remaining() == []


def test_old_units_that_arrive_on_a_shelf_of_newer_ones_were_not_there_to_be_sold_before() -> None:
    shelves = _shelves(
        ("MAIN", entry(K.RECEIPT, 5, _day(1), 1, "2")),
        ("SHOP", entry(K.RECEIPT, 10, _day(10), 1, "3")),
        ("SHOP", entry(K.PICK, 8, _day(12), 2)),
        ("MAIN", entry(K.TRANSFER_OUT, 5, _day(20), 2, transfer="t")),
        ("SHOP", entry(K.TRANSFER_IN, 5, _day(20), 3, transfer="t")),
    )
    assert [(parcel.quantity, parcel.received_at) for parcel in shelves.levels["SHOP"].remaining()] == [
        (2, _day(10)),
        (5, _day(1)),
    ]


def test_a_transfer_arrives_in_parts_the_oldest_first_and_what_never_arrives_is_as_old_as_it_was() -> None:
    shelves = _shelves(
        ("MAIN", entry(K.RECEIPT, 2, _day(1), 1)),
        ("MAIN", entry(K.RECEIPT, 2, _day(2), 2)),
        ("MAIN", entry(K.TRANSFER_OUT, 4, _day(3), 3, transfer="t")),
        ("SHOP", entry(K.TRANSFER_IN, 3, _day(4), 1, transfer="t")),
        ("MAIN", entry(K.TRANSFER_OUT, -1, _day(5), 4, transfer="t")),
    )
    assert [(parcel.quantity, parcel.received_at) for parcel in shelves.levels["SHOP"].remaining()] == [
        (2, _day(1)),
        (1, _day(2)),
    ]
    assert [(parcel.quantity, parcel.received_at) for parcel in shelves.levels["MAIN"].remaining()] == [(1, _day(2))]


def test_units_of_a_transfer_that_the_sender_did_not_have_are_received_when_they_arrive() -> None:
    shelves = _shelves(
        ("MAIN", entry(K.RECEIPT, 1, _day(1), 1, "2")),
        ("MAIN", entry(K.TRANSFER_OUT, 3, _day(2), 2, transfer="t")),
        ("SHOP", entry(K.TRANSFER_IN, 3, _day(4), 1, "5", transfer="t")),
    )
    assert shelves.levels["SHOP"].remaining() == [
        Parcel(1, _day(1), Origin.RECEIPT, 2_0000),
        Parcel(2, _day(4), Origin.TRANSFER, 5_0000),
    ]


# ---------------------------------------------------------------- any history


class Act(NamedTuple):
    location: str
    kind: LedgerKind
    units: int
    transfer: str | None


class Unit(NamedTuple):
    received_at: datetime
    origin: Origin
    cost: int | None


@dataclass
class Queues:
    """Each single unit of a SKU in its queue; who is owed units gets the next that come."""

    there: defaultdict[str, list[Unit]] = field(default_factory=lambda: defaultdict[str, list[Unit]](list))
    owed: defaultdict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    travelling: defaultdict[str | None, list[Unit]] = field(
        default_factory=lambda: defaultdict[str | None, list[Unit]](list)
    )

    def write(self, act: Act, at: datetime) -> None:
        queue = self.there[act.location]
        leaves = act.kind in (K.PICK, K.WASTE) or (act.kind is K.TRANSFER_OUT and act.units > 0)
        for _ in range(abs(act.units)):
            if not leaves:
                self._put(act, self._next(act, at))
            elif not queue:
                self.owed[act.location] += 1
            else:
                unit = queue.pop(0)
                if act.transfer:
                    self.travelling[act.transfer].append(unit)

    def _next(self, act: Act, at: datetime) -> Unit:
        if act.transfer and self.travelling[act.transfer]:
            return self.travelling[act.transfer].pop(0)
        return Unit(at, Origin.TRANSFER if act.transfer else Origin(_ORIGINS[act.kind]), _COST)

    def _put(self, act: Act, unit: Unit) -> None:
        if self.owed[act.location]:
            self.owed[act.location] -= 1
        else:
            self.there[act.location].append(unit)


_COST = 2_5000
_ORIGINS = {K.RECEIPT: "RECEIPT", K.RETURN: "RETURN", K.COUNT: "GAIN"}
_locations = st.sampled_from(["MAIN", "SHOP"])
_moves = st.sampled_from([K.RECEIPT, K.RETURN, K.COUNT, K.PICK, K.WASTE])
_units = st.integers(1, 6)
_transfers = st.sampled_from(["t", "u"])
#: Also what arrives before it was sent, or more than that, or is taken back by one who sent nothing.
_acts = st.lists(
    st.builds(Act, _locations, _moves, _units, st.none())
    | st.builds(Act, _locations, st.just(K.TRANSFER_OUT), st.sampled_from([-3, -1, 1, 4]), _transfers)
    | st.builds(Act, _locations, st.just(K.TRANSFER_IN), _units, _transfers),
    max_size=25,
)


def _told(act: Act, version: int) -> Change:
    made = entry(act.kind, act.units, _day(version), version, "2.5", transfer=act.transfer)
    return Change.of(made, "EUR")


def _each(parcels: Sequence[Parcel]) -> list[Unit]:
    return [Unit(*parcel[1:]) for parcel in parcels for _ in range(parcel.quantity)]


@given(_acts)
@settings(max_examples=150, deadline=None)
def test_layers_and_what_is_on_hand_tell_each_unit_that_is_there_as_of_any_moment(acts: list[Act]) -> None:
    shelves, queues = SkuShelves(), Queues()
    seen: list[tuple[datetime, str, int, list[Unit]]] = []
    for version, act in enumerate(acts, 1):
        shelves.add(act.location, _told(act, version))
        queues.write(act, _day(version))
        for location in ("MAIN", "SHOP"):
            seen.append((_day(version), location, shelves.levels[location].on_hand, list(queues.there[location])))
    for at, location, on_hand, units in seen:
        came = [layer for layer in shelves.levels[location].layers if layer.entered_at <= at]
        assert _each(remaining(came, on_hand)) == units


@given(_acts, st.integers(0, 25))
@settings(deadline=None)
def test_a_shelf_goes_on_from_its_last_layer_and_those_of_which_something_remains(acts: list[Act], cut: int) -> None:
    whole, resumed = SkuShelves(), SkuShelves()
    for version, act in enumerate(acts, 1):
        if version == cut:
            for shelves in (resumed.levels, resumed.transfers):
                for shelf in shelves.values():
                    shelf.layers = _needed(shelf)
        whole.add(act.location, _told(act, version))
        resumed.add(act.location, _told(act, version))
    for location in ("MAIN", "SHOP"):
        assert resumed.levels[location].remaining() == whole.levels[location].remaining()
        assert resumed.levels[location].layers[-1:] == whole.levels[location].layers[-1:]


def _needed(shelf: Shelf) -> list[Layer]:
    gone = shelf.gone
    return [layer for layer in shelf.layers if layer.cumulative > gone] or shelf.layers[-1:]
