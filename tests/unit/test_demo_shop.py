"""A shop's day in small: nothing that it asks for is refused, and every kind of change comes up."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

from domain.access import Caller, Role
from domain.identity import uuid7
from domain.ledger import Quantities
from domain.levels import LevelState
from domain.reasons import DEFAULT_REASON_CODES
from domain.reservation_state import ReservationState
from domain.reservations import Reservation, ReservationStatus
from domain.status import StockPolicy
from domain.stock import StockLevel
from server.demo.mishaps import MISHAPS
from server.demo.shop import HELD_S, Command, Moves, Shop
from server.demo.simulator import ask
from services.group_commit import GroupCommit
from services.reservations import ReserveStock
from services.settlement import CommitReservation, expire_reservation
from tests.factories.pictures import FIRM, NOON, item, location
from tests.fakes.house import House
from tests.fakes.units import FakeUnitOfWork

CALLER = Caller(FIRM.id, FIRM.slug, "simulator", frozenset({Role.SYSTEM}))
POLICY = StockPolicy(reorder_point=20, low_stock_threshold=10)
TURNS = 9_000
_numbers = count(1)


def new_id() -> UUID:
    return uuid7(next(_numbers), 0)


class World:
    """A tenant with twelve items at two places, on units of work in memory; a turn of the shop takes a second."""

    def __init__(self, seed: int) -> None:
        items = {each.sku: each for each in (item(f"SKU-{number}") for number in range(12))}
        places = {each.code: each for each in (location("MAIN"), location("SHOP", priority=2))}
        levels = {
            (sku, code): StockLevel(new_id(), sku, code, NOON, Quantities(40), POLICY, version=1)
            for sku in items
            for code in places
        }
        self.second = 0
        reasons = {reason.code: reason for reason in DEFAULT_REASON_CODES}
        self._units = FakeUnitOfWork(House(FIRM, items, places, reasons, levels), now=lambda: self.now)
        self._commits = GroupCommit(self._units, new_id)
        self.shop = Shop(Random(seed))
        self.ended: Counter[ReservationStatus] = Counter()
        self.shop.see(self.levels())

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.second)

    @property
    def house(self) -> House:
        return self._units.houses[FIRM.id]

    def levels(self) -> Iterator[LevelState]:
        for (sku, code), level in self.house.levels.items():
            yield LevelState.of(level, self.house.items[sku], self.house.locations[code])

    def open(self) -> list[Reservation]:
        return list(self.house.reservations.values())

    async def turn(self) -> Command | None:
        """What happens next, as the simulator would have it happen; it is never refused."""
        self.second += 1
        command = self.shop.next(float(self.second))
        if command is not None:
            decision = await ask(f"{self.second}", command, CALLER, self._commits)
            assert decision.refusals == (), (command, decision.refusals)
            self.shop.happened(command, decision.reservation, float(self.second))
        for lapsed in [each for each in self.open() if each.lapsed(self.now)]:
            await expire_reservation(lapsed.id, CALLER, self._commits)
        self.shop.noticed({(level.item.sku, level.location.code): level for level in self.levels()})
        self._forget()
        return command

    def _forget(self) -> None:
        """What is over costs no time any more."""
        self.ended.update(each.status for each in self.open() if not each.open)
        self.house.reservations = {each.id: each for each in self.open() if each.open}
        for history in (self.house.decisions, self.house.events, self.house.entries):
            history.clear()


KINDS = {
    *("ReserveStock", "ConfirmReservation", "CommitReservation", "ReleaseReservation"),
    *("receive", "return", "adjust"),
}


async def test_a_long_day_asks_for_nothing_that_is_refused_and_for_something_of_everything() -> None:
    world = World(11)
    missing = KINDS | {mishap.reason_code for mishap in MISHAPS}
    for _ in range(TURNS):
        match await world.turn():
            case Command(Moves(operation, movements), _):
                missing -= {operation, *(movement.reason_code for movement in movements)}
            case Command(request, _):
                missing -= {type(request).__name__}
        if not missing:
            break
    assert missing == set()


async def test_most_orders_are_shipped_some_are_called_off_and_a_few_run_out_of_time() -> None:
    world = World(3)
    for _ in range(2_000):
        await world.turn()
    ended = world.ended
    assert set(ended) == {ReservationStatus.COMMITTED, ReservationStatus.RELEASED, ReservationStatus.EXPIRED}
    assert ended[ReservationStatus.COMMITTED] > 0.75 * ended.total()
    assert min(ended.values()) > 0.02 * ended.total()
    assert all(each.created_at > world.now - timedelta(seconds=2 * HELD_S) for each in world.open())


async def test_the_star_is_sold_out_and_comes_back() -> None:
    world = World(5)
    assert world.shop.star is not None
    available: list[int] = []
    for _ in range(2_000):
        await world.turn()
        available.append(world.shop.levels[world.shop.star].quantities.available_to_promise)
    sold_out = available.index(0)
    assert max(available[sold_out:]) >= 30


async def test_what_was_paid_for_before_the_shop_opened_is_shipped() -> None:
    yesterday = World(7)
    while not any(each.confirmed for each in yesterday.open()):
        await yesterday.turn()
    paid = [each for each in yesterday.open() if each.confirmed]
    today = Shop(Random(1))
    today.find([ReservationState.of(each, yesterday.house.items, yesterday.house.locations) for each in paid], 0.0)
    assert today.next(0.0) is None
    requests = [command.request for _ in paid if (command := today.next(3_600.0))]
    assert sorted(requests, key=str) == sorted((CommitReservation(each.id) for each in paid), key=str)


async def test_orders_come_from_the_shop_and_from_the_web_and_some_of_several_lines() -> None:
    world = World(2)
    orders = [
        command.request
        for _ in range(600)
        if (command := await world.turn()) and isinstance(command.request, ReserveStock)
    ]
    assert {order.channel for order in orders} == {"store", "web"}
    assert {len(order.lines) > 1 for order in orders} == {True, False}
    assert all((line.location is None) == (order.channel == "web") for order in orders for line in order.lines)
