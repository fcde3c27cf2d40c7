"""Rendering: the events of one live operation as all its equal subscribers see them, each executed and encoded once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from subscriptions import metrics
from subscriptions.wire.fanout import Fanout
from subscriptions.wire.rendered import Execute, Rendered

#: Events whose text is kept for those who come to them later; who comes later still makes it anew.
KEPT_MAX = 256


@dataclass(slots=True)
class _Made:
    event: object
    rendered: Rendered | None = None
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
        self._fanouts: WeakKeyDictionary[object, Fanout] = WeakKeyDictionary()
        self._made: OrderedDict[int, _Made] = OrderedDict()

    def fanout(self, group: object) -> Fanout:
        """That of a group of streams, to which the same events come."""
        fanout = self._fanouts.get(group)
        if fanout is None:
            fanout = self._fanouts[group] = Fanout(self.of)
        return fanout

    async def of(self, event: object, execute: Execute) -> Rendered:
        """The first to come makes it, with what it gives; the others wait, and one of them takes over if it fails."""
        while True:
            made = self._made.get(id(event))
            if made is None:
                return await self._make(event, execute)
            if made.rendered is not None:
                return made.rendered
            await made.settled()

    async def _make(self, event: object, execute: Execute) -> Rendered:
        made = self._made[id(event)] = _Made(event)
        try:
            result = await execute(event)
            if (traceparent := getattr(event, "traceparent", None)) is not None:
                result = {**result, "extensions": {"traceparent": traceparent}}
            made.rendered = rendered = Rendered.of(result, getattr(event, "cursor", None))
            metrics.RENDERED.inc()
            return rendered
        except BaseException:
            self._made.pop(id(event), None)
            raise
        finally:
            made.settle()
            self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        while len(self._made) > KEPT_MAX and next(iter(self._made.values())).rendered is not None:
            self._made.popitem(last=False)
