"""What every unit of work promises of transfers; fake and adapter keep it alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.transfers import Route, Transfer, TransferStatus
from services.ports import Unit
from tests.conformance.units_worlds import GLOBEX, World, ids

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


def made(quantity: int = 5) -> Transfer:
    return Transfer(ids(), Route("blue", "MAIN", "SHOP"), quantity, NOON, NOON)


async def save(world: World, *transfers: Transfer) -> None:
    await world.run(lambda unit: unit.transfers.save(transfers, ()))


async def lock(world: World, ids: Iterable[UUID]) -> list[Transfer]:
    return list(await world.run(lambda unit: unit.transfers.lock({*ids})))


ODD = Transfer(
    ids(),
    Route("Éclair", "A-1", "SHOP"),
    100_000_000,
    NOON,
    NOON + timedelta(microseconds=1),
    99_999_999,
    TransferStatus.CANCELLED,
    'TO/€ 1% "a,b"',
    41,
)


@pytest.mark.parametrize("transfer", [made(), ODD], ids=["plain", "odd"])
async def test_a_transfer_comes_back_as_it_was_saved(world: World, transfer: Transfer) -> None:
    await save(world, transfer)

    assert await lock(world, [transfer.id]) == [transfer]


async def test_the_next_unit_finds_a_transfer_as_it_has_become(world: World) -> None:
    before = made()
    await save(world, before)
    after = replace(before, received=5, status=TransferStatus.RECEIVED, updated_at=NOON + timedelta(hours=1), version=2)

    await world.run(lambda unit: unit.transfers.save((), [(before, after)]))

    assert await lock(world, [before.id]) == [after]


async def test_transfers_are_locked_in_the_order_of_their_ids_and_unknown_ones_left_out(world: World) -> None:
    several = [made() for _ in range(4)]
    await save(world, *several)

    found = await lock(world, [ids(), *(each.id for each in several)])

    assert found == sorted(several, key=lambda each: each.id)


async def test_another_tenants_transfer_is_not_there(world: World) -> None:
    transfer = made()
    await save(world, transfer)

    assert await world.run(lambda unit: unit.transfers.lock({transfer.id}), GLOBEX) in ([], ())


async def test_a_transfer_that_is_not_as_it_was_read_is_not_written(world: World) -> None:
    before = made()
    await save(world, before)
    stale = replace(before, version=7)

    with pytest.raises(RuntimeError):
        await world.run(lambda unit: unit.transfers.save((), [(stale, replace(stale, version=8))]))

    assert await lock(world, [before.id]) == [before]


async def test_the_clock_is_never_behind_a_transfer_that_was_locked(world: World) -> None:
    late = replace(made(), updated_at=datetime(2999, 1, 1, tzinfo=UTC))
    await save(world, late)

    async def work(unit: Unit) -> datetime:
        await unit.transfers.lock([late.id])
        return unit.levels.stamp(None).recorded_at

    assert await world.run(work) == late.updated_at
