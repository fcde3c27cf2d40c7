"""Live things: what a watcher is sent, and the port through which resolvers watch.

The promise: `SNAPSHOT` items if asked, `CAUGHT_UP`, then each later committed state of each matching thing as `CHANGE`,
versions rising, none twice while live, the last one always; `REMOVED` once for a thing that leaves the filter. `after`
resumes at a cursor; where the log no longer reaches back, `RESET`, and a new snapshot if one was asked for.

A reader who is slow may skip states of a level, never those of a reservation, an adjustment or an alert.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from domain.access import Scope
from domain.adjustment_state import AdjustmentState
from domain.adjustments import AdjustmentStatus
from domain.alert_state import AlertState
from domain.alerts import AlertKind, AlertStatus
from domain.events import Before
from domain.items import Item
from domain.ledger import Cause, LedgerKind
from domain.levels import LevelState
from domain.places import Place
from domain.reservation_state import ReservationState
from domain.reservations import OPEN, ReservationStatus
from domain.status import StockStatus

#: So many reservations that have ended, adjustments that do not wait or alerts that are resolved, the newest, a
#: snapshot tells at most.
ENDED_MAX = 1_000
#: What streams of alerts tell unless they name kinds.
KINDS_WATCHED = frozenset({AlertKind.LOW_STOCK, AlertKind.OUT_OF_STOCK})


class StreamEventType(StrEnum):
    SNAPSHOT = "SNAPSHOT"
    CAUGHT_UP = "CAUGHT_UP"
    CHANGE = "CHANGE"
    REMOVED = "REMOVED"
    RESET = "RESET"


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One thing told to a watcher. `cursor` resumes after this event; CAUGHT_UP and RESET are of no thing.

    `traceparent` is that of what caused the change, where it was traced.
    """

    type: StreamEventType
    cursor: str
    occurred_at: datetime
    thing_id: UUID | None = None
    traceparent: str | None = field(default=None, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class LevelEvent(StreamEvent):
    """`level` is set for SNAPSHOT and CHANGE.

    `previous_version` is that of the state before this change, or before those that were skipped, None for a level that
    was not in the stream before: a new one, or one that comes into the filter. `cause` and
    `previous_available_to_promise` are the last change's alone.
    """

    level: LevelState | None = None
    previous_version: int | None = None
    previous_available_to_promise: int | None = None
    kind: LedgerKind | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class ReservationEvent(StreamEvent):
    """`reservation` is set for SNAPSHOT and CHANGE: what the watcher may see of it."""

    reservation: ReservationState | None = None


@dataclass(frozen=True, slots=True)
class AdjustmentEvent(StreamEvent):
    """`adjustment` is set for SNAPSHOT and CHANGE."""

    adjustment: AdjustmentState | None = None


@dataclass(frozen=True, slots=True)
class AlertEvent(StreamEvent):
    """`alert` is set for SNAPSHOT and CHANGE. Of one that stands, a SNAPSHOT tells what remains now, a CHANGE what
    remained then."""

    alert: AlertState | None = None


E = TypeVar("E", bound=StreamEvent)


class StreamFilter(Generic[E]):
    """What is watched: its class names the kind of things, E what their watchers are told.

    It holds what a live event can decide: nothing that time alone changes. None: any; an empty one matches nothing.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class LevelStreamFilter(StreamFilter[LevelEvent]):
    skus: Collection[str] | None = None
    locations: Collection[str] | None = None
    categories: Collection[str] | None = None
    vendors: Collection[str] | None = None
    conditions: Collection[str] | None = None
    status: Collection[StockStatus] | None = None

    def matches(self, level: LevelState, scope: Scope) -> bool:
        """Whether the level, as it is, belongs in this stream."""
        return self._same_place(level) and self._describes(level.item, level, scope)

    def matched(self, level: LevelState, before: Before | None, scope: Scope) -> bool:
        """Whether the level belonged in this stream before its last change; a new level did not."""
        return before is not None and self._same_place(level) and self._describes(before, before, scope)

    # Asked for each filter that a change may concern: written out, they take a third of the time.
    def _same_place(self, level: LevelState) -> bool:
        skus, locations = self.skus, self.locations
        return (skus is None or level.item.sku in skus) and (locations is None or level.location.code in locations)

    def _describes(self, what: Item | Before, stock: LevelState | Before, scope: Scope) -> bool:
        return (
            (scope.vendor is None or what.vendor == scope.vendor)
            and (self.categories is None or what.category in self.categories)
            and (self.vendors is None or what.vendor in self.vendors)
            and (self.conditions is None or what.condition in self.conditions)
            and (self.status is None or stock.status in self.status)
        )


@dataclass(frozen=True, slots=True)
class ReservationStreamFilter(StreamFilter[ReservationEvent]):
    """`skus`: with a line of one of them that the watcher may see. A snapshot holds every open reservation that
    matches; ended ones are many and never change: it holds the newest `ENDED_MAX` of those that the filter names."""

    ids: Collection[UUID] | None = None
    order_ids: Collection[str] | None = None
    status: Collection[ReservationStatus] | None = None
    skus: Collection[str] | None = None

    @property
    def names_ended(self) -> bool:
        """Whether it names reservations that have ended: by status, or one by one."""
        if self.status is not None:
            return not OPEN.issuperset(self.status)
        return self.ids is not None or self.order_ids is not None

    def matches(self, seen: ReservationState) -> bool:
        """Whether the reservation, as the watcher sees it, belongs in this stream."""
        return self._same(seen) and _among(seen.status, self.status)

    def matched(self, seen: ReservationState, status_before: ReservationStatus | None) -> bool:
        """Whether it belonged in this stream before its last change, which moves it by its status alone; a new one did
        not."""
        return status_before is not None and self._same(seen) and _among(status_before, self.status)

    def _same(self, seen: ReservationState) -> bool:
        skus = self.skus
        return (
            _among(seen.id, self.ids)
            and _among(seen.reservation.order.id, self.order_ids)
            and (skus is None or any(each.line.sku in skus for each in seen.lines))
        )


@dataclass(frozen=True, slots=True)
class AdjustmentStreamFilter(StreamFilter[AdjustmentEvent]):
    """A snapshot holds all that wait and match, which `domain.approvals` bounds; others are many and never change: it
    holds the newest `ENDED_MAX` of those that the filter names."""

    ids: Collection[UUID] | None = None
    status: Collection[AdjustmentStatus] | None = None
    skus: Collection[str] | None = None
    reason_codes: Collection[str] | None = None
    requested_by: str | None = None

    @property
    def names_ended(self) -> bool:
        """Whether it names adjustments that do not wait: by status, or one by one."""
        if self.status is not None:
            return not {AdjustmentStatus.PENDING_APPROVAL}.issuperset(self.status)
        return self.ids is not None

    def matches(self, state: AdjustmentState, scope: Scope) -> bool:
        """Whether the adjustment, as it is, belongs in this stream."""
        return self._same(state, scope) and _among(state.status, self.status)

    def matched(self, state: AdjustmentState, status_before: AdjustmentStatus | None, scope: Scope) -> bool:
        """Whether it belonged in this stream before its last change, which moves it by its status alone; a new one did
        not."""
        return status_before is not None and self._same(state, scope) and _among(status_before, self.status)

    def _same(self, state: AdjustmentState, scope: Scope) -> bool:
        adjustment = state.adjustment
        return (
            state.seen_by(scope.vendor)
            and _among(adjustment.id, self.ids)
            and _among(adjustment.sku, self.skus)
            and _among(adjustment.reason_code, self.reason_codes)
            and self.requested_by in (None, adjustment.requested_by)
        )


@dataclass(frozen=True, slots=True)
class AlertStreamFilter(StreamFilter[AlertEvent]):
    """A snapshot holds all that stand and match. Resolved ones are many and never change: it holds the newest
    `ENDED_MAX` of them where the filter names their status. Without any status the end of an alert is a CHANGE."""

    kinds: Collection[AlertKind] = KINDS_WATCHED
    status: Collection[AlertStatus] | None = None
    skus: Collection[str] | None = None
    locations: Collection[str] | None = None
    categories: Collection[str] | None = None
    vendors: Collection[str] | None = None

    @property
    def names_ended(self) -> bool:
        return self.status is not None and AlertStatus.RESOLVED in self.status

    def matches(self, state: AlertState, scope: Scope) -> bool:
        """Whether the alert, as it is, belongs in this stream."""
        return self._covers(state, scope) and self._describes(state.kind, state.status)

    def matched(
        self, state: AlertState, kind_before: AlertKind | None, status_before: AlertStatus | None, scope: Scope
    ) -> bool:
        """Whether it belonged in this stream before its last change, which moves it by kind and status alone; a new one
        did not."""
        if kind_before is None or status_before is None:
            return False
        return self._covers(state, scope) and self._describes(kind_before, status_before)

    def covers(self, place: Place, vendor: str | None, category: str | None, scope: Scope) -> bool:
        """Whether alerts of the level there belong in this stream while its item is that vendor's, in that category."""
        sku, location = place
        return (
            (scope.vendor is None or vendor == scope.vendor)
            and _among(sku, self.skus)
            and _among(location, self.locations)
            and _among(category, self.categories)
            and _among(vendor, self.vendors)
        )

    def _covers(self, state: AlertState, scope: Scope) -> bool:
        return self.covers(state.alert.place, state.item.vendor, state.item.category, scope)

    def _describes(self, kind: AlertKind, status: AlertStatus) -> bool:
        return _among(kind, self.kinds) and _among(status, self.status)


def _among(value: object, wanted: Collection[object] | None) -> bool:
    return wanted is None or value in wanted


class BadStreamCursor(Exception):
    """`after` is not a cursor of ours."""


class LiveStreams(Protocol):
    def watch(
        self, scope: Scope, filter: StreamFilter[E], *, snapshot: bool = False, after: str | None = None
    ) -> AsyncIterator[E]:
        """Watch things of the filter's kind until the iterator is closed. Raises BadStreamCursor at once."""
        ...
