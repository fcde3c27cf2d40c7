"""Report parts: what an operation selects of its reports, collected and read at one moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, TypeVar

from services.insight_ports import ReportReads
from services.pages import BadCursor

T = TypeVar("T")
Part = Callable[[ReportReads], Awaitable[T]]


class ReportParts:
    """`open` gives reads that tell of one moment.

    The engine begins all reports of an operation before it waits for any, and asks for all fields of one as soon as it
    is there. So nothing is read while a report is `coming`, and everything at once thereafter. A cursor that leads
    nowhere is the fault of one part; whatever else goes wrong, goes wrong with all.
    """

    def __init__(self, open: Callable[[], AbstractAsyncContextManager[ReportReads]]) -> None:
        self._open = open
        self._coming = 0
        self._asked: list[tuple[Part[Any], asyncio.Future[Any]]] = []
        self._reading: set[asyncio.Task[None]] = set()
        self._due = False

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Around what a report takes to be there, or to be refused."""
        self._coming += 1
        try:
            yield
        finally:
            asyncio.get_running_loop().call_soon(self._came)

    def read(self, part: Part[T]) -> Awaitable[T]:
        found: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._asked.append((part, found))
        self._begin()
        return found

    def _came(self) -> None:
        self._coming -= 1
        self._begin()

    def _begin(self) -> None:
        """Soon: the other fields of a report are asked for in the same turn of the loop, or in the next."""
        if self._asked and not self._coming and not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        task = asyncio.create_task(self._read())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self) -> None:
        asked, self._asked, self._due = self._asked, [], False
        try:
            async with self._open() as reads:
                answers = [await _found(part(reads)) for part, _ in asked]
        except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs to whoever asked
            answers = [fault] * len(asked)
        for (_, found), answer in zip(asked, answers, strict=True):
            if found.done():
                continue
            if isinstance(answer, Exception):
                found.set_exception(answer)
            else:
                found.set_result(answer)


async def _found(answer: Awaitable[T]) -> T | BadCursor:
    try:
        return await answer
    except BadCursor as bad:
        return bad
