"""Commands of one batch find the levels that those before them have made, as if each had been alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from domain.movements import Receive
from domain.refusals import RefusalCode
from services.stock import Movements
from tests.fakes.combiner import ACME, CALLER, Combiner


async def test_a_level_that_one_command_makes_is_there_for_those_behind_it_in_the_batch() -> None:
    combiner = Combiner()
    first = await combiner.behind_one()
    places = ("SHOP", None, "MAIN", None)
    sent = [combiner.send(Movements([Receive(sku="blue", location=each, quantity=1)], CALLER)) for each in places]
    await combiner.settled()

    combiner.units.open.set()
    told = await asyncio.gather(first, *sent)

    assert combiner.batches == [1, 4]
    assert [decision.places for decision in told[1:4]] == [
        (("blue", "SHOP"),),
        (("blue", "SHOP"),),
        (("blue", "MAIN"),),
    ]
    assert [refusal.code for refusal in told[4].refusals] == [RefusalCode.LOCATION_REQUIRED]


async def test_a_movement_refused_before_the_batch_may_be_done_once_a_level_was_made_in_it() -> None:
    """Where the default location is closed, goods without a place have one as soon as there is a level elsewhere."""
    combiner = Combiner()
    house = combiner.units.houses[ACME.id]
    house.locations["MAIN"] = replace(house.locations["MAIN"], active=False)
    first = await combiner.behind_one()
    both = [Receive(sku="blue", quantity=1), Receive(sku="red", location="A", quantity=1)]
    sent = [
        combiner.send(Movements([Receive(sku="blue", location="SHOP", quantity=1)], CALLER)),
        combiner.send(Movements(both, CALLER)),
    ]
    await combiner.settled()

    combiner.units.open.set()
    told = await asyncio.gather(first, *sent)

    assert combiner.batches == [1, 2]
    assert told[2].places == (("blue", "SHOP"), ("red", "A"))
