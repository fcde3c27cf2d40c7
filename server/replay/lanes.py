"""Lanes: work done at once, but for one SKU begun strictly in the order in which it was given."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

Work = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Lane:
    """Of one SKU: what later work waits for, and the ends of all that was begun since work was last done alone."""

    opens: asyncio.Future[None] | None = None
    ends: set[asyncio.Future[None]] = field(default_factory=set[asyncio.Future[None]])


class Lanes:
    """`async with Lanes(limit) as lanes`: leaving waits for all work; one failure ends the rest and is raised.

    Work asks for what it needs before it first waits for anything: so whoever answers is asked in the order given.
    """

    def __init__(self, limit: int) -> None:
        self._room = asyncio.Semaphore(limit)
        self._group = asyncio.TaskGroup()
        self._lanes: dict[str, _Lane] = {}

    async def __aenter__(self) -> "Lanes":
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._group.__aexit__(*failure)  # type: ignore[arg-type]

    async def begin(self, skus: Iterable[str], work: Work, *, alone: bool = False) -> None:
        """Start as soon as there is room, and earlier work on its SKUs was begun.

        `alone`: it must know what came of all earlier work on its SKUs; it starts when that is done, and later work
        on them when this is.
        """
        await self._room.acquire()
        lanes = [self._lanes.setdefault(sku, _Lane()) for sku in set(skus)]
        before = {end for lane in lanes for end in (lane.ends if alone else (lane.opens,)) if end is not None}
        begun = asyncio.get_running_loop().create_future()
        task = self._group.create_task(self._run(before, begun, work))
        for lane in lanes:
            lane.opens = task if alone else begun
            if alone:
                lane.ends.clear()
            lane.ends.add(task)

    async def _run(self, before: set[asyncio.Future[None]], begun: asyncio.Future[None], work: Work) -> None:
        try:
            if waiting := [each for each in before if not each.done()]:
                await asyncio.wait(waiting)
            begun.set_result(None)  # who waits for it goes on after this task, which first runs on into the work
            await work()
        finally:
            self._room.release()
