"""RepeatedGraphQL: answers operations that come under a head that was taken apart before (`server.repeated_http`).

What the head says, whose token it bears above all, was judged then; whether the token still holds is asked each time.
A look-up is answered as soon as it is found, without a task of its own.
"""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from schema.context import Context
from schema.executor import Answer as Result
from schema.executor import Executor, Prepared
from schema.shortcut import Asked
from server.answer import Answer, Contexts, head_of
from server.graphql_answers import failed, prepared, refusal, told
from server.logging import request_id
from server.metrics import Metrics
from server.repeated_http import Again, Tell
from services.identity import LiveAuthenticator, Session
from subscriptions.wire.http_request import RequestRefused, new_request_id, request_of
from subscriptions.wire.operations import FINISH_S


@dataclass(slots=True, eq=False)
class _Exchange:
    """A request, and how its answer is told."""

    context: Context
    media_type: str
    began: float
    tell: Tell

    @property
    def identifier(self) -> str:
        return self.context.request_id

    def failed(self, cause: BaseException) -> Answer:
        """The log names this request beside it, whatever is under way."""
        former = request_id.set(self.identifier)
        try:
            return failed(cause, self.identifier, self.media_type)
        finally:
            request_id.reset(former)


class RepeatedGraphQL:
    def __init__(
        self, executor: Executor, authenticator: LiveAuthenticator, contexts: Contexts, metrics: Metrics
    ) -> None:
        self._executor, self._authenticator, self._contexts, self._metrics = executor, authenticator, contexts, metrics
        self._running: set[asyncio.Future[Any]] = set()

    def of(self, session: Session, media_type: str) -> Again:
        """For heads of POSTs of JSON that say this."""
        return partial(self._taken, session, media_type)

    async def finish(self, within_s: float = FINISH_S) -> None:
        """What was begun is carried out, though whoever asked may be gone; so many seconds are waited for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._running:
                    await asyncio.wait(self._running)

    def _taken(self, session: Session, media_type: str, body: bytes, tell: Tell) -> bool:
        began = time.perf_counter()
        try:
            if not self._authenticator.holds(session):
                return False
            request = request_of(body)
            exchange = _Exchange(self._contexts(session.caller, new_request_id()), media_type, began, tell)
        except Exception:  # noqa: BLE001 - the general way meets it again, and says what it is
            return False
        try:
            found = prepared(self._executor, request, "POST", exchange.identifier, media_type)
            if isinstance(found, Prepared):
                self._begin(exchange, found)
            else:
                self._tell(exchange, found)
        except RequestRefused as refused:
            self._tell(exchange, refusal(refused, exchange.identifier, media_type))
        except Exception as cause:  # noqa: BLE001 - the log has it
            self._tell(exchange, exchange.failed(cause))
        return True

    def _begin(self, exchange: _Exchange, operation: Prepared) -> None:
        asked = self._executor.ask(operation, exchange.context)
        if asked is None:
            self._run(exchange, operation, self._executor.execute(operation, exchange.context))
        else:
            asked.found.add_done_callback(partial(self._found, exchange, operation, asked))
            self._running.add(asked.found)
            asked.found.add_done_callback(self._running.discard)

    def _found(self, exchange: _Exchange, operation: Prepared, asked: Asked, _: object) -> None:
        try:
            data = asked.data()
            if data is None:
                self._run(exchange, operation, self._executor.finish(operation, exchange.context, asked))
                return
            answer = Answer(200, orjson.dumps({"data": data}), operation.kind, media_type=exchange.media_type)
        except (Exception, asyncio.CancelledError) as cause:  # noqa: BLE001 - nobody stands above a callback
            answer = exchange.failed(cause)
        self._tell(exchange, answer)

    def _run(self, exchange: _Exchange, operation: Prepared, executed: Awaitable[Result]) -> None:
        task = asyncio.get_running_loop().create_task(self._executed(exchange, operation, executed))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _executed(self, exchange: _Exchange, operation: Prepared, executed: Awaitable[Result]) -> None:
        request_id.set(exchange.identifier)  # in this task alone
        try:
            answer = told(await executed, operation.kind, exchange.identifier, exchange.media_type)
        except Exception as cause:  # noqa: BLE001 - the log has it
            answer = exchange.failed(cause)
        self._tell(exchange, answer)

    def _tell(self, exchange: _Exchange, answer: Answer) -> None:
        self._metrics.request(answer.kind, answer.outcome, time.perf_counter() - exchange.began)
        exchange.tell(answer.status, head_of(answer, exchange.identifier), answer.body)
