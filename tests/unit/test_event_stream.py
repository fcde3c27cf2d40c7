"""The event-stream endpoint: graphql-sse over distinct connections, with cursors as event ids."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from domain.access import Role
from services.identity import Session
from services.ports import UNAVAILABLE, Overloaded, Unavailable
from services.rates import Rates
from subscriptions import metrics
from subscriptions.hub.hub import HubLimits
from subscriptions.wire.sse import GraphQLEventStream
from tests.factories.events import History, a_level
from tests.fakes.clients import FakeEventStream
from tests.fakes.endpoint import LEVELS, Endpoint, an_endpoint
from tests.fakes.live import eventually

TOKEN = {"authorization": "Bearer good"}
VIEWER = {"query": "{ viewer { subject } }"}


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with an_endpoint() as endpoint:
        yield endpoint


def ask(endpoint: Endpoint, body: object = None, keep_alive_s: float = 12.0, **request: Any) -> FakeEventStream:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator, keep_alive_s=keep_alive_s)
    headers = TOKEN | request.pop("headers", {})
    return FakeEventStream(app, body, headers=headers, **request)


async def follow(stream: FakeEventStream) -> tuple[str | None, Any]:
    """Id and result of the next `next`."""
    while not (event := await stream.event()):
        assert event == {}, "the stream ended"
    assert event["event"] == "next", event
    return event.get("id"), orjson.loads(event["data"])


async def level(stream: FakeEventStream) -> tuple[str | None, dict[str, Any]]:
    cursor, result = await follow(stream)
    assert "errors" not in result, result
    return cursor, result["data"]["stockLevelChanged"]


# ---------------------------------------------------------------------- results
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_is_answered_with_one_next_and_complete(endpoint: Endpoint, method: str) -> None:
    address = urlencode(VIEWER) if method == "GET" else ""
    async with ask(endpoint, VIEWER, method=method, query_string=address) as stream:
        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert await follow(stream) == (None, {"data": {"viewer": {"subject": "manager"}}})
        assert await stream.event() == {"event": "complete", "data": ""}
        await stream.ended()


async def test_each_event_of_a_stream_has_its_cursor_as_id_and_the_last_one_resumes(endpoint: Endpoint) -> None:
    tent = History(a_level())
    async with ask(endpoint, {"query": LEVELS}) as stream:
        assert await stream.event() == {}, "a comment says that it is connected"
        cursor, caught_up = await level(stream)
        assert (caught_up["type"], cursor) == ("CAUGHT_UP", caught_up["cursor"])
        await endpoint.world.say(tent.message(10), tent.message(9))
        cursor, change = await level(stream)
        assert (change["level"]["version"], cursor) == (1, change["cursor"])
    for body in ({"query": LEVELS}, {"query": LEVELS, "variables": {"after": caught_up["cursor"]}}):
        async with ask(endpoint, body, headers={"last-event-id": cursor or ""}) as stream:
            assert (await level(stream))[1]["level"]["version"] == 2, "the header goes before the argument"


async def test_variables_in_an_address_are_json(endpoint: Endpoint) -> None:
    variables = orjson.dumps({"filter": {"skus": []}}).decode()
    address = urlencode({"query": LEVELS, "variables": variables, "extensions": ""})
    async with ask(endpoint, method="GET", query_string=address) as stream:
        assert (await level(stream))[1]["type"] == "CAUGHT_UP"


async def test_silence_is_filled_with_comments(endpoint: Endpoint) -> None:
    async with ask(endpoint, {"query": LEVELS}, keep_alive_s=0.01) as stream:
        await level(stream)
        assert await stream.event() == {}
        assert await stream.event() == {}


# ---------------------------------------------------------------------- refusals
@pytest.mark.parametrize("query", ["{", "{ nothing }", "subscription { stockLevelChanged { nothing } }"])
async def test_what_graphql_refuses_is_told_on_the_stream(endpoint: Endpoint, query: str) -> None:
    async with ask(endpoint, {"query": query}) as stream:
        assert stream.status == 200
        _, result = await follow(stream)
        assert all(error["extensions"]["code"] for error in result["errors"])
        assert await stream.event() == {"event": "complete", "data": ""}


async def test_a_cursor_that_is_not_ours_is_told_on_the_stream(endpoint: Endpoint) -> None:
    async with ask(endpoint, {"query": LEVELS}, headers={"last-event-id": "rubbish"}) as stream:
        _, result = await follow(stream)
        assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert await stream.event() == {"event": "complete", "data": ""}


@pytest.mark.parametrize("query", [VIEWER["query"], LEVELS])
async def test_what_is_above_the_rate_is_429_before_its_stream_begins(endpoint: Endpoint, query: str) -> None:
    endpoint.api.rates = Rates(2)
    async with ask(endpoint, {"query": query}) as first, ask(endpoint, {"query": query}) as second:
        await follow(first)
        await follow(second)
    async with ask(endpoint, {"query": query}) as stream:
        assert (stream.status, stream.headers["retry-after"]) == (429, "30")
        assert stream.headers["content-type"] == "application/json"
        (error,) = (await stream.json())["errors"]
        assert (error["extensions"]["code"], error["extensions"]["requestId"]) == (
            "RATE_LIMITED",
            stream.headers["x-request-id"],
        )
        assert 29_000 < error["extensions"]["retryAfterMs"] <= 30_000
        await stream.ended()


async def test_a_snapshot_that_cannot_be_read_ends_its_stream_with_an_error(endpoint: Endpoint) -> None:
    endpoint.world.stock.fault = RuntimeError("secret")
    async with ask(endpoint, {"query": LEVELS, "variables": {"snapshot": True}}) as stream:
        _, result = await follow(stream)
        assert result["errors"][0]["extensions"] == {"code": "INTERNAL"}
        assert "secret" not in result["errors"][0]["message"]
        assert await stream.event() == {"event": "complete", "data": ""}


ADJUST = '{ idempotencyKey: "k", sku: "LAMP", quantityChange: 1, reasonCode: "found" }'
MUTATION = {"query": f"mutation {{ adjustStock(input: {ADJUST}) {{ userErrors {{ code }} }} }}"}
REFUSED: list[tuple[int, str, dict[str, Any]]] = [
    (401, "UNAUTHENTICATED", {"body": VIEWER, "headers": {"authorization": "Bearer bad"}}),
    (405, "METHOD_NOT_ALLOWED", {"body": VIEWER, "method": "PUT"}),
    (405, "METHOD_NOT_ALLOWED", {"body": VIEWER, "method": "DELETE"}),
    (406, "NOT_ACCEPTABLE", {"body": VIEWER, "headers": {"accept": "application/json"}}),
    (415, "UNSUPPORTED_MEDIA_TYPE", {"body": VIEWER, "headers": {"content-type": "text/plain"}}),
    (415, "UNSUPPORTED_MEDIA_TYPE", {"body": VIEWER, "headers": {"content-type": "application/json; charset=latin1"}}),
    (413, "PAYLOAD_TOO_LARGE", {"body": {"query": "x" * 300_000}}),
    (400, "BAD_REQUEST", {"body": b""}),
    (400, "BAD_REQUEST", {"body": b"\xff"}),
    (400, "BAD_REQUEST", {"body": b"[" * 100_000}),
    (400, "BAD_REQUEST", {"body": b"[" * 900 + b"]" * 900}),
    (400, "BAD_REQUEST", {"body": [VIEWER]}),
    (400, "BAD_REQUEST", {"body": None}),
    (400, "BAD_REQUEST", {"body": {"query": 1}}),
    (400, "BAD_REQUEST", {"body": {"query": " "}}),
    (400, "BAD_REQUEST", {"body": VIEWER | {"variables": []}}),
    (400, "BAD_REQUEST", {"body": VIEWER | {"operationName": {}}}),
    (400, "BAD_REQUEST", {"body": VIEWER | {"extensions": "x"}}),
    (400, "BAD_REQUEST", {"method": "GET"}),
    (400, "BAD_REQUEST", {"method": "GET", "query_string": "query=%FF"}),
    (400, "BAD_REQUEST", {"method": "GET", "query_string": "query=x&query=y"}),
    (400, "BAD_REQUEST", {"method": "GET", "query_string": "query=x&variables=x"}),
    (405, "METHOD_NOT_ALLOWED", {"method": "GET", "query_string": urlencode(MUTATION)}),
]


@pytest.mark.parametrize(("status", "code", "request_"), REFUSED, ids=lambda value: str(value)[:50])
async def test_what_is_no_request_is_answered_with_a_status_and_json(
    endpoint: Endpoint, status: int, code: str, request_: dict[str, Any]
) -> None:
    async with ask(endpoint, **request_) as stream:
        assert (stream.status, stream.headers["content-type"]) == (status, "application/json")
        (error,) = (await stream.json())["errors"]
        assert error["message"] and error["extensions"] == {"code": code, "requestId": stream.headers["x-request-id"]}
        await stream.ended()


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/event-stream;q=0", 406),
        ("text/event-stream; q=0.000, */*", 406),
        ("*/*;q=0", 406),
        ("text/event-stream-not", 406),
        ("text/event-stream;q=0.1", 200),
        ("*/*;q=0, TEXT/*", 200),
        ("application/json, text/event-stream", 200),
    ],
)
async def test_a_stream_is_for_those_who_accept_one(endpoint: Endpoint, accept: str, status: int) -> None:
    async with ask(endpoint, VIEWER, headers={"accept": accept}) as stream:
        assert stream.status == status


async def test_too_much_to_do_is_answered_with_the_time_to_come_back(endpoint: Endpoint) -> None:
    endpoint.authenticator.fault = Overloaded("no connection")
    async with ask(endpoint, VIEWER, headers={"x-request-id": "mine"}) as stream:
        assert (stream.status, stream.headers["retry-after"]) == (503, "1")
        (error,) = (await stream.json())["errors"]
        assert error["extensions"] == {"code": "OVERLOADED", "requestId": "mine", "retryAfterMs": 1_000}


async def test_a_database_that_cannot_say_who_asks_is_answered_with_503(endpoint: Endpoint) -> None:
    endpoint.authenticator.fault = Unavailable("no connection")
    async with ask(endpoint, VIEWER, headers={"x-request-id": "mine"}) as stream:
        assert (stream.status, stream.headers["retry-after"]) == (503, "1")
        (error,) = (await stream.json())["errors"]
        assert error == {"message": UNAVAILABLE, "extensions": {"code": "UNAVAILABLE", "requestId": "mine"}}


async def test_an_event_is_executed_once_for_sockets_and_event_streams_together(endpoint: Endpoint) -> None:
    async with ask(endpoint, {"query": LEVELS}) as stream, endpoint.ready() as socket:
        await level(stream)
        socket.subscribe("1", LEVELS)
        await socket.receive()
        before = endpoint.executed
        await endpoint.world.say(History(a_level()).message(1))
        _, told = await level(stream)
        assert (await socket.receive())["payload"]["data"]["stockLevelChanged"] == told
        assert endpoint.executed == before + 1


# ---------------------------------------------------------------------- ends
async def test_a_token_that_expires_ends_the_stream_without_complete(endpoint: Endpoint) -> None:
    endpoint.authenticator.expires_in_s = 0.2
    async with ask(endpoint, {"query": LEVELS}) as stream:
        await level(stream)
        assert await stream.event() is None
        await stream.ended()


async def test_a_token_that_is_revoked_ends_its_streams_and_no_others(endpoint: Endpoint) -> None:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator)
    analyst = {"authorization": "Bearer good analyst"}
    async with (
        FakeEventStream(app, {"query": LEVELS}, headers=TOKEN) as stream,
        FakeEventStream(app, {"query": LEVELS}, headers=analyst) as other,
    ):
        for each in (stream, other):
            await level(each)
        app.end_revoked()
        endpoint.authenticator.withdrawn = Role.MANAGER

        app.end_revoked()

        assert await stream.event() is None
        await stream.ended()
        await endpoint.world.say(History(a_level()).message(1))
        assert (await level(other))[1]["type"] == "CHANGE"


async def test_a_token_that_is_revoked_while_its_request_arrives_opens_no_stream(endpoint: Endpoint) -> None:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator)
    authenticate = endpoint.authenticator.authenticate

    async def revoked_afterwards(authorization: str | None) -> Session:
        session = await authenticate(authorization)
        endpoint.authenticator.withdrawn = Role.MANAGER
        return session

    endpoint.authenticator.authenticate = revoked_afterwards
    async with FakeEventStream(app, {"query": LEVELS}, headers=TOKEN) as stream:
        assert stream.status == 401


async def test_a_shutdown_ends_the_stream_without_complete(endpoint: Endpoint) -> None:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator)
    async with FakeEventStream(app, {"query": LEVELS}, headers=TOKEN) as stream:
        await level(stream)
        await app.close_all()
        assert await stream.event() is None
        await stream.ended()


async def test_a_client_that_leaves_gives_its_stream_back(endpoint: Endpoint) -> None:
    async with ask(endpoint, {"query": LEVELS}) as stream:
        await level(stream)
    await eventually(lambda: not endpoint.world.hub._watches)


async def test_a_client_that_takes_nothing_is_given_up_and_delays_nobody() -> None:
    async with (
        an_endpoint(hub=HubLimits(queue_max=4, lagging_at=2)) as endpoint,
        ask(endpoint, {"query": LEVELS}) as stalled,
        ask(endpoint, {"query": LEVELS}) as healthy,
    ):
        for stream in (stalled, healthy):
            await level(stream)
        stalled.writable.clear()
        for number in range(8):
            await endpoint.world.say(History(a_level(f"SKU-{number}")).message(1))
            assert (await level(healthy))[1]["level"]["sku"] == f"SKU-{number}"
        await stalled.ended()


@pytest.mark.parametrize("keep_alive_s", [0.01, 12.0], ids=["a comment", "the snapshot"])
async def test_a_client_that_does_not_take_a_part_in_time_is_given_up(endpoint: Endpoint, keep_alive_s: float) -> None:
    stock, too_slow = endpoint.world.stock, metrics.CLOSED.labels("sse", "too_slow")
    stock.things, stock.gate = [a_level("TENT"), a_level("LAMP")], asyncio.Event()
    before = too_slow._value.get()
    app = GraphQLEventStream(
        endpoint.operations, endpoint.authenticator, keep_alive_s=keep_alive_s, taken_within_s=0.05
    )
    body = {"query": LEVELS, "variables": {"snapshot": True}}
    async with FakeEventStream(app, body, headers=TOKEN) as stalled:
        assert await stalled.event() == {}
        stalled.writable.clear()
        if keep_alive_s > 1:
            stock.gate.set()
        await stalled.ended()
        assert too_slow._value.get() == before + 1
        assert not endpoint.world.hub._watches


async def test_a_client_that_takes_each_part_in_time_is_told_all_of_it(endpoint: Endpoint) -> None:
    endpoint.world.stock.things = [a_level(f"SKU-{number}") for number in range(8)]
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator, taken_within_s=0.5)
    body = {"query": LEVELS, "variables": {"snapshot": True}}
    async with Dawdles(app, body, headers=TOKEN) as stream:
        told = [(await level(stream))[1]["type"] for _ in range(9)]
    assert told == ["SNAPSHOT"] * 8 + ["CAUGHT_UP"]


class Dawdles(FakeEventStream):
    """A client that takes its time for each part, and more for all of them than it has for one."""

    async def _take(self, message: Any) -> None:
        await asyncio.sleep(0.1)
        await super()._take(message)


class StallsAtItsEnd(FakeEventStream):
    """A client that takes everything but the last part."""

    async def _take(self, message: Any) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.writable.clear()
        await super()._take(message)


async def test_a_stream_that_is_ended_while_its_end_is_written_ends_once(endpoint: Endpoint) -> None:
    app = GraphQLEventStream(endpoint.operations, endpoint.authenticator)
    async with StallsAtItsEnd(app, VIEWER, headers=TOKEN) as stream:
        await eventually(lambda: stream.complete)
        await app.close_all()
        await eventually(stream.task.done)
    assert stream.task.exception() is None
