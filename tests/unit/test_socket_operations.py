"""Operations on a WebSocket: queries, mutations and streams, side by side under ids of the client's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest

from services.rates import Rates
from subscriptions.wire.operations import TOLD_AT_ONCE
from subscriptions.wire.transport_ws import SocketLimits
from tests.factories.events import History, a_level
from tests.fakes.api import FakeUnits
from tests.fakes.clients import PATIENCE_S
from tests.fakes.endpoint import LEVELS, Endpoint, an_endpoint, event
from tests.fakes.live import eventually


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with an_endpoint() as endpoint:
        yield endpoint


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**63, "\x00", 1e308, True, [], {"a": {}}, "💥"])
async def test_any_variable_is_answered_with_a_result_or_an_error_and_the_socket_lives(
    endpoint: Endpoint, value: Any
) -> None:
    async with endpoint.ready() as socket:
        socket.subscribe("1", "query ($s: String!) { stock(sku: $s) { sku } }", s=value)
        assert (await socket.receive())["type"] in ("error", "next")
        socket.send({"type": "ping"})
        messages = [await socket.receive()]
        if messages[0] == {"type": "complete", "id": "1"}:
            messages = [await socket.receive()]
        assert messages == [{"type": "pong"}]


async def test_a_query_is_answered_and_completed_and_its_id_is_free_again(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket:
        for _ in range(2):
            socket.subscribe("1", "{ viewer { subject } }")
            data = {"data": {"viewer": {"subject": "manager"}}}
            assert await socket.receive() == {"id": "1", "type": "next", "payload": data}
            assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_an_id_of_any_characters_comes_back_as_it_was(endpoint: Endpoint) -> None:
    identifier = 'a"\\\n💥\x00'
    async with endpoint.ready() as socket:
        socket.subscribe(identifier, "{ viewer { subject } }")
        assert (await socket.receive())["id"] == identifier


@pytest.mark.parametrize(
    "query",
    ["{", "{ nothing }", "subscription { nothing }", "", "query A { viewer { subject } } query B { __typename }"],
)
async def test_an_operation_that_is_none_is_answered_with_errors(endpoint: Endpoint, query: str) -> None:
    async with endpoint.ready() as socket:
        socket.subscribe("1", query)
        message = await socket.receive()
        assert (message["type"], message["id"]) == ("error", "1")
        assert all(error["extensions"]["code"] for error in message["payload"])
        socket.subscribe("1", "{ viewer { subject } }")
        assert (await socket.receive())["type"] == "next"


async def test_a_cursor_that_is_not_ours_is_answered_with_an_error(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS, after="rubbish")
        message = await socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")


async def test_streams_that_have_much_to_tell_take_turns(endpoint: Endpoint) -> None:
    for number in range(3 * TOLD_AT_ONCE):
        endpoint.world.stock.show(History(a_level(f"SKU-{number}")))
    async with endpoint.ready() as socket:
        for identifier in ("1", "2"):
            socket.subscribe(identifier, LEVELS, snapshot=True)
        told = "".join([(await socket.receive())["id"] for _ in range(6 * TOLD_AT_ONCE)])
    longest = max(len(list(run)) for _, run in groupby(told))
    assert longest == TOLD_AT_ONCE


async def test_a_snapshot_that_cannot_be_read_ends_its_stream_with_an_error(endpoint: Endpoint) -> None:
    endpoint.world.stock.fault = RuntimeError("secret")
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS, snapshot=True)
        message = await socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
        assert "secret" not in message["payload"][0]["message"]
        endpoint.world.stock.fault = None
        socket.subscribe("1", LEVELS, snapshot=True)
        assert (await event(socket))["type"] == "CAUGHT_UP"


async def test_a_stream_is_told_each_change_as_a_next_message(endpoint: Endpoint) -> None:
    tent = History(a_level())
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS)
        assert (await event(socket))["type"] == "CAUGHT_UP"
        await endpoint.world.say(tent.message(10), tent.message(9))
        first, second = await event(socket), await event(socket)
        assert (first["type"], first["previousVersion"]) == ("CHANGE", None)
        assert first["level"] == {"sku": "TENT", "version": 1}
        assert (second["level"]["version"], second["cause"]["actor"]) == (2, "manager@acme")
        socket.subscribe("2", LEVELS, after=first["cursor"])
        assert (await event(socket, "2"))["level"]["version"] == 2


async def test_complete_from_the_client_ends_the_stream_and_frees_its_id(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS)
        await event(socket)
        socket.send({"type": "complete", "id": "1"})
        socket.send({"type": "complete", "id": "unknown"})
        socket.subscribe("1", LEVELS)
        assert (await event(socket))["type"] == "CAUGHT_UP"
        await endpoint.world.say(History(a_level()).message(1))
        assert (await event(socket))["level"]["version"] == 1
        assert socket.waiting == 0


@pytest.mark.parametrize("ends", ["complete", "disconnect"])
async def test_a_stream_ends_though_its_cancellation_is_swallowed(
    endpoint: Endpoint, ends: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def stubborn(*_: object, **__: object) -> AsyncIterator[None]:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        yield None

    monkeypatch.setattr(endpoint.operations, "results", stubborn)
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS)
        await begun.wait()
        if ends == "complete":
            socket.send({"type": "complete", "id": "1"})
            async with asyncio.timeout(PATIENCE_S):
                await ended.wait()
    assert ended.is_set()


SET_POLICY = """mutation {
  setStockPolicy(input: { idempotencyKey: "k", sku: "LAMP", reorderPoint: 1 }) { userErrors { code } }
}"""


@pytest.mark.parametrize("ends", ["complete", "disconnect"])
async def test_a_mutation_is_carried_out_whatever_becomes_of_who_asked(endpoint: Endpoint, ends: str) -> None:
    endpoint.api.units = units = SlowUnits()
    async with endpoint.ready() as socket:
        socket.subscribe("1", SET_POLICY)
        await units.begun.wait()
        if ends == "complete":
            socket.send({"type": "complete", "id": "1"})
            socket.send({"type": "ping"})
            assert await socket.receive() == {"type": "pong"}
    finishing = asyncio.ensure_future(endpoint.operations.finish())
    units.gate.set()
    await finishing
    assert units.carried_out == 1


class SlowUnits(FakeUnits):
    def __init__(self) -> None:
        super().__init__()
        self.begun, self.gate = asyncio.Event(), asyncio.Event()
        self.carried_out = 0

    async def run(self, tenant: UUID, work: Any) -> Any:
        self.begun.set()
        await self.gate.wait()
        self.carried_out += 1
        return await super().run(tenant, work)


async def test_an_id_that_is_in_use_is_closed_with_4409(endpoint: Endpoint) -> None:
    async with endpoint.ready() as socket:
        socket.subscribe("1", LEVELS)
        await event(socket)
        socket.subscribe("1", LEVELS)
        assert await socket.closed() == (4409, "Subscriber for 1 already exists")


async def test_one_operation_too_many_is_refused_alone() -> None:
    async with an_endpoint(SocketLimits(operations_max=2)) as endpoint, endpoint.ready() as socket:
        for number in ("1", "2"):
            socket.subscribe(number, LEVELS)
            await event(socket, number)
        socket.subscribe("3", LEVELS)
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("3", "error")
        assert message["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": 2}
        socket.send({"type": "complete", "id": "1"})
        socket.subscribe("3", LEVELS)
        await event(socket, "3")


async def test_equal_subscriptions_are_executed_once_for_an_event_also_after_a_resumption(endpoint: Endpoint) -> None:
    tent = History(a_level())
    start = (await endpoint.world.head()).encode()
    async with endpoint.ready() as one, endpoint.ready() as other, endpoint.ready() as resumed:
        for socket, variables in ((one, {}), (other, {}), (resumed, {"after": start})):
            socket.subscribe("1", LEVELS, **variables)
            await event(socket)
        before = endpoint.executed
        await endpoint.world.say(tent.message(1))
        texts = [await event(socket) for socket in (one, other, resumed)]
        assert texts[0] == texts[1] == texts[2]
        assert endpoint.executed == before + 1


async def test_another_role_or_another_selection_is_executed_apart(endpoint: Endpoint) -> None:
    async with endpoint.ready() as one, endpoint.socket() as other, endpoint.ready() as narrow:
        await other.acknowledged({"authorization": "Bearer good analyst"})
        for socket, query in ((one, LEVELS), (other, LEVELS), (narrow, "subscription { stockLevelChanged { type } }")):
            socket.subscribe("1", query)
            await event(socket)
        before = endpoint.executed
        await endpoint.world.say(History(a_level()).message(1))
        for socket in (one, other, narrow):
            await event(socket)
        assert endpoint.executed == before + 3


async def test_a_peer_that_takes_no_answer_is_given_up() -> None:
    limits = SocketLimits(answers_max=2, answer_within_s=0.1)
    async with an_endpoint(limits=limits) as endpoint, endpoint.ready() as socket:
        socket.writable.clear()
        for number in range(10):
            socket.subscribe(str(number), "{ viewer { subject } }")
        await eventually(lambda: "websocket.close" in socket.offered)
        assert socket.offered.count("websocket.send") <= 1 + limits.answers_max  # the first was connection_ack
        socket.writable.set()
        while (message := await socket.next())["type"] == "websocket.send":
            assert message["text"].startswith('{"id"')  # the other's time was not over yet
        assert message["code"] == 1013


@pytest.mark.parametrize("query", ["{ viewer { subject } }", "subscription { stockLevelChanged { type } }"])
async def test_an_operation_above_the_rate_is_refused_with_the_time_to_come_back(
    endpoint: Endpoint, query: str
) -> None:
    endpoint.api.rates = Rates(1)
    async with endpoint.ready() as socket:
        socket.subscribe("1", "{ viewer { subject } }")
        assert [(await socket.receive())["type"] for _ in range(2)] == ["next", "complete"]
        socket.subscribe("2", query)
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("2", "error")
        [error] = message["payload"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert 0 < error["extensions"]["retryAfterMs"] <= 60_000
        socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
