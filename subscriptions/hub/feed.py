"""Feed: one tenant's channel of the broadcast log as this process follows it, shared by all its streams."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import cast
from uuid import UUID

from broadcaster._base import Unsubscribed

from services.live import StreamEvent
from subscriptions import metrics
from subscriptions.hub.group_index import GroupIndex
from subscriptions.hub.kind import AnyKind, Change
from subscriptions.hub.kinds import Kinds
from subscriptions.hub.outlet import Passing
from subscriptions.hub.told_events import ToldEvents
from subscriptions.hub.versions import Versions
from subscriptions.hub.watch_group import GroupKey, WatchGroup
from subscriptions.log.broadcast import BoundedBroadcast, Deliveries
from subscriptions.log.broadcast_log import (
    BroadcastLog,
    Delivery,
    Entry,
    LogUnavailable,
    Lost,
    Position,
    Reset,
    Restored,
)
from subscriptions.outage import Outage

logger = logging.getLogger(__name__)

#: Changes kept in memory, so that a stream that has just read a snapshot needs no look into the log.
RECENT_MAX = 1_024
#: Of these handed to one stream at once: those of one that stands still wait for its reader.
CHANGES_AT_ONCE = 128
#: Deliveries taken before readers have their turn; fewer than any queue holds. Where each concerns many groups, as many
#: as are taken within so long.
BURST, BURST_S = 16, 0.005


class _Lane:
    """What is kept apart for each kind."""

    def __init__(self, kind: AnyKind) -> None:
        self.index = GroupIndex(kind.shelves)
        self.versions = Versions()


class Feed:
    """Reads the channel while anyone watches it, and hands each change to the groups that it may concern."""

    def __init__(
        self,
        tenant: UUID,
        broadcast: BoundedBroadcast,
        log: BroadcastLog,
        kinds: Kinds,
        outage: Outage,
        told_events: ToldEvents,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self.tenant = tenant
        self.users = 0
        self._broadcast = broadcast
        self._log = log
        self._kinds = kinds
        self._outage = outage
        self._told_events = told_events
        self._now = now
        self._clock = clock
        self._position: Position | None = None
        self._ready = asyncio.Event()
        self._lost = False
        self._lanes = {kind: _Lane(kind) for kind in kinds}
        self._groups: dict[GroupKey, WatchGroup] = {}
        self._recent: deque[Change] = deque()
        #: Every change after this offset, up to the position, is among the recent.
        self._recent_from = 0

    # ------------------------------------------------------------------ the channel
    @property
    def channel(self) -> str:
        return str(self.tenant)

    @property
    def position(self) -> Position:
        """How far the channel has been handed on. Only once `ready` has returned."""
        assert self._position is not None
        return self._position

    async def ready(self) -> None:
        """Until the channel is followed: every later entry will come."""
        await self._ready.wait()

    async def run(self) -> None:
        """Follow until cancelled, or until the broadcast ends; wait for a log that is away."""
        while True:
            try:
                async with self._broadcast.subscribe(self.channel) as subscriber:
                    self._outage.over()
                    await self._follow(subscriber)
                return
            except LogUnavailable as fault:
                await self._outage.pause(fault)

    async def _follow(self, subscriber: Deliveries) -> None:
        self._begin(self._log.position(self.channel))
        self._ready.set()
        with suppress(Unsubscribed):
            while True:
                until: float | None = None
                for _ in range(BURST):  # what comes together leaves together, but no reader's queue is filled by it
                    event = await subscriber.get()
                    until = time.perf_counter() + BURST_S if until is None else until
                    self._take_safely(cast(Delivery, event.message))
                    if not subscriber.more or time.perf_counter() >= until:
                        break
                if subscriber.more:  # else readers have their turn while we wait
                    await asyncio.sleep(0)

    def _begin(self, position: Position) -> None:
        self._position = position
        self._lost = False
        self._recent.clear()
        self._recent_from = position.offset
        for lane in self._lanes.values():
            lane.versions.clear()

    # ------------------------------------------------------------------ what comes
    def _take_safely(self, delivery: Delivery) -> None:
        try:
            self.take(delivery)
        except Exception:
            logger.exception("channel %s: a delivery was not handed on; its streams begin anew", self.channel)
            self._reset(self.position)

    def take(self, delivery: Delivery) -> None:
        match delivery:
            case Entry():
                self._take_entry(delivery)
            case Reset():
                self._reset(delivery.position)
            case Lost():
                self._lost = True
            case Restored():
                self._lost = False

    def _take_entry(self, entry: Entry) -> None:
        self._position = entry.position
        metrics.ENTRIES.inc()
        try:
            changes = self._kinds.changes(entry)
        except ValueError as fault:
            metrics.UNREADABLE.inc()
            logger.error("entry %s of channel %s is skipped: %s", entry.position.offset, self.channel, fault)
            return
        for change in changes:
            lane = self._lanes[change.kind]
            if lane.versions.take(change.thing_id, change.version):
                self._keep(change)
                self._publish(change, lane.index)

    def _keep(self, change: Change) -> None:
        self._recent.append(change)
        if len(self._recent) > RECENT_MAX:
            self._recent_from = self._recent.popleft().position.offset

    def _publish(self, change: Change, index: GroupIndex) -> None:
        at = self._clock()
        metrics.EVENT_AGE.observe((self._now() - change.recorded_at).total_seconds())
        groups = self._of(change.kind) if change.unsettles else index.concerned(change.event)
        metrics.OFFERED.inc(sum([group.publish(change, at) for group in groups]))

    def _of(self, kind: AnyKind) -> list[WatchGroup]:
        return [group for group in self._groups.values() if group.key.kind is kind]

    def _reset(self, position: Position) -> None:
        """What was missed cannot be had: everyone begins anew."""
        self._begin(position)
        for group in tuple(self._groups.values()):
            group.reset()

    # ------------------------------------------------------------------ the streams
    def since(self, position: Position, kind: AnyKind) -> list[Change] | None:
        """The next changes of a kind after a position, from memory; None where only the log can tell: memory does not
        reach back so far, nor to another epoch, and what is ahead of it may be ahead of the log."""
        if position.epoch != self.position.epoch or not self._recent_from <= position.offset <= self.position.offset:
            return None
        offset = position.offset
        behind = (change for change in self._recent if change.position.offset > offset and change.kind is kind)
        return list(islice(behind, CHANGES_AT_ONCE))

    def group(self, key: GroupKey) -> WatchGroup:
        """The group of such streams, entered; `leave` it at the end."""
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = WatchGroup(key, self._clock(), self._told_events)
            metrics.GROUPS.inc()
            self._lanes[key.kind].index.add(group)
        group.members += 1
        return group

    def leave(self, group: WatchGroup) -> None:
        group.members -= 1
        if not group.members:
            del self._groups[group.key]
            metrics.GROUPS.dec()
            self._lanes[group.key.kind].index.remove(group)

    def beat(self, caught_up: Callable[[AnyKind, Position], StreamEvent], older_than: float) -> None:
        """Tell those who were told nothing for a while how far they are; nobody while the log is away."""
        if self._lost or self._position is None:
            return
        at, position, passing = self._clock(), self._position, dict[AnyKind, Passing]()
        for group in self._groups.values():
            if group.told_at <= older_than:
                kind = group.key.kind
                if kind not in passing:
                    passing[kind] = Passing(caught_up(kind, position), None, position.offset, None)
                group.catch_up(passing[kind], at)
