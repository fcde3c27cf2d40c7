"""Reservations: reserving for an order, as a command; and the answer beforehand, of which nothing is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from domain.access import Caller, Scope
from domain.allocation import Allocation, FulfillmentPolicy, summed
from domain.demand import demand_of
from domain.events import ReservationRefused
from domain.ledger import Cause
from domain.levels import LevelState
from domain.orders import Unserved, already_reserved, called_off, invalid_order, serve
from domain.places import Place, Sites
from domain.refusals import Refusal
from domain.reservation_lines import reservation_id
from domain.reservation_state import ReservationState
from domain.reservations import TTL_SECONDS, Changed, Order, Reservation, ReservationAct
from domain.strategies import AllocationStrategy, Shelf, Want
from domain.value import value
from services.commands import Command, Needs, Refuse
from services.decisions import NO_EFFECT, Claim, Decision, Delivery
from services.desk import EXPIRY, Desk
from services.group_commit import GroupCommit
from services.ports import Ids
from services.reads import Reads

#: The operation under which its idempotency keys are kept.
RESERVE = "reserveStock"
#: What the ledger says that a reservation's movements refer to.
DOCUMENT = "order"


@value
class ReserveStock:
    """Lines to be reserved for an order. `ttl_seconds` None: the channel's, else the tenant's time to live.

    `occurred_at` is that of the order where it is told later, in a replay.
    """

    name: ClassVar[str] = "ReserveStock"
    POLICY: ClassVar[FulfillmentPolicy] = FulfillmentPolicy.ALL_OR_NOTHING
    STRATEGY: ClassVar[AllocationStrategy] = AllocationStrategy.PRIORITY
    order_id: str
    lines: tuple[Want, ...]
    policy: FulfillmentPolicy = POLICY
    strategy: AllocationStrategy = STRATEGY
    zone: str | None = None
    channel: str | None = None
    ttl_seconds: int | None = None
    occurred_at: datetime | None = None

    def invalid(self) -> tuple[Refusal, ...]:
        return invalid_order(self.order_id, self.lines, self.zone, self.channel, self.ttl_seconds)

    def order(self, ttls: Mapping[str | None, int]) -> Order:
        """`ttls`: seconds by channel; that of None is the tenant's."""
        ttl_seconds = self.ttl_seconds or ttls.get(self.channel) or ttls.get(None, TTL_SECONDS)
        return Order(self.order_id, summed(self.lines), self.strategy, self.zone, self.channel, ttl_seconds)


def reserve_stock(
    key: str,
    request: ReserveStock,
    caller: Caller,
    commits: GroupCommit,
    *,
    sent: object = None,
    refusals: Sequence[Refusal] = (),
) -> Awaitable[Decision]:
    """Hold stock for an order, or refuse; the same order again gives its reservation as it is.

    `sent` is what the key stands for where the lines were not sent with SKUs, `refusals` why they have none.
    """
    return commits.submit_once(
        key,
        RESERVE,
        request if sent is None else sent,
        caller,
        lambda claim: Refuse(refusals, caller, claim) if refusals else Reserve(request, caller, claim),
    )


class Reserve(Command):
    """`kept_if_refused`: whether an order that cannot be served is kept as a reservation that FAILED."""

    def __init__(
        self,
        request: ReserveStock,
        caller: Caller,
        claim: Claim | None = None,
        delivery: Delivery | None = None,
        *,
        kept_if_refused: bool = False,
    ) -> None:
        super().__init__(caller, claim, delivery)
        self._request = request
        self._kept_if_refused = kept_if_refused
        self._invalid = request.invalid()
        self._skus = {line.sku for line in request.lines}

    @property
    def lane(self) -> str:
        return min(self._skus, default="")

    @property
    def weight(self) -> int:
        return len(self._request.lines)

    def needs(self) -> Needs:
        if self._invalid:
            return Needs()
        locations = {line.location for line in self._request.lines if line.location is not None}
        return Needs(self._skus, locations, orders=(self._request.order_id,))

    def places(self, desk: Desk) -> Iterable[Place]:
        """Where an order that comes again is due to expire, its units go back to their shelves too."""
        if self._invalid:
            return
        for line in self._request.lines:
            if line.location is None:
                yield from desk.everywhere(line.sku)
            else:
                yield from desk.sites.stocked([(line.sku, line.location)])
        if standing := desk.of_order(self._request.order_id):
            yield from ((sku, location) for sku, location, _ in standing.held)

    def decide(self, desk: Desk) -> Decision:
        if self._invalid:
            return Decision(self._invalid)
        order = self._request.order(desk.sites.ttls)
        standing = desk.of_order(order.id)
        if standing is not None and not expire(standing, desk):
            return _again(standing, order)
        if self.delivery is not None and order.id in desk.called_off:
            return self._refuse(order, Unserved((called_off(order.id),)), desk)
        request = self._request
        outcome = serve(order, request.lines, request.policy, desk.sites, desk.shelves(self._skus))
        desk.asked += demand_of(order.wants, outcome, desk.stamp(request.occurred_at).occurred_at)
        return (
            self._refuse(order, outcome, desk) if isinstance(outcome, Unserved) else self._reserve(order, outcome, desk)
        )

    def _reserve(self, order: Order, allocation: Allocation, desk: Desk) -> Decision:
        at = desk.stamp(self._request.occurred_at)
        queued = self._request.policy is FulfillmentPolicy.BACKORDER
        made = Reservation.made(reservation_id(desk.ids()), order, allocation, at.recorded_at, queued=queued)
        state = desk.keep(made, ReservationAct.RESERVED, self._cause(order), self._request.occurred_at)
        return Decision(reservation=state.id, shortages=made.reservation.shortages, seen=state)

    def _refuse(self, order: Order, why: Unserved, desk: Desk) -> Decision:
        """Tells the world; keeps a record where the order's sender gets no answer."""
        desk.turned_away.add(order.id)
        refusals, shortages = why.refusals, why.shortages
        code, cause, at = refusals[0].code, self._cause(order), desk.stamp(self._request.occurred_at)
        if not self._kept_if_refused:
            desk.events.append(ReservationRefused(desk.ids(), order, code, shortages, cause, at.occurred_at))
            return Decision(refusals, shortages=shortages)
        failed = Reservation.failed(reservation_id(desk.ids()), order, code, shortages, at.recorded_at)
        state = desk.keep(Changed(failed), ReservationAct.FAILED, cause, self._request.occurred_at)
        return Decision(refusals, reservation=state.id, shortages=shortages, seen=state)

    def _cause(self, order: Order) -> Cause:
        return Cause(self.caller.subject, reference_type=DOCUMENT, reference=order.id)


def _again(standing: Reservation, order: Order) -> Decision:
    """The same order once more: the first answer, or that it was another."""
    if not standing.order.asks_as(order):
        return Decision((already_reserved(standing),))
    return Decision(reservation=standing.id, shortages=standing.shortages, outcome=NO_EFFECT)


def expire(reservation: Reservation, desk: Desk) -> bool:
    """End a reservation whose time has come; whether it had."""
    expired = reservation.expire(desk.now)
    if expired is None:
        return False
    cause = Cause(EXPIRY, reference_type=DOCUMENT, reference=reservation.order.id)
    desk.keep(expired, ReservationAct.EXPIRED, cause)
    desk.serve_waiting()
    return True


async def try_reserving(request: ReserveStock, caller: Caller, reads: Reads, ids: Ids, now: datetime) -> Decision:
    """What `reserve_stock` would answer now; nothing is locked, kept or told."""
    if invalid := request.invalid():
        return Decision(invalid)
    order = request.order(await reads.catalog.reservation_ttls(caller.tenant))
    found = (await reads.reservations.of_orders(caller.scope, [order.id])).get(order.id)
    if found is not None and found.reservation.standing and not found.reservation.lapsed(now):
        return _again(found.reservation, order)
    levels, sites = await _look(request, caller.scope, reads)
    shelves = {
        sku: [Shelf(level.location, level.quantities.available_to_promise) for level in row if level.location.active]
        for sku, row in levels.items()
    }
    outcome = serve(order, request.lines, request.policy, sites, shelves)
    if isinstance(outcome, Unserved):
        return Decision(outcome.refusals, shortages=outcome.shortages)
    queued = request.policy is FulfillmentPolicy.BACKORDER
    made = Reservation.made(reservation_id(ids()), order, outcome, now, queued=queued).reservation
    state = ReservationState.of(made, sites.items, sites.locations)
    return Decision(reservation=state.id, shortages=made.shortages, seen=state)


async def _look(request: ReserveStock, scope: Scope, reads: Reads) -> tuple[Mapping[str, Sequence[LevelState]], Sites]:
    """The levels of the SKUs that are asked for, and what there is of what the order names."""
    skus = sorted({line.sku for line in request.lines})
    codes = sorted({line.location for line in request.lines if line.location is not None})
    levels = await reads.stock.levels_of(scope, skus)
    items = await reads.catalog.items_of(scope, skus)
    locations = dict(await reads.catalog.locations_of(scope, codes))
    locations |= {level.location.code: level.location for row in levels.values() for level in row}
    return levels, Sites(items, locations, {}, "")
