"""Slots: how many deliveries to webhooks may be under way at once, of one, of one tenant, and in all.

Webhooks go in three lanes, each with slots of its own: those that took their last message well; those of which nothing
is known yet; and those in trouble, which did not take their last message, or have one under way that goes slowly. A
webhook begins with one slot, has four once it took a message well, and one in trouble. One that gets into trouble takes
what it has under way with it and leaves its lane's slots to the others.

So what was never known to be well holds up none that is, however many of them hang; and what was well and hangs holds
up the others for as long as it takes to be found slow, not until it is given up.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import NamedTuple
from uuid import UUID


class Lane(NamedTuple):
    """Slots of all webhooks in it, of one tenant's, and of one webhook."""

    all: int
    of_tenant: int
    of_webhook: int


WELL = Lane(64, 16, 4)
NEW = Lane(32, 8, 1)
TROUBLED = Lane(32, 8, 1)
#: In all lanes, with what got into trouble under way: of all, and of one tenant.
IN_FLIGHT_MAX = 160
TENANT_MAX = 24
#: Of webhooks that are new or in trouble: slots are left to those that are well.
UNPROVEN_MAX = IN_FLIGHT_MAX - WELL.all
#: Webhooks of which it is remembered how they took their last message, the latest.
REMEMBERED = 10_000
#: By whether a webhook took its last message well.
_LANES = {True: WELL, None: NEW, False: TROUBLED}

Key = tuple[UUID, UUID]


class Slots:
    """Webhooks go by their tenant and their id."""

    def __init__(self) -> None:
        #: Whether it took its last message well.
        self._well: OrderedDict[Key, bool] = OrderedDict()
        #: The number of its last turn; the latest is the last.
        self._turns: OrderedDict[Key, int] = OrderedDict()
        self._turn = 0
        #: What is under way: of each webhook, in each lane, and of each tenant in each lane.
        self._taken: Counter[Key] = Counter()
        self._in_lane: Counter[bool | None] = Counter()
        self._of_tenant: Counter[tuple[UUID, bool | None]] = Counter()

    @property
    def taken(self) -> int:
        return self._in_lane.total()

    @property
    def full(self) -> bool:
        """Whether there is room in no lane."""
        return not any(self._free(well) > 0 for well in _LANES)

    def copy(self) -> Slots:
        """To plan with."""
        planned = Slots()
        planned._well, planned._taken = self._well, self._taken.copy()
        planned._in_lane, planned._of_tenant = self._in_lane.copy(), self._of_tenant.copy()
        return planned

    def room(self, webhook: Key) -> int:
        """How many more may be begun of a webhook now."""
        well = self._well.get(webhook)
        return max(
            0, min(self._free(well), self._left(webhook[0], well), _LANES[well].of_webhook - self._taken[webhook])
        )

    def begin(self, webhook: Key) -> None:
        """Take one, and stand behind all others that wait."""
        self.take(webhook, 1)
        self._turn += 1
        self._turns.pop(webhook, None)
        self._turns[webhook] = self._turn
        if len(self._turns) > REMEMBERED:
            self._turns.popitem(last=False)

    def place(self, webhook: Key) -> int:
        """The lower it is the longer ago something of it was begun."""
        return self._turns.get(webhook, 0)

    def take(self, webhook: Key, count: int) -> None:
        self._taken[webhook] += count
        self._count(webhook, count)

    def give(self, webhook: Key, count: int) -> None:
        self._count(webhook, -count)
        self._taken[webhook] -= count
        if not self._taken[webhook]:
            del self._taken[webhook]

    def settle(self, webhook: Key, *, well: bool) -> None:
        """How it took its last message, or takes it."""
        self._move(webhook, well)
        if len(self._well) > REMEMBERED:
            self._move(next(iter(self._well)), None)

    def _move(self, webhook: Key, well: bool | None) -> None:
        """To another lane, with what is under way."""
        under_way = self._taken[webhook]
        self._count(webhook, -under_way)
        self._well.pop(webhook, None)
        if well is not None:
            self._well[webhook] = well
        self._count(webhook, under_way)

    def _count(self, webhook: Key, more: int) -> None:
        well = self._well.get(webhook)
        self._in_lane[well] += more
        self._of_tenant[webhook[0], well] += more
        if not self._of_tenant[webhook[0], well]:
            del self._of_tenant[webhook[0], well]

    def _left(self, tenant: UUID, well: bool | None) -> int:
        """Slots of a lane that are left to a tenant."""
        in_all = sum(self._of_tenant[tenant, each] for each in _LANES)
        return min(_LANES[well].of_tenant - self._of_tenant[tenant, well], TENANT_MAX - in_all)

    def _free(self, well: bool | None) -> int:
        """Slots of a lane that are left; below 0 where more got into it under way."""
        left = min(_LANES[well].all - self._in_lane[well], IN_FLIGHT_MAX - self.taken)
        return left if well else min(left, UNPROVEN_MAX - self._in_lane[None] - self._in_lane[False])
