"""Snapshots: the states that streams begin with, read once for all who ask for the same at the same time."""

from __future__ import annotations

import asyncio
from typing import Protocol

from domain.access import Scope
from services.live import LevelStreamFilter
from services.reads import LevelFilter, Snapshot
from subscriptions.hub.watch_group import GroupKey, group_key
from subscriptions.outage import Outage

READS_AT_ONCE = 4


class SnapshotReads(Protocol):
    """The part of `services.reads.StockReads` that streams need."""

    async def snapshot(self, scope: Scope, filter: LevelFilter) -> Snapshot: ...


class Snapshots:
    """A thousand screens that begin anew together cost two reads: one under way, one for all who came after it began.

    A read that had begun is not shared: who came later may have a later position in the log than it saw.
    """

    def __init__(self, stock: SnapshotReads, outage: Outage) -> None:
        self._stock = stock
        self._outage = outage
        self._places = asyncio.Semaphore(READS_AT_ONCE)
        self._waiting: dict[GroupKey, asyncio.Task[Snapshot]] = {}
        self._under_way: dict[GroupKey, asyncio.Task[Snapshot]] = {}

    async def read(self, scope: Scope, filter: LevelStreamFilter) -> Snapshot:
        """Waits while the database is away."""
        key = group_key(scope, filter)
        task = self._waiting.get(key)
        if task is None:
            task = self._waiting[key] = asyncio.create_task(self._read_in_turn(key))
        return await asyncio.shield(task)

    async def close(self) -> None:
        tasks = {*self._waiting.values(), *self._under_way.values()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_in_turn(self, key: GroupKey) -> Snapshot:
        if key in self._under_way:
            await asyncio.wait({self._under_way[key]})
        async with self._places:
            self._under_way[key] = self._waiting.pop(key)
            try:
                return await self._read(key)
            finally:
                del self._under_way[key]

    async def _read(self, key: GroupKey) -> Snapshot:
        scope, filter = key
        while True:
            try:
                snapshot = await self._stock.snapshot(scope, level_filter(filter))
            except Exception as fault:  # noqa: BLE001 - whatever it is, a stream must not go silent: told once, tried on
                await self._outage.pause(fault)
            else:
                self._outage.over()
                return snapshot


def level_filter(filter: LevelStreamFilter) -> LevelFilter:
    return LevelFilter(
        None if filter.skus is None else sorted(filter.skus),
        None if filter.locations is None else sorted(filter.locations),
        None if filter.categories is None else sorted(filter.categories),
        None if filter.vendors is None else sorted(filter.vendors),
        None if filter.conditions is None else sorted(filter.conditions),
        None if filter.status is None else sorted(filter.status),
    )
