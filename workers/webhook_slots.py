"""Slots: how many deliveries to webhooks may be under way at once, of one, of one tenant, and in all.

A webhook begins with one slot, and has four once it took a message well. One that did not take its last message, or has
one under way that goes slowly, is in trouble: it gets one, and those in trouble together no more than half of all, and
of a tenant's a few. So whatever hangs, and however many do, there is room for the others soon.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from uuid import UUID

IN_FLIGHT_MAX = 64
TENANT_MAX = 16
WEBHOOK_MAX = 4
TROUBLED_MAX = IN_FLIGHT_MAX // 2
TROUBLED_TENANT_MAX = TENANT_MAX // 2
#: Webhooks of which it is remembered how they took their last message, the latest.
REMEMBERED = 10_000

Key = tuple[UUID, UUID]


class Slots:
    """Webhooks go by their tenant and their id."""

    def __init__(self) -> None:
        self._taken: Counter[Key] = Counter()
        #: Whether it took its last message well.
        self._well: OrderedDict[Key, bool] = OrderedDict()

    @property
    def taken(self) -> int:
        return self._taken.total()

    @property
    def full(self) -> bool:
        return self.taken >= IN_FLIGHT_MAX

    def copy(self) -> Slots:
        """To plan with."""
        planned = Slots()
        planned._taken, planned._well = self._taken.copy(), self._well
        return planned

    def room(self, webhook: Key) -> int:
        """How many more may be begun of a webhook now."""
        alike = {each: count for each, count in self._taken.items() if self._troubled(each) == self._troubled(webhook)}
        of_tenant = sum(count for each, count in alike.items() if each[0] == webhook[0])
        free = min(IN_FLIGHT_MAX - self.taken, self._most(webhook) - self._taken[webhook])
        if self._troubled(webhook):
            return max(0, min(free, TROUBLED_MAX - sum(alike.values()), TROUBLED_TENANT_MAX - of_tenant))
        return max(0, min(free, TENANT_MAX - of_tenant))

    def take(self, webhook: Key, count: int) -> None:
        self._taken[webhook] += count

    def give(self, webhook: Key, count: int) -> None:
        self._taken[webhook] -= count
        if not self._taken[webhook]:
            del self._taken[webhook]

    def settle(self, webhook: Key, *, well: bool) -> None:
        """How it took its last message, or takes it."""
        self._well.pop(webhook, None)
        self._well[webhook] = well
        if len(self._well) > REMEMBERED:
            self._well.popitem(last=False)

    def _troubled(self, webhook: Key) -> bool:
        return self._well.get(webhook) is False

    def _most(self, webhook: Key) -> int:
        return WEBHOOK_MAX if self._well.get(webhook) else 1
