"""Group commit: one key has one effect, in one batch or over many."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.movements import Receive
from domain.refusals import RefusalCode
from services.decisions import Claim, KeyName
from services.group_commit import Batches
from services.stock import Movements
from tests.fakes.combiner import ACME, CALLER, ONE_LANE, Combiner, Note


@pytest.mark.parametrize("bounds", [ONE_LANE, Batches(batch_max=1)])
async def test_one_key_many_times_in_one_batch_is_decided_once(bounds: Batches) -> None:
    combiner = Combiner(bounds)
    first = await combiner.behind_one()
    sent = [combiner.receive("same", 3) for _ in range(10)]
    await combiner.settled()

    combiner.units.open.set()
    told = await asyncio.gather(*sent)
    await first

    assert len(set(told)) == 1 and told[0].refusals == ()
    assert combiner.on_hand == 3
    assert combiner.batches == ([1, 10] if bounds is ONE_LANE else [1] * 11)
    assert len(combiner.units.houses[ACME.id].decisions) == 1


@pytest.mark.parametrize("bounds", [ONE_LANE, Batches(batch_max=1)])
async def test_one_key_with_another_request_in_the_same_batch_is_refused(bounds: Batches) -> None:
    combiner = Combiner(bounds)
    first = await combiner.behind_one()
    sent = [combiner.receive("same", quantity) for quantity in (3, 4, 3, 5)]
    await combiner.settled()

    combiner.units.open.set()
    told = await asyncio.gather(*sent)
    await first

    reused = [RefusalCode.IDEMPOTENCY_KEY_REUSED]
    assert [[each.code for each in decision.refusals] for decision in told] == [[], reused, [], reused]
    assert combiner.on_hand == 3
    assert combiner.batches == ([1, 4] if bounds is ONE_LANE else [1] * 5)


async def test_a_key_is_found_again_in_a_later_batch() -> None:
    combiner = Combiner()

    first = await combiner.receive("same", 3)
    assert await combiner.receive("same", 3) == first
    assert [each.code for each in (await combiner.receive("same", 4)).refusals] == [RefusalCode.IDEMPOTENCY_KEY_REUSED]
    assert combiner.on_hand == 3


async def test_a_refusal_is_kept_under_its_key_as_well() -> None:
    combiner = Combiner()

    [refusal] = (await combiner.receive("same", sku="none")).refusals
    assert refusal.code is RefusalCode.UNKNOWN_SKU
    house = combiner.units.houses[ACME.id]
    house.items["none"] = replace(house.items["blue"], sku="none")

    assert (await combiner.receive("same", sku="none")).refusals == (refusal,)


async def test_one_key_of_two_subjects_is_two_keys() -> None:
    combiner = Combiner()
    for subject in ("manager@acme", "admin@acme"):
        claim = Claim(KeyName(subject, "note", "key"), b"same")
        command = Note(combiner.written, subject, claim=claim)
        assert (await combiner.send(command)).subject == subject

    assert combiner.written == ["manager@acme", "admin@acme"]


async def test_commands_without_a_key_are_each_carried_out() -> None:
    combiner = Combiner()
    movement = Receive(sku="blue", location="MAIN", quantity=2)

    await asyncio.gather(*(combiner.send(Movements([movement], CALLER)) for _ in range(3)))

    assert combiner.on_hand == 6
    assert combiner.units.houses[ACME.id].decisions == {}


async def test_a_key_that_is_none_reaches_no_transaction() -> None:
    combiner = Combiner()

    [refusal] = (await combiner.receive("")).refusals

    assert refusal.code is RefusalCode.INVALID_INPUT
    assert combiner.units.begun == []
