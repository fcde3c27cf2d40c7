"""Look-ups: what many ask for by key at the same time is read together.

A statement for one key costs nearly what one for fifty does. Of each tenant at most AT_ONCE are under way, and the
keys that come meanwhile go with the next one: nobody waits but for a statement that was there before. Those of one
tenant, and of one vendor's view of it, never go with another's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from db.faults import DatabaseBusy
from db.pool import READ_WAIT_SECONDS
from domain.access import Scope
from services.ports import Unavailable

AT_ONCE = 2
#: Keys of one statement; who asks for more than a few by himself has them read by themselves.
KEYS_MAX = 500
FEW = 100

K = TypeVar("K")
V = TypeVar("V")
Read = Callable[[Scope, list[K]], Awaitable[Mapping[K, V]]]


@dataclass(slots=True)
class _Asked:
    """`single`: one key, whose answer is told by itself."""

    keys: Sequence[Any]
    found: asyncio.Future[Any]
    single: bool = False

    def tell(self, found: Mapping[Any, Any]) -> None:
        if not self.found.done():
            keys = self.keys
            self.found.set_result(
                found.get(keys[0]) if self.single else {key: found[key] for key in keys if key in found}
            )


@dataclass(slots=True, eq=False)
class _Batch:
    scope: Scope
    name: Hashable
    read: Read[Any, Any]
    asked: list[_Asked] = field(default_factory=list[_Asked])
    size: int = 0
    #: Ends the waiting, where there is any.
    patience: asyncio.TimerHandle | None = None


@dataclass(slots=True)
class _Desk:
    """Of one tenant: it is forgotten when nothing is asked."""

    under_way: int = 0
    waiting: deque[_Batch] = field(default_factory=deque[_Batch])
    #: Those of the waiting that take more keys.
    open: dict[Hashable, _Batch] = field(default_factory=dict[Hashable, _Batch])


class LookUps:
    def __init__(self) -> None:
        self._desks: dict[UUID, _Desk] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def find(self, scope: Scope, name: Hashable, keys: Sequence[K], read: Read[K, V]) -> Mapping[K, V]:
        """What `read` finds of these keys, which it may be given with those of others who name it alike.

        A key without an answer is left out. Raises what `read` raises of these keys, and DatabaseUnavailable.
        """
        if len(keys) > FEW:
            return await read(scope, list(keys))
        return await self._asked(scope, name, _Asked(keys, asyncio.get_running_loop().create_future()), read)

    def one(self, scope: Scope, name: Hashable, key: K, read: Read[K, V]) -> asyncio.Future[V | None]:
        """As `find`, of one key; None where it has no answer. It is asked at once."""
        return self._asked(scope, name, _Asked((key,), asyncio.get_running_loop().create_future(), single=True), read)

    def _asked(self, scope: Scope, name: Hashable, asked: _Asked, read: Read[Any, Any]) -> asyncio.Future[Any]:
        desk = self._desks.get(scope.tenant)
        if desk is None:
            desk = self._desks[scope.tenant] = _Desk()
        batch = self._batch(desk, scope, name, read)
        batch.asked.append(asked)
        batch.size += len(asked.keys)
        if batch.size > KEYS_MAX - FEW:
            del desk.open[scope.vendor, name]
        return asked.found

    def _batch(self, desk: _Desk, scope: Scope, name: Hashable, read: Read[Any, Any]) -> _Batch:
        """The one that takes more keys; a new one begins where there is none."""
        batch = desk.open.get((scope.vendor, name))
        if batch is None:
            batch = desk.open[scope.vendor, name] = _Batch(scope, name, read)
            desk.waiting.append(batch)
            if desk.under_way < AT_ONCE:
                desk.under_way += 1
                # For all who ask, and so in nobody's context.
                task = asyncio.create_task(self._work(scope.tenant, desk), context=Context())
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            else:
                loop = asyncio.get_running_loop()
                batch.patience = loop.call_later(READ_WAIT_SECONDS, self._give_up, desk, batch)
        return batch

    async def _work(self, tenant: UUID, desk: _Desk) -> None:
        """One batch after the other, until none waits."""
        try:
            while desk.waiting:
                batch = desk.waiting.popleft()
                self._close(desk, batch)
                await self._read(batch.scope, batch.read, batch.asked)
        finally:
            desk.under_way -= 1
            if not desk.under_way and not desk.waiting:
                self._desks.pop(tenant, None)

    async def _read(self, scope: Scope, read: Read[Any, Any], asked: Sequence[_Asked]) -> None:
        """Tell all of them; nothing that goes wrong is raised here. Nothing is read for who gave up waiting."""
        asked = [each for each in asked if not each.found.done()]
        if not asked:
            return
        try:
            found = await read(scope, list({key: None for each in asked for key in each.keys}))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs to whoever asked
            await self._fail(scope, read, asked, fault)
            return
        for each in asked:
            each.tell(found)

    async def _fail(self, scope: Scope, read: Read[Any, Any], asked: Sequence[_Asked], fault: Exception) -> None:
        """Where the database is away or slow it is so for all; any other fault belongs to one of them, who is found."""
        if len(asked) > 1 and not isinstance(fault, Unavailable):
            half = len(asked) // 2
            await self._read(scope, read, asked[:half])
            await self._read(scope, read, asked[half:])
            return
        _tell(asked, fault)

    def _give_up(self, desk: _Desk, batch: _Batch) -> None:
        desk.waiting.remove(batch)
        self._close(desk, batch)
        _tell(batch.asked, DatabaseBusy(f"What is read by key waited for longer than {READ_WAIT_SECONDS:.0f} s."))

    def _close(self, desk: _Desk, batch: _Batch) -> None:
        """No more keys go with it."""
        if batch.patience is not None:
            batch.patience.cancel()
        if desk.open.get((batch.scope.vendor, batch.name)) is batch:
            del desk.open[batch.scope.vendor, batch.name]


def _tell(asked: Sequence[_Asked], fault: Exception) -> None:
    for each in asked:
        if not each.found.done():
            each.found.set_exception(fault)
