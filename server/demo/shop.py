"""A shop's day in small: what one tenant's people do next, decided from what lies on the shelves.

Customers order and pickers follow a little later, deliveries arrive, a few goods come back or break; and one product,
the star, sells until it runs low and is sold out, and is then received again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple, TypeVar

from domain.levels import LevelState
from domain.movements import Adjust, Allocate, Movement, Pick, Receive, Return
from domain.places import Place
from server.demo.mishaps import one_of_many

#: A picker follows an order after so many seconds; after a start, old orders are picked over a longer time.
PICK_AFTER_S = (2.0, 12.0)
PICK_OLD_AFTER_S = (5.0, 900.0)
#: The star is sold out after so many orders.
STAR_ORDERS = 25
_FREQUENCIES = {"order": 50, "sell_star": 25, "receive": 10, "return": 8, "adjust": 7}

Moving = TypeVar("Moving", bound=Movement)


class Command(NamedTuple):
    """Movements to be made together, and what the services call it."""

    operation: str
    movements: tuple[Movement, ...]


@dataclass(slots=True)
class Shop:
    """One tenant. Times are seconds of one monotonic clock; `levels` is kept as the database last showed it."""

    rng: Random
    levels: dict[Place, LevelState] = field(default_factory=dict[Place, LevelState])
    star: Place | None = None
    _due: list[tuple[float, int, Pick]] = field(default_factory=list[tuple[float, int, Pick]])
    _turns: "count[int]" = field(default_factory=lambda: count(1))

    def see(self, levels: Iterable[LevelState], now: float) -> None:
        """All levels as they are. The first time, what is allocated already is planned to be picked, too."""
        seen = {(level.item.sku, level.location.code): level for level in levels if _open(level)}
        if not self.levels:
            for place, level in sorted(seen.items()):
                if level.quantities.allocated:
                    after = self.rng.uniform(*PICK_OLD_AFTER_S)
                    self._plan_pick(_line(Pick, place, "order", None, quantity=level.quantities.allocated), now + after)
        self.levels = seen
        if self.star not in seen:
            self.star = self._rising_star()

    def noticed(self, levels: Mapping[Place, LevelState]) -> None:
        """Some levels as they are after a command."""
        self.levels.update((place, level) for place, level in levels.items() if place in self.levels)

    def next(self, now: float) -> Command | None:
        """What happens next; None: nothing at this turn."""
        if self._due and self._due[0][0] <= now:
            return Command("pick", (heappop(self._due)[2],))
        if not self.levels:
            return None
        movements = self._one_of(self.rng.choices(list(_FREQUENCIES), list(_FREQUENCIES.values()))[0])
        return Command(_operation(movements[0]), tuple(movements)) if movements else None

    def happened(self, command: Command, now: float) -> None:
        """The command was carried out: what was promised will be picked."""
        for movement in command.movements:
            if isinstance(movement, Allocate):
                place = (movement.sku, movement.location or "")
                pick = _line(Pick, place, "order", movement.reference, quantity=movement.quantity)
                self._plan_pick(pick, now + self.rng.uniform(*PICK_AFTER_S))

    # ------------------------------------------------------------------ what may happen
    def _one_of(self, what: str) -> Sequence[Movement]:
        match what:
            case "order":
                return self._order()
            case "sell_star":
                return self._sell_star()
            case "receive":
                return self._receive()
            case "return":
                return self._return()
            case _:
                return self._adjust()

    def _order(self) -> Sequence[Movement]:
        reference = self._number("SO", 6)
        places = self.rng.sample(list(self.levels), min(self.rng.choice((1, 1, 2, 3)), len(self.levels)))
        wanted = {place: min(self._units(place), self._available(place)) for place in places if place != self.star}
        return [_line(Allocate, at, "order", reference, quantity=units) for at, units in wanted.items() if units > 0]

    def _sell_star(self) -> Sequence[Movement]:
        if self.star is None:
            return []
        full = max(3 * (self.levels[self.star].policy.low_at or 0), 30)
        available = self._available(self.star)
        if available <= 0:
            return [_line(Receive, self.star, "purchase_order", self._number("PO", 5), quantity=full)]
        units = min(available, max(1, full // STAR_ORDERS))
        return [_line(Allocate, self.star, "order", self._number("SO", 6), quantity=units)]

    def _receive(self) -> Sequence[Movement]:
        """What is scarce; the star has a rhythm of its own."""
        scarce = [at for at in self.levels if at != self.star and self._available(at) <= self._reorder_point(at)]
        if not scarce:
            return []
        place = self.rng.choice(scarce)
        units = max(self._reorder_point(place), 10 * self._grain(place))
        return [_line(Receive, place, "purchase_order", self._number("PO", 5), quantity=units)]

    def _return(self) -> Sequence[Movement]:
        place = self.rng.choice(list(self.levels))
        units = self._units(place)
        return [_line(Return, place, "order", self._number("SO", 6), quantity=units, reason_code="returned")]

    def _adjust(self) -> Sequence[Movement]:
        place = self.rng.choice(list(self.levels))
        mishap = one_of_many(self.rng)
        units = self._units(place) if mishap.sign > 0 else min(self._units(place), self._available(place))
        if units <= 0:
            return []
        why = {"reason_code": mishap.reason_code, "note": self.rng.choice(mishap.notes)}
        return [_line(Adjust, place, None, None, change=mishap.sign * units, **why)]

    # ------------------------------------------------------------------ facts
    def _available(self, place: Place) -> int:
        return self.levels[place].quantities.available_to_promise

    def _reorder_point(self, place: Place) -> int:
        return self.levels[place].policy.reorder_point or 0

    def _grain(self, place: Place) -> int:
        """Base units of a piece: grams are sold by the hundred."""
        return 100 if self.levels[place].item.quantity_scale else 1

    def _units(self, place: Place) -> int:
        return self._grain(place) * self.rng.choice((1, 1, 1, 2, 2, 3))

    def _number(self, kind: str, digits: int) -> str:
        return f"{kind}-{self.rng.randrange(10 ** (digits - 1), 10**digits)}"

    def _rising_star(self) -> Place | None:
        """A product by the piece that has a threshold, in the middle of those that fit."""
        fit = sorted(
            place
            for place, level in self.levels.items()
            if level.policy.low_at and not level.item.quantity_scale and 20 <= self._available(place) <= 200
        )
        return fit[len(fit) // 2] if fit else None

    def _plan_pick(self, pick: Pick, at: float) -> None:
        heappush(self._due, (at, next(self._turns), pick))


def _open(level: LevelState) -> bool:
    return not level.item.archived and level.location.active


def _operation(movement: Movement) -> str:
    return type(movement).__name__.lower()


def _line(
    make: Callable[..., Moving], place: Place, type_: str | None, reference: str | None, **more: int | str | None
) -> Moving:
    sku, location = place
    return make(sku=sku, location=location, reference_type=type_, reference=reference, **more)
