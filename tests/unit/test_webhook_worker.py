"""The worker that sends to webhooks, over a queue in memory: what hangs holds up nobody else."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from domain.webhook_retries import NextStep, Outcome
from domain.webhooks import WebhookAttempt
from server.webhook_keys import FileKeys
from server.webhook_sender import ANSWER_S, WITHIN_S
from services import trace
from services.webhook_ports import Address, Claimed, Message, Outgoing
from tests.fakes.units import FakeUnitOfWork
from workers.webhook_slots import Key
from workers.webhooks import CLAIM_S, LOST, Webhooks

PATIENCE_S = 60.0
KEYS = FileKeys([bytes(32)])
#: As many as a process has slots for those that are well, of as many tenants as fill them.
HANGING = [(UUID(int=1 + n // 16), UUID(int=100 + n)) for n in range(64)]
TRACE = f"00-{'1' * 32}-{'2' * 16}-01"
#: Behind them in the order in which they are looked at.
HEALTHY = UUID(int=9), UUID(int=999)


class Candidate(NamedTuple):
    tenant: UUID
    webhook: UUID
    due: bool


class Queue:
    """What is due, by webhook. What is recorded is not tried again."""

    def __init__(self) -> None:
        self.due: Counter[Key] = Counter()

    async def look(self, limit: int) -> tuple[Sequence[Key], bool]:
        found = [each for each, count in self.due.items() for _ in range(min(count, limit))][:limit]
        return list(dict.fromkeys(found)), len(found) == limit

    async def walk(self, after: Key, limit: int) -> Sequence[Candidate]:
        found = sorted(each for each, count in self.due.items() if each > after and count)
        return [Candidate(*each, True) for each in found[:limit]]

    async def claim(self, rooms: Mapping[Key, int], for_s: float) -> Sequence[Claimed]:
        claimed = [each for each, room in rooms.items() for _ in range(min(room, self.due[each]))]
        self.due.subtract(claimed)
        return [Claimed(*each, uuid4(), 1, 0.0) for each in claimed]

    async def read(self, claimed: Sequence[Claimed]) -> Sequence[Outgoing]:
        return [
            Outgoing(each, Message(each.delivery, "{}", TRACE), 0, Address(str(each.webhook), active=True))
            for each in claimed
        ]

    async def record(self, claimed: Claimed, attempt: WebhookAttempt, step: NextStep, *, tried: bool) -> float | None:
        return None


class Addresses:
    """Each answers at once, but for those that hang."""

    def __init__(self) -> None:
        self.hanging: set[Key] = set()
        self.failing: set[Key] = set()
        self.told: Counter[UUID] = Counter()
        self.traces: list[str | None] = []

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        webhook = UUID(url)
        self.told[webhook] += 1
        self.traces.append(trace.current())
        if webhook in {each for _, each in self.hanging}:
            await asyncio.Event().wait()
        if webhook in {each for _, each in self.failing}:
            await asyncio.sleep(0)
            return Outcome(5, 500)
        return Outcome(5, 200)


class Office:
    """The worker, what is due, and where it is sent to."""

    def __init__(self) -> None:
        self.queue, self.addresses = Queue(), Addresses()
        self.worker = Webhooks(self.queue, self.addresses, KEYS, FakeUnitOfWork(), uuid4, Random(1))

    async def all_are_told(self, *webhooks: Key) -> None:
        """Turn until each was told once more."""
        wanted = {webhook: self.addresses.told[webhook] + 1 for _, webhook in webhooks}
        deadline = time.monotonic() + PATIENCE_S
        while any(self.addresses.told[webhook] < count for webhook, count in wanted.items()):
            assert time.monotonic() < deadline, f"not within {PATIENCE_S:g} seconds"
            await self.worker.turn()
            await asyncio.sleep(0.001)

    async def know(self, *webhooks: Key) -> None:
        """Each takes a message, well or not."""
        self.queue.due.update(webhooks)
        await self.all_are_told(*webhooks)
        await asyncio.gather(*self.worker._under_way)

    def fall_due(self, webhooks: Sequence[Key], count: int = 1) -> None:
        self.queue.due.update(dict.fromkeys(webhooks, count))


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    monkeypatch.setattr("workers.webhooks.LEAVE_S", 0.0)
    office = Office()
    yield office
    await office.worker.finish()


async def test_new_addresses_that_hang_hold_up_none_that_is_well_not_even_until_they_are_found_slow(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.webhooks.SLOW_S", 3_600.0)
    await office.know(HEALTHY)
    office.addresses.hanging.update(HANGING)
    office.fall_due(HANGING, 100)
    await office.worker.turn()
    assert office.worker.under_way > 0

    office.fall_due([HEALTHY])
    await office.all_are_told(HEALTHY)


@pytest.mark.parametrize("known", [True, False], ids=["that is well", "that is new too"])
@pytest.mark.parametrize("well_before", [True, False], ids=["were well before", "are new"])
async def test_addresses_that_hang_hold_up_no_other_until_they_are_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch, well_before: bool, known: bool
) -> None:
    monkeypatch.setattr("workers.webhooks.SLOW_S", 0.1)
    if well_before:
        await office.know(*HANGING)
    if known:
        await office.know(HEALTHY)
    office.addresses.hanging.update(HANGING)
    office.fall_due(HANGING, 100)
    await office.worker.turn()

    office.fall_due([HEALTHY])
    await office.all_are_told(HEALTHY)

    assert office.worker.under_way >= 32, "what hangs is under way still"


async def test_one_that_has_recovered_is_told_however_many_others_fail_on_with_much_waiting_for_them(
    office: Office,
) -> None:
    office.addresses.failing.update(HANGING, [HEALTHY])
    await office.know(*HANGING, HEALTHY)
    office.fall_due(HANGING, 1_000_000)
    await office.worker.turn()

    office.addresses.failing.remove(HEALTHY)
    office.fall_due([HEALTHY])
    await office.all_are_told(HEALTHY)


async def test_a_tenant_whose_deliveries_cannot_be_read_keeps_no_other_from_being_told(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    busy, other = (UUID(int=1), UUID(int=100)), (UUID(int=2), UUID(int=200))
    read = office.queue.read

    async def busy_for_one(claimed: Sequence[Claimed]) -> Sequence[Outgoing]:
        if any(each.tenant == busy[0] for each in claimed):
            raise RuntimeError("busy")
        return await read(claimed)

    monkeypatch.setattr(office.queue, "read", busy_for_one)
    office.fall_due([busy, other])
    await office.worker.turn()
    await asyncio.gather(*office.worker._under_way)
    assert office.addresses.told == {other[1]: 1}

    with caplog.at_level("WARNING"):
        await office.worker.turn()
        await office.worker.turn()
    [told] = [record.getMessage() for record in caplog.records]
    assert told == f"1 {LOST} (RuntimeError: busy)"


async def test_a_try_belongs_to_the_trace_of_what_it_tells(office: Office) -> None:
    await office.know(HEALTHY)
    assert office.addresses.traces == [TRACE]
    assert trace.current() is None


async def test_of_many_webhooks_each_is_told_though_more_is_due_to_one_than_is_looked_at(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.webhooks.LOOKED_AT", 5)
    monkeypatch.setattr("workers.webhooks.WINDOW", 2)
    office.fall_due([HANGING[0]], 1_000)
    office.fall_due([*HANGING[1:], HEALTHY])

    await office.all_are_told(*HANGING[1:], HEALTHY)


def test_a_claim_holds_three_times_as_long_as_a_try_may_take() -> None:
    assert CLAIM_S >= 3 * (WITHIN_S + ANSWER_S)


async def test_whoever_finishes_does_not_wait_for_a_database_that_does_not_let_go(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = asyncio.Event()

    async def hang(*_: object, **__: object) -> None:
        while not answers.is_set():
            with suppress(asyncio.CancelledError):
                await answers.wait()

    monkeypatch.setattr(office.queue, "record", hang)
    office.fall_due([HEALTHY])
    await office.all_are_told(HEALTHY)

    await asyncio.wait_for(office.worker.finish(), PATIENCE_S)

    assert office.worker.under_way == 1
    answers.set()
