"""A worker killed between sending a message and recording it: nothing is lost, and what comes twice bears one id."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import asyncpg
import pytest

from server.embedded import database as databases
from server.embedded.database import Addresses
from server.embedded.redis import RedisServer
from tests.factories.shop import Shop
from tests.fakes.receiver import Receiver, answer, receiving
from tests.stack import Stack, assert_healthy, eventually, running_stack

ALERTS = 12
#: What a dead worker had claimed falls due once its claim has run out; nobody waits for a minute here.
RUN_OUT = "UPDATE webhook_deliveries SET next_attempt_at = now() WHERE state = 'PENDING'"
STATES = "SELECT state, count(*) FROM webhook_deliveries GROUP BY state"
MESSAGES = "SELECT message_id::text FROM webhook_deliveries"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def stack(database: Addresses, private_redis: RedisServer, tmp_path: Path) -> Iterator[Stack]:
    environ = {"WEBHOOK_KEY_FILE": str(tmp_path / "keys"), "WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8"}
    with running_stack(database, private_redis.url, only=("serve", "worker"), environ=environ) as stack:
        yield stack
        assert_healthy(stack)


async def _fetch(addresses: Addresses, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(addresses.superuser_url)
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


def test_a_worker_killed_between_sending_and_recording_loses_nothing(
    stack: Stack, database: Addresses, receiver: Receiver
) -> None:
    arrived, dead = threading.Event(), threading.Event()

    def hold(handler: BaseHTTPRequestHandler) -> None:
        """The first message is answered once its sender is no more."""
        if not arrived.is_set():
            arrived.set()
            dead.wait(30)
        answer(handler, 204)

    receiver.answering = hold
    shop = Shop(stack)
    shop.admin.succeed("createWebhook", url=receiver.url(), events=["LOW_STOCK"])
    for _ in range(ALERTS):
        shop.low()
    assert arrived.wait(30)
    stack.kill("worker")
    dead.set()
    stack.start("worker")
    databases.run(_fetch(database, RUN_OUT))

    def delivered() -> bool:
        return [tuple(row) for row in databases.run(_fetch(database, STATES))] == [("DELIVERED", ALERTS)]

    eventually(delivered, "all are delivered")
    wanted = {row[0] for row in databases.run(_fetch(database, MESSAGES))}
    assert len(wanted) == ALERTS
    assert set(receiver.messages) == wanted
    assert all(receiver.messages.count(each) <= 2 for each in wanted)
    assert receiver.messages.count(receiver.messages[0]) == 2, "it was sent, and nobody recorded it"
