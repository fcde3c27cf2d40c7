"""Group commit: who shares a transaction with whom, and what is answered when there is too much."""

from __future__ import annotations

import asyncio

from domain.movements import Receive
from domain.refusals import RefusalCode
from services.group_commit import Batches
from services.stock import Movements
from tests.fakes.combiner import ACME, CALLER, GLOBEX, OTHER, STRANGER, Broken, Combiner


async def test_a_command_that_comes_alone_is_committed_at_once_by_itself() -> None:
    combiner = Combiner()

    for name in ("a", "b", "c"):
        assert (await combiner.note(name)).subject == name

    assert combiner.batches == [1, 1, 1]
    assert len(combiner.units.begun) == 3


async def test_who_finds_nobody_at_work_waits_for_no_clock() -> None:
    """The transaction begins within the loop's next turns: nothing gathers commands by time."""
    combiner = Combiner()
    sent = combiner.note("a")

    for _ in range(3):
        await asyncio.sleep(0)

    assert len(combiner.units.begun) == 1
    await sent


async def test_commands_that_come_while_a_transaction_runs_are_carried_out_by_the_next_one_in_their_order() -> None:
    combiner = Combiner()
    first = await combiner.behind_one()
    others = [combiner.note(str(number)) for number in range(9)]
    await combiner.settled()
    assert combiner.commits.waiting == 10

    combiner.units.open.set()
    told = await asyncio.gather(first, *others)

    assert [decision.subject for decision in told] == combiner.written == ["first", *map(str, range(9))]
    assert combiner.batches == [1, 9]
    assert combiner.commits.waiting == 0


async def test_a_batch_has_a_bound() -> None:
    combiner = Combiner(Batches(batch_max=4, lanes=1))
    first = await combiner.behind_one()
    others = [combiner.note(str(number)) for number in range(9)]
    await combiner.settled()

    combiner.units.open.set()
    await asyncio.gather(first, *others)

    assert combiner.batches == [1, 4, 4, 1]
    assert combiner.written == ["first", *map(str, range(9))]


async def test_a_quarter_of_a_long_queue_is_left_to_the_next_batch() -> None:
    combiner = Combiner(Batches(lanes=1, leaves_from=4))
    first = await combiner.behind_one()
    others = [combiner.note(str(number)) for number in range(20)]
    await combiner.settled()

    combiner.units.open.set()
    await asyncio.gather(first, *others)

    assert combiner.batches == [1, 15, 4, 1]
    assert combiner.written == ["first", *map(str, range(20))]


async def test_a_lane_has_one_transaction_at_a_time_and_lanes_do_not_wait_for_each_other() -> None:
    combiner = Combiner(Batches(lanes=64))
    first = await combiner.behind_one()
    others = [combiner.note(lane, lane) for lane in ("blue", "blue", "red", "Éclair")]
    await combiner.settled()
    assert combiner.units.at_once == 3

    combiner.units.open.set()
    await asyncio.gather(first, *others)

    assert sorted(combiner.batches) == [1, 1, 1, 2]


async def test_a_tenant_has_no_more_transactions_at_once_than_lanes() -> None:
    combiner = Combiner(Batches(lanes=3))
    combiner.units.open.clear()
    sent = [combiner.note(str(number), f"sku-{number}") for number in range(50)]
    await combiner.settled()

    combiner.units.open.set()
    await asyncio.gather(*sent)

    assert combiner.units.at_once_max == 3


async def test_a_batch_holds_one_tenant() -> None:
    combiner = Combiner()
    combiner.units.open.clear()
    sent = [combiner.note(f"{n} {caller.tenant_slug}", caller=caller) for n in range(6) for caller in (CALLER, OTHER)]
    await combiner.settled()
    assert combiner.units.begun == [ACME.id, GLOBEX.id]

    combiner.units.open.set()
    await asyncio.gather(*sent)

    assert combiner.batches == [6, 6]
    for slug in ("acme", "globex"):
        assert [name for name in combiner.written if slug in name] == [f"{n} {slug}" for n in range(6)]


async def test_who_comes_when_too_many_wait_is_told_when_to_come_back_and_nothing_is_kept() -> None:
    combiner = Combiner(Batches(waiting_max=6, lanes=1))
    first = await combiner.behind_one()
    waiting = [combiner.receive("one"), combiner.receive("two")]
    await combiner.settled()

    [refusal] = (await combiner.told_at_once(combiner.receive("three"))).refusals
    assert refusal.code is RefusalCode.OVERLOADED
    assert refusal.retry_after_ms is not None and refusal.retry_after_ms > 0
    assert len(combiner.units.begun) == 1

    combiner.units.open.set()
    await asyncio.gather(first, *waiting)
    assert combiner.on_hand == 2
    assert (await combiner.receive("three")).refusals == ()
    assert combiner.on_hand == 3


async def test_the_bound_holds_for_all_lanes_and_tenants_together() -> None:
    combiner = Combiner(Batches(waiting_max=4, lanes=4))
    combiner.units.open.clear()
    sent = [combiner.note(str(n), f"sku-{n}", CALLER if n % 2 else OTHER) for n in range(4)]
    await combiner.settled()

    told = await combiner.told_at_once(combiner.note("more", "other", STRANGER))
    assert [each.code for each in told.refusals] == [RefusalCode.OVERLOADED]

    combiner.units.open.set()
    await asyncio.gather(*sent)


async def test_one_tenant_leaves_room_for_the_others() -> None:
    combiner = Combiner(Batches(waiting_max=4, lanes=1))
    combiner.units.open.clear()
    sent = [combiner.note(str(n), "sku", CALLER) for n in range(2)]
    await combiner.settled()

    told = await combiner.told_at_once(combiner.note("more", "sku", CALLER))
    assert [each.code for each in told.refusals] == [RefusalCode.OVERLOADED]
    sent.append(combiner.note("other", "sku", OTHER))

    combiner.units.open.set()
    assert all(decision.refusals == () for decision in await asyncio.gather(*sent))


async def test_orders_of_many_lines_fill_the_queue_by_their_lines() -> None:
    combiner = Combiner(Batches(lines_waiting_max=8, lanes=1))
    combiner.units.open.clear()
    sent = [combiner.send(Movements([Receive(sku="blue", quantity=1)] * 4, CALLER))]
    await combiner.settled()

    told = await combiner.told_at_once(combiner.note("more", "blue", CALLER))
    assert [each.code for each in told.refusals] == [RefusalCode.OVERLOADED]
    sent.append(combiner.note("other", "blue", OTHER))

    combiner.units.open.set()
    await asyncio.gather(*sent)
    assert (await combiner.note("more", "blue", CALLER)).refusals == ()


async def test_orders_of_many_lines_fill_a_batch_by_their_lines() -> None:
    combiner = Combiner(Batches(lines_max=5, lanes=1))
    first = await combiner.behind_one()
    movements = [Receive(sku="blue", quantity=1)] * 3
    sent = [combiner.send(Movements(movements, CALLER)) for _ in range(3)]
    await combiner.settled()

    combiner.units.open.set()
    await asyncio.gather(first, *sent)

    assert combiner.batches == [1, 1, 1, 1]


async def test_with_batches_of_one_each_command_is_a_transaction_of_its_own_beside_the_others() -> None:
    combiner = Combiner(Batches(batch_max=1))
    combiner.units.open.clear()
    sent = [combiner.receive(f"key-{number}") for number in range(12)]
    await combiner.settled()
    assert combiner.units.at_once == 12

    combiner.units.open.set()
    assert all(decision.refusals == () for decision in await asyncio.gather(*sent))

    assert combiner.batches == [1] * 12
    assert combiner.on_hand == 12


async def test_with_batches_of_one_too_many_are_refused_and_faults_stay_alone() -> None:
    combiner = Combiner(Batches(batch_max=1, waiting_max=6))
    combiner.units.open.clear()
    sent = [combiner.send(Broken([], "broken")), combiner.receive("one"), combiner.receive("two")]
    await combiner.settled()
    told = await combiner.told_at_once(combiner.receive("three"))
    assert [each.code for each in told.refusals] == [RefusalCode.OVERLOADED]

    combiner.units.open.set()
    outcomes = await asyncio.gather(*sent, return_exceptions=True)

    assert [isinstance(each, ZeroDivisionError) for each in outcomes] == [True, False, False]
    assert combiner.on_hand == 2
