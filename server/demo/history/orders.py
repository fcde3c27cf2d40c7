"""Orders of the past as reservations: what was promised to each, and how much of it has left since."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.allocation import Allocation
from domain.refusals import Refusal
from domain.reservation_lines import LineQuantity, reservation_id
from domain.reservations import Changed, Order, Reservation
from domain.strategies import Share, Want
from server.demo.history.season import MovementSeed


class ImpossibleOrder(Exception):
    """A movement of the season was refused by the rules of reservations."""


@dataclass(slots=True)
class _Past:
    """One order: its lines as they were promised, then what has left of them."""

    promised: list[MovementSeed] = field(default_factory=list[MovementSeed])
    left: list[MovementSeed] = field(default_factory=list[MovementSeed])

    def reservation(self, id_: UUID, reference: str) -> Reservation:
        """Reserved with its first line, paid for with its last, and shipped line by line."""
        wants = tuple(Want(seed.sku, seed.location, seed.quantity) for seed in self.promised)
        shares = tuple(Share(number, seed.location, seed.quantity) for number, seed in enumerate(self.promised))
        made = Reservation.made(id_, Order(reference, wants), Allocation(shares, {}), self.promised[0].at)
        now = _done(made.reservation.confirm(self.promised[-1].at))
        for seed in self.left:
            now = _done(now.commit([LineQuantity(seed.quantity, None, seed.sku, seed.location)], seed.at))
        return now


@dataclass(slots=True)
class Orders:
    """All orders of a season, each known by its reference."""

    _orders: dict[str, _Past] = field(default_factory=dict[str, _Past])

    def promised(self, seed: MovementSeed) -> None:
        """A line was promised to the order that the seed refers to."""
        self._orders.setdefault(seed.reference or "", _Past()).promised.append(seed)

    def left(self, seed: MovementSeed) -> None:
        """A line that was promised has left the shelf."""
        self._orders[seed.reference or ""].left.append(seed)

    def reservations(self, ids: Callable[[datetime], UUID]) -> Iterator[Reservation]:
        """One for each order, in the order of time; `ids` makes an id of a moment. Raises ImpossibleOrder."""
        for reference, order in self._orders.items():
            yield order.reservation(reservation_id(ids(order.promised[0].at)), reference)


def _done(outcome: Changed | list[Refusal]) -> Reservation:
    if isinstance(outcome, list):
        raise ImpossibleOrder(f"{outcome}")
    return outcome.reservation
