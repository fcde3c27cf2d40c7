"""Rendering: the events of one live operation as all its equal subscribers see them, each executed and encoded once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from subscriptions import metrics

#: Events whose text is kept for those who come to them later; who comes later still makes it anew.
KEPT_MAX = 256


def encoded(result: Mapping[str, Any]) -> str:
    return orjson.dumps(result).decode()


@dataclass(slots=True)
class _Made:
    event: object
    text: str | None = None
    waiting: asyncio.Future[None] | None = None

    def settle(self) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)

    async def settled(self) -> None:
        if self.waiting is None:
            self.waiting = asyncio.get_running_loop().create_future()
        await asyncio.shield(self.waiting)


class Rendering:
    """Events are told apart by identity: the hub hands one object to all who are told the same."""

    def __init__(self) -> None:
        self._made: OrderedDict[int, _Made] = OrderedDict()

    async def text(self, event: object, execute: Callable[[object], Awaitable[Mapping[str, Any]]]) -> str:
        """The first to come makes it, with what it gives; the others wait, and one of them takes over if it fails."""
        while True:
            made = self._made.get(id(event))
            if made is None:
                return await self._make(event, execute)
            if made.text is not None:
                return made.text
            await made.settled()

    async def _make(self, event: object, execute: Callable[[object], Awaitable[Mapping[str, Any]]]) -> str:
        made = self._made[id(event)] = _Made(event)
        try:
            made.text = encoded(await execute(event))
            metrics.RENDERED.inc()
            return made.text
        except BaseException:
            self._made.pop(id(event), None)
            raise
        finally:
            made.settle()
            self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        while len(self._made) > KEPT_MAX and next(iter(self._made.values())).text is not None:
            self._made.popitem(last=False)
