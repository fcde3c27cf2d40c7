"""Hub: the live streams of this process. It implements `services.live.LiveStreams` on the broadcast log."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

from domain.access import Scope
from services.live import BadStreamCursor, StreamEvent, StreamEventType, StreamFilter
from subscriptions import metrics
from subscriptions.hub.feed import Feed
from subscriptions.hub.kind import AnyKind, Change
from subscriptions.hub.kinds import Kinds
from subscriptions.hub.log_pages import LogPages, Page
from subscriptions.hub.snapshots import Snapshots
from subscriptions.hub.source import Closable, Wish
from subscriptions.hub.states import State
from subscriptions.hub.told_events import ToldEvents
from subscriptions.hub.watch import Watch
from subscriptions.hub.watch_group import GroupKey, group_key
from subscriptions.hub.watch_queue import WatchQueue
from subscriptions.log.broadcast import BoundedBroadcast
from subscriptions.log.broadcast_log import BroadcastLog, Entry, LogUnavailable, Position
from subscriptions.outage import Outage
from subscriptions.task_end import end

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=StreamEvent)

BEAT_S = 1.0
LOG_READS_AT_ONCE = 16
#: How long an event of no thing, once made, is told to all who are as far.
TOLD_FOR_S = 1.0


@dataclass(frozen=True, slots=True)
class HubLimits:
    """`queue_max` events wait for one slow reader; from `lagging_at` on, if their kind coalesces, later ones of a thing
    replace earlier ones.

    Streams that a RESET begins anew read their snapshots within `reset_spread_s`, each group at a moment of its own.
    """

    queue_max: int = 256
    lagging_at: int = 32
    caught_up_every_s: float = 10.0
    reset_spread_s: float = 0.5


class Hub:
    """One subscription of the log for each tenant that is watched, whatever is watched and by how many.

    `broadcast` is that of `log`, already connected. Use as a context: leaving it ends every stream.
    """

    def __init__(
        self,
        broadcast: BoundedBroadcast,
        log: BroadcastLog,
        kinds: Iterable[AnyKind],
        *,
        now: Callable[[], datetime],
        limits: HubLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        randomness: random.Random | None = None,
    ) -> None:
        self._randomness = randomness or random.Random()
        self._broadcast = broadcast
        self._log = log
        self._kinds = Kinds(kinds)
        self._limits = limits or HubLimits()
        self._clock = clock
        self._now = now
        asked = self._outage("the database, asked for snapshots,")
        self._snapshots = Snapshots(asked, self._randomness, clock=clock)
        self._log_outage = self._outage("the broadcast log, asked to replay,")
        self._log_reads = asyncio.Semaphore(LOG_READS_AT_ONCE)
        self._pages = LogPages(self._entries, self._changes)
        self._told_events = ToldEvents()
        self._feeds: dict[UUID, tuple[Feed, asyncio.Task[None]]] = {}
        self._watches: set[Closable] = set()
        self._told: dict[tuple[AnyKind, StreamEventType], tuple[float, StreamEvent]] = {}
        self._beating: asyncio.Task[None] | None = None

    def _outage(self, name: str) -> Outage:
        return Outage(name, self._randomness, clock=self._clock)

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat_for_ever())
        return self

    async def __aexit__(self, *_: object) -> None:
        for watch in tuple(self._watches):
            await watch.aclose()
        if self._beating is not None:
            await end(self._beating, again_s=BEAT_S)
        await self._pages.close()
        await self._snapshots.close()

    def watch(
        self, scope: Scope, filter: StreamFilter[S], *, snapshot: bool = False, after: str | None = None
    ) -> Watch[S]:
        """Opened by its first reading. Raises BadStreamCursor at once."""
        try:
            position = None if after is None else Position.decode(after)
        except ValueError as fault:
            raise BadStreamCursor(str(fault)) from fault
        kind = self._kinds.asked_by(filter)
        queue = WatchQueue(self._limits.queue_max, self._limits.lagging_at if kind.coalesces else None)
        return Watch(self, Wish(group_key(kind, scope, filter), snapshot, position), queue)

    def beat(self) -> None:
        """Tell each stream how far it is that was told nothing for a while, and let go of snapshots nobody takes."""
        self._snapshots.let_go()
        older_than = self._clock() - self._limits.caught_up_every_s
        for feed, _ in self._feeds.values():
            feed.beat(self._caught_up, older_than)

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self.beat()

    def _caught_up(self, kind: AnyKind, position: Position) -> StreamEvent:
        return self.told(kind, StreamEventType.CAUGHT_UP, position.encode())

    # ------------------------------------------------------------------ for the streams
    def told(self, kind: AnyKind, type: StreamEventType, cursor: str) -> StreamEvent:
        """An event of no thing: one and the same for all who are told it at about the same time."""
        at = self._clock()
        made_at, event = self._told.get((kind, type), (at, None))
        if event is None or event.cursor != cursor or at - made_at >= TOLD_FOR_S:
            event = kind.bare(type, cursor, self._now())
            self._told[kind, type] = at, event
        return event

    def enter(self, watch: Closable, tenant: UUID) -> Feed:
        self._watches.add(watch)
        metrics.WATCHES.inc()
        if tenant not in self._feeds:
            feed = self._feed(tenant)
            # For all who come, and so in nobody's context.
            self._feeds[tenant] = feed, asyncio.create_task(feed.run(), context=Context())
        feed, _ = self._feeds[tenant]
        feed.users += 1
        return feed

    def _feed(self, tenant: UUID) -> Feed:
        outage = self._outage(f"the broadcast log, channel {tenant},")
        sources = self._broadcast, self._log, self._kinds, outage, self._told_events
        return Feed(tenant, *sources, now=self._now, clock=self._clock)

    async def leave(self, watch: Closable, feed: Feed) -> None:
        self._watches.discard(watch)
        metrics.WATCHES.dec()
        feed.users -= 1
        if not feed.users:
            _, task = self._feeds.pop(feed.tenant)
            await end(task, again_s=BEAT_S)

    async def read_state(self, key: GroupKey, position: Position, *, after_reset: bool) -> State:
        within_s = self._limits.reset_spread_s if after_reset else 0.0
        return await self._snapshots.read(key, position, within_s=within_s)

    async def read_log(self, feed: Feed, after: Position) -> Page:
        return await self._pages.after(feed.channel, after)

    async def _entries(self, channel: str, after: Position, limit: int) -> list[Entry]:
        while True:
            try:
                async with self._log_reads:
                    entries = await self._log.read(channel, after, limit)
            except LogUnavailable as fault:
                await self._log_outage.pause(fault)
            else:
                self._log_outage.over()
                return entries

    def _changes(self, entry: Entry) -> list[Change]:
        try:
            return self._kinds.changes(entry)
        except ValueError:
            return []  # the feed has said so when it came
