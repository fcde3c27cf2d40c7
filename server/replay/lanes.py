"""Lanes: work done at once, but for one SKU strictly in the order it was begun."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable


class Lanes:
    """`async with Lanes(limit) as lanes`: leaving waits for all work; one failure ends the rest and is raised."""

    def __init__(self, limit: int) -> None:
        self._room = asyncio.Semaphore(limit)
        self._group = asyncio.TaskGroup()
        self._last: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> "Lanes":
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._group.__aexit__(*failure)  # type: ignore[arg-type]

    async def begin(self, skus: Iterable[str], work: Callable[[], Awaitable[None]]) -> None:
        """Start as soon as there is room; it runs when all earlier work on its SKUs is done."""
        await self._room.acquire()
        touched = set(skus)
        before = {self._last[sku] for sku in touched if sku in self._last}
        task = self._group.create_task(self._run(before, work))
        for sku in touched:
            self._last[sku] = task

    async def _run(self, before: set[asyncio.Task[None]], work: Callable[[], Awaitable[None]]) -> None:
        try:
            if before:
                await asyncio.wait(before)
            await work()
        finally:
            self._room.release()
