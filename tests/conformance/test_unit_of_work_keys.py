"""What every unit of work promises of idempotency keys; fake and adapter keep it alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.allocation import Shortage
from domain.refusals import Refusal, RefusalCode
from services.decisions import Claim, Decision, Kept, KeyName
from services.ports import Unit
from tests.conformance.units_worlds import BLUE, GLOBEX, RED, World, ids, look, receive

NAME = KeyName("manager@acme", "receiveStock", "key-1")
CLAIM = Claim(NAME, b"fingerprint")
DONE = Decision()


async def keep(unit: Unit, decision: Decision = DONE) -> None:
    await unit.decisions.keep([(CLAIM, decision)])


async def find(unit: Unit, name: KeyName = NAME) -> Kept | None:
    return (await unit.decisions.find([name])).get(name)


async def test_a_decision_is_found_as_it_was_kept_with_what_was_asked(world: World) -> None:
    refusal = Refusal(
        RefusalCode.INSUFFICIENT_STOCK, 'only "3"', ("lines", "0", "quantity"), *BLUE, requested=5, available=3
    )
    shortages = (Shortage("blue", None, 5, 3), Shortage("red", "SHOP", 2, 0))
    decision = Decision((refusal,), (BLUE, RED), ids(), "blue", ids(), shortages)

    await world.run(lambda unit: keep(unit, decision))

    assert await world.run(find) == Kept(b"fingerprint", decision)


async def test_several_keys_are_looked_up_at_once_and_those_unused_left_out(world: World) -> None:
    second, third = (replace(CLAIM, name=NAME._replace(key=key)) for key in ("key-2", "Kéy 3"))
    refused = Decision((Refusal(RefusalCode.NOT_FOUND, "no"),))

    await world.run(lambda unit: unit.decisions.keep([(third, refused), (CLAIM, Decision()), (second, Decision())]))

    asked = [NAME, third.name, NAME._replace(key="key-4"), NAME]
    found = await world.run(lambda unit: unit.decisions.find(asked))
    assert found == {NAME: Kept(b"fingerprint", Decision()), third.name: Kept(b"fingerprint", refused)}
    assert await world.run(lambda unit: unit.decisions.find([])) == {}


@pytest.mark.parametrize("other", [{"subject": "admin@acme"}, {"operation": "adjustStock"}, {"key": "key-2"}])
async def test_a_key_belongs_to_subject_operation_and_tenant(world: World, other: dict[str, str]) -> None:
    await world.run(keep)

    assert await world.run(lambda unit: find(unit, NAME._replace(**other))) is None
    assert await world.run(find, GLOBEX) is None


async def test_who_keeps_a_key_that_was_kept_meanwhile_is_undone_and_runs_again(world: World) -> None:
    await world.run(lambda unit: keep(unit, Decision(subject="first")))
    looked: list[Kept | None] = []

    async def look_too_early(unit: Unit) -> None:
        looked.append(await find(unit) if looked else None)
        if looked[-1] is None:
            await receive(unit)
            await keep(unit, Decision(subject="second"))

    await world.run(look_too_early)

    assert looked == [None, Kept(b"fingerprint", Decision(subject="first"))]
    assert (await world.run(look)).on_hand == 0


async def test_one_key_many_times_at_once_has_one_effect(world: World) -> None:
    async def decide(unit: Unit) -> Decision:
        if kept := await find(unit):
            return kept.decision
        await receive(unit)
        decision = Decision(places=(BLUE,), adjustment=ids())
        await keep(unit, decision)
        return decision

    told = await asyncio.gather(*(world.run(decide) for _ in range(12)))

    assert len(set(told)) == 1
    assert (await world.run(look)).on_hand == 5
