"""RepeatedGraphQL: answers operations that come under a head that was taken apart before (`server.repeated_http`).

What the head says, whose token it bears above all, was judged then; whether the token still holds is asked each time.
A look-up is answered as soon as it is found, without a task of its own.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from schema.context import Context
from schema.executor import Answer as Result
from schema.executor import Executor, Prepared
from schema.shortcut import Asked
from server.answer import Answer, Contexts, head_of
from server.graphql_answers import failed, told
from server.logging import request_id
from server.metrics import Metrics
from server.repeated_http import Again, Tell
from services.identity import LiveAuthenticator, Session
from subscriptions.wire.http_request import new_request_id, request_of


@dataclass(slots=True, eq=False)
class _Exchange:
    """An operation that is carried out, and how its answer is told."""

    prepared: Prepared
    context: Context
    media_type: str
    began: float
    tell: Tell


class RepeatedGraphQL:
    def __init__(
        self, executor: Executor, authenticator: LiveAuthenticator, contexts: Contexts, metrics: Metrics
    ) -> None:
        self._executor, self._authenticator, self._contexts, self._metrics = executor, authenticator, contexts, metrics
        self._running: set[asyncio.Future[Any]] = set()

    def of(self, session: Session, media_type: str) -> Again:
        """For heads of POSTs of JSON that say this."""
        return partial(self._taken, session, media_type)

    async def finish(self) -> None:
        """What was begun is carried out, though whoever asked may be gone."""
        while self._running:
            await asyncio.wait(self._running)

    def _taken(self, session: Session, media_type: str, body: bytes, tell: Tell) -> bool:
        began = time.perf_counter()
        try:
            if not self._authenticator.holds(session):
                return False
            request = request_of(body)
            prepared = self._executor.prepare(request.query, request.variables, request.operation_name, request.named)
        except Exception:  # noqa: BLE001 - the general way meets it again, and says what it is
            return False
        if prepared.kind == "subscription":
            return False
        context = self._contexts(session.caller, new_request_id())
        exchange = _Exchange(prepared, context, media_type, began, tell)
        asked = self._executor.ask(prepared, context)
        if asked is None:
            self._run(exchange, self._executor.execute(prepared, context))
        else:
            asked.found.add_done_callback(partial(self._found, exchange, asked))
            self._running.add(asked.found)
            asked.found.add_done_callback(self._running.discard)
        return True

    def _found(self, exchange: _Exchange, asked: Asked, _: object) -> None:
        data = asked.data()
        if data is None:
            self._run(exchange, self._executor.finish(exchange.prepared, exchange.context, asked))
        else:
            body = orjson.dumps({"data": data})
            self._tell(exchange, Answer(200, body, exchange.prepared.kind, media_type=exchange.media_type))

    def _run(self, exchange: _Exchange, executed: Awaitable[Result]) -> None:
        task = asyncio.get_running_loop().create_task(self._executed(exchange, executed))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _executed(self, exchange: _Exchange, executed: Awaitable[Result]) -> None:
        identifier = exchange.context.request_id
        request_id.set(identifier)  # in this task alone
        try:
            answer = told(await executed, exchange.prepared.kind, identifier, exchange.media_type)
        except Exception as cause:  # noqa: BLE001 - the log has it
            answer = failed(cause, identifier, exchange.media_type)
        self._tell(exchange, answer)

    def _tell(self, exchange: _Exchange, answer: Answer) -> None:
        self._metrics.request(answer.kind, answer.outcome, time.perf_counter() - exchange.began)
        exchange.tell(answer.status, head_of(answer, exchange.context.request_id), answer.body)
