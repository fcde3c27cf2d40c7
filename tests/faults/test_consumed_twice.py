"""Every message three times, and whoever takes them killed with -9 at the worst moments: one effect each, in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from db.invariants import violations
from server.embedded.database import Addresses
from tests import servers
from tests.faults.consumers import TIMES, Consumers, Orders, letters, moment
from tests.faults.figures import LONG, Figures
from tests.integration.consuming import UNITS, Sent, Shop, eventually, fresh_topic

pytestmark = [pytest.mark.kafka, pytest.mark.inbox, pytest.mark.slow]

KILLS = 200 if LONG else 14
SEED = 20110311


@pytest.fixture
async def shop(database: Addresses, kafka: str, topic: str) -> AsyncIterator[Shop]:
    async with Shop.open(database, kafka, topic) as shop:
        yield shop


@pytest.fixture
def consumers(shop: Shop, kafka: str, tmp_path: Path) -> Iterator[Consumers]:
    consumers = Consumers(shop, fresh_topic(kafka), tmp_path)
    consumers.start()
    yield consumers
    consumers.stop()


async def before_commit(orders: Orders) -> None:
    """In the middle of its transaction: nothing of it may be left."""
    number = orders.new()
    async with orders.locked("SELECT 1 FROM stock_levels FOR UPDATE"):
        await orders.send(orders.began(number))
        await orders.hanging()
        await orders.kill("before commit")
    await orders.buried()
    assert await orders.shop.told(number) == []
    orders.consumers.start()
    await orders.send(orders.paid(number), *orders.rest(number))


async def after_commit(orders: Orders) -> None:
    """The database has it, Kafka does not know: it comes again."""
    number = orders.new()
    place = await orders.send(orders.began(number))
    await orders.taken(number, 1)
    await orders.kill("after commit, before offset", place)
    orders.consumers.start()
    await orders.send(orders.paid(number), *orders.rest(number))


async def while_parked(orders: Orders) -> None:
    """A payment waits for its order, and what it waits for comes while nobody is there."""
    number = orders.new()
    place = await orders.send(orders.paid(number, orders.consumers.payments))
    await orders.shop.until("SELECT count(*) > 0 FROM parked_messages", True)
    await orders.kill("parked, before offset", place)
    await orders.send(orders.began(number))
    orders.consumers.start()
    await orders.taken(number, 2)
    await orders.send(*orders.rest(number))


async def while_retried(orders: Orders) -> None:
    """A payment that waits is just being tried again."""
    number = orders.new()
    await orders.send(orders.paid(number, orders.consumers.payments))
    await orders.shop.parked(TIMES, number)
    async with orders.locked("LOCK TABLE reservations IN ACCESS EXCLUSIVE MODE"):
        await orders.hanging()
        await orders.kill("tried again, before commit")
    await orders.buried()
    await orders.shop.parked(TIMES, number)
    orders.consumers.start()
    await orders.send(orders.began(number))
    await orders.taken(number, 2)
    await orders.send(*orders.rest(number))


async def while_dead_lettered(orders: Orders) -> None:
    """What cannot be read lies with the dead letters, Kafka does not know: it may lie there twice."""
    number, shop = orders.new(), orders.shop
    topic = f"{shop.topic}.dead-letter"
    before = await letters(shop.kafka, topic)
    places = await shop.send(Sent(b"{", number))
    orders.sent, orders.poison = orders.sent + 1, orders.poison + 1

    async def there() -> bool:
        return await letters(shop.kafka, topic) > before

    await eventually(there)
    await orders.kill("dead letter, before offset", places[0])
    orders.consumers.start()
    await orders.send(orders.began(number), orders.paid(number), *orders.rest(number))


async def at_any_moment(orders: Orders) -> None:
    number, other = orders.new(), orders.new()
    for each in (number, other):
        await orders.send(orders.began(each), orders.paid(each), *orders.rest(each))
    await moment(orders.chance, 0.3)
    await orders.kill("at any moment")
    orders.consumers.start()


async def while_starting(orders: Orders) -> None:
    """Before or after it has its partitions."""
    await moment(orders.chance, 3)
    await orders.kill("while it starts")
    orders.consumers.start()


POINTS: tuple[Callable[[Orders], Awaitable[None]], ...] = (
    *(before_commit, after_commit, while_parked, while_retried),
    *(while_dead_lettered, at_any_moment, while_starting),
)


async def test_every_message_three_times_and_consumers_killed_at_named_points(
    shop: Shop, consumers: Consumers, figures: Figures
) -> None:
    await asyncio.to_thread(servers.create_topic, shop.kafka, f"{shop.topic}.dead-letter", 1)
    orders = Orders(shop, consumers, random.Random(SEED))
    for point in cycle(POINTS):
        await point(orders)
        if consumers.kills >= KILLS:
            break

    await orders.done()
    assert_all_points_were_met(orders)
    await assert_one_effect_each(shop, orders)
    assert consumers.faults() == [], consumers.log()
    points = ", ".join(f"{point} {count}" for point, count in sorted(orders.hits.items()))
    figures.tell(
        f"{consumers.kills} kills ({points}); {len(orders.numbers)} orders, {orders.sent} messages, one effect each"
    )


def assert_all_points_were_met(orders: Orders) -> None:
    """A kill that came after Kafka was told is none at its point; few may be."""
    rounds = orders.consumers.kills // 2 // len(POINTS)
    assert len(orders.hits) == len(POINTS)
    assert min(orders.hits.values()) >= rounds / 2


async def assert_one_effect_each(shop: Shop, orders: Orders) -> None:
    count = len(orders.numbers)
    assert await shop.level() == (UNITS - count, 0)
    assert await shop.outside.fetchval("SELECT count(*) FROM inbox") == 6 * count
    assert set((await shop.outcomes()).values()) == {"APPLIED", "RECORDED"}
    for number in orders.numbers:
        assert await shop.told(number) == [
            *("InventoryReserved", "InventoryReservationConfirmed", "InventoryCommitted", "InventoryCommitted")
        ]
        kinds = await shop.outside.fetch("SELECT kind FROM ledger WHERE reference = $1 ORDER BY recorded_at", number)
        assert [row[0] for row in kinds] == ["ALLOCATION", "PICK", "PICK", "RETURN"]
    assert await letters(shop.kafka, f"{shop.topic}.dead-letter") >= orders.poison
    assert await violations(shop.outside) == []
