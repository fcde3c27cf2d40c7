"""WatchGroup: the streams of one tenant that see exactly the same things, by kind, scope and filter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any, NamedTuple, Protocol

from domain.access import Scope
from services.live import StreamEvent, StreamFilter
from subscriptions.hub.kind import AnyKind, Change
from subscriptions.hub.outlet import Channel, Lane, Parked, Passing
from subscriptions.hub.told_events import ToldEvents


class GroupKey(NamedTuple):
    kind: AnyKind
    scope: Scope
    filter: StreamFilter[Any]


def group_key(kind: AnyKind, scope: Scope, filter: StreamFilter[Any]) -> GroupKey:
    """Equal for filters that differ in order or repetition only."""
    asked: Any = filter
    given = {field.name: getattr(asked, field.name) for field in fields(asked)}
    sets = {name: frozenset(value) for name, value in given.items() if _holds_several(value)}
    return GroupKey(kind, scope, replace(asked, **sets))


def _holds_several(value: object) -> bool:
    """A text is one value, though it is a collection of letters."""
    return isinstance(value, Collection) and not isinstance(value, str)


class Follower(Protocol):
    """A live stream, as its group tells it something. Nothing here waits."""

    def offer(self, event: StreamEvent, change: Change) -> None: ...

    def offer_caught_up(self, event: StreamEvent) -> None:
        """All up to the event's cursor was offered."""
        ...

    def unsettle(self, change: Change) -> None:
        """What it may see is no longer what it was."""
        ...

    def reset(self) -> None:
        """Something was missed."""
        ...


class WatchGroup:
    """Holds those that are live; one event is made for all of them. The parked are offered nothing: their channels are
    handed it once. What was told is kept in `told_events`, for a while."""

    def __init__(self, key: GroupKey, told_at: float, told_events: ToldEvents | None = None) -> None:
        self.key = key
        #: Where changes are looked for that may concern it.
        self.place = key.kind.place(key.scope, key.filter)
        #: Open streams, live or on their way; the feed drops a group without any.
        self.members = 0
        self.told_at = told_at
        self._live: dict[Follower, None] = {}
        self._parked: dict[Follower, Parked] = {}
        #: Of the parked, by who shows them what comes; none is empty.
        self._lanes: dict[Channel, Lane] = {}
        self._told = ToldEvents() if told_events is None else told_events
        #: What it is known by there.
        self._name = object()

    def join(self, watch: Follower) -> None:
        self._live[watch] = None

    def leave(self, watch: Follower) -> None:
        self._live.pop(watch, None)
        self.unpark(watch)

    def park(self, watch: Follower, parked: Parked) -> None:
        """One that is live, and has told all it was offered."""
        del self._live[watch]
        self._parked[watch] = parked
        channel = parked.outlet.channel
        lane = self._lanes.get(channel)
        if lane is None:
            lane = self._lanes[channel] = Lane()
        lane.peers[parked] = parked.outlet

    def unpark(self, watch: Follower) -> None:
        """Nothing is offered to it from here on, unless it joins again."""
        parked = self._parked.pop(watch, None)
        if parked is None:
            return
        channel = parked.outlet.channel
        peers = self._lanes[channel].peers
        del peers[parked]
        if not peers:
            del self._lanes[channel]

    def told(self, change: Change) -> StreamEvent | None:
        """One and the same event for the whole group, also where each of its streams reads the change by itself."""
        event = self._told.get(self._name, change.cursor)
        if event is None:
            kind, scope, filter = self.key
            event = kind.told(change, scope, filter)
            if event is not None:
                self._told.keep(self._name, event)
        return event

    def publish(self, change: Change, at: float) -> int:
        """To how many it is handed. Who comes to it later by the feed's memory finds the event at the change."""
        kind, scope, filter = self.key
        event = kind.told(change, scope, filter)
        if event is None:
            return 0
        self.told_at = at
        if change.unsettles:
            for watch in (*self._live, *self._parked):
                watch.unsettle(change)
            return 0
        offered = len(self._live) + len(self._parked)
        if self._lanes:
            passing = change.passing(event)
            for channel, lane in self._lanes.items():
                channel.push(passing, lane)
        if self._live:
            for watch in tuple(self._live):
                watch.offer(event, change)
        return offered

    def catch_up(self, caught_up: Passing, at: float) -> None:
        """Nothing matched for a while: all up to the event's cursor, and so up to its place in the log, was sent."""
        self.told_at = at
        for channel, lane in self._lanes.items():
            channel.push(caught_up, lane)
        for watch in tuple(self._live):
            watch.offer_caught_up(caught_up.event)

    def reset(self) -> None:
        for watch in (*self._live, *self._parked):
            watch.reset()
