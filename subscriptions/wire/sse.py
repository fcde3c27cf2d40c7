"""GraphQLEventStream: operations over server-sent events (graphql-sse, distinct connections) as an ASGI application.

A result is a `next` event whose `id` is the cursor behind it; a browser that reconnects sends the last one as
`Last-Event-ID`, which then takes the place of the operation's `after`. What GraphQL itself refuses comes as a `next`
event with errors, as that protocol wants it; what comes before GraphQL, and what is above the rate, is answered as JSON
with its status.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.identity import LiveAuthenticator, Session, Unauthenticated
from services.ports import Unavailable
from subscriptions import metrics
from subscriptions.hub.backlog import Backlog, TooSlow
from subscriptions.task_end import end
from subscriptions.wire.ending import Ending
from subscriptions.wire.event_parts import TAKEN_WITHIN_S, EventParts
from subscriptions.wire.http_request import (
    JSON,
    Disconnected,
    RequestRefused,
    away,
    check_method,
    error_body,
    header,
    read_request,
    request_id_of,
    too_many,
    unauthenticated,
)
from subscriptions.wire.not_started import NotStarted
from subscriptions.wire.operations import Context, Operations, Prepared, Request
from subscriptions.wire.peer import Peer
from subscriptions.wire.pipes import ChunkPipe, Connection, connection_of
from subscriptions.wire.rendered import Rendered
from subscriptions.wire.seats import Seats
from subscriptions.wire.websocket import system_now

logger = logging.getLogger(__name__)

KEEP_ALIVE_S = 12.0
END_S = 1.0
STREAM = "text/event-stream"
_NOT_AT_ALL = re.compile(r"q *= *0(\.0*)?")

ALIVE = b":\n\n"
COMPLETE = b"event: complete\ndata: \n\n"


class GraphQLEventStream:
    """A stream ends with its token, expired or revoked, with `close_all`, or when its reader is too slow: without
    `complete`, so that the client comes back with its last cursor. Too slow is also who does not take a part within
    `taken_within_s`: in its snapshot a stream has no queue that would fill.
    """

    def __init__(
        self,
        operations: Operations,
        authenticator: LiveAuthenticator,
        *,
        keep_alive_s: float = KEEP_ALIVE_S,
        taken_within_s: float = TAKEN_WITHIN_S,
        seats: Seats | None = None,
        now: Callable[[], datetime] = system_now,
    ) -> None:
        self._operations = operations
        self._authenticator = authenticator
        self._keep_alive_s = keep_alive_s
        self._taken_within_s = taken_within_s
        self._seats = seats or Seats()
        self._now = now
        self._open: dict[asyncio.Future[Ending], Session] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._session(scope)
            _check_accepted(header(scope, b"accept"))
            prepared = self._prepared(await read_request(scope, receive), scope["method"])
            session = await self._session(scope)  # once more: what was read may have been long in coming
            wait_ms, context = self._operations.admit(prepared, session)
            if wait_ms:
                raise too_many(wait_ms)
            if not self._seats.take(session.caller):
                raise no_seat(self._seats)
        except RequestRefused as refusal:
            await _refused(refusal, request_id_of(scope))(scope, receive, send)
        except NotStarted as refusal:
            await _send_errors(refusal.errors, EventParts(send, self._taken_within_s))
        except Disconnected:
            return
        else:
            try:
                await self._answer(prepared, session, context, scope, receive, send)
            finally:
                self._seats.give_back(session.caller)

    async def _answer(
        self, prepared: Prepared, session: Session, context: Context, scope: Scope, receive: Receive, send: Send
    ) -> None:
        after = header(scope, b"last-event-id") or None
        over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        direct = connection_of(scope)
        results = self._operations.results(
            prepared,
            session,
            context=context,
            after=after,
            peer=Peer(
                Backlog(),
                lambda: _settle(over, Ending.TOO_SLOW),
                None if direct is None else ChunkPipe(direct, over),
            ),
            traceparent=header(scope, b"traceparent"),
        )
        parts = EventParts(send, self._taken_within_s)
        left = await self._serve(results, session, over, receive, parts)
        if not left and not await parts.end(within_s=END_S) and direct is not None:
            await _give_up(direct, receive)

    async def _session(self, scope: Scope) -> Session:
        authorization = header(scope, b"authorization")
        try:
            return await self._authenticator.authenticate(authorization)
        except Unauthenticated as fault:
            raise unauthenticated(fault, authorization) from fault
        except Unavailable as fault:
            logger.warning("a stream could not begin: %s", fault)
            raise away(fault) from fault

    def _prepared(self, request: Request, method: str) -> Prepared:
        prepared = self._operations.prepare(request)
        check_method(method, prepared.kind)
        return prepared

    async def close_all(self) -> None:
        for over in self._open:
            _settle(over, Ending.SHUTDOWN)

    def end_revoked(self) -> None:
        """Those whose token no longer counts."""
        for over, session in self._open.items():
            if self._authenticator.revoked(session):
                _settle(over, Ending.TOKEN_REVOKED)

    async def _serve(
        self, results: Any, session: Session, over: asyncio.Future[Ending], receive: Receive, parts: EventParts
    ) -> bool:
        """Until the results end, or until anything ends the stream: then in the midst of whatever it was doing.

        Whether it is the peer that left.
        """
        expiry_s = (session.expires_at - self._now()).total_seconds()
        expiry = asyncio.get_running_loop().call_later(max(0.0, expiry_s), _settle, over, Ending.TOKEN_EXPIRED)
        gone = asyncio.create_task(_gone(receive))
        writing = asyncio.create_task(self._write(results, parts))
        self._open[over] = session
        metrics.EVENT_STREAMS.inc()
        try:
            await asyncio.wait({writing, gone, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            metrics.EVENT_STREAMS.dec()
            metrics.CLOSED.labels("sse", _ending(over, gone, writing).value).inc()
            del self._open[over]
            expiry.cancel()
            left = gone.done()
            await end(gone, again_s=END_S)
            await end(writing, again_s=END_S)
        return left

    async def _write(self, results: Any, parts: EventParts) -> Ending:
        """All of the answer, unless its peer is too slow: then the client resumes from its last cursor."""
        try:
            await parts.begin()
            await parts.send(ALIVE)  # so that a client knows at once that it is connected
            last, ending = await self._tell(results, parts)
        except TooSlow:
            return Ending.TOO_SLOW
        return ending if await parts.end(last) else Ending.TOO_SLOW

    async def _tell(self, results: Any, parts: EventParts) -> tuple[bytes, Ending]:
        """Each result; then what is left to say, and why it ends. Raises TooSlow."""
        try:
            async with aclosing(results), aclosing(self._events(results)) as events:
                async for event in events:
                    await parts.send(event)
        except NotStarted as refusal:
            return _next({"errors": refusal.errors}) + COMPLETE, Ending.COMPLETE
        except TooSlow:
            raise
        except Exception:
            logger.exception("an event stream failed")
            return b"", Ending.FAULT
        return COMPLETE, Ending.COMPLETE

    async def _events(self, results: AsyncIterator[Rendered]) -> AsyncGenerator[bytes, None]:
        """Each result as an event, and a comment whenever there was none for a while."""
        following = asyncio.ensure_future(anext(results, None))
        try:
            while True:
                await asyncio.wait({following}, timeout=self._keep_alive_s)
                if not following.done():
                    yield ALIVE
                    continue
                result = following.result()
                if result is None:
                    return
                yield result.event
                following = asyncio.ensure_future(anext(results, None))
        finally:
            await end(following, again_s=END_S)


def _settle(over: asyncio.Future[Ending], ending: Ending) -> None:
    if not over.done():
        over.set_result(ending)


def _ending(over: asyncio.Future[Ending], gone: asyncio.Task[None], writing: asyncio.Task[Ending]) -> Ending:
    """Why it ended: of several reasons the first of these."""
    if over.done():
        return over.result()
    if gone.done():
        return Ending.PEER
    if not writing.done():
        return Ending.SHUTDOWN  # the server ends what is still at work
    return Ending.PEER if writing.cancelled() or writing.exception() else writing.result()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _give_up(connection: Connection, receive: Receive) -> None:
    """Of a peer that does not take the end either; what lies unsent for it is let go."""
    connection.abort()
    with suppress(TimeoutError):  # the server has noticed when it says so
        async with asyncio.timeout(END_S):
            await _gone(receive)


def _next(result: dict[str, Any]) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(result) + b"\n\n"


async def _send_errors(errors: list[Any], parts: EventParts) -> None:
    with suppress(TooSlow):
        await parts.begin()
        await parts.end(_next({"errors": errors}) + COMPLETE)


def no_seat(seats: Seats) -> RequestRefused:
    return RequestRefused(seats.full, 429, "LIMIT_EXCEEDED", {"retry-after": "1"}, {"limit": seats.most})


def _check_accepted(accept: str | None) -> None:
    wanted: dict[str, bool] = {}
    for part in (accept or "*/*").lower().split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        wanted[kind] = not any(_NOT_AT_ALL.fullmatch(parameter) for parameter in parameters)
    # What is said of the closest name counts.
    if not next((wanted[kind] for kind in (STREAM, "text/*", "*/*") if kind in wanted), False):
        message = f"This endpoint answers with an event stream: send `Accept: {STREAM}`."
        raise RequestRefused(message, 406, "NOT_ACCEPTABLE")


def _refused(refusal: RequestRefused, request_id: str) -> Response:
    body = error_body(refusal.message, refusal.code, request_id, **refusal.extensions)
    return Response(body, refusal.status, {**refusal.headers, "x-request-id": request_id}, JSON)
