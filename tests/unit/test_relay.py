"""The relay's promise: every event at least once, those of a key in order, whatever fails and whoever dies."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random

import pytest

from services.live import StreamEventType
from subscriptions.log.broadcast_log import BroadcastLog, LogUnavailable, Message, Position
from subscriptions.log.memory_log import MemoryLog
from subscriptions.metrics import OUTBOX_ROWS
from subscriptions.relay.nudge import Nudge
from subscriptions.relay.outbox import NotAllSent, OutboxRow
from subscriptions.relay.relay import Relay
from subscriptions.relay.sinks import LogSink
from tests.factories.events import OTHER_TENANT, History, a_level
from tests.fakes.live import SCOPE, Clock, a_world, eventually, told
from tests.fakes.outbox import FakeLag, FakeOutbox, FakeOutboxShards

SKUS = [f"SKU-{number}" for number in range(10)]


class FakeSink:
    """Keeps what it is sent; `fail` decides, before each row, whether it and what follows of its key are refused."""

    def __init__(self) -> None:
        self.sent: list[OutboxRow] = []
        self.batches = 0
        self.closed = False
        self.fail: Callable[[OutboxRow], bool] = lambda row: False
        self.after_send: Callable[[], None] = lambda: None

    async def send(self, rows: Sequence[OutboxRow]) -> None:
        self.batches += 1
        failed: set[str] = set()
        acknowledged: list[int] = []
        for row in rows:
            if row.key in failed or self.fail(row):
                failed.add(row.key)
            else:
                self.sent.append(row)
                acknowledged.append(row.id)
        self.after_send()
        if failed:
            raise NotAllSent(acknowledged) from OSError("broken pipe")

    async def close(self) -> None:
        self.closed = True

    def versions(self, sku: str) -> list[int]:
        return [row.version for row in self.sent if row.key == sku]


def write(outbox: FakeOutbox, changes: int) -> None:
    """So many changes of each SKU, turn by turn."""
    histories = [History(a_level(sku)) for sku in SKUS]
    for number in range(changes):
        for history in histories:
            outbox.write(history.change(number), history.tx)


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(relay.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


def a_relay(
    shards: FakeOutboxShards, sink: FakeSink | LogSink, nudge: Nudge | None = None, rows_a_turn: int = 7
) -> Relay:
    return Relay(shards, sink, nudge or Nudge(), rows_a_turn=rows_a_turn, poll_s=0.01, randomness=Random(1))


async def test_everything_is_sent_once_in_order_and_then_gone() -> None:
    outbox, sink = FakeOutbox(), FakeSink()
    write(outbox, 5)
    async with running(a_relay(FakeOutboxShards(outbox), sink)):
        await eventually(lambda: not outbox.rows)
    assert [sink.versions(sku) for sku in SKUS] == [[1, 2, 3, 4, 5]] * len(SKUS)
    assert sink.closed


async def test_a_nudge_wakes_it_at_once() -> None:
    outbox, sink, nudge = FakeOutbox(), FakeSink(), Nudge()
    shards = FakeOutboxShards(outbox)
    relay = Relay(shards, sink, nudge, poll_s=3600)
    async with running(relay):
        await eventually(lambda: shards.reads == 1)
        write(outbox, 1)
        nudge()
        await eventually(lambda: not outbox.rows)


async def test_without_a_nudge_it_looks_by_itself() -> None:
    outbox, sink = FakeOutbox(), FakeSink()
    shards = FakeOutboxShards(outbox)
    async with running(a_relay(shards, sink)):
        await eventually(lambda: shards.reads > 1)
        write(outbox, 1)
        await eventually(lambda: not outbox.rows)


async def test_what_a_sink_refuses_is_sent_again_before_what_follows_it() -> None:
    outbox, sink = FakeOutbox(), FakeSink()
    write(outbox, 6)
    random = Random(7)
    sink.fail = lambda row: random.random() < 0.1
    async with running(a_relay(FakeOutboxShards(outbox), sink)):
        await eventually(lambda: not outbox.rows)
    assert [sink.versions(sku) for sku in SKUS] == [[1, 2, 3, 4, 5, 6]] * len(SKUS)


async def test_the_lag_is_told_while_nothing_can_be_sent() -> None:
    outbox, sink, clock = FakeOutbox(), FakeSink(), Clock()
    sink.fail = lambda row: True
    relay = Relay(FakeOutboxShards(outbox), sink, Nudge(), poll_s=0.01, clock=clock, randomness=Random(1))
    async with running(relay):
        for rows in (10, 20):
            write(outbox, 1)
            await eventually(lambda rows=rows: OUTBOX_ROWS._value.get() == rows)
            clock.seconds += 10
    assert sink.batches and not sink.sent


async def test_what_wakes_it_is_sent_before_it_looks_after_its_claims_and_figures() -> None:
    outbox, sink, nudge, clock, done = FakeOutbox(), FakeSink(), Nudge(), Clock(), list[str]()

    class Told(FakeOutboxShards):
        async def claim_shards(self) -> frozenset[int]:
            done.append("claim")
            return await super().claim_shards()

        async def lag(self) -> FakeLag:
            done.append("lag")
            return await super().lag()

    sink.after_send = lambda: done.append("send")
    async with running(Relay(Told(outbox), sink, nudge, poll_s=3600, clock=clock)):
        await eventually(lambda: done == ["claim", "lag"])
        for _ in range(2):
            done.clear()
            clock.seconds += 10
            write(outbox, 1)
            nudge()
            await eventually(lambda: len(done) == 3)
            assert done == ["send", "claim", "lag"]


async def test_a_database_that_is_away_is_waited_for() -> None:
    outbox, sink = FakeOutbox(), FakeSink()
    write(outbox, 1)
    shards = FakeOutboxShards(outbox, faults=[OSError("gone"), RuntimeError("still gone")])
    async with running(a_relay(shards, sink)):
        await eventually(lambda: not outbox.rows)
    assert len(sink.sent) == len(SKUS)


async def test_two_relays_share_the_keys_and_keep_the_order_of_each() -> None:
    outbox, sinks = FakeOutbox(), [FakeSink(), FakeSink()]
    write(outbox, 5)
    first, second = (FakeOutboxShards(outbox, share=4) for _ in sinks)
    async with running(a_relay(first, sinks[0])), running(a_relay(second, sinks[1])):
        await eventually(lambda: not outbox.rows)
    for sku in SKUS:
        assert sorted([sinks[0].versions(sku), sinks[1].versions(sku)]) == [[], [1, 2, 3, 4, 5]]
    assert sinks[0].sent and sinks[1].sent


async def test_a_relay_that_stops_finishes_its_turn() -> None:
    outbox, sink = FakeOutbox(), FakeSink()
    write(outbox, 5)
    relay = a_relay(FakeOutboxShards(outbox), sink)
    sink.after_send = relay.stop
    await relay.run()
    assert sink.batches == 1
    assert len(outbox.rows) == 5 * len(SKUS) - 7


@pytest.mark.parametrize("sent_before", [1, 3, 6])
async def test_a_relay_killed_between_sending_and_deleting_loses_nothing_and_shows_nothing_twice(
    sent_before: int,
) -> None:
    outbox = FakeOutbox()
    async with a_world() as world:
        watch = await world.live()
        log = DyingLog(world.log, sent_before)
        shards = FakeOutboxShards(outbox)
        write(outbox, 5)
        reading = asyncio.ensure_future(told(watch, 5 * len(SKUS)))
        async with running(a_relay(shards, LogSink(log))) as killed:
            await log.appended.wait()
            killed.cancel()
            await asyncio.wait({killed})
        shards.die()
        assert outbox.rows, "the killed relay left what it had sent"
        async with running(a_relay(FakeOutboxShards(outbox), LogSink(world.log))):
            events = await reading
            await eventually(lambda: not outbox.rows)
        versions = {
            sku: [event.level.version for event in events if event.level and event.level.item.sku == sku]
            for sku in SKUS
        }
        assert versions == {sku: [1, 2, 3, 4, 5] for sku in SKUS}
        world.clock.seconds += 11
        world.hub.beat()
        assert (await told(watch, 1))[0].type is StreamEventType.CAUGHT_UP, "nothing more was told"


class DyingLog(MemoryLog):
    """Appends, and never answers from the given append on."""

    def __init__(self, log: BroadcastLog, answers: int) -> None:
        super().__init__()
        self._log = log
        self._answers = answers
        self.appended = asyncio.Event()

    async def append(self, channel: str, messages: Sequence[Message]) -> Position:
        position = await self._log.append(channel, messages)
        self._answers -= 1
        if not self._answers:
            self.appended.set()
            await asyncio.Event().wait()
        return position


async def test_a_log_that_is_away_keeps_a_tenants_events_and_lets_the_others_go_first() -> None:
    outbox, log = FakeOutbox(), MemoryLog()
    ours, theirs = History(a_level("A")), History(a_level("B"))
    outbox.write(ours.change(1), 1)
    outbox.write(theirs.change(1), 2, OTHER_TENANT)
    away = [LogUnavailable("away")]
    append = log.append

    async def failing(channel: str, messages: Sequence[Message]) -> Position:
        if channel == str(OTHER_TENANT) and away:
            raise away.pop()
        return await append(channel, messages)

    log.append = failing  # pyright: ignore[reportAttributeAccessIssue]
    async with running(a_relay(FakeOutboxShards(outbox), LogSink(log))):
        await eventually(lambda: not outbox.rows)
    for tenant in (SCOPE.tenant, OTHER_TENANT):
        assert (await log.head(str(tenant))).offset == 1
