"""Slots: how many deliveries to webhooks may be under way at once, of one, of one tenant, and of those in trouble.

A webhook that did not take its last message, or took it slowly, is in trouble: it gets one slot, and all in trouble
together no more than half of them. So whatever hangs, and however many do, there is room for the others.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from uuid import UUID

IN_FLIGHT_MAX = 64
TENANT_MAX = 16
WEBHOOK_MAX = 4
TROUBLED_MAX = IN_FLIGHT_MAX // 2
#: Webhooks in trouble that are remembered, the latest.
REMEMBERED = 10_000


class Slots:
    def __init__(self) -> None:
        self._of_webhook: Counter[UUID] = Counter()
        self._of_tenant: Counter[UUID] = Counter()
        self._troubled: OrderedDict[UUID, None] = OrderedDict()

    @property
    def taken(self) -> int:
        return self._of_webhook.total()

    @property
    def full(self) -> bool:
        return self.taken >= IN_FLIGHT_MAX

    def copy(self) -> Slots:
        """To plan with."""
        planned = Slots()
        planned._of_webhook, planned._of_tenant = self._of_webhook.copy(), self._of_tenant.copy()
        planned._troubled = self._troubled
        return planned

    def room(self, tenant: UUID, webhook: UUID) -> int:
        """How many more may be begun of a webhook now."""
        free = min(IN_FLIGHT_MAX - self.taken, TENANT_MAX - self._of_tenant[tenant])
        if webhook not in self._troubled:
            return max(0, min(free, WEBHOOK_MAX - self._of_webhook[webhook]))
        in_trouble = sum(count for each, count in self._of_webhook.items() if each in self._troubled)
        return max(0, min(free, TROUBLED_MAX - in_trouble, 1 - self._of_webhook[webhook]))

    def take(self, tenant: UUID, webhook: UUID, count: int) -> None:
        self._of_webhook[webhook] += count
        self._of_tenant[tenant] += count

    def give(self, tenant: UUID, webhook: UUID, count: int) -> None:
        for counter, key in ((self._of_webhook, webhook), (self._of_tenant, tenant)):
            counter[key] -= count
            if not counter[key]:
                del counter[key]

    def settle(self, webhook: UUID, *, well: bool) -> None:
        """How its last try went."""
        self._troubled.pop(webhook, None)
        if not well:
            self._troubled[webhook] = None
            if len(self._troubled) > REMEMBERED:
                self._troubled.popitem(last=False)
