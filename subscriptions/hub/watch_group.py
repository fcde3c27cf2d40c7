"""WatchGroup: the streams of one tenant that see exactly the same levels, by scope and filter."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from typing import Protocol, TypeAlias, TypeVar

from domain.access import Scope
from services.live import LevelEvent, LevelStreamFilter
from subscriptions import metrics
from subscriptions.hub.level_change import LevelChange

T = TypeVar("T")
GroupKey: TypeAlias = tuple[Scope, LevelStreamFilter]

#: Events kept for those of the group that come to the same change later, out of the log.
TOLD_KEPT = 256


def group_key(scope: Scope, filter: LevelStreamFilter) -> GroupKey:
    """Equal for filters that differ in order or repetition only."""
    return scope, replace(
        filter,
        skus=_set(filter.skus),
        locations=_set(filter.locations),
        categories=_set(filter.categories),
        vendors=_set(filter.vendors),
        conditions=_set(filter.conditions),
        status=_set(filter.status),
    )


def _set(values: Collection[T] | None) -> Collection[T] | None:
    return None if values is None else frozenset(values)


class Follower(Protocol):
    """A live stream, as its group tells it something. Nothing here waits."""

    def offer(self, event: LevelEvent, change: LevelChange) -> None: ...

    def offer_caught_up(self, event: LevelEvent) -> None:
        """All up to the event's cursor was offered."""
        ...

    def reset(self) -> None:
        """Something was missed."""
        ...


class WatchGroup:
    """Holds those that are live; one event is made for all of them."""

    def __init__(self, key: GroupKey, told_at: float) -> None:
        self.key = key
        self.scope, self.filter = key
        #: Open streams, live or on their way; the feed drops a group without any.
        self.members = 0
        self.told_at = told_at
        self._live: dict[Follower, None] = {}
        self._told: OrderedDict[str, LevelEvent] = OrderedDict()

    def join(self, watch: Follower) -> None:
        self._live[watch] = None

    def leave(self, watch: Follower) -> None:
        self._live.pop(watch, None)

    def told(self, change: LevelChange) -> LevelEvent | None:
        """One and the same event for the whole group, also where each of its streams reads the change by itself."""
        event = self._told.get(change.cursor)
        if event is None:
            event = change.told_to(self.scope, self.filter)
            if event is not None:
                self._keep(event)
        return event

    def _keep(self, event: LevelEvent) -> None:
        self._told[event.cursor] = event
        if len(self._told) > TOLD_KEPT:
            self._told.popitem(last=False)

    def publish(self, change: LevelChange, at: float) -> None:
        event = self.told(change)
        if event is None:
            return
        self.told_at = at
        metrics.OFFERED.inc(len(self._live))
        for watch in tuple(self._live):
            watch.offer(event, change)

    def catch_up(self, caught_up: LevelEvent, at: float) -> None:
        """Nothing matched for a while: all up to the event's cursor was sent."""
        self.told_at = at
        for watch in tuple(self._live):
            watch.offer_caught_up(caught_up)

    def reset(self) -> None:
        for watch in tuple(self._live):
            watch.reset()
