"""Levels: stock levels as the hub watches them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.access import Scope
from domain.events import Before, StockLevelChanged
from domain.levels import LevelState
from services.live import LevelEvent, LevelStreamFilter, StreamEventType
from services.reads import LevelFilter, Snapshot
from subscriptions.hub.kind import Change, Kind, Shelf

#: What is told of a thing that left is told by this key; of one that is there by who sees it (a vendor, or none), and
#: whether it was there before: whoever is told of one that comes in was told no earlier state of it.
_LEFT = object()


class LevelSnapshots(Protocol):
    """The part of `services.reads.StockReads` that streams need."""

    async def snapshot(self, scope: Scope, filter: LevelFilter) -> Snapshot[LevelState]: ...


class Levels(Kind[LevelStreamFilter, LevelState, LevelEvent]):
    filter = LevelStreamFilter
    events = (StockLevelChanged,)
    coalesces = True

    def __init__(self, reads: LevelSnapshots) -> None:
        self._reads = reads

    def told(self, change: Change, scope: Scope, filter: LevelStreamFilter) -> LevelEvent | None:
        event: StockLevelChanged = change.event
        was_there = filter.matched(event.level, event.before, scope)
        if filter.matches(event.level, scope):
            return change.once((scope.vendor, was_there), lambda: _changed(change, scope, was_there=was_there))
        return change.once(_LEFT, lambda: _removed(change)) if was_there else None

    async def snapshot(self, scope: Scope, filter: LevelStreamFilter) -> Snapshot[LevelState]:
        return await self._reads.snapshot(scope, _read_filter(filter))

    def shown(self, thing: LevelState, cursor: str) -> LevelEvent:
        return LevelEvent(StreamEventType.SNAPSHOT, cursor, thing.updated_at, thing.id, thing)

    def bare(self, type: StreamEventType, cursor: str, at: datetime) -> LevelEvent:
        return LevelEvent(type, cursor, at)

    shelves = {  # noqa: RUF012 - of the class, and never changed
        "sku": Shelf(lambda scope, wanted: wanted.skus, lambda event: (event.level.item.sku,)),
        "location": Shelf(lambda scope, wanted: wanted.locations, lambda event: (event.level.location.code,)),
        "vendor": Shelf(
            lambda scope, wanted: wanted.vendors if scope.vendor is None else [scope.vendor],
            lambda event: {event.level.item.vendor, event.before and event.before.vendor},
        ),
        "category": Shelf(
            lambda scope, wanted: wanted.categories,
            lambda event: {event.level.item.category, event.before and event.before.category},
        ),
        "condition": Shelf(
            lambda scope, wanted: wanted.conditions,
            lambda event: {event.level.item.condition, event.before and event.before.condition},
        ),
        "status": Shelf(
            lambda scope, wanted: wanted.status,
            lambda event: {event.level.status, event.before and event.before.status},
        ),
    }


def _changed(change: Change, scope: Scope, *, was_there: bool) -> LevelEvent:
    event: StockLevelChanged = change.event
    return LevelEvent(
        StreamEventType.CHANGE,
        change.cursor,
        event.stamp.occurred_at,
        event.level.id,
        event.level,
        change.previous_version if was_there else None,
        _available_before(event.before, scope),
        event.kind,
        event.cause,
        traceparent=change.traceparent,
    )


def _removed(change: Change) -> LevelEvent:
    event: StockLevelChanged = change.event
    return LevelEvent(
        StreamEventType.REMOVED,
        change.cursor,
        event.stamp.occurred_at,
        event.level.id,
        traceparent=change.traceparent,
    )


def _available_before(before: Before | None, scope: Scope) -> int | None:
    """What was another vendor's until now stays that vendor's secret."""
    if before is None or (scope.vendor is not None and before.vendor != scope.vendor):
        return None
    return before.available_to_promise


def _read_filter(filter: LevelStreamFilter) -> LevelFilter:
    return LevelFilter(
        None if filter.skus is None else sorted(filter.skus),
        None if filter.locations is None else sorted(filter.locations),
        None if filter.categories is None else sorted(filter.categories),
        None if filter.vendors is None else sorted(filter.vendors),
        None if filter.conditions is None else sorted(filter.conditions),
        None if filter.status is None else sorted(filter.status),
    )
