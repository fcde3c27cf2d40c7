"""Rendering: the events of one live operation as all its equal subscribers see them, each executed and encoded once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import ref

from subscriptions import metrics
from subscriptions.wire.fanout import Fanout
from subscriptions.wire.kept_texts import Forgetful, KeptTexts
from subscriptions.wire.rendered import Execution, Rendered
from subscriptions.wire.turns import Turns

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
    """Events are told apart by identity: the hub hands one object to all who are told the same. `kept` bounds what all
    renderings keep."""

    def __init__(self, turns: Turns | None = None, kept: KeptTexts | None = None) -> None:
        self._turns = turns or Turns()
        self._kept = kept or KeptTexts()
        self._itself: ref[Forgetful] = ref(self)
        self._fanout: ref[Fanout] | None = None
        self._made: OrderedDict[int, _Made] = OrderedDict()

    @property
    def fanout(self) -> Fanout:
        """One for all of its streams, whatever each of them is told. It is held by them."""
        fanout = self._fanout and self._fanout()
        if fanout is None:
            fanout = Fanout(self, self._turns)
            self._fanout = ref(fanout)
        return fanout

    def at_once(self, event: object, execution: Execution) -> Rendered | None:
        """None where something has to be waited for."""
        made = self._made.get(id(event))
        if made is not None:
            return made.rendered
        answer = execution.show(event)
        if answer is None:
            return None
        rendered = _rendered(event, answer)
        self._made[id(event)] = _Made(event, rendered)
        self._keep(event, rendered)
        return rendered

    async def of(self, event: object, execution: Execution) -> Rendered:
        """The first to come makes it, with what it gives; the others wait, and one of them takes over if it fails."""
        while (rendered := self.at_once(event, execution)) is None:
            made = self._made.get(id(event))
            if made is None:
                return await self._make(event, execution)
            await made.settled()
        return rendered

    async def _make(self, event: object, execution: Execution) -> Rendered:
        made = self._made[id(event)] = _Made(event)
        try:
            made.rendered = rendered = _rendered(event, await execution.execute(event))
            self._keep(event, rendered)
            return rendered
        except BaseException:
            self._made.pop(id(event), None)
            raise
        finally:
            made.settle()

    def forget(self, number: int) -> None:
        self._made.pop(number, None)

    def _keep(self, event: object, rendered: Rendered) -> None:
        self._kept.keep(self._itself, id(event), rendered.text)
        while len(self._made) > KEPT_MAX and next(iter(self._made.values())).rendered is not None:
            self._made.popitem(last=False)


def _rendered(event: object, answer: Mapping[str, Any]) -> Rendered:
    if (traceparent := getattr(event, "traceparent", None)) is not None:
        answer = {**answer, "extensions": {"traceparent": traceparent}}
    metrics.RENDERED.inc()
    return Rendered.of(answer, getattr(event, "cursor", None))
