"""Report parts: what a query selects of one report, collected and read at one moment."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

from strawberry.dataloader import DataLoader

from services.pages import BadCursor

R = TypeVar("R")
T = TypeVar("T")


class ReportParts(Generic[R]):
    """`open` gives reads that tell of one moment.

    The engine asks for all fields of a report before it waits for any, so they come here together. A cursor that leads
    nowhere is the fault of one part; whatever else goes wrong, goes wrong with the report.
    """

    def __init__(self, open: Callable[[], AbstractAsyncContextManager[R]]) -> None:
        self._open = open
        self._loader = DataLoader[Callable[[R], Awaitable[Any]], Any](self._read, cache=False)

    def read(self, part: Callable[[R], Awaitable[T]]) -> Awaitable[T]:
        return self._loader.load(part)

    async def _read(self, parts: list[Callable[[R], Awaitable[Any]]]) -> list[Any]:
        async with self._open() as reads:
            return [await _found(part(reads)) for part in parts]


async def _found(answer: Awaitable[T]) -> T | BadCursor:
    try:
        return await answer
    except BadCursor as bad:
        return bad
