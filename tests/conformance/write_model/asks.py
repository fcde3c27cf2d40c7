"""Requests: as they are drawn, as they are sent to the real services, and as they are put to the plain books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from domain.access import Caller, Role
from domain.allocation import FulfillmentPolicy
from domain.movements import Adjust, Count, Movement, Receive, Return
from domain.reservation_lines import LineQuantity, line_id, reservation_id
from domain.strategies import AllocationStrategy, Want
from services.adjustments import (
    ApproveAdjustment,
    CancelAdjustment,
    RejectAdjustment,
    decide_adjustment,
    expire_adjustment,
)
from services.decisions import Decision
from services.reservations import ReserveStock, reserve_stock
from services.settlement import (
    CommitReservation,
    ConfirmReservation,
    ExtendReservation,
    ReleaseReservation,
    expire_reservation,
    settle_reservation,
)
from services.stock import MoveStock, move_each, move_stock
from tests.conformance.write_model import transfers
from tests.conformance.write_model.plain_books import PlainBooks
from tests.conformance.write_model.plain_stock import Answer
from tests.conformance.write_model.world import WriteWorld

NOBODY = reservation_id(UUID(int=0xFFFF << 100))
VENDOR = "acme"
VERDICTS = {
    "approveAdjustment": ApproveAdjustment,
    "rejectAdjustment": RejectAdjustment,
    "cancelAdjustment": CancelAdjustment,
}


class Ask(NamedTuple):
    """One request as it is sent: what, by whom, under which key (none: an expiry), with what. A verdict names whose."""

    operation: str
    key: str
    arguments: tuple[Any, ...]
    vendor: str | None = None

    @property
    def subject(self) -> str:
        if self.operation in VERDICTS:
            return self.arguments[1]
        return "vendor@acme" if self.vendor else "admin@acme"


# ------------------------------------------------------------------------------------------------- what is drawn

_units = st.integers(1, 5) | st.sampled_from([1, 2, 3, 0, -1, 100_000_001])
FEW = st.integers(1, 5)
SKU = st.sampled_from(["A", "A", "A", "B", "B", "C"])
_any_sku = SKU | st.sampled_from(["OLD", "GHOST", "NEW"])
LOCATION = st.sampled_from(["MAIN", "WEST", "EAST"])
WANTED = st.none() | st.none() | LOCATION
_any_location = st.none() | st.none() | LOCATION | st.sampled_from(["SHUT", "NOWHERE"])
_ttl = st.none() | st.sampled_from([60, 120, 600, 3600])
_any_ttl = st.sampled_from([60, 120, 600, 3600, 60, 120, 600, 0, 31 * 24 * 3600 + 1])
#: A number that means none of those there are.
UNKNOWN = 40
NUMBER = st.integers(0, UNKNOWN)


def _lines(sku: st.SearchStrategy[str], location: Any, units: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.tuples(sku, location, units), min_size=1, max_size=4).map(tuple)


_order = st.sampled_from([f"O-{number}" for number in range(12)])
_reserving = st.tuples(
    _order,
    _lines(SKU, WANTED, FEW),
    *(st.sampled_from(FulfillmentPolicy), st.sampled_from(AllocationStrategy)),
    *(st.sampled_from([None, "north", "south"]), st.sampled_from([None, "shop", "web"]), _ttl),
)
_reserving_wrongly = st.one_of(
    st.tuples(_order, _lines(_any_sku, _any_location, FEW), *(st.just(each) for each in ("PARTIAL", "NEAREST"))),
    st.tuples(_order, _lines(SKU, st.none(), _units), *(st.just(each) for each in ("BACKORDER", "PRIORITY"))),
    st.tuples(_order, st.just(()), *(st.just(each) for each in ("ALL_OR_NOTHING", "PRIORITY"))),
).map(lambda drawn: (*drawn, None, None, None))
#: By priority, from wherever, for as long as the tenant says.
PLAINLY = ("PRIORITY", None, None, None)
_entry = st.tuples(st.just("line"), NUMBER, st.sampled_from([1, 1, 1, 2, 2, 3, 4])) | st.tuples(
    st.just("sku"), SKU, st.none() | st.none() | LOCATION, st.sampled_from([1, 1, 1, 2, 3, 0])
)
_entries = st.none() | st.lists(_entry, min_size=1, max_size=3).map(tuple)


def _asks(operation: str, arguments: st.SearchStrategy[tuple[Any, ...]]) -> st.SearchStrategy[Ask]:
    return st.builds(lambda drawn: Ask(operation, "", drawn), arguments)


RESERVING = _asks("reserveStock", _reserving)
RESERVING_WRONGLY = _asks("reserveStock", _reserving_wrongly)
CONFIRMING = _asks("confirmReservation", st.tuples(NUMBER))
COMMITTING = _asks("commitReservation", st.tuples(NUMBER, _entries))
RELEASING = _asks("releaseReservation", st.tuples(NUMBER, _entries))
VENDORS_RELEASING = RELEASING.map(lambda ask: ask._replace(vendor=VENDOR))
EXTENDING = _asks("extendReservation", st.tuples(NUMBER, _any_ttl))
EXPIRING = _asks("expire", st.tuples(NUMBER))
RECEIVING = _asks("receiveStock", st.tuples(SKU, LOCATION, FEW))
RETURNING = _asks("returnStock", st.tuples(SKU, LOCATION, FEW))
ADJUSTING = _asks("adjustStock", st.tuples(SKU, LOCATION, st.integers(-4, 4)))
COUNTING = _asks("countStock", st.tuples(SKU, LOCATION, st.integers(-1, 6)))
VENDORS_CORRECTING = (ADJUSTING | COUNTING).map(lambda ask: ask._replace(vendor=VENDOR))
ADJUSTING_EACH = _asks(
    "adjustStockBatch",
    st.lists(st.tuples(_any_sku, WANTED, st.integers(-5, 5)), min_size=1, max_size=4).map(lambda it: (tuple(it),)),
)
_person = st.sampled_from(["admin@acme", "approver@acme", "approver@acme"])
APPROVING = _asks("approveAdjustment", st.tuples(NUMBER, _person))
REJECTING = _asks("rejectAdjustment", st.tuples(NUMBER, _person))
CANCELLING = _asks("cancelAdjustment", st.tuples(NUMBER, _person | st.just("vendor@acme")))
GIVING_UP = _asks("expireAdjustment", st.tuples(NUMBER))
MOVING_WHEREVER = st.builds(
    lambda operation, *arguments: Ask(operation, "", arguments),
    st.sampled_from(["receiveStock", "adjustStock"]),
    *(_any_sku, st.none() | LOCATION | st.just("NOWHERE"), _units),
)
SENDING = _asks("transferStock", transfers.sending(SKU))
SENDING_WRONGLY = _asks("transferStock", transfers.sending_wrongly(_any_sku))
ARRIVING = _asks("receiveTransfer", transfers.receiving(NUMBER))
CALLING_OFF = _asks("cancelTransfer", st.tuples(NUMBER))
CORRECTING = ADJUSTING | COUNTING
#: Of a SKU that has no level at first.
MAKING_LEVELS = _asks("receiveStock", st.tuples(st.just("NEW"), st.none() | st.none() | LOCATION, FEW))
BATCH = st.lists(
    st.one_of(
        *(RESERVING, RESERVING, RESERVING, RESERVING, RESERVING_WRONGLY, CONFIRMING, COMMITTING, COMMITTING),
        *(RELEASING, RELEASING, VENDORS_RELEASING, EXTENDING, EXPIRING, RECEIVING, RECEIVING, RETURNING, ADJUSTING),
        *(COUNTING, MOVING_WHEREVER, MAKING_LEVELS, MAKING_LEVELS, SENDING, SENDING, ARRIVING, ARRIVING),
        *(SENDING_WRONGLY, CALLING_OFF, ADJUSTING_EACH, VENDORS_CORRECTING),
        *(APPROVING, APPROVING, REJECTING, CANCELLING, GIVING_UP),
    ),
    min_size=2,
    max_size=7,
)

# ------------------------------------------------------------------------------------------------- how it is sent


@dataclass
class Desk:
    """Sends requests to the real services; `ids` are those of the reservations, by their numbers, `transfers` those of
    the transfers, `corrections` those of the adjustments."""

    world: WriteWorld
    ids: Sequence[UUID]
    transfers: Sequence[UUID]
    corrections: Sequence[UUID]

    async def send(self, ask: Ask) -> Decision:
        if "ransfer" in ask.operation:
            whose = self._caller(ask), self.world.commits
            return await transfers.send(ask.operation, ask.arguments, self.transfers, ask.key, *whose)
        send: Callable[..., Any] = getattr(self, f"_{ask.operation}")
        return await send(ask, *ask.arguments)

    def _caller(self, ask: Ask) -> Caller:
        tenant, vendor = self.world.tenant, ask.subject.startswith("vendor")
        role = Role.VENDOR if vendor else Role.ADMIN
        return Caller(tenant.id, tenant.slug, ask.subject, frozenset({role}), VENDOR if vendor else None)

    def _id(self, number: int | None) -> UUID:
        return NOBODY if number is None else self.ids[number]

    async def _reserveStock(self, ask: Ask, order: str, lines: Any, policy: str, strategy: str, *rest: Any) -> Decision:
        request = ReserveStock(
            order,
            tuple(Want(*line) for line in lines),
            FulfillmentPolicy(policy),
            AllocationStrategy(strategy),
            *rest,
        )
        return await reserve_stock(ask.key, request, self._caller(ask), self.world.commits)

    async def _settle(self, ask: Ask, request: Any) -> Decision:
        return await settle_reservation(ask.key, request, self._caller(ask), self.world.commits)

    async def _confirmReservation(self, ask: Ask, number: int | None) -> Decision:
        return await self._settle(ask, ConfirmReservation(self._id(number)))

    async def _extendReservation(self, ask: Ask, number: int | None, ttl: int) -> Decision:
        return await self._settle(ask, ExtendReservation(self._id(number), ttl))

    async def _commitReservation(self, ask: Ask, number: int | None, entries: Any) -> Decision:
        return await self._settle(ask, CommitReservation(self._id(number), self._lines(number, entries)))

    async def _releaseReservation(self, ask: Ask, number: int | None, entries: Any) -> Decision:
        return await self._settle(ask, ReleaseReservation(self._id(number), self._lines(number, entries)))

    def _lines(self, number: int | None, entries: Any) -> tuple[LineQuantity, ...] | None:
        if entries is None:
            return None
        return tuple(
            LineQuantity(entry[2], line_id(self._id(number), entry[1]))
            if entry[0] == "line"
            else LineQuantity(entry[3], None, entry[1], entry[2])
            for entry in entries
        )

    async def _expire(self, ask: Ask, number: int | None) -> Decision:
        return await expire_reservation(self._id(number), self._caller(ask), self.world.commits)

    async def _decide(self, ask: Ask, number: int | None, _: str) -> Decision:
        request = VERDICTS[ask.operation](NOBODY if number is None else self.corrections[number])
        return await decide_adjustment(ask.key, request, self._caller(ask), self.world.commits)

    _approveAdjustment = _rejectAdjustment = _cancelAdjustment = _decide

    async def _expireAdjustment(self, ask: Ask, number: int | None) -> Decision:
        id_ = NOBODY if number is None else self.corrections[number]
        return await expire_adjustment(id_, self._caller(ask), self.world.commits)

    async def _adjustStockBatch(self, ask: Ask, lines: Any) -> Decision:
        movements = tuple(
            Adjust(sku=sku, location=location, change=change, reason_code="correction")
            for sku, location, change in lines
        )
        request = MoveStock(ask.key, movements, ask.operation)
        return await move_each(request, self._caller(ask), self.world.commits)

    async def _move(self, ask: Ask, movement: Movement) -> Decision:
        request = MoveStock(ask.key, (movement,), ask.operation)
        return await move_stock(request, self._caller(ask), self.world.commits)

    async def _receiveStock(self, ask: Ask, sku: str, location: str | None, units: int) -> Decision:
        return await self._move(ask, Receive(sku=sku, location=location, quantity=units))

    async def _returnStock(self, ask: Ask, sku: str, location: str | None, units: int) -> Decision:
        return await self._move(ask, Return(sku=sku, location=location, quantity=units))

    async def _adjustStock(
        self, ask: Ask, sku: str, location: str | None, change: int, version: int | None = None
    ) -> Decision:
        why = {"reason_code": "correction", "expected_version": version}
        return await self._move(ask, Adjust(sku=sku, location=location, change=change, **why))

    async def _countStock(
        self, ask: Ask, sku: str, location: str | None, counted: int, version: int | None = None
    ) -> Decision:
        why = {"reason_code": "cycle_count", "expected_version": version}
        return await self._move(ask, Count(sku=sku, location=location, counted=counted, **why))


def carry_out(books: PlainBooks, ask: Ask) -> Answer:
    """The same request to the plain books."""
    verbs: dict[str, Callable[..., Answer]] = {
        "reserveStock": books.reserve,
        "confirmReservation": books.confirm,
        "commitReservation": books.commit,
        "releaseReservation": lambda number, entries: books.release(number, entries, ask.vendor),
        "extendReservation": books.extend,
        "receiveStock": books.receive,
        "returnStock": books.receive,
        "transferStock": books.send,
        "receiveTransfer": books.take_in,
        "cancelTransfer": books.call_off,
        "adjustStock": partial(books.adjust, ask.subject, ask.vendor),
        "countStock": partial(books.count, ask.subject, ask.vendor),
        "adjustStockBatch": partial(books.adjust_each, ask.subject, ask.vendor),
        "approveAdjustment": books.approve,
        "rejectAdjustment": books.reject,
        "cancelAdjustment": books.cancel,
    }
    if ask.operation in ("expire", "expireAdjustment"):
        end = books.expire if ask.operation == "expire" else books.give_up
        return Answer() if ask.arguments[0] is None else end(ask.arguments[0])
    return books.ask(ask.subject, ask.operation, ask.key, ask.arguments, lambda: verbs[ask.operation](*ask.arguments))
