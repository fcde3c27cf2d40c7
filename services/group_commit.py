"""Group commit: commands that come while a transaction runs are carried out together by the next one.

Who finds nobody at work waits for nothing. A lane is a queue with one transaction at a time: a product that everyone
wants costs one lock and one commit for hundreds of orders. A tenant has one, or a few: then an order goes by its SKU,
and what speaks of a reservation by that, in the order in which it came. What two lanes both want, the database's locks
keep apart.

A command that fails takes no other with it: a batch that ends in a fault is halved and tried again until the one that
fails is alone. A caller that gives up waiting ends nothing: its command is carried out, and found again by its key.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from uuid import UUID
from zlib import crc32

from domain.access import Caller
from domain.refusals import Refusal, RefusalCode
from services import trace
from services.batch import carry_out
from services.commands import Command
from services.decisions import Claim, Decision
from services.idempotency import claim_of
from services.ports import Ids, Overloaded, Unavailable, UnitOfWork

COMMANDS_WAITING_MAX = 4_096
LINES_WAITING_MAX = 65_536
BATCH_MAX = 512
LINES_MAX = 2_000
#: With two the batches of one process were half as large, and orders over 10,000 SKUs a tenth to a quarter fewer.
LANES = 1
#: Of a longer queue one batch leaves a quarter: while the database works on it, this process reads and answers others.
#: The less is left, the more share what a batch costs whatever its size; were nothing left, a batch of all would follow
#: one of few, and process and database would wait for each other in turn.
LEAVES_FROM = 32
#: At the end what is not decided by then is left as by a process that died: its key tells whether it was carried out.
FINISH_S = 5.0

_OVERLOADED = Refusal(
    RefusalCode.OVERLOADED,
    "More is waiting than can be done now: send the same again, under the same idempotency key, in a moment.",
    retry_after_ms=Overloaded.retry_after_ms,
)

_log = logging.getLogger(__name__)

#: Its lines are asked for when it comes: whatever is wrong with a command is its caller's alone.
_Waiting = tuple[Command, "asyncio.Future[Decision]", int]
_Lane = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Batches:
    """Bounds: commands and lines that wait in this process, at most half of them for one tenant; those of one batch;
    lanes of a tenant; commands that wait in a lane before a batch leaves a quarter of them to the next.

    With batches of one, each command is a transaction of its own, as many at once as the database takes.
    """

    waiting_max: int = COMMANDS_WAITING_MAX
    lines_waiting_max: int = LINES_WAITING_MAX
    batch_max: int = BATCH_MAX
    lines_max: int = LINES_MAX
    lanes: int = LANES
    leaves_from: int = LEAVES_FROM


def _untold(commands: Sequence[Command], decisions: Sequence[Decision]) -> None:
    """Nobody counts."""


def _at_once(decision: Decision) -> asyncio.Future[Decision]:
    decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
    decided.set_result(decision)
    return decided


def _fills(waiting: Counter[UUID], tenant: UUID, most: int) -> bool:
    """Whether half of it is the tenant's, or all of it taken."""
    of_tenant = waiting.get(tenant, 0)
    return of_tenant >= max(1, most // 2) or (of_tenant if len(waiting) < 2 else waiting.total()) >= most


class GroupCommit:
    """One a process. `told` is given the commands of each batch that was committed, and what was decided of them."""

    def __init__(
        self,
        units: UnitOfWork,
        ids: Ids,
        bounds: Batches | None = None,
        *,
        told: Callable[[Sequence[Command], Sequence[Decision]], None] = _untold,
    ) -> None:
        self._units = units
        self._ids = ids
        self._bounds = bounds or Batches()
        self._told = told
        self._lanes: dict[_Lane, deque[_Waiting]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: Counter[UUID] = Counter()
        self._lines: Counter[UUID] = Counter()

    @property
    def waiting(self) -> int:
        """Commands that are not decided yet."""
        return self._waiting.total()

    def submit(self, command: Command) -> asyncio.Future[Decision]:
        """The decision, once it is committed; OVERLOADED, which is not kept, where too many wait already.

        The future raises what the database raises, Unavailable among it.
        """
        tenant, lane, lines = command.caller.tenant, command.lane, command.weight
        if self._full(tenant):
            return _at_once(Decision((_OVERLOADED,)))
        command.traceparent = trace.current()
        decided: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting[tenant] += 1
        self._lines[tenant] += lines
        self._enter(tenant, lane, (command, decided, lines))
        return decided

    def submit_once(
        self, key: str, operation: str, request: object, caller: Caller, command: Callable[[Claim], Command]
    ) -> asyncio.Future[Decision]:
        """As `submit`, under an idempotency key of the operation: `request` is what the key stands for."""
        claim = claim_of(caller, operation, key, request)
        return _at_once(Decision((claim,))) if isinstance(claim, Refusal) else self.submit(command(claim))

    async def finish(self, within_s: float = FINISH_S) -> None:
        """Until all that was taken is decided, or so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._running:
                    await asyncio.wait(self._running)

    def _full(self, tenant: UUID) -> bool:
        """Whether too much waits already: in all, or of this tenant, which must leave room for the others."""
        return _fills(self._waiting, tenant, self._bounds.waiting_max) or _fills(
            self._lines, tenant, self._bounds.lines_waiting_max
        )

    def _left(self, tenant: UUID, batch: Sequence[_Waiting]) -> None:
        self._waiting[tenant] -= len(batch)
        self._lines[tenant] -= sum(lines for _, _, lines in batch)
        if not self._waiting[tenant]:
            del self._waiting[tenant], self._lines[tenant]

    def _enter(self, tenant: UUID, name: str, entry: _Waiting) -> None:
        if self._bounds.batch_max == 1:
            self._start(self._carry_out(tenant, [entry]))
            return
        lane = tenant, crc32(name.encode("utf-8", "replace")) % self._bounds.lanes
        queue = self._lanes.get(lane)
        if queue is None:
            self._lanes[lane] = deque([entry])
            self._start(self._run(lane))
        else:
            queue.append(entry)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        """For all who ask, and so in nobody's context."""
        task = asyncio.create_task(work, context=Context())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, lane: _Lane) -> None:
        """Until the lane is empty: a batch of all that came while the one before it ran."""
        queue = self._lanes[lane]
        try:
            while queue:
                await self._carry_out(lane[0], self._next(queue))
        finally:
            del self._lanes[lane]

    def _next(self, queue: deque[_Waiting]) -> list[_Waiting]:
        """From the front of the queue, as many as one transaction takes; at least one."""
        most = min(self._bounds.batch_max, max(self._bounds.leaves_from, len(queue) * 3 // 4))
        batch = [queue.popleft()]
        lines = batch[0][2]
        while queue and len(batch) < most:
            lines += queue[0][2]
            if lines > self._bounds.lines_max:
                break
            batch.append(queue.popleft())
        return batch

    async def _carry_out(self, tenant: UUID, batch: Sequence[_Waiting]) -> None:
        try:
            await self._decide(tenant, batch)
        finally:
            self._left(tenant, batch)

    async def _decide(self, tenant: UUID, batch: Sequence[_Waiting]) -> None:
        """Decide all of them; nothing that goes wrong is raised here. Who gave up waiting is told nothing."""
        commands = [command for command, _, _ in batch]
        try:
            with trace.joint_work("commit", (command.traceparent for command in commands)) as span:
                if span is not None:
                    span.note("stockcast.commands", len(commands))
                decisions = await self._units.run(tenant, partial(carry_out, commands, ids=self._ids))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs to whoever waits for the command
            await self._fail(tenant, batch, fault)
            return
        for (_, decided, _), decision in zip(batch, decisions, strict=True):
            if not decided.done():
                decided.set_result(decision)
        try:
            self._told(commands, decisions)
        except Exception:  # noqa: BLE001 - the batch is committed, whatever becomes of the counting
            _log.exception("a batch was not counted")

    async def _fail(self, tenant: UUID, batch: Sequence[_Waiting], fault: Exception) -> None:
        if len(batch) > 1 and not isinstance(fault, Unavailable):
            half = len(batch) // 2
            await self._decide(tenant, batch[:half])
            await self._decide(tenant, batch[half:])
            return
        for _, decided, _ in batch:
            if not decided.done():
                decided.set_exception(fault)
