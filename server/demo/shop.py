"""A shop's day in small: what one tenant's people do next, decided from what lies on the shelves.

Customers order: their goods are reserved, paid for a moment later and shipped soon after that; a few orders are
cancelled, a few never paid for, so that their time runs out. Deliveries arrive, some goods come back or break; and one
product, the star, sells until it runs low and is sold out, and is then received again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple, TypeVar
from uuid import UUID

from domain.levels import LevelState
from domain.movements import Adjust, Movement, Receive, Return
from domain.places import Place
from domain.reservation_state import ReservationState
from domain.strategies import Want
from server.demo.mishaps import one_of_many
from services.reservations import ReserveStock
from services.settlement import CommitReservation, ConfirmReservation, ReleaseReservation, SettleReservation

#: A customer pays, or cancels, so many seconds after ordering; then a picker follows.
PAY_AFTER_S = (1.0, 5.0)
PICK_AFTER_S = (2.0, 12.0)
#: After a start, what was ordered before is shipped over a longer time.
PICK_OLD_AFTER_S = (5.0, 900.0)
#: For so long goods are held for a customer who has not paid.
HELD_S = 90
#: Of the orders, those left alone, and those called off before they are paid for; of the paid ones, those called off.
LEFT_SHARE, UNPAID_SHARE, CALLED_OFF_SHARE = 0.06, 0.06, 0.05
#: Orders that do not say from where they are to be served.
WEB_SHARE = 0.4
#: The star is sold out after so many orders.
STAR_ORDERS = 25
_FREQUENCIES = {"order": 50, "sell_star": 25, "receive": 10, "return": 8, "adjust": 7}

Moving = TypeVar("Moving", bound=Movement)


class Moves(NamedTuple):
    """Movements to be made together, and what the services call it."""

    operation: str
    movements: tuple[Movement, ...]


class Command(NamedTuple):
    """What is asked of the services, and the levels that may change by it."""

    request: Moves | ReserveStock | SettleReservation
    places: tuple[Place, ...]


@dataclass(slots=True)
class Shop:
    """One tenant. Times are seconds of one monotonic clock; `levels` is kept as the database last showed it."""

    rng: Random
    levels: dict[Place, LevelState] = field(default_factory=dict[Place, LevelState])
    star: Place | None = None
    _due: list[tuple[float, int, Command]] = field(default_factory=list[tuple[float, int, Command]])
    _turns: "count[int]" = field(default_factory=lambda: count(1))

    def see(self, levels: Iterable[LevelState]) -> None:
        """All levels as they are."""
        self.levels = {(level.item.sku, level.location.code): level for level in levels if _open(level)}
        if self.star not in self.levels:
            self.star = self._rising_star()

    def find(self, paid: Iterable[ReservationState], now: float) -> None:
        """What was paid for before this shop opened is planned to be shipped, too."""
        for state in paid:
            places = tuple((sku, location) for sku, location, _ in state.reservation.held)
            self._plan(Command(CommitReservation(state.id), places), now, PICK_OLD_AFTER_S)

    def noticed(self, levels: Mapping[Place, LevelState]) -> None:
        """Some levels as they are after a command."""
        self.levels.update((place, level) for place, level in levels.items() if place in self.levels)

    def next(self, now: float) -> Command | None:
        """What happens next; None: nothing at this turn."""
        if self._due and self._due[0][0] <= now:
            return heappop(self._due)[2]
        if not self.levels:
            return None
        return self._one_of(self.rng.choices(list(_FREQUENCIES), list(_FREQUENCIES.values()))[0])

    def happened(self, command: Command, reservation: UUID | None, now: float) -> None:
        """The command was carried out, on this reservation if it made or changed one: what follows is planned."""
        match command.request:
            case ReserveStock() if reservation is not None:
                self._after_reserving(reservation, command.places, now)
            case ConfirmReservation(paid):
                off = self.rng.random() < CALLED_OFF_SHARE
                request = _called_off(paid) if off else CommitReservation(paid)
                self._plan(Command(request, command.places), now, PICK_AFTER_S)
            case _:
                """Nothing follows."""

    def _after_reserving(self, reservation: UUID, places: tuple[Place, ...], now: float) -> None:
        chance = self.rng.random()
        if chance >= LEFT_SHARE:
            unpaid = chance < LEFT_SHARE + UNPAID_SHARE
            request = _called_off(reservation) if unpaid else ConfirmReservation(reservation)
            self._plan(Command(request, places), now, PAY_AFTER_S)

    # ------------------------------------------------------------------ what may happen
    def _one_of(self, what: str) -> Command | None:
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

    def _order(self) -> Command | None:
        places = self.rng.sample(list(self.levels), min(self.rng.choice((1, 1, 2, 3)), len(self.levels)))
        wanted = {place: min(self._units(place), self._available(place)) for place in places if place != self.star}
        return self._reserve({place: units for place, units in wanted.items() if units > 0})

    def _sell_star(self) -> Command | None:
        if self.star is None:
            return None
        full = max(3 * (self.levels[self.star].policy.low_at or 0), 30)
        available = self._available(self.star)
        if available <= 0:
            return _moves(_line(Receive, self.star, "purchase_order", self._number("PO", 5), quantity=full))
        return self._reserve({self.star: min(available, max(1, full // STAR_ORDERS))}, web=False)

    def _reserve(self, wanted: Mapping[Place, int], web: bool | None = None) -> Command | None:
        """An order of so many units at each place; one from the web does not say where, and is served from anywhere."""
        if not wanted:
            return None
        web = self.rng.random() < WEB_SHARE if web is None else web
        lines = tuple(Want(sku, None if web else at, units) for (sku, at), units in wanted.items())
        order, channel = self._number("SO", 8), "web" if web else "store"
        skus = {sku for sku, _ in wanted}
        places = tuple(place for place in self.levels if place[0] in skus) if web else tuple(wanted)
        return Command(ReserveStock(order, lines, channel=channel, ttl_seconds=HELD_S), places)

    def _receive(self) -> Command | None:
        """What is scarce; the star has a rhythm of its own."""
        scarce = [at for at in self.levels if at != self.star and self._available(at) <= self._reorder_point(at)]
        if not scarce:
            return None
        place = self.rng.choice(scarce)
        units = max(self._reorder_point(place), 10 * self._grain(place))
        return _moves(_line(Receive, place, "purchase_order", self._number("PO", 5), quantity=units))

    def _return(self) -> Command | None:
        place = self.rng.choice(list(self.levels))
        units = self._units(place)
        return _moves(_line(Return, place, "order", self._number("SO", 8), quantity=units, reason_code="returned"))

    def _adjust(self) -> Command | None:
        place = self.rng.choice(list(self.levels))
        mishap = one_of_many(self.rng)
        units = self._units(place) if mishap.sign > 0 else min(self._units(place), self._available(place))
        if units <= 0:
            return None
        why = {"reason_code": mishap.reason_code, "note": self.rng.choice(mishap.notes)}
        return _moves(_line(Adjust, place, None, None, change=mishap.sign * units, **why))

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

    def _plan(self, command: Command, now: float, after_s: tuple[float, float]) -> None:
        heappush(self._due, (now + self.rng.uniform(*after_s), next(self._turns), command))


def _open(level: LevelState) -> bool:
    return not level.item.archived and level.location.active


def _called_off(reservation: UUID) -> ReleaseReservation:
    return ReleaseReservation(reservation, note="Cancelled by the customer")


def _moves(movement: Movement) -> Command:
    return Command(Moves(type(movement).__name__.lower(), (movement,)), ((movement.sku, movement.location or ""),))


def _line(
    make: Callable[..., Moving], place: Place, type_: str | None, reference: str | None, **more: int | str | None
) -> Moving:
    sku, location = place
    return make(sku=sku, location=location, reference_type=type_, reference=reference, **more)
