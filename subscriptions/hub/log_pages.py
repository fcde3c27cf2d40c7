"""LogPages: the past of a channel, read and decoded once for all streams that catch up.

A thousand screens that come back at once ask for the same thousands of entries, and each wants a few of them. So pages
begin at the same places for all, one that is full is kept for a while, and a stream is handed what concerns it alone.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import NamedTuple

from subscriptions.hub.kind import AnyKind, Change, Place
from subscriptions.log.broadcast_log import Entry, Position, Truncated
from subscriptions.task_end import end

#: Entries of a page.
LOG_PAGE = 128
#: Full pages kept; some 8 MB.
PAGES_KEPT = 32
CANCEL_AGAIN_S = 1.0


class Page:
    """Some of the log: the changes in it, of all kinds, and where it ends (where it began, if nothing came since)."""

    __slots__ = ("_shelves", "changes", "end")

    def __init__(self, changes: Sequence[Change], end: Position) -> None:
        self.changes = changes
        self.end = end
        #: By kind and shelf, the numbers of the changes to be found under each value there.
        self._shelves: dict[tuple[AnyKind, str], dict[Hashable, list[int]]] = {}

    def concerning(self, kind: AnyKind, place: Place | None, after: Position) -> list[Change]:
        """Those behind a position that streams at this place may be told, each once, in order."""
        if place is None:
            return [change for change in self.changes if change.kind is kind and change.position.offset > after.offset]
        found = self._found(kind, place.shelf)
        numbers = {number for value in (*place.values, _ALL) for number in found.get(value, ())}
        return [
            change for change in map(self.changes.__getitem__, sorted(numbers)) if change.position.offset > after.offset
        ]

    def _found(self, kind: AnyKind, shelf: str) -> dict[Hashable, list[int]]:
        found = self._shelves.get((kind, shelf))
        if found is None:
            found = self._shelves[kind, shelf] = {}
            values_of = kind.shelves[shelf].values
            for number, change in enumerate(self.changes):
                if change.kind is kind:
                    for value in (_ALL,) if change.unsettles else set(values_of(change.event)):
                        found.setdefault(value, []).append(number)
        return found


class _All:
    """Stands for every value: what changes who may see which concerns all streams of its kind."""


_ALL = _All()


class _Key(NamedTuple):
    channel: str
    start: Position


class LogPages:
    """`entries` gives at most LOG_PAGE entries of a channel after a position, `changes` what one of them means.

    `close` at the end.
    """

    def __init__(
        self, entries: Callable[[str, Position, int], Awaitable[list[Entry]]], changes: Callable[[Entry], list[Change]]
    ) -> None:
        self._entries = entries
        self._changes = changes
        self._kept: OrderedDict[_Key, Page] = OrderedDict()
        self._reading: dict[_Key, asyncio.Task[Page]] = {}

    async def close(self) -> None:
        for task in tuple(self._reading.values()):
            await end(task, again_s=CANCEL_AGAIN_S)

    async def after(self, channel: str, position: Position) -> Page:
        """The page that goes on behind the position; it may hold what lies before. Raises Truncated."""
        start = Position(position.epoch, position.offset - position.offset % LOG_PAGE)
        try:
            page = await self._page(_Key(channel, start))
        except Truncated:
            if start == position:
                raise
        else:
            if page.end.offset >= position.offset:
                return page
        # The log no longer reaches back to the beginning of the page; or not so far ahead, at least when it was asked.
        return await self._read(channel, position, LOG_PAGE - position.offset % LOG_PAGE)

    async def _page(self, key: _Key) -> Page:
        page = self._kept.get(key)
        if page is not None:
            self._kept.move_to_end(key)
            return page
        task = self._reading.get(key)
        if task is None:
            task = self._reading[key] = asyncio.create_task(self._read(*key, LOG_PAGE))
            task.add_done_callback(lambda done: self._read_once(key, done))
        return await asyncio.shield(task)

    async def _read(self, channel: str, after: Position, limit: int) -> Page:
        entries = await self._entries(channel, after, limit)
        changes = [change for entry in entries for change in self._changes(entry)]
        return Page(changes, entries[-1].position if entries else after)

    def _read_once(self, key: _Key, done: asyncio.Task[Page]) -> None:
        del self._reading[key]
        if done.cancelled() or done.exception() is not None:
            return
        page = done.result()
        if page.end.offset == key.start.offset + LOG_PAGE:
            self._kept[key] = page
            if len(self._kept) > PAGES_KEPT:
                self._kept.popitem(last=False)
