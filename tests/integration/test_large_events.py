"""Events that are larger than others: what Kafka can take arrives, what it cannot stops nothing and is kept."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid5

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from db.outbox import OutboxShards
from domain.allocation import allocate
from domain.events import Event, ItemChanged, ReservationChanged
from domain.ledger import Cause
from domain.locations import Location
from domain.reservation_lines import reservation_id
from domain.reservation_state import ReservationState
from domain.reservations import Order, Reservation, ReservationAct
from domain.strategies import Shelf, Want
from server.embedded.database import Addresses
from services.envelope import decode
from subscriptions import metrics
from subscriptions.log.broadcast_log import Position
from subscriptions.log.memory_log import MemoryLog
from subscriptions.relay.bridge import Bridge
from subscriptions.relay.nudge import Nudge
from subscriptions.relay.outbox import NotAllSent
from subscriptions.relay.relay import Relay
from subscriptions.relay.sinks import EVENT_BYTES_MAX, KafkaSink
from subscriptions.relay.topic import MESSAGE_BYTES_MAX
from tests.conformance.units_worlds import ACME
from tests.factories.events import START, TENANT, History, a_level, event_id, item_changed
from tests.fakes.live import eventually
from tests.fakes.outbox import FakeOutbox, FakeOutboxShards, FakeRow
from tests.integration.small_shop import Shop, open_shop
from tests.integration.test_bridge import bridged, bridging
from tests.integration.test_relay import everything, versions
from tests.unit.test_relay import running

pytestmark = pytest.mark.kafka

RUNNING = Path(__file__).parents[2] / "docs" / "running.md"
#: What brokers take by default.
BROKERS_BYTES_MAX = 1024 * 1024


def incompressible(length: int) -> str:
    """Text of which gzip takes off a quarter at most."""
    return Random(1).randbytes(length // 2).decode("latin-1").translate({n: 0x4E00 + n for n in range(256)})


def reserved(lines: int, places: int) -> ReservationChanged:
    """An order of so many lines of three, each served from so many locations."""
    made_items = (a_level(f"OUT-TENT-{number:04}-ORG").item for number in range(lines))
    items = {item.sku: replace(item, name=f"Two-person tent, {item.sku}") for item in made_items}
    codes = ["LDS-DC", "BRS-DC", "EDI-ST"][:places]
    locations = {code: Location(uuid5(TENANT, code), code, "A distribution centre", version=1) for code in codes}
    order = Order("SO-1", tuple(Want(sku, None, 3) for sku in items))
    shelves = {sku: [Shelf(location, 3 // places) for location in locations.values()] for sku in items}
    made = Reservation.made(reservation_id(event_id()), order, allocate(order.wants, shelves, order.strategy), START)
    state = ReservationState.of(made.reservation, items, locations)
    assert len(state.lines) == lines * places
    return ReservationChanged(
        event_id(), ReservationAct.RESERVED, state, None, made.moved, Cause("shop@acme"), START + timedelta(seconds=1)
    )


def large(length: int, version: int = 1) -> ItemChanged:
    return item_changed(replace(a_level().item, name=incompressible(length), version=version))


async def make_topic(kafka: str, name: str, message_bytes_max: int) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        settings = {"max.message.bytes": str(message_bytes_max)}
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs=settings)])
    finally:
        await admin.close()
    return name


async def let_through(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        settings = {"max.message.bytes": str(MESSAGE_BYTES_MAX)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=settings)])
    finally:
        await admin.close()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the relay said to be one."""
    of_relay = (record for record in caplog.records if record.name == "subscriptions.relay.relay")
    return [record.getMessage() for record in of_relay if record.levelno == logging.ERROR]


# ---------------------------------------------------------------------- what can be taken
@pytest.mark.parametrize("places", [1, 3])
async def test_an_order_of_a_thousand_lines_comes_from_the_outbox_into_the_log_through_a_broker_as_it_is(
    kafka: str, topic: str, places: int
) -> None:
    outbox, log, event = FakeOutbox(), MemoryLog(), reserved(1_000, places)
    outbox.write(event, 7)
    async with (
        running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, topic), Nudge())),
        bridging(Bridge(kafka, topic, log, group=f"{topic}.bridge")),
    ):
        await bridged(log, 1, str(TENANT))
    head = await log.head(str(TENANT))
    [entry] = await log.read(str(TENANT), Position(head.epoch, 0), 10)
    assert decode(entry.body).event == event
    await eventually(lambda: not outbox.rows)


async def test_a_topic_that_the_relay_makes_takes_more_than_a_brokers_default(kafka: str, topic: str) -> None:
    outbox, event = FakeOutbox(), large(3 * BROKERS_BYTES_MAX)
    outbox.write(event, 7)
    async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, f"{topic}.made"), Nudge())):
        await eventually(lambda: not outbox.rows)
    [record] = await everything(kafka, f"{topic}.made")
    assert decode(record.value or b"").event == event


async def test_where_a_topic_takes_less_than_a_batch_batches_become_smaller_and_order_is_kept(
    kafka: str, topic: str
) -> None:
    small = await make_topic(kafka, f"{topic}.small", 8_000)
    outbox, history = FakeOutbox(), History(a_level("KEY"))
    for number in range(100):
        outbox.write(history.change(number, name=incompressible(2_000)), history.tx)
    async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, small), Nudge())):
        await eventually(lambda: not outbox.rows)
    assert versions(await everything(kafka, small)) == {"KEY": list(range(1, 101))}
    assert not outbox.aside


# ---------------------------------------------------------------------- what cannot
async def test_an_event_too_large_among_others_of_its_key_is_the_only_one_put_aside(
    kafka: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    small = await make_topic(kafka, f"{topic}.small", 20_000)
    outbox, history = FakeOutbox(), History(a_level("KEY"))
    for number in range(20):
        outbox.write(history.change(number, name="Tent" if number != 7 else incompressible(60_000)), history.tx)
    async with running(Relay(FakeOutboxShards(outbox), KafkaSink(kafka, small), Nudge())):
        await eventually(lambda: not outbox.rows)
    assert versions(await everything(kafka, small)) == {"KEY": [n for n in range(1, 21) if n != 8]}
    assert [row.version for row in outbox.aside.values()] == [8]
    [error] = errors(caplog)
    [row] = outbox.aside.values()
    for told in (history.events[7].id, "StockLevelChanged", TENANT, f"{len(row.body)} bytes"):
        assert str(told) in error


async def test_an_event_that_would_break_the_connection_is_not_offered_and_its_batch_goes_on(
    kafka: str, topic: str
) -> None:
    outbox = FakeOutbox()
    outbox.write(item_changed(a_level().item), 7)
    [row] = outbox.rows.values()
    endless = FakeRow(0, row.shard, TENANT, row.key, row.aggregate_id, 1, row.type, 7, bytes(EVENT_BYTES_MAX + 1))
    sink = KafkaSink(kafka, topic)
    with pytest.raises(NotAllSent) as fault:
        await sink.send([endless, row])
    await sink.close()
    assert (fault.value.acknowledged, fault.value.too_large) == ([row.id], [0])


async def add(shop: Shop, *events: Event) -> None:
    await shop.units.run(ACME.id, lambda unit: unit.outbox.add(events))


def statements() -> list[str]:
    """The SQL that the documentation gives for events that were put aside."""
    section = RUNNING.read_text().partition("## Events that Kafka does not take")[2].partition("\n## ")[0]
    return re.findall(r"```sql\n(.*?)```", section, re.DOTALL)


async def test_what_was_put_aside_is_seen_and_sent_again_as_the_documentation_says(
    database: Addresses, kafka: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    too_large, later = large(3 * BROKERS_BYTES_MAX), large(10, version=2)
    see, send_again = statements()
    async with open_shop(database) as shop:
        await add(shop, too_large)
        await add(shop, later)
        shards, nudge = OutboxShards(shop.database), Nudge()
        metrics.OUTBOX_PUT_ASIDE.set(0)  # of an earlier test's relay
        async with running(Relay(shards, KafkaSink(kafka, topic), nudge)):
            await eventually(lambda: metrics.OUTBOX_PUT_ASIDE._value.get() == 1)
            assert [record.key for record in await everything(kafka, topic)] == [f"{ACME.id}:{later.key}".encode()]
            [found] = await shop.outside.fetch(see)
            assert (found["type"], found["version"], found["bytes"] > BROKERS_BYTES_MAX) == ("ItemChanged", 1, True)
            lag = await shards.lag()
            assert (lag.rows, lag.put_aside) == (0, 1)

            await let_through(kafka, topic)
            await shop.outside.execute(send_again)
            nudge()
            async with asyncio.timeout(30):
                while await shards.lag() != (0, 0.0, 0):  # noqa: ASYNC110 - an outbox tells its lag when asked
                    await asyncio.sleep(0.01)
        told = [decode(record.value or b"").event for record in await everything(kafka, topic)]
        assert told == [later, too_large]
        await shards.close()
    assert len(errors(caplog)) == 1
