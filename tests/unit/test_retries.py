"""Messages that wait are tried side by side, and what becomes of one is no other's business."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from services.parking import Lane, Message, ParkedMessage, Waiting
from subscriptions.consumers import retries
from subscriptions.consumers.retries import Retries
from tests.conformance.units_worlds import ACME
from tests.fakes.fulfillment import TOPIC, Fulfillment, a_message


@dataclass
class FakeParkedQueue:
    messages: list[ParkedMessage] = field(default_factory=list[ParkedMessage])
    finished: list[int] = field(default_factory=list[int])
    postponed: list[int] = field(default_factory=list[int])
    elsewhere: Mapping[str, int] = field(default_factory=dict[str, int])

    def wait(self, message: Message) -> None:
        lane = Lane(ACME.id, TOPIC.name, f"K-{message.offset}")
        self.messages.append(ParkedMessage(message.offset, lane, message, "not yet", 0, 1.0))

    @asynccontextmanager
    async def due(self, topics: Collection[str], limit: int) -> AsyncIterator[FakeParkedQueue]:
        yield self

    async def finish(self, message: ParkedMessage) -> None:
        self.finished.append(message.id)

    async def postpone(self, message: ParkedMessage, reason: str, wait_s: float) -> None:
        self.postponed.append(message.id)

    async def waiting(self) -> Waiting:
        return Waiting(len(self.messages), 0.0)

    async def forgotten(self, topics: Collection[str]) -> Mapping[str, int]:
        return self.elsewhere


class SlowDeadLetters:
    """Kafka does not answer."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def send(self, message: Message, reason: str) -> None:
        self.begun.set()
        await asyncio.Event().wait()


def retrying(queue: FakeParkedQueue) -> Retries:
    return Retries(queue, [TOPIC], Fulfillment().intake, SlowDeadLetters(), park_s=900)  # pyright: ignore[reportArgumentType]


async def test_a_dead_letter_that_is_not_taken_in_time_waits_on_and_loses_nothing_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retries, "DEAD_LETTER_S", 0.01)
    queue = FakeParkedQueue()
    queue.wait(a_message(b"{", offset=1))
    queue.wait(a_message({"type": "OrderDelivered", "orderId": "O-1"}, offset=2))
    async with asyncio.timeout(30):
        await retrying(queue).turn()
    assert (queue.finished, queue.postponed) == ([2], [1])


async def test_what_waits_of_a_topic_that_is_read_no_more_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    queue = FakeParkedQueue(elsewhere={"old.v1": 3})
    turns = retrying(queue)
    for _ in range(2):
        await turns.turn()
    [told] = [each.message for each in caplog.records]
    assert told.startswith("3 messages of topic old.v1 wait, which CONSUMED_TOPICS does not name")
