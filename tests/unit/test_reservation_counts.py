"""How many orders were reserved and what became of the others, as they are counted."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from domain.allocation import FulfillmentPolicy
from domain.movements import Receive
from domain.strategies import Want
from server.metrics import count_reservations
from services.group_commit import GroupCommit
from services.reservations import ReserveStock, reserve_stock
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ids
from tests.fakes.combiner import CALLER, Combiner

BACKORDER = FulfillmentPolicy.BACKORDER


def counted() -> dict[str, float]:
    [metric] = [each for each in REGISTRY.collect() if each.name == "stockcast_reservations"]
    return {sample.labels["outcome"]: sample.value for sample in metric.samples}


@pytest.mark.parametrize(
    ("orders", "outcomes"),
    [
        ([ReserveStock("o", (Want("blue", None, 2),))], ["RESERVED"]),
        ([ReserveStock("o", (Want("blue", None, 2),))] * 2, ["RESERVED", "REPEATED"]),
        ([ReserveStock("o", (Want("blue", None, 9),))], ["INSUFFICIENT_STOCK"]),
        ([ReserveStock("o", (Want("blue", None, 9),), BACKORDER)], ["BACKORDERED"]),
        ([ReserveStock("o", (Want("unknown", None, 1),))], ["UNKNOWN_SKU"]),
    ],
)
async def test_each_order_is_counted_once_by_what_it_came_to(orders: list[ReserveStock], outcomes: list[str]) -> None:
    combiner = Combiner()
    commits, before = GroupCommit(combiner.units, ids, told=count_reservations), counted()
    await move_stock(
        MoveStock("r", (Receive(sku="blue", location="MAIN", quantity=3),), "receiveStock"), CALLER, commits
    )
    for key, order in enumerate(orders):
        await reserve_stock(str(key), order, CALLER, commits)
    more = {outcome: count - before.get(outcome, 0) for outcome, count in counted().items()}
    assert {outcome: count for outcome, count in more.items() if count} == dict.fromkeys(outcomes, 1)


async def test_the_same_key_again_is_a_repetition() -> None:
    combiner = Combiner()
    commits, before = GroupCommit(combiner.units, ids, told=count_reservations), counted()
    await move_stock(
        MoveStock("r", (Receive(sku="blue", location="MAIN", quantity=3),), "receiveStock"), CALLER, commits
    )
    for _ in range(3):
        await reserve_stock("key", ReserveStock("o", (Want("blue", None, 1),)), CALLER, commits)
    assert counted()["REPEATED"] - before["REPEATED"] == 2
