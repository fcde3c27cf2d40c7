"""Expiry: ends reservations whose time has come, at that time, however many processes do it.

A worker looks at what is due, and sleeps until something more is. It sees to one tenant at a time of each that it has
claimed, a chunk at once, through the same batches as any change of stock; between two chunks the tenant is free for
whoever comes first. A claim only saves the others work: a tenant on which its claimant does not come on is served by
all who notice, for of two that expire one reservation the second finds it ended.

A reservation that cannot be ended, for whatever reason, is set aside for a while and holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.access import Caller, Role
from domain.refusals import RefusalCode
from services import trace
from services.desk import EXPIRY
from services.group_commit import GroupCommit
from services.ports import Overloaded, Unavailable
from services.settlement import expire_reservation
from workers import metrics
from workers.ports import Due, DueReservations, Look, Patience
from workers.set_aside import FOR_S, SetAside

logger = logging.getLogger(__name__)

#: Nobody tells of new reservations; the shortest lives for a second.
POLL_S = 0.25
#: Between two looks, so that what falls due in close succession goes together.
BREATH_S = 0.02
TENANTS_AT_ONCE = 8
CHUNK = 512
#: How long a claimed tenant may stand still before others help, and with how many at once: where the claimant is only
#: slow, they do what it is doing.
STILL_S = 0.4
HELP = 32
#: How far back looks go, but for one now and then that goes all the way.
BACK_S = 60.0
ALL_THE_WAY_S = 1e9
ALL_THE_WAY_EVERY_S = 5.0


class Elsewhere(NamedTuple):
    """A tenant that another worker sees to: since when something of it is due, by the database's clock and by ours, and
    when to look at it again."""

    oldest: datetime
    due_at: float
    again_at: float


class Serving(NamedTuple):
    """A tenant that we see to, and since when something of it is due, by our clock."""

    task: asyncio.Task[None]
    due_at: float


class Expiry:
    """One a process; `run` until cancelled. `reading` and `writing` bear with the database, asked and changed."""

    def __init__(
        self,
        due: DueReservations[Look, Due],
        commits: GroupCommit,
        reading: Patience,
        writing: Patience,
        *,
        clock: Callable[[], float] = time.monotonic,
        chunk: int = CHUNK,
    ) -> None:
        self._due = due
        self._commits = commits
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._chunk = chunk
        self._serving: dict[UUID, Serving] = {}
        self._elsewhere: dict[UUID, Elsewhere] = {}
        self._set_aside = SetAside(clock)
        self._all_the_way_at = 0.0
        self._woken = asyncio.Event()

    async def run(self) -> None:
        try:
            while True:
                await self._turn()
        finally:
            tasks = [each.task for each in self._serving.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _turn(self) -> None:
        try:
            pause_s = await self._look()
        except Exception as fault:  # noqa: BLE001 - of the database, whatever its driver raises: told once, tried on
            metrics.FAULTS.labels("expiry").inc()
            await self._reading.pause(fault)
        else:
            self._reading.over()
            await self._wait(pause_s)

    async def _wait(self, seconds: float) -> None:
        """So long, or until a tenant was seen to; a breath at least."""
        await asyncio.sleep(BREATH_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds - BREATH_S):
                await self._woken.wait()
        self._woken.clear()

    async def _look(self) -> float:
        """Begin with what is due; how long to wait before the next look, in seconds."""
        now = self._clock()
        room = TENANTS_AT_ONCE - len(self._serving)
        if not room:
            self._measure(now, 0.0)
            return POLL_S
        passed_over = {tenant for tenant, each in self._elsewhere.items() if each.again_at > now}
        without = {*self._serving, *passed_over}
        all_the_way = now >= self._all_the_way_at
        look = await self._due.look(ALL_THE_WAY_S if all_the_way else BACK_S, POLL_S, without, self._set_aside.now())
        if all_the_way and not without and look.oldest_s < BACK_S:
            self._all_the_way_at = now + ALL_THE_WAY_EVERY_S
        self._measure(now, look.oldest_s)
        await self._begin(look, room, passed_over)
        return 0.0 if look.more else min(POLL_S, POLL_S if look.next_s is None else look.next_s)

    def _measure(self, now: float, oldest_s: float) -> None:
        """What is under way is still held, here as elsewhere."""
        elsewhere = [each for each in self._elsewhere.values() if each.again_at > now]
        under_way = [now - each.due_at for each in (*self._serving.values(), *elsewhere)]
        metrics.EXPIRY_OVERDUE.set(max([oldest_s, *under_way]))

    async def _begin(self, look: Look, room: int, passed_over: Collection[UUID]) -> None:
        """See to the tenants that are free, and to those on which nobody comes on."""
        due = dict(list(look.tenants.items())[:room])
        first_at = self._clock() - look.oldest_s
        known = self._elsewhere
        self._elsewhere = {tenant: known[tenant] for tenant in passed_over}
        claimed = await self._due.claim(list(due)) if due else ()
        for tenant, oldest in due.items():
            before = known.get(tenant)
            due_at = first_at + (oldest - next(iter(due.values()))).total_seconds()
            if tenant in claimed or (before is not None and before.oldest == oldest):
                task = asyncio.create_task(self._serve(tenant, oldest, claimed=tenant in claimed))
                self._serving[tenant] = Serving(task, due_at)
            else:
                self._elsewhere[tenant] = Elsewhere(oldest, due_at, self._clock() + STILL_S)

    async def _serve(self, tenant: UUID, since: datetime, *, claimed: bool) -> None:
        """End a chunk of what is due."""
        try:
            read_at = self._clock()
            limit = self._chunk if claimed else min(HELP, self._chunk)
            due = await self._due.read(tenant, since, self._set_aside.now(), limit)
            caller = Caller(tenant, "", EXPIRY, frozenset({Role.SYSTEM}))
            with trace.work("turn of expiry"):
                ending = (self._expire(each, caller, read_at) for each in due)
                ended = await asyncio.gather(*ending, return_exceptions=True)
            for fault in ended:
                if fault is not None:
                    raise fault
        except Exception as fault:  # noqa: BLE001 - as above; the next look finds the same again
            metrics.FAULTS.labels("expiry").inc()
            await self._writing.pause(fault)
        else:
            self._writing.over()
        finally:
            if claimed:
                with suppress(Exception):  # the connection is gone, and the claim with it
                    await self._due.give_back(tenant)
            del self._serving[tenant]
            self._woken.set()

    async def _expire(self, due: Due, caller: Caller, read_at: float) -> None:
        try:
            decision = await expire_reservation(due.id, caller, self._commits)
        except Unavailable:
            raise
        except Exception:
            if self._set_aside.full:
                raise
            logger.exception("reservation %s cannot be ended; it is tried again in %.0f s", due.id, FOR_S)
            metrics.EXPIRY_FAILED.inc()
            self._set_aside.put(due.id)
        else:
            if decision.refusals and decision.refusals[0].code is RefusalCode.OVERLOADED:
                raise Overloaded(decision.refusals[0].message)
            if decision.reservation is not None:
                metrics.EXPIRED.inc()
                metrics.EXPIRY_LAG.observe(due.late_s + self._clock() - read_at)
