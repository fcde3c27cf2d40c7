"""Messages on a real Kafka that its client cannot decode hold up neither their own partition nor another."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator

import aiokafka.codec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from server.embedded.database import Addresses
from subscriptions.consumers import reader
from tests.integration.consuming import SKU, Shop, eventually, fresh_topic, logged

pytestmark = pytest.mark.kafka
HERE = 0


class Odd(str):
    """A name that no text stands for, as other clients may send it."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


@pytest.fixture
async def shop(database: Addresses, kafka: str, topic: str) -> AsyncIterator[Shop]:
    async with Shop.open(database, kafka, topic) as shop:
        yield shop


async def send_together(shop: Shop, orders: list[str], *, odd: str = "", codec: str | None = None) -> None:
    """Orders as one batch of one partition; that which is odd has a header whose name is no text."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.kafka, compression_type=codec)
    await producer.start()
    try:
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(2, 1 if codec else 0, 0, -1, -1, -1, 1_000_000)
        for number in orders:
            body = {"type": "OrderCreated", "orderId": number, "items": [{"sku": SKU, "quantity": 1}]}
            headers = [(Odd("x"), b"1")] if number == odd else []
            batch.append(key=None, value=json.dumps(body).encode(), timestamp=None, headers=headers)
        await (await producer.send_batch(batch, shop.topic, partition=HERE))
    finally:
        await producer.stop()


async def send(shop: Shop, topic: str, number: str, codec: str | None = None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=shop.kafka, compression_type=codec)
    await producer.start()
    try:
        body = {"type": "OrderCreated", "orderId": number, "items": [{"sku": SKU, "quantity": 1}]}
        await producer.send_and_wait(topic, json.dumps(body).encode(), partition=HERE)
    finally:
        await producer.stop()


@pytest.mark.parametrize("codec", [None, "gzip"])
async def test_a_header_whose_name_is_no_text_makes_a_dead_letter_of_its_message_alone(
    shop: Shop, codec: str | None
) -> None:
    async with shop.consuming():
        await send_together(shop, ["O-0"])
        await send_together(shop, ["O-1", "O-2", "O-3"], odd="O-2", codec=codec)
        await send_together(shop, ["O-4"])
        await shop.taken(4)
        await shop.done(5)
    assert set(await shop.outcomes()) == {f"OrderCreated O-{number}" for number in (0, 1, 3, 4)}
    [letter] = await shop.dead_letters(1)
    headers = {name: (value or b"").decode() for name, value in letter.headers}
    assert json.loads(letter.value or b"")["orderId"] == "O-2"
    assert headers["\\xff\\xfe"] == "1"
    assert headers["original-offset"] == "2"
    assert headers["reason"] == "INVALID_INPUT headers: The name of the header \\xff\\xfe is no UTF-8."


async def test_what_lies_in_a_codec_that_we_lack_stops_its_own_partition_until_the_codec_is_there(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = fresh_topic(shop.kafka)
    monkeypatch.setattr(reader, "STILL_LAST_S", 1.0)
    await send(shop, shop.topic, "O-1", "lz4")
    with monkeypatch.context() as lacking:
        lacking.setattr(aiokafka.codec, "has_lz4", lambda: False)
        async with shop.consuming(CONSUMED_TOPICS=f"{shop.topic};tenant=acme,{other};tenant=acme"):
            await eventually(lambda: logged(caplog, "cannot be read: UnsupportedCodecError"))
            for number in range(2, 12):
                await send(shop, other, f"O-{number}")
            await shop.taken(10)
            assert f"{shop.topic}[{HERE}]@0" in caplog.text
            assert "aiokafka[lz4,snappy,zstd]" in caplog.text
            told = [each for each in caplog.records if each.levelno >= logging.WARNING and "lz4" in each.getMessage()]
            assert len(told) == 1
            assert TopicPartition(shop.topic, HERE) not in await shop.committed()
            lacking.undo()
            await shop.taken(11)
            await eventually(lambda: logged(caplog, "can be read again"))
