"""What the worker makes of levels that it cannot settle: each is found among the others, and too many stop it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar
from uuid import UUID

import pytest

from domain.places import Place
from services.ports import Unit
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from workers.set_aside import MOST
from workers.stale import Stale

T = TypeVar("T")


class Levels:
    """Due for ever, a number of each tenant; somebody else may look at them."""

    def __init__(self, number: int, alone: bool = True) -> None:
        self._due = [(tenant.id, ids(), (f"sku-{n}", "MAIN")) for n in range(number) for tenant in (ACME, GLOBEX)]
        self._alone = alone
        self.asked: list[Collection[UUID]] = []

    async def alone(self) -> bool:
        return self._alone

    async def due(self, but_for: Collection[UUID], limit: int) -> Sequence[tuple[UUID, UUID, Place]]:
        self.asked.append(set(but_for))
        return [each for each in self._due if each[1] not in but_for][:limit]


class Broken:
    """Units of work that fail; `tenants` holds whose they were."""

    def __init__(self) -> None:
        self.tenants: list[UUID] = []

    async def run(self, tenant: UUID, work: Callable[[Unit], Awaitable[T]]) -> T:
        self.tenants.append(tenant)
        raise ZeroDivisionError(len(self.tenants))


async def test_who_is_not_alone_looks_at_nothing() -> None:
    levels = Levels(1, alone=False)
    assert not await Stale(levels, Broken(), ids).turn()
    assert levels.asked == []


async def test_levels_of_a_tenant_go_together_and_where_they_cannot_in_halves() -> None:
    levels, units = Levels(4), Broken()
    worker = Stale(levels, units, ids)
    await worker.turn()
    assert units.tenants == sorted([ACME.id] * 7 + [GLOBEX.id] * 7), "four, twice two, four times one"
    await worker.turn()
    assert len(units.tenants) == 14
    assert [len(but_for) for but_for in levels.asked] == [0, 8]


async def test_where_nearly_all_fail_it_is_not_they_that_are_wrong() -> None:
    levels = Levels(MOST)
    with pytest.raises(ZeroDivisionError):
        await Stale(levels, Broken(), ids, at_once=2 * MOST).turn()
