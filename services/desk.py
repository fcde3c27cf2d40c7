"""Desk: what one batch works on. Everything on it is locked; each command leaves it as the next one finds it.

Whatever frees units of a SKU serves those first who wait for it (`serve_waiting`), so that nobody who comes later in
the batch is served before them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.adjustment_state import AdjustmentState
from domain.adjustments import Adjustment, AdjustmentAct
from domain.cycle_counts import CycleCount
from domain.demand import Demand
from domain.events import AdjustmentApproved, AdjustmentChanged, Event, ReservationChanged
from domain.ledger import Cause, LedgerEntry, Stamp
from domain.places import Place, Sites
from domain.reasons import ReasonCode
from domain.refusals import Refusal
from domain.reservation_state import ReservationState
from domain.reservations import Changed, Reservation, ReservationAct, ReservationStatus
from domain.stock import StockLevel
from domain.strategies import Shelf, Shelves
from domain.transfers import Transfer
from services.audit import AuditEntry
from services.drawer import Drawer
from services.ports import BACKORDERS_AT_ONCE, Awaited, Ids

#: How the units of a reservation move with what is done to it: promised, shipped or given back.
_VERBS: Mapping[ReservationAct, Callable[[StockLevel, int, Cause, Stamp], LedgerEntry | Refusal]] = {
    ReservationAct.RESERVED: StockLevel.allocate,
    ReservationAct.FILLED: StockLevel.allocate,
    ReservationAct.COMMITTED: StockLevel.pick,
    ReservationAct.RELEASED: StockLevel.deallocate,
    ReservationAct.EXPIRED: StockLevel.deallocate,
}
#: Who ends what nobody paid for or decided in time.
EXPIRY = "stockcast:expiry"
#: Who serves those that wait.
BACKORDERS = "stockcast:backorders"


class Desk:
    """`served` are the SKUs of which all that wait are among the reservations: nobody is served of any other."""

    def __init__(
        self,
        ids: Ids,
        sites: Sites,
        reasons: Mapping[str, ReasonCode],
        reservations: Sequence[Reservation],
        served: Collection[str],
    ) -> None:
        self.ids = ids
        self.sites = sites
        self.reasons = reasons
        self.levels: dict[Place, StockLevel] = {}
        self.adjustments: Drawer[Adjustment] = Drawer()
        #: Requests that wait, by who asked; counted where a command asks (`Command.asks`).
        self.pending: Counter[str] = Counter()
        #: And of a vendor's items, where one of its people asks.
        self.pending_of: Counter[str] = Counter()
        #: What some have withdrawn within 24 hours (`Needs.withdrawers`).
        self.withdrawn: Counter[str] = Counter()
        #: Those that were made of a level after one that waits had counted it.
        self.counted_later: Sequence[Adjustment] = ()
        self.transfers: Drawer[Transfer] = Drawer()
        self.cycle_counts: Drawer[CycleCount] = Drawer()
        self.events: list[Event] = []
        self.audited: list[AuditEntry] = []
        self.asked: list[Demand] = []
        #: Orders that were refused for want of what they ask for: none of them stands, then.
        self.turned_away: set[str] = set()
        #: Orders that were called off before they were ever reserved; and how the last reservation of others ended.
        self.called_off: set[str] = set()
        self.ended_before: Mapping[str, ReservationStatus] = {}
        #: Of the command that works on it now; those of events, by their ids, and of levels that were changed.
        self.traceparent: str | None = None
        self.traced: dict[UUID, str] = {}
        self.traced_levels: dict[Place, str] = {}
        self._stamp: Callable[[datetime | None], Stamp] | None = None
        self._read = {reservation.id: reservation for reservation in reservations}
        self._touched: set[UUID] = set()
        self._reservations = {reservation.id: reservation for reservation in reservations}
        self._standing = {each.order.id: each.id for each in reservations if each.standing}
        self._waiting = _waiting(reservations, served)
        self._freed = set(self._waiting)
        self._crowded = _crowded(reservations)

    # ------------------------------------------------------------------ what is there
    def set(self, levels: Mapping[Place, StockLevel], stamp: Callable[[datetime | None], Stamp]) -> None:
        """Lay out the levels, once they are locked; `stamp` gives the time of a change from then on."""
        self.levels = dict(levels)
        self._stamp = stamp

    def stamp(self, occurred_at: datetime | None = None) -> Stamp:
        assert self._stamp is not None, "nothing is locked yet"
        return self._stamp(occurred_at)

    @property
    def now(self) -> datetime:
        """The database's clock, read after the last lock."""
        return self.stamp().recorded_at

    def reservation(self, id_: UUID) -> Reservation | None:
        return self._reservations.get(id_)

    def of_order(self, order_id: str) -> Reservation | None:
        """The order's reservation that stands, if one does."""
        id_ = self._standing.get(order_id)
        return None if id_ is None else self._reservations[id_]

    def ended(self, order_id: str) -> ReservationStatus | None:
        """How the last reservation of an order ended of which none stands; None where it never had one."""
        here = [each for each in self._reservations.values() if each.order.id == order_id]
        return max(here, key=lambda each: each.id).status if here else self.ended_before.get(order_id)

    def everywhere(self, sku: str) -> list[Place]:
        """The levels from which units of a SKU may be promised where no location is named."""
        return [(sku, code) for code in self.sites.levels.get(sku, ()) if self.sites.locations[code].active]

    def awaited(self) -> list[Place]:
        """The levels from which those who wait may be served."""
        return [place for sku in self._waiting for place in self.everywhere(sku)]

    def shelves(self, skus: Iterable[str]) -> Shelves:
        """What may be promised now; nothing of what more may wait for than are known here."""
        return {
            sku: [shelf for shelf in self._shelves(sku) if (sku, shelf.location.code) not in self._crowded]
            for sku in skus
            if (sku, None) not in self._crowded
        }

    def _shelves(self, sku: str) -> list[Shelf]:
        return [
            Shelf(self.sites.locations[location], level.available_to_promise)
            for location in self.sites.levels.get(sku, ())
            if self.sites.locations[location].active and (level := self.levels.get((sku, location)))
        ]

    @property
    def counts(self) -> list[Adjustment]:
        """Later ones of what is approved, as the commands of this batch have left them, and those that it has made."""
        return [*(self.adjustments.get(each.id) or each for each in self.counted_later), *self.adjustments.made]

    # ------------------------------------------------------------------ what is done
    def put(self, levels: Mapping[Place, StockLevel]) -> None:
        """Put levels back as a command has left them. One that it made is there for all that come after it."""
        if self.traceparent is not None:
            before = self.levels
            self._trace(place for place, level in levels.items() if level.version != before[place].version)
        self.levels.update(levels)
        for (sku, location), level in levels.items():
            there = self.sites.levels.get(sku, ())
            if level.changed and location not in there:
                self.sites = replace(self.sites, levels={**self.sites.levels, sku: sorted((*there, location))})

    def keep(
        self, changed: Changed, act: ReservationAct, cause: Cause, occurred_at: datetime | None = None
    ) -> ReservationState:
        """Put a new or changed reservation on the desk, move its units, and tell of it."""
        stamp = self.stamp(occurred_at)
        if self.traceparent is not None:
            self._trace((sku, location) for sku, location, _ in changed.moved)
        for sku, location, units in changed.moved:
            outcome = _VERBS[act](self.levels[sku, location], units, cause, stamp)
            if isinstance(outcome, Refusal):  # the books disagree: nothing of the batch may be written
                raise RuntimeError(f"reservation {changed.reservation.id}: {outcome.message}")
            if outcome.change.available_to_promise > 0:
                self.freed([sku])
        return self._put(changed, act, cause, stamp)

    def _put(self, changed: Changed, act: ReservationAct, cause: Cause, stamp: Stamp) -> ReservationState:
        reservation = changed.reservation
        before = self._reservations.get(reservation.id)
        self.record(reservation)
        if reservation.standing:
            self._standing[reservation.order.id] = reservation.id
        else:
            self._standing.pop(reservation.order.id, None)
        if before is None:
            for sku in reservation.awaited:
                self._waiting.setdefault(sku, {})[reservation.id] = None
        state = self.picture(reservation)
        status_before = None if before is None else before.status
        at = stamp.occurred_at
        self.events.append(ReservationChanged(self.ids(), act, state, status_before, changed.moved, cause, at))
        return state

    def _trace(self, places: Iterable[Place]) -> None:
        """Each has one event in the end, however many commands change it: it names the last that is traced."""
        assert self.traceparent is not None
        self.traced_levels.update(dict.fromkeys(places, self.traceparent))

    def picture(self, reservation: Reservation) -> ReservationState:
        return ReservationState.of(reservation, self.sites.items, self.sites.locations)

    def record(self, reservation: Reservation) -> None:
        """Put a reservation on the desk that changed in nothing that anyone is told."""
        self._reservations[reservation.id] = reservation
        self._touched.add(reservation.id)

    def correct(self, adjustment: Adjustment, act: AdjustmentAct, cause: Cause) -> None:
        """Put a new or changed adjustment on the desk, and tell of it. Its units move by themselves."""
        before = self.adjustments.get(adjustment.id)
        self.adjustments.put(adjustment)
        more, sites = adjustment.pending - (before is not None and before.pending), self.sites
        self.pending[adjustment.requested_by] += more
        self.withdrawn[adjustment.requested_by] += act is AdjustmentAct.CANCELLED
        self.pending_of[sites.items[adjustment.sku].vendor or ""] += more
        state = AdjustmentState(adjustment, sites.items[adjustment.sku], sites.locations[adjustment.location])
        at = adjustment.decided_at or adjustment.requested_at
        if before is not None and act is AdjustmentAct.APPLIED:
            self.events.append(AdjustmentApproved(self.ids(), state, cause, at))
        status_before = None if before is None else before.status
        self.events.append(AdjustmentChanged(self.ids(), act, state, status_before, cause, at))

    def freed(self, skus: Iterable[str]) -> None:
        """More of these SKUs may be promised than before."""
        self._freed.update(sku for sku in skus if sku in self._waiting)

    def serve_waiting(self) -> None:
        """Give what was freed to those who wait for it, the oldest first."""
        while self._freed:
            sku = self._freed.pop()
            for id_ in list(self._waiting[sku]):
                if not self._serve(sku, self._reservations[id_]):
                    break

    def _serve(self, sku: str, reservation: Reservation) -> bool:
        """Whether there may be something left for the next one."""
        shelves = {sku: [shelf for shelf in self._shelves(sku) if shelf.available > 0]}
        if not shelves[sku]:
            return False
        filled = reservation.fill(sku, shelves, self.now)
        if filled is not None:
            cause = Cause(BACKORDERS, reference_type="order", reference=reservation.order.id)
            self.keep(filled, ReservationAct.FILLED, cause)
            reservation = filled.reservation
        if sku not in reservation.awaited:
            self._waiting[sku].pop(reservation.id, None)
        return True

    # ------------------------------------------------------------------ what is to be written
    @property
    def grown(self) -> set[Awaited]:
        """What others may wait for of which more was to be had, if only until a later command took it. At a level that
        is being made, nobody was looked for who insists on it."""
        grown = [
            level
            for level in self.levels.values()
            if any(entry.change.available_to_promise > 0 for entry in level.entries)
        ]
        return {
            *((level.sku, None) for level in grown),
            *((level.sku, level.location) for level in grown if level.version_read),
        }

    @property
    def made(self) -> list[Reservation]:
        return [each for each in self._reservations.values() if each.id not in self._read]

    @property
    def changed(self) -> list[tuple[Reservation, Reservation]]:
        """Those that were read and changed: as they were, and as they are."""
        return [(self._read[id_], self._reservations[id_]) for id_ in self._touched if id_ in self._read]


def _waiting(reservations: Sequence[Reservation], skus: Collection[str]) -> dict[str, dict[UUID, None]]:
    """SKU -> who waits for it, the oldest first."""
    waiting: dict[str, dict[UUID, None]] = {}
    for reservation in reservations:
        for sku in reservation.awaited.intersection(skus):
            waiting.setdefault(sku, {})[reservation.id] = None
    return waiting


def _crowded(reservations: Sequence[Reservation]) -> set[tuple[str, str | None]]:
    """What more may wait for than are known: a SKU at a location, or wherever it is."""
    known: Counter[tuple[str, str | None]] = Counter()
    for reservation in reservations:
        known.update({(line.sku, line.wanted) for line in reservation.lines if line.backordered})
    return {what for what, count in known.items() if count >= BACKORDERS_AT_ONCE}
