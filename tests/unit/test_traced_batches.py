"""Traces of what is decided together: each event keeps that of the command that caused it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from domain.movements import Receive
from domain.strategies import Want
from services import trace
from services.decisions import Decision
from services.desk import Desk
from services.items import UpsertItem, upsert_item
from services.reservations import ReserveStock, reserve_stock
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ids
from tests.fakes.combiner import ACME, CALLER, Combiner, Note
from tests.fakes.tracer import a_traceparent, taking_spans


async def receive(combiner: Combiner, traceparent: str | None, sku: str) -> Decision:
    with trace.work("request", given=traceparent):
        movements = (Receive(sku=sku, location="MAIN", quantity=5),)
        return await move_stock(MoveStock(str(ids()), movements, "receiveStock"), CALLER, combiner.commits)


async def reserve(combiner: Combiner, traceparent: str | None, sku: str, order: str) -> Decision:
    with trace.work("request", given=traceparent):
        request = ReserveStock(order, (Want(sku, None, 1),))
        return await reserve_stock(order, request, CALLER, combiner.commits)


def told(combiner: Combiner) -> list[tuple[str, str, str | None]]:
    """Of each event its type, its key (of a reservation its order) and its trace."""
    house = combiner.units.houses[ACME.id]
    keys = [getattr(getattr(event, "state", None), "reservation", None) for event in house.events]
    named = [event.key if of is None else of.order.id for event, of in zip(house.events, keys, strict=True)]
    return list(zip((event.type for event in house.events), named, house.traces, strict=True))


async def together(combiner: Combiner, *sent: asyncio.Future[Decision]) -> Sequence[Decision]:
    """One batch of all that waits behind the turnstile."""
    await combiner.settled()
    combiner.units.open.set()
    return await asyncio.gather(*sent)


async def test_in_one_batch_each_event_keeps_the_trace_of_its_command() -> None:
    combiner, a, b = Combiner(), a_traceparent(), a_traceparent()
    await receive(combiner, None, "blue")
    await receive(combiner, None, "red")
    first = await combiner.behind_one()
    given = ((a, "blue", "o-1"), (None, "red", "o-2"), (b, "blue", "o-3"))
    sent = [asyncio.ensure_future(reserve(combiner, *each)) for each in given]
    decisions = await together(combiner, first, *sent)
    assert not any(decision.refusals for decision in decisions)
    assert combiner.batches[-1] == 3
    assert set(told(combiner)[2:]) == {
        ("InventoryReserved", "o-1", a),
        ("InventoryReserved", "o-2", None),
        ("InventoryReserved", "o-3", b),
        ("StockLevelChanged", "blue", b),  # the last of both that changed it
        ("StockLevelChanged", "red", None),
    }


async def test_a_level_that_an_untraced_command_changed_last_keeps_the_trace_of_the_one_before() -> None:
    combiner, a = Combiner(), a_traceparent()
    first = await combiner.behind_one()
    sent = [asyncio.ensure_future(receive(combiner, given, "blue")) for given in (a, None)]
    await together(combiner, first, *sent)
    assert ("StockLevelChanged", "blue", a) in told(combiner)


async def test_a_refused_command_puts_its_trace_on_nothing_but_its_own_refusal() -> None:
    combiner, a, b = Combiner(), a_traceparent(), a_traceparent()
    first = await combiner.behind_one()
    sent = [
        asyncio.ensure_future(receive(combiner, a, "blue")),
        asyncio.ensure_future(reserve(combiner, b, "red", "o-1")),
    ]
    await together(combiner, first, *sent)
    assert {(kind, traced) for kind, _, traced in told(combiner)} == {
        ("StockLevelChanged", a),
        ("InventoryReservationFailed", b),
    }


async def test_what_is_done_outside_of_batches_belongs_to_what_its_task_works_for() -> None:
    combiner, a = Combiner(), a_traceparent()
    with trace.work("request", given=a):
        await upsert_item(UpsertItem("key", "green", {}), CALLER, combiner.units, ids)
    assert [(kind, traced) for kind, _, traced in told(combiner)] == [("ItemChanged", a)]


async def test_a_batch_is_one_span_that_names_all_who_asked() -> None:
    combiner, a, b = Combiner(), a_traceparent(), a_traceparent()
    first = await combiner.behind_one()
    sent = [asyncio.ensure_future(receive(combiner, given, "blue")) for given in (a, b)]
    await combiner.settled()
    with taking_spans() as tracer:
        await together(combiner, first, *sent)
    [commit] = [span for span in tracer.spans if span.parent is not None]
    assert (commit.name, commit.parent, commit.links, commit.ended) == ("commit", a, (b,), 1)
    assert commit.notes["stockcast.commands"] == 2


async def test_a_batch_works_for_nobody_who_happened_to_come_first() -> None:
    combiner, a = Combiner(), a_traceparent()
    await asyncio.gather(receive(combiner, a, "blue"), receive(combiner, None, "red"))
    traced = {key: traceparent for _, key, traceparent in told(combiner)}
    assert traced == {"blue": a, "red": None}


async def test_what_a_batch_logs_is_not_said_of_whoever_happened_to_come_first() -> None:
    class Witness(Note):
        def decide(self, desk: Desk) -> Decision:
            return Decision(subject=str(trace.current()))

    combiner = Combiner()
    with trace.work("request", given=a_traceparent()):
        decision = await combiner.commits.submit(Witness(combiner.written, "first"))
    assert decision.subject == "None"
