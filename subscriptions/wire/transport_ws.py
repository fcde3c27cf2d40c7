"""graphql-transport-ws on one socket: Strawberry's handler, made stricter. The one file here that knows Strawberry."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.types.unset import UNSET

from services.identity import LiveAuthenticator, Session, Unauthenticated
from services.ports import UNAVAILABLE, Unavailable
from subscriptions import metrics
from subscriptions.hub.backlog import Backlog, TooSlow
from subscriptions.task_end import end, see_off
from subscriptions.wire.client_messages import authorization_of, request_of
from subscriptions.wire.ending import Ending
from subscriptions.wire.not_started import NotStarted
from subscriptions.wire.operations import Operations, Request
from subscriptions.wire.peer import Peer
from subscriptions.wire.pipes import Connection as DirectConnection
from subscriptions.wire.pipes import FramePipe
from subscriptions.wire.rendered import named
from subscriptions.wire.seats import Allowance
from subscriptions.wire.socket import Socket

logger = logging.getLogger(__name__)

#: A cancellation that was swallowed (`task_end`) is said again.
AGAIN_S = 1.0
TERMINATED = 4499
"""A peer that does not answer; clients of the protocol know the code and try again."""

REVOKED = "Forbidden: the token was revoked, connect again with another"
EXPIRED = "Forbidden: the token has expired, connect again with a new one"
TOO_SLOW = "Too slow: subscribe again with the last cursor"
TOO_MANY_MESSAGES = "Too many messages: send fewer, and connect again later"


@dataclass(frozen=True, slots=True)
class SocketLimits:
    message_bytes_max: int = 64 * 1024
    operations_max: int = 100
    #: Queries and mutations that run or wait to be sent at once; the others wait their turn.
    answers_max: int = 4
    #: A peer that takes no answer for so long is given up.
    answer_within_s: float = 10.0
    init_within_s: float = 5.0
    ping_every_s: float = 20.0
    pong_within_s: float = 20.0
    #: Of a peer that has not said who it is.
    early_messages_max: int = 32


@dataclass(slots=True)
class Connection:
    """What Strawberry calls the context of a socket."""

    connection_params: Mapping[str, object]
    session: Session | None = None


class TransportHandler(BaseGraphQLTransportWSHandler[Connection, None]):
    """Messages arrive read and checked (`Socket.iter_json`). A socket outlives neither its token nor its peer."""

    context: Connection
    websocket: Socket  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(
        self,
        socket: Socket,
        direct: DirectConnection | None,
        operations: Operations,
        authenticator: LiveAuthenticator,
        limits: SocketLimits,
        allowance: Allowance,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(
            view=cast(Any, self),
            websocket=cast(Any, socket),
            context=Connection({}),
            root_value=None,
            schema=cast(Any, None),
            connection_init_wait_timeout=timedelta(seconds=limits.init_within_s),
            max_subscriptions_per_connection=limits.operations_max,
        )
        self._direct = direct
        self._live = operations
        self._authenticator = authenticator
        self._limits = limits
        self._allowance = allowance
        self._early_messages = 0
        self._now = now
        #: Since the last ping.
        self._heard = False
        # Timers, not tasks, and what few need made when they do: ten thousand silent sockets shall cost little.
        self._ping: asyncio.Task[None] | None = None
        self._ping_timer: asyncio.TimerHandle | None = None
        self._token_timer: asyncio.TimerHandle | None = None
        self._answering: asyncio.Semaphore | None = None
        self._tasks: set[asyncio.Task[None]] | None = None
        #: Those that end operations.
        self._leaving: set[asyncio.Task[None]] | None = None
        #: What waits in all its streams.
        self._backlog = Backlog()

    # ------------------------------------------------------------------ the connection
    async def handle_message(self, message: Any) -> None:
        self._heard = True
        if self.websocket.closed:
            return
        if not self._may_say_more():
            await self.websocket.close(1013, TOO_MANY_MESSAGES, Ending.TOO_MANY)
            return
        try:
            await super().handle_message(message)
        except Exception:
            logger.exception("a message of a socket could not be handled")
            await self.websocket.close(1011, "Internal error")

    def _may_say_more(self) -> bool:
        session = self.context.session
        if session is None:
            self._early_messages += 1
            return self._early_messages <= self._limits.early_messages_max
        return not self._allowance.messages.take(session.caller.tenant_slug, session.caller.subject)

    async def handle_connection_init(self, message: Any) -> None:
        if self.connection_init_received:
            await self.websocket.close(4429, "Too many initialisation requests")
            return
        await super().handle_connection_init({"type": "connection_init", "payload": message.get("payload") or {}})
        session = self.context.session
        if self.connection_acknowledged and session is not None:
            self.connection_init_timeout_task = None  # which was cancelled, and would keep what it was doing then
            self.context.connection_params = {}  # the token, which nobody needs any more
            later, expires_s = asyncio.get_running_loop().call_later, (session.expires_at - self._now()).total_seconds()
            self._token_timer = later(expires_s, self._end_with_token)
            self._ping_timer = later(self._limits.ping_every_s, self._ping_peer)

    async def on_ws_connect(self, context: Connection) -> object:
        """Strawberry asks its view, which is this handler too."""
        try:
            session = await self._authenticator.authenticate(authorization_of(context.connection_params))
        except Unauthenticated as fault:
            await self.websocket.close(4403, f"Forbidden: {fault}")
            raise ConnectionRejectionError from fault
        except Unavailable as fault:
            logger.warning("a socket could not be let in: %s", fault)
            await self.websocket.close(1013, UNAVAILABLE, Ending.UNAVAILABLE)
            raise ConnectionRejectionError from fault
        if not self._allowance.seats.take(session.caller):
            await self.websocket.close(1013, self._allowance.seats.full, Ending.TOO_MANY)
            raise ConnectionRejectionError
        context.session = session
        return UNSET

    async def handle_ping(self, message: Any) -> None:
        """The pong brings the ping's payload back, so that a peer can tell which ping it answers."""
        payload = message.get("payload")
        await self.send_message(cast(Any, {"type": "pong"} | ({} if payload is None else {"payload": payload})))

    async def shutdown(self) -> None:
        try:
            for timer in (self._token_timer, self._ping_timer):
                if timer is not None:
                    timer.cancel()
            for task in (*(self._tasks or ()), *([] if self._ping is None else [self._ping])):
                if task is not asyncio.current_task():
                    await end(task, again_s=self._limits.pong_within_s)
            await super().shutdown()
            if self._leaving:
                await asyncio.wait(self._leaving)
        finally:
            if self.context.session is not None:
                self._allowance.seats.give_back(self.context.session.caller)
            self.view = cast(Any, None)  # which was itself

    def end_revoked(self) -> None:
        """Close, if the token no longer counts; nobody waits for a peer that does not read."""
        session = self.context.session
        if session is not None and not self.websocket.closed and self._authenticator.revoked(session):
            self._start(self.websocket.close(4403, REVOKED, Ending.TOKEN_REVOKED))

    def _end_with_token(self) -> None:
        self._start(self.websocket.close(4403, EXPIRED, Ending.TOKEN_EXPIRED))

    def _ping_peer(self) -> None:
        self._heard = False
        self._ping = asyncio.create_task(self.send_message({"type": "ping"}))
        self._ping_timer = asyncio.get_running_loop().call_later(self._limits.pong_within_s, self._judge_peer)

    def _judge_peer(self) -> None:
        """Any message of the peer's is a sign of life; a full pipe is none."""
        if self._heard and self._ping is not None and self._ping.done():
            self._ping = None
            rest_s = max(0.0, self._limits.ping_every_s - self._limits.pong_within_s)
            self._ping_timer = asyncio.get_running_loop().call_later(rest_s, self._ping_peer)
        else:
            self._start(self.websocket.close(TERMINATED, "Terminated: no pong came"))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if self._tasks is None:
            self._tasks = set()
        _kept_in(self._tasks, asyncio.create_task(work))

    # ------------------------------------------------------------------ its operations
    async def handle_subscribe(self, message: Any) -> None:
        identifier, payload = message["id"], message["payload"]
        if not self.connection_acknowledged:
            await self.websocket.close(4401, "Unauthorized: send connection_init and wait for connection_ack first")
        elif identifier in self.operations:
            await self.websocket.close(4409, f"Subscriber for {identifier} already exists")
        elif len(self.operations) >= self._limits.operations_max:
            await self.send_message({"id": identifier, "type": "error", "payload": [cast(Any, self._too_many())]})
        else:
            request = request_of(payload)
            operation = Operation(self, identifier, "", None, None)  # what it asks is run here, not by Strawberry
            self.operations[identifier] = operation
            operation.task = asyncio.create_task(self._run(operation, [request]))
            operation.task.add_done_callback(self._task_done)

    async def cleanup_operation(self, operation_id: str) -> None:
        """Without waiting for it; but over it will be, for what went on would be told to nobody."""
        operation = self.operations.pop(operation_id, None)
        if operation is not None and operation.task is not None:
            task, operation.task = operation.task, None  # how it ended names the operation: they would hold each other
            task.cancel()
            if self._leaving is None:
                self._leaving = set()
            _kept_in(self._leaving, asyncio.create_task(see_off(task, again_s=AGAIN_S)))

    def _too_many(self) -> dict[str, Any]:
        most = self._limits.operations_max
        metrics.OPERATIONS_REFUSED.labels("socket").inc()
        message = f"A socket carries at most {most} operations at once: complete one, or open another socket."
        return {"message": message, "extensions": {"code": "LIMIT_EXCEEDED", "limit": most}}

    async def _run(self, operation: Operation[Connection, None], asked: list[Request]) -> None:
        """`asked`: one, which is taken: a stream that lives for days does not keep what it was asked by."""
        try:
            await self._send_results(operation, asked)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
        except NotStarted as refusal:
            await self._send_errors(operation, refusal.errors)
        except TooSlow:
            await self.websocket.close(1013, TOO_SLOW)
        except Exception:
            logger.exception("an operation of a socket failed")
            await self._send_errors(operation, [{"message": "Internal error", "extensions": {"code": "INTERNAL"}}])

    async def _send_results(self, operation: Operation[Connection, None], asked: list[Request]) -> None:
        session = self.context.session
        assert session is not None
        request = asked.pop()
        prepared, traceparent = await self._live.prepare_in_turn(request), request.traceparent
        del request
        before = named(operation.id)
        pipe = None if self._direct is None else FramePipe(self._direct, self.websocket, before.encode())
        peer = Peer(self._backlog, self._close_as_too_slow, pipe)
        results = self._live.results(prepared, session, peer=peer, traceparent=traceparent)
        streams = prepared.kind == "subscription"
        async with nullcontext() if streams else self._turn(), aclosing(results):
            async for result in results:
                await self._send_result(f"{before}{result.text}}}", None if streams else self._limits.answer_within_s)

    def _turn(self) -> asyncio.Semaphore:
        """Of a query or a mutation."""
        if self._answering is None:
            self._answering = asyncio.Semaphore(self._limits.answers_max)
        return self._answering

    async def _send_result(self, text: str, within_s: float | None) -> None:
        """Raises TooSlow. What waits of a stream is bounded by its queue, what waits of answers by time."""
        try:
            async with asyncio.timeout(within_s):
                await self.websocket.send_text(text)
        except TimeoutError as fault:
            raise TooSlow from fault

    async def _send_errors(self, operation: Operation[Connection, None], errors: list[Any]) -> None:
        await operation.send_operation_message({"id": operation.id, "type": "error", "payload": errors})

    def _close_as_too_slow(self) -> None:
        self._start(self.websocket.close(1013, TOO_SLOW))


def _kept_in(tasks: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
    """Until it is done."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)
