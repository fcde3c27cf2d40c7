"""What other systems tell on a real Kafka is done once, in order, whatever is in the way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from server.embedded.database import Addresses
from tests import servers
from tests.integration.consuming import SKU, UNITS, Sent, Shop, event, eventually, fresh_topic, logged, messages, order

pytestmark = pytest.mark.kafka
ONE_TENT: list[dict[str, Any]] = [{"sku": SKU, "quantity": 1}]


@pytest.fixture
async def shop(database: Addresses, kafka: str, topic: str) -> AsyncIterator[Shop]:
    async with Shop.open(database, kafka, topic) as shop:
        yield shop


def life(number: str) -> list[Sent]:
    """An order from its beginning to a tent that came back; it changes on hand by -1."""
    return [
        order(number, 2, id_=f"{number}.1"),
        event("IPaymentSucceeded", number, id_=f"{number}.2"),
        event("ItemPickedEvent", number, id_=f"{number}.3", sku=SKU, quantity=1),
        event("ShipmentCreated", number, id_=f"{number}.4"),
        event("OrderDelivered", number, id_=f"{number}.5"),
        event("ItemReturned", number, id_=f"{number}.6", items=ONE_TENT),
    ]


async def test_each_message_three_times_has_one_effect(shop: Shop) -> None:
    numbers = [f"O-{number}" for number in range(10)]
    lives = [message for number in numbers for message in life(number) for _ in range(3)]
    async with shop.consuming():
        await shop.send(*lives)
        await shop.done(len(lives))
    assert await shop.level() == (UNITS - 10, 0)
    assert set((await shop.outcomes()).values()) == {"APPLIED", "RECORDED"}
    await shop.taken(60)
    for number in numbers:
        assert await shop.told(number) == [
            *("InventoryReserved", "InventoryReservationConfirmed", "InventoryCommitted", "InventoryCommitted")
        ]


async def test_messages_without_ids_are_told_apart_by_their_places(shop: Shop) -> None:
    async with shop.consuming():
        await shop.send(*(event("ItemReturned", "O-1", items=ONE_TENT, key=None) for _ in range(20)))
        await shop.taken(20)
    async with shop.consuming(CONSUMER_GROUP=f"{shop.topic}.another"):
        await shop.send(event("OrderDelivered", "O-2"))
        await shop.taken(21)
    assert await shop.level() == (UNITS + 20, 0)


async def test_what_came_before_a_group_was_there_is_taken_and_tenants_are_kept_apart(shop: Shop) -> None:
    theirs = order("O-1")
    theirs.headers = {"tenant": "globex"}
    await shop.send(order("O-1", 3), theirs)
    async with shop.consuming():
        await shop.taken(2)
    rows = await shop.outside.fetch("SELECT allocated FROM stock_levels ORDER BY 1")
    assert [row[0] for row in rows] == [1, 3]


async def test_one_that_overtakes_another_topic_waits_with_those_behind_it_while_others_go_on(
    shop: Shop, kafka: str
) -> None:
    payments = fresh_topic(kafka)
    both = f"{shop.topic};tenant=acme,{payments};tenant=acme"
    overtaking = [event("PaymentSucceeded", "O-1"), event("ShipmentCreated", "O-1"), event("OrderDelivered", "O-1")]
    others = [event("ItemReturned", f"O-{number}", items=ONE_TENT) for number in range(2, 12)]
    for each in (*overtaking, *others):
        each.topic = payments
    async with shop.consuming(CONSUMED_TOPICS=both):
        await shop.send(*overtaking, *others)
        await shop.parked(3)
        await shop.taken(10)
        assert await shop.told("O-1") == []
        await shop.send(order("O-1"))
        await shop.parked(0)
        await shop.taken(14)
    assert await shop.told("O-1") == ["InventoryReserved", "InventoryReservationConfirmed", "InventoryCommitted"]
    assert await shop.level() == (UNITS + 9, 0)


async def test_what_waits_goes_on_waiting_over_the_end_of_its_process(shop: Shop) -> None:
    async with shop.consuming():
        await shop.send(event("PaymentSucceeded", "O-1"), event("ShipmentCreated", "O-1"))
        await shop.done(2)
    await shop.parked(2)
    async with shop.consuming():
        await shop.send(event("OrderDelivered", "O-1"), order("O-1", key="elsewhere"))
        await shop.taken(4)
        await shop.parked(0)
    assert await shop.told("O-1") == ["InventoryReserved", "InventoryReservationConfirmed", "InventoryCommitted"]


async def test_one_that_waits_too_long_is_a_dead_letter_and_those_behind_it_go_on(shop: Shop) -> None:
    async with shop.consuming(PARK_SECONDS="1"):
        await shop.send(event("PaymentSucceeded", "O-1", id_="p-1"), order("O-1"))
        [letter] = await shop.dead_letters(1)
        await shop.taken(1)
        await shop.parked(0)
    headers = {name: value.decode() for name, value in letter.headers if value is not None}
    assert headers["reason"].startswith("NOT_FOUND orderId: Order 'O-1' has no reservation yet. (waited ")
    assert await shop.told("O-1") == ["InventoryReserved"]


async def test_what_cannot_be_read_goes_to_the_dead_letters_as_it_was_and_its_partition_goes_on(shop: Shop) -> None:
    poison = [
        Sent(b"\x00\xff{", "K", {"id": "e-1", "x": "y"}),
        event("OrderCreated", "O-1", key="K", items=[{"sku": SKU, "quantity": 0}]),
        event("Rained", "O-1", key="K"),
    ]
    async with shop.consuming():
        await shop.send(*poison, order("O-1", key="K"))
        await shop.done(4)
    letters = await shop.dead_letters(3)
    assert [letter.key for letter in letters] == [b"K"] * 3
    assert letters[0].value == b"\x00\xff{"
    headers = [{name: (value or b"").decode() for name, value in letter.headers} for letter in letters]
    assert (headers[0]["id"], headers[0]["x"], headers[0]["original-topic"]) == ("e-1", "y", shop.topic)
    assert [each["original-offset"] for each in headers] == ["0", "1", "2"]
    assert len({each["original-partition"] for each in headers}) == 1
    assert all(each["dead-lettered-at"].startswith("20") for each in headers)
    reasons = [each["reason"] for each in headers]
    assert reasons[0].startswith("INVALID_INPUT: The value is no JSON")
    assert reasons[1].startswith("INVALID_QUANTITY items.0.quantity: quantity is 0")
    assert reasons[2].startswith("INVALID_INPUT type: the event is 'Rained'")
    assert await shop.outcomes() == {"OrderCreated O-1": "APPLIED"}


async def test_a_message_too_long_for_the_dead_letters_is_told_of_without_its_value(shop: Shop) -> None:
    servers.create_topic(shop.kafka, f"{shop.topic}.dead-letter", 1)  # takes what brokers take by default
    async with shop.consuming():
        await shop.send(Sent(b"x" * 1_048_400, "K"), Sent(b"{", "K"))
        await shop.done(2)
    letters = await shop.dead_letters(2)
    assert [letter.value for letter in letters] == [None, b"{"]
    assert dict(letters[0].headers)["value-left-out"] == b"1048400"


async def test_dead_letters_lie_where_the_setting_says(shop: Shop) -> None:
    async with shop.consuming(DEAD_LETTER_SUFFIX="-dlq"):
        await shop.send(Sent(b"{", "K"))
        await shop.done(1)
    assert [each.value for each in await messages(shop.kafka, f"{shop.topic}-dlq", 1)] == [b"{"]


async def test_nothing_is_committed_to_kafka_before_the_database_has_it(shop: Shop) -> None:
    """While something holds a level, an order hangs in the middle of its transaction."""
    others = [event("OrderDelivered", f"O-{number}") for number in range(2, 12)]
    for each in others:
        each.headers = {"tenant": "globex"}
    async with shop.consuming():
        async with shop.outside.transaction():
            await shop.outside.execute("SELECT 1 FROM stock_levels FOR UPDATE")
            hanging, _, *others = await shop.send(order("O-1"), event("PaymentSucceeded", "O-1"), *others)
            await shop.taken(10)  # those that need nothing of it go on
            places = [place.topic_partition for place in others]
            done = {place: places.count(place) for place in places} | {hanging.topic_partition: 0}
            await eventually(lambda: committed(shop, done))
        await shop.done(12)
    assert await shop.told("O-1") == ["InventoryReserved", "InventoryReservationConfirmed"]


async def committed(shop: Shop, wanted: dict[TopicPartition, int]) -> bool:
    return await shop.committed() == wanted


async def test_while_the_database_is_away_messages_wait_in_kafka_and_then_go_on_in_order(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    async with shop.consuming():
        await shop.send(event("OrderDelivered", "O-0"))
        await shop.done(1)
        async with shop.database_away():
            await shop.send(*(message for number in range(1, 6) for message in life(f"O-{number}")))
            await eventually(lambda: logged(caplog, "given what others tell, does not answer"))
            assert sum((await shop.committed()).values()) == 1
        await shop.taken(31)
        await shop.done(31)
    assert await shop.level() == (UNITS - 5, 0)


async def test_two_consumers_share_the_partitions_and_keep_the_order_of_each_key(shop: Shop) -> None:
    lives = [message for number in range(40) for message in life(f"O-{number}")]
    async with shop.consuming():
        await shop.send(*lives[:120])
        async with shop.consuming():
            await shop.send(*lives[120:])
            await shop.until("SELECT count(*) >= 150 FROM inbox", True)
        await shop.taken(240)
        await shop.done(240)
    assert await shop.level() == (UNITS - 40, 0)
    steps = await shop.outside.fetch(
        "SELECT order_id, array_agg(split_part(id, '.', 2) ORDER BY received_at) FROM inbox GROUP BY order_id"
    )
    assert all(row[1] == ["1", "2", "3", "4", "5", "6"] for row in steps)
    assert await shop.outside.fetchval("SELECT count(*) FROM inbox WHERE outcome NOT IN ('APPLIED', 'RECORDED')") == 0


async def test_a_fault_of_ours_stops_its_own_key_alone_and_is_got_over(shop: Shop) -> None:
    await shop.outside.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a bug'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON reservations FOR EACH ROW WHEN (NEW.order_id = 'O-1')
        EXECUTE FUNCTION refuse();
        """
    )
    async with shop.consuming():
        await shop.send(order("O-1"), event("PaymentSucceeded", "O-1"), order("O-2"), event("PaymentSucceeded", "O-2"))
        await shop.taken(2)
        await shop.parked(2)
        await shop.until("SELECT reason FROM parked_messages ORDER BY id LIMIT 1", "RaiseError: a bug")
        await shop.outside.execute("DROP TRIGGER refuse ON reservations")
        await shop.taken(4)
    assert await shop.told("O-1") == ["InventoryReserved", "InventoryReservationConfirmed"]


async def test_what_a_producer_took_back_is_not_taken(shop: Shop) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=shop.kafka, transactional_id=f"{shop.topic}.producer")
    await producer.start()
    try:
        for kept in (False, True):
            await producer.begin_transaction()
            body = json.dumps({"type": "OrderCreated", "orderId": f"O-{kept}", "items": ONE_TENT}).encode()
            await producer.send_and_wait(shop.topic, body, key=b"K")
            await (producer.commit_transaction() if kept else producer.abort_transaction())
    finally:
        await producer.stop()
    async with shop.consuming():
        await shop.taken(1)
    assert await shop.outcomes() == {"OrderCreated O-True": "APPLIED"}


async def test_topics_that_kafka_keeps_for_longer_than_the_inbox_are_named(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    missing = f"{shop.topic}.missing"
    async with shop.consuming(INBOX_DAYS="6", CONSUMED_TOPICS=f"{shop.topic};tenant=acme,{missing}"):
        await shop.send(event("OrderDelivered", "O-1"))
        await shop.taken(1)
    assert f"Kafka keeps topic {shop.topic} for 7 days, the inbox only 6 days" in caplog.text
    assert f"topic {missing} is not there yet" in caplog.text


async def test_a_broker_that_is_gone_for_a_while_costs_nothing(
    database: Addresses, caplog: pytest.LogCaptureFixture
) -> None:
    with servers.running(servers.kafka_server) as broker:
        topic = await asyncio.to_thread(servers.create_topic, broker.bootstrap_servers)
        async with Shop.open(database, broker.bootstrap_servers, topic) as shop, shop.consuming():
            await shop.send(order("O-1"))
            await shop.taken(1)
            broker.kill()
            await asyncio.to_thread(broker.start)
            await shop.send(event("PaymentSucceeded", "O-1"))
            await shop.taken(2)
            await shop.done(2)
        assert "Traceback" not in caplog.text
