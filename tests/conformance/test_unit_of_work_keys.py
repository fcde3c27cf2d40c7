"""What every unit of work promises of idempotency keys; fake and adapter keep it alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.refusals import Refusal, RefusalCode
from services.decisions import Claim, Decision, KeyReused
from services.ports import Unit
from tests.conformance.units_worlds import (
    BLUE,
    GLOBEX,
    RED,
    World,
    ids,
    look,
    receive,
)

CLAIM = Claim("manager@acme", "receiveStock", "key-1", b"fingerprint")


async def test_a_repeated_key_gives_the_earlier_decision(world: World) -> None:
    refusal = Refusal(
        RefusalCode.INSUFFICIENT_STOCK, 'only "3"', ("lines", "0", "quantity"), *BLUE, requested=5, available=3
    )
    decision = Decision((refusal,), (BLUE, RED), ids(), "blue")

    async def decide(unit: Unit) -> Decision:
        if earlier := await unit.decisions.claim(CLAIM):
            return earlier
        await unit.decisions.keep(CLAIM, decision)
        return decision

    assert await world.run(decide) == decision
    assert await world.run(lambda unit: unit.decisions.claim(CLAIM)) == decision


async def test_a_key_with_another_request_is_told_apart(world: World) -> None:
    async def decide(unit: Unit) -> None:
        await unit.decisions.claim(CLAIM)
        await unit.decisions.keep(CLAIM, Decision())

    await world.run(decide)

    with pytest.raises(KeyReused):
        await world.run(lambda unit: unit.decisions.claim(replace(CLAIM, fingerprint=b"other")))


@pytest.mark.parametrize("change", [{"subject": "admin@acme"}, {"operation": "adjustStock"}, {"key": "key-2"}])
async def test_a_key_belongs_to_subject_operation_and_tenant(world: World, change: dict[str, str]) -> None:
    async def decide(unit: Unit) -> None:
        await unit.decisions.claim(CLAIM)
        await unit.decisions.keep(CLAIM, Decision())

    await world.run(decide)

    assert await world.run(lambda unit: unit.decisions.claim(replace(CLAIM, **change))) is None
    assert await world.run(lambda unit: unit.decisions.claim(CLAIM), GLOBEX) is None


async def test_one_key_many_times_at_once_has_one_effect(world: World) -> None:
    async def decide(unit: Unit) -> Decision:
        if earlier := await unit.decisions.claim(CLAIM):
            return earlier
        await receive(unit)
        decision = Decision(places=(BLUE,), adjustment=ids())
        await unit.decisions.keep(CLAIM, decision)
        return decision

    told = await asyncio.gather(*(world.run(decide) for _ in range(12)))

    assert len(set(told)) == 1
    assert (await world.run(look)).on_hand == 5
