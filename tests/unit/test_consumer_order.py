"""What is done out of order is committed in order; what is of one lane is done in order."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition

from subscriptions.consumers.progress import Progress
from subscriptions.consumers.queues import Queues
from subscriptions.consumers.retention import DAY_MS, longer_than_the_inbox

HERE, THERE = TopicPartition("orders", 0), TopicPartition("orders", 1)


def test_an_offset_is_committed_only_after_all_before_it_are_done() -> None:
    progress = Progress()
    track = progress.of(HERE)
    for offset in (5, 6, 9):
        track.begin(offset)
    assert progress.to_commit() == {HERE: 5}
    track.end(9)
    track.end(6)
    assert progress.to_commit() == {HERE: 5}
    track.end(5)
    assert progress.to_commit() == {HERE: 10}


def test_what_was_committed_is_not_committed_again() -> None:
    progress = Progress()
    for partition in (HERE, THERE):
        progress.of(partition).begin(0)
        progress.of(partition).end(0)
    progress.committed({HERE: 1})
    assert progress.to_commit() == {THERE: 1}
    assert Progress().to_commit() == {}


def test_the_messages_of_a_lost_partition_are_nobodys_business_here() -> None:
    progress = Progress()
    track = progress.of(HERE)
    track.begin(3)
    progress.lose({HERE, THERE})
    track.end(3)
    assert not track.ours
    assert progress.to_commit() == {}
    assert progress.of(HERE).ours


class Bench:
    """Work that waits until it is let go."""

    def __init__(self, limit: int = 100) -> None:
        self.queues = Queues(self._work, limit)
        self.begun: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def _work(self, name: str) -> None:
        self.begun.append(name)
        await self.gates.setdefault(name, asyncio.Event()).wait()

    async def go(self, *names: str) -> None:
        for name in names:
            self.gates.setdefault(name, asyncio.Event()).set()
        for _ in range(20):
            await asyncio.sleep(0)


async def test_lanes_go_on_side_by_side_and_a_lane_one_after_the_other() -> None:
    bench = Bench()
    for name in ("a1", "a2", "b1", "a3", "b2"):
        await bench.queues.add(name[0], name)
    await bench.go()
    assert bench.begun == ["a1", "b1"]
    await bench.go("b1", "b2")
    assert bench.begun == ["a1", "b1", "b2"]
    assert set(bench.queues.lanes) == {"a"}
    await bench.go("a1", "a2", "a3")
    assert bench.begun[3:] == ["a2", "a3"]
    assert not bench.queues.lanes


async def test_who_adds_to_a_full_queue_waits_for_room() -> None:
    bench = Bench(limit=2)
    await bench.queues.add("a", "a1")
    await bench.queues.add("a", "a2")
    third = asyncio.create_task(bench.queues.add("b", "b1"))
    await bench.go()
    assert not third.done()
    await bench.go("a1")
    assert third.done()
    await bench.go("a2", "b1")


async def test_at_the_end_nothing_more_is_begun_and_what_takes_too_long_is_given_up() -> None:
    bench = Bench()
    for name in ("a1", "a2", "b1"):
        await bench.queues.add(name[0], name)
    await bench.go()
    stopping = asyncio.create_task(bench.queues.stop(0.01))
    await bench.go("a1")
    await stopping
    assert bench.begun == ["a1", "b1"]
    assert not bench.queues.lanes


@pytest.mark.parametrize(("retention_ms", "told"), [(None, None), (0, None), (7 * DAY_MS, None), (14 * DAY_MS, None)])
def test_a_topic_that_kafka_keeps_no_longer_than_the_inbox_is_fine(retention_ms: int | None, told: None) -> None:
    assert longer_than_the_inbox("orders", retention_ms, 14) is told


@pytest.mark.parametrize(("retention_ms", "kept"), [(15 * DAY_MS, "for 15 days"), (-1, "for ever")])
def test_a_topic_that_kafka_keeps_longer_is_warned_of(retention_ms: int, kept: str) -> None:
    told = longer_than_the_inbox("orders", retention_ms, 14)
    assert told is not None and kept in told and "INBOX_DAYS" in told
