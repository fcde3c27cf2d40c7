"""A shop's day in small: nothing that it asks for is refused, and every kind of change comes up."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

from domain.ledger import Quantities, Stamp
from domain.levels import LevelState
from domain.movements import Applied, apply_all
from domain.places import Place
from domain.reasons import DEFAULT_REASON_CODES
from domain.status import StockPolicy
from domain.stock import StockLevel
from server.demo.mishaps import MISHAPS
from server.demo.shop import Command, Shop
from tests.factories.pictures import NOON, item, level, location

REASONS = {reason.code: reason for reason in DEFAULT_REASON_CODES}
POLICY = StockPolicy(reorder_point=20, low_stock_threshold=10)
TURNS = 9_000


class Shelves:
    """What the shop's commands come to, by the rules of stock."""

    def __init__(self) -> None:
        pictures = [level(item(f"SKU-{number}"), location("MAIN"), policy=POLICY) for number in range(12)]
        self.pictures: dict[Place, LevelState] = {(each.item.sku, each.location.code): each for each in pictures}
        self.levels = {place: StockLevel(UUID(int=1), *place, created_at=NOON) for place in self.pictures}
        for stock in self.levels.values():
            stock.quantities = Quantities(40)
        self._look()

    def carry_out(self, command: Command, second: int) -> None:
        now = NOON + timedelta(seconds=second)
        placed = [((movement.sku, movement.location or ""), movement) for movement in command.movements]
        applied = apply_all(self.levels, placed, REASONS, "simulator", lambda _: Stamp(now, now))
        assert isinstance(applied, Applied), (command, applied)
        self.levels |= applied.levels
        self._look()

    def _look(self) -> None:
        for place, stock in self.levels.items():
            self.pictures[place] = replace(self.pictures[place], quantities=stock.quantities)


def test_a_long_day_asks_for_nothing_that_is_refused_and_for_something_of_everything() -> None:
    shelves, shop = Shelves(), Shop(Random(11))
    shop.see(shelves.pictures.values(), 0.0)
    done: Counter[str] = Counter()
    reasons: set[str] = set()
    for second in range(TURNS):
        if command := shop.next(float(second)):
            shelves.carry_out(command, second)
            shop.happened(command, float(second))
            shop.noticed(shelves.pictures)
            done[command.operation] += 1
            reasons |= {movement.reason_code for movement in command.movements if movement.reason_code}
    assert set(done) == {"allocate", "pick", "receive", "return", "adjust"}
    assert {mishap.reason_code for mishap in MISHAPS} <= reasons


def test_the_star_is_sold_out_and_comes_back() -> None:
    shelves, shop = Shelves(), Shop(Random(5))
    shop.see(shelves.pictures.values(), 0.0)
    assert shop.star is not None
    available: list[int] = []
    for second in range(TURNS):
        if command := shop.next(float(second)):
            shelves.carry_out(command, second)
            shop.happened(command, float(second))
            shop.noticed(shelves.pictures)
            available.append(shelves.pictures[shop.star].quantities.available_to_promise)
    sold_out = available.index(0)
    assert max(available[sold_out:]) >= 30
