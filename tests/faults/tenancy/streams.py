"""Streams: subscriptions in which every slot is filled likewise, each watched over WebSocket and over server-sent
events while another tenant's things change and then one's own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema
from websockets.asyncio.client import connect

from domain.access import Role
from tests.factories.shop import Asker
from tests.faults.figures import LONG
from tests.faults.tenancy.alike import likened, words
from tests.faults.tenancy.belongings import Belongings
from tests.faults.tenancy.documents import root_document
from tests.faults.tenancy.requests import filled
from tests.faults.tenancy.slots import Slot, Walk, of_arguments
from tests.faults.tenancy.things import Thing
from tests.faults.tenancy.tries import some, tries
from tests.live import PROTOCOL
from tests.stack import PATIENCE_SECONDS, POLL_SECONDS

#: A socket takes up to 100 operations.
AT_ONCE = 90
LINE_MAX = 1_000_000
Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A root field, with the slots of its arguments."""

    name: str
    walk: Walk
    document: str


def of_schema(schema: GraphQLSchema) -> Iterator[Subscription]:
    assert schema.subscription_type
    for name, field_ in schema.subscription_type.fields.items():
        walk = of_arguments(f"Subscription.{name}", field_.args)
        yield Subscription(name, walk, root_document(schema, "subscription", name, field_))


@dataclass(eq=False, slots=True)
class Watch:
    """One subscription, and what was told on it. `like`: the one that names what is not there, and is told the same."""

    subscription: Subscription
    how: str
    variables: Mapping[str, Any]
    named: str = ""
    like: Watch | None = None
    #: Whether one's own thing is among what it watches.
    has_own: bool = True
    messages: list[Message] = field(default_factory=list[Message])
    over: bool = False

    def __str__(self) -> str:
        return f"{self.subscription.name}({self.how})"

    def events(self, *types: str) -> list[Message]:
        found = [((each.get("data") or {}).get(self.subscription.name) or {}) for each in self.messages]
        return [event for event in found if event.get("type") in types]

    @property
    def begun(self) -> bool:
        return self.over or bool(self.events("CAUGHT_UP"))

    @property
    def changed(self) -> bool:
        return self.over or not self.has_own or bool(self.events("CHANGE"))

    def told(self) -> list[str]:
        """All but where it stood when, in no order: things are told in order each, not among each other."""
        kept = [each for each in self.messages if not _is_place(each, self.subscription.name)]
        return sorted(json.dumps(likened(_without_cursors(each), self.named)) for each in kept)

    def words(self) -> set[str]:
        """What was told that was not sent."""
        return words(json.dumps(self.messages)) - words(json.dumps(self.variables))


def _is_place(message: Message, name: str) -> bool:
    return ((message.get("data") or {}).get(name) or {}).get("type") == "CAUGHT_UP"


def _without_cursors(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_cursors(each) for name, each in value.items() if name != "cursor"}
    return [_without_cursors(each) for each in value] if isinstance(value, list) else value


# ---------------------------------------------------------------------- what is watched
def whole(subscription: Subscription) -> Watch:
    return Watch(subscription, "everything", {"snapshot": True})


def watches(
    subscription: Subscription, role: Role, mine: Belongings, theirs: Belongings, cursor: str
) -> Iterator[Watch]:
    """Of every slot; `cursor`: another tenant's, of this stream."""
    yield whole(subscription)
    for turn, slot in enumerate(subscription.walk.slots):
        for own in (None, mine.own(slot.thing)) if slot.many else (None,):
            every = list(tries(slot.thing, theirs, mine, (cursor,)))
            chosen = every if LONG else [each for each in some(every, turn) if own is None or not each.forged]
            nothing: dict[str, Watch] = {}
            for each in chosen:
                if each.nothing not in nothing:
                    nothing[each.nothing] = _watch(subscription, slot, "nothing", each.nothing, own)
                    yield nothing[each.nothing]
                tried = _watch(subscription, slot, each.how, each.value, own)
                tried.like = nothing[each.nothing]
                yield tried


def _watch(subscription: Subscription, slot: Slot, how: str, value: str, own: str | None) -> Watch:
    begins = slot.thing is Thing.STREAM_CURSOR
    variables = filled({"snapshot": not begins}, slot, value, own)
    beside = " beside one's own" if own else ""
    return Watch(subscription, f"{slot}: {how}{beside}", variables, value, has_own=begins or own is not None)


# ---------------------------------------------------------------------- over which they are watched
@asynccontextmanager
async def over_websocket(asker: Asker, watched: Sequence[Watch]) -> AsyncIterator[None]:
    """As many sockets as it takes."""
    parts = [watched[first : first + AT_ONCE] for first in range(0, len(watched), AT_ONCE)]
    async with _tasks(_sit(asker, part) for part in parts):
        yield


async def _sit(asker: Asker, watched: Sequence[Watch]) -> None:
    async with connect(asker.stack.websocket_url, subprotocols=[PROTOCOL], proxy=None) as socket:
        payload = {"Authorization": f"Bearer {asker.token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        for number, watch in enumerate(watched):
            query = {"query": watch.subscription.document, "variables": watch.variables}
            await socket.send(json.dumps({"type": "subscribe", "id": str(number), "payload": query}))
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "ping":
                await socket.send('{"type": "pong"}')
                continue
            watch = watched[int(message["id"])]
            watch.over |= message["type"] != "next"
            if message["type"] == "error":
                watch.messages.append({"errors": message["payload"]})
            elif message["type"] == "next":
                watch.messages.append(message["payload"])


@asynccontextmanager
async def over_sse(asker: Asker, watched: Sequence[Watch]) -> AsyncIterator[None]:
    """A connection each."""
    async with _tasks(_listen(asker, watch) for watch in watched):
        yield


async def _listen(asker: Asker, watch: Watch) -> None:
    port = asker.stack.settings.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LINE_MAX)
    try:
        body = json.dumps({"query": watch.subscription.document, "variables": watch.variables}).encode()
        head = (
            f"POST /graphql/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {asker.token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        status = await reader.readline()
        assert b" 200 " in status, status
        async for line in reader:
            watch.over |= line.startswith(b"event: complete")
            if line.startswith(b"data: {"):
                watch.messages.append(json.loads(line.removeprefix(b"data: ")))
    finally:
        writer.close()


@asynccontextmanager
async def _tasks(works: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Ended with what is within; one that fails before fails it."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
    finally:
        failed = [task.exception() for task in tasks if task.done() and not task.cancelled()]
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
    for fault in failed:
        if fault:
            raise fault


#: How a stream is watched.
DOORS = {"WebSocket": over_websocket, "SSE": over_sse}


async def until(done: Callable[[Watch], bool], watched: Iterable[Watch]) -> list[str]:
    """Wait until it is so of all of them; those of which it is not in time."""
    left = list(watched)
    ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while left := [watch for watch in left if not done(watch)]:
        if asyncio.get_running_loop().time() > ends:
            return [f"{watch}: {watch.messages[-1:]}" for watch in left]
        await asyncio.sleep(POLL_SECONDS)
    return []


async def until_caught_up(watched: Iterable[Watch]) -> list[str]:
    """Wait until each says once more that it has told all; where its own things change nobody need ask."""
    told = {watch: len(watch.events("CAUGHT_UP")) for watch in watched if not (watch.has_own or watch.over)}
    return await until(lambda watch: watch.over or len(watch.events("CAUGHT_UP")) > told[watch], told)
