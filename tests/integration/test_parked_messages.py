"""Messages that wait in PostgreSQL: each lane in order, one process at a time, nothing forgotten or taken twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import asyncpg
import pytest

from db import bulk
from db.parked_messages import LOCK, ParkedMessages
from db.parked_queue import READ, ParkedQueue
from db.pool import Database
from domain.reasons import DEFAULT_REASON_CODES
from server.embedded.database import Addresses
from services.parking import Lane, Message, ParkedMessage
from services.ports import Unavailable
from tests.conformance.units_worlds import ACME, GLOBEX, LOCATIONS

TOPICS = ("orders", "payments")
ONE, TWO, THEIRS = Lane(ACME.id, "orders", "K-1"), Lane(ACME.id, "orders", "K-2"), Lane(GLOBEX.id, "orders", "K-1")
ODD = Message(
    "orders", 3, 2**62, 2**41, b"\xff\x00", b"\x00{", (("a\u0000", b"\xff\x00"), ("b", None), ("a\u0000", b""))
)


def message(offset: int, topic: str = "orders") -> Message:
    return Message(topic, 0, offset, 1, b"K", b"{}", (("type", b"OrderCreated"),))


@dataclass
class Parked:
    parking: ParkedMessages
    queue: ParkedQueue
    other: ParkedQueue
    outside: asyncpg.Connection

    async def park(self, *offsets: int, lane: Lane = ONE) -> None:
        for offset in offsets:
            await self.parking.park(lane, message(offset), "not yet", 0)

    async def due(self, queue: ParkedQueue | None = None, *, finish: bool = False) -> list[tuple[Lane, int]]:
        async with (queue or self.queue).due(TOPICS, 100) as due:
            for each in due.messages if finish else ():
                await due.finish(each)
            return found(due.messages)


def found(messages: Sequence[ParkedMessage]) -> list[tuple[Lane, int]]:
    return sorted((each.lane, each.message.offset) for each in messages)


@pytest.fixture
async def parked(database: Addresses) -> AsyncIterator[Parked]:
    pool = await Database.connect(database.application_url, size=8)
    for tenant in (ACME, GLOBEX):
        await bulk.load(pool, tenant, locations=LOCATIONS, reason_codes=DEFAULT_REASON_CODES, items=())
    outside = await asyncpg.connect(database.superuser_url)
    queues = ParkedQueue(pool), ParkedQueue(pool)
    yield Parked(ParkedMessages(pool), *queues, outside)
    for queue in queues:
        await queue.close()
    await outside.close()
    await pool.close()


async def test_a_message_comes_back_as_it_was_put_aside(parked: Parked) -> None:
    await parked.parking.park(ONE, ODD, 'why "not"', 0)
    async with parked.queue.due(TOPICS, 1) as due:
        [back] = due.messages
    assert (back.lane, back.message, back.reason, back.attempts) == (ONE, ODD, 'why "not"', 0)
    assert 0 <= back.age_s < 60


async def test_a_message_is_put_aside_once_but_not_for_one_of_a_topic_made_anew(parked: Parked) -> None:
    await parked.park(1, 1)
    assert (await parked.queue.waiting()).messages == 1
    await parked.parking.park(ONE, replace(message(1), sent_at_ms=2), "not yet", 0)
    assert (await parked.queue.waiting()).messages == 2


async def test_only_the_first_of_a_lane_is_due_and_then_the_next(parked: Parked) -> None:
    await parked.park(7, 3, 5)
    await parked.park(1, lane=TWO)
    await parked.park(2, lane=THEIRS)
    assert await parked.due(finish=True) == sorted([(ONE, 7), (TWO, 1), (THEIRS, 2)])
    assert await parked.due() == [(ONE, 3)]
    assert await parked.due(finish=True) == [(ONE, 3)]
    assert await parked.due(finish=True) == [(ONE, 5)]
    assert await parked.due() == []
    assert (await parked.queue.waiting()).messages == 0


async def test_what_is_postponed_keeps_its_lane_waiting(parked: Parked) -> None:
    await parked.park(1, 2)
    async with parked.queue.due(TOPICS, 9) as due:
        await due.postpone(due.messages[0], "still not", 3600)
    assert await parked.due() == []
    await parked.outside.execute("UPDATE parked_messages SET next_try_at = now() WHERE next_try_at IS NOT NULL")
    async with parked.queue.due(TOPICS, 9) as due:
        assert [(each.message.offset, each.attempts, each.reason) for each in due.messages] == [(1, 1, "still not")]


async def test_a_wait_is_waited_for(parked: Parked) -> None:
    await parked.parking.park(ONE, message(1), "not yet", 3600)
    assert await parked.due() == []


async def test_who_parks_behind_others_does_so_only_while_they_wait(parked: Parked) -> None:
    assert not await parked.parking.park_behind(ONE, message(1))
    await parked.park(1)
    assert await parked.parking.park_behind(ONE, message(2))
    assert await parked.parking.park_behind(ONE, message(2))
    assert not await parked.parking.park_behind(TWO, message(3))
    assert await parked.due(finish=True) == [(ONE, 1)]
    assert await parked.due(finish=True) == [(ONE, 2)]
    assert not await parked.parking.park_behind(ONE, message(3))


async def test_lanes_in_which_something_waits_are_known_to_their_tenant_alone(parked: Parked) -> None:
    await parked.park(1, lane=ONE)
    await parked.park(1, lane=THEIRS)
    elsewhere = ONE._replace(topic="payments")
    assert set(await parked.parking.occupied([ONE, TWO, THEIRS, elsewhere])) == {ONE, THEIRS}
    assert len(await parked.parking.occupied([])) == 0


async def test_topics_that_a_process_does_not_know_are_left_to_others(parked: Parked) -> None:
    await parked.park(1)
    async with parked.queue.due(["payments"], 9) as due:
        assert not due.messages


async def test_two_processes_never_work_on_one_lane(parked: Parked) -> None:
    await parked.park(1, 2)
    await parked.park(9, lane=TWO)
    async with parked.queue.due(TOPICS, 1) as mine:
        [held] = mine.messages
        theirs = await parked.due(parked.other)
        assert theirs == [(TWO, 9) if held.lane == ONE else (ONE, 1)]
        await mine.finish(held)


async def test_what_is_not_settled_is_due_again_as_it_was_and_what_was_stays_so(parked: Parked) -> None:
    await parked.park(1)
    await parked.park(2, lane=TWO)
    with pytest.raises(ValueError, match="stop"):
        async with parked.queue.due(TOPICS, 9) as due:
            await due.finish(due.messages[0])
            raise ValueError("stop")
    assert await parked.due(parked.other) == [(TWO, 2)]


async def test_what_was_finished_stays_so_however_long_another_takes(parked: Parked) -> None:
    """The server ends whoever sits idle in a transaction."""
    await parked.park(1)
    await parked.park(2, lane=TWO)
    async with parked.queue.due(TOPICS, 9) as due:
        await due.finish(due.messages[0])
        idle = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
        )
        assert await parked.outside.fetchval(idle) == 0
        assert await parked.outside.fetchval("SELECT count(*) FROM parked_messages") == 1
        assert await parked.due(parked.other) == []
        await due.finish(due.messages[1])
    assert (await parked.queue.waiting()).messages == 0


async def test_what_is_finished_side_by_side_is_settled_together(parked: Parked) -> None:
    lanes = [Lane(ACME.id, "orders", f"K-{number}") for number in range(30)]
    for number, lane in enumerate(lanes):
        await parked.park(number, 100 + number, lane=lane)
    async with parked.queue.due(TOPICS, 100) as due:
        late, *others = sorted(due.messages, key=lambda each: each.message.offset)
        await asyncio.gather(due.postpone(late, "still not", 0), *(due.finish(each) for each in others))
    async with parked.queue.due(TOPICS, 100) as due:
        assert sorted(each.message.offset for each in due.messages) == [0, *range(101, 130)]
        assert [each.reason for each in due.messages if each.lane == late.lane] == ["still not"]


async def test_one_that_was_finished_a_moment_ago_is_not_read_again(parked: Parked) -> None:
    """Who chose it before that and claimed it after has nothing to try."""
    await parked.park(1)
    claimed = await parked.outside.fetch("SELECT tenant_id, id FROM parked_messages")
    await parked.due(finish=True)
    assert await parked.outside.fetch(READ, *([row[at] for row in claimed] for at in range(2))) == []


async def test_messages_of_topics_that_are_read_no_more_are_counted(parked: Parked) -> None:
    await parked.park(1, 2)
    await parked.park(1, lane=THEIRS)
    assert await parked.queue.forgotten(TOPICS) == {}
    assert await parked.queue.forgotten(["payments"]) == {"orders": 3}


async def test_who_loses_the_database_while_settling_learns_of_it_and_others_go_on(parked: Parked) -> None:
    await parked.park(1)
    async with parked.queue.due(TOPICS, 9) as due, parked.outside.transaction():
        lane = (ONE.tenant, ONE.topic, ONE.key)
        await parked.outside.execute(LOCK, *lane)  # so that finishing waits, and the session ends under it
        finishing = asyncio.ensure_future(due.finish(due.messages[0]))
        await waits_for_a_lock(parked.outside)
        await end_workers(parked.outside)
        with pytest.raises(Unavailable):
            await finishing
    assert await parked.due(parked.other) == [(ONE, 1)]
    assert await parked.due(finish=True) == [(ONE, 1)]


async def test_who_loses_the_database_between_two_statements_settles_over_a_new_session(parked: Parked) -> None:
    """The claim is gone with the old one, and guards nothing: what was tried has had its effect."""
    await parked.park(1, 2)
    async with parked.queue.due(TOPICS, 9) as due:
        await end_workers(parked.outside)
        await due.finish(due.messages[0])
    assert await parked.due(parked.other) == [(ONE, 2)]


async def end_workers(outside: asyncpg.Connection) -> None:
    """End the workers' sessions, and wait until they are gone."""
    await outside.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'stockcast worker' AND datname = current_database()"
    )


async def waits_for_a_lock(outside: asyncpg.Connection) -> None:
    while not await outside.fetchval(  # noqa: ASYNC110 - nobody tells; it is looked for
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ):
        await asyncio.sleep(0.01)


async def test_whoever_parks_behind_others_while_they_are_finished_is_due_or_told_so(parked: Parked) -> None:
    """Nobody is left behind a lane that has no first."""
    chance = random.Random(7)
    waits: set[int] = set()

    async def finish() -> list[int]:
        taken: list[int] = []
        while len(taken) < 1 or waits - set(taken):
            await asyncio.sleep(chance.random() / 500)
            async with parked.queue.due(TOPICS, 9) as due:
                for each in due.messages:
                    await due.finish(each)
                    taken.append(each.message.offset)
            if parking.done() and not due.messages:
                break
        return taken

    async def park() -> None:
        for offset in range(1, 120):
            await asyncio.sleep(chance.random() / 500)
            if offset % 7 == 1:
                await parked.park(offset)
                waits.add(offset)
            elif await parked.parking.park_behind(ONE, message(offset)):
                waits.add(offset)

    parking = asyncio.create_task(park())
    taken = await finish()
    await parking
    taken += await finish() if waits - set(taken) else []
    assert taken == sorted(waits)
    assert (await parked.queue.waiting()).messages == 0
