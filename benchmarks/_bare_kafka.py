"""The peer beside relay and bridge: `python -m benchmarks._bare_kafka produce|consume SERVERS TOPIC MESSAGES BYTES`.

A producer that waits for all acknowledgements and sends nothing twice, and a consumer that reads batches: each a loop
and no more, in a process of its own, with keys, so that Kafka keeps their order. The consumer prints how many had come,
and when in seconds since 1970, after the warm-up and at the end.
"""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks._our_shelf import SKUS, sku

WARM_UP_SHARE = 0.1
BATCH = 1_000


async def produce(servers: str, topic: str, messages: int, size: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    await producer.start()
    body = b"x" * size
    for number in range(messages):
        await producer.send(topic, body, key=sku(1 + number % SKUS).encode())
    await producer.stop()


async def consume(servers: str, topic: str, messages: int, _: int) -> None:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=servers, group_id=f"bare-{topic}", auto_offset_reset="earliest"
    )
    await consumer.start()
    came, told = 0, list[tuple[int, float]]()
    while came < messages:
        came += sum(map(len, (await consumer.getmany(timeout_ms=500, max_records=BATCH)).values()))
        if came >= messages or (not told and came >= messages * WARM_UP_SHARE):
            told.append((came, time.time()))
    sys.stdout.write(f"{json.dumps(told)}\n")
    await consumer.stop()


if __name__ == "__main__":
    what, servers, topic, messages, size = sys.argv[1:]
    asyncio.run({"produce": produce, "consume": consume}[what](servers, topic, int(messages), int(size)))
