"""RestHTTP: the paths that the sources name, as one ASGI endpoint over the use cases that GraphQL has.

A request is routed, its caller recognized and admitted, and only then is its body read. Every answer that is no success
is a problem (`server.rest.problems`).
"""

from __future__ import annotations

import logging

import orjson
from starlette.types import Receive, Scope, Send

from domain.access import OPERATIONS
from schema.context import Context
from schema.errors import ApiError, ErrorCode, forbidden
from server.answer import FAULT, Answer, Contexts, send_answer, serve
from server.metrics import Metrics
from server.rest.problems import PROBLEM_JSON, Problem
from server.rest.reading import read_call
from server.rest.routes import Route, route_of
from services.identity import Authenticator, Unauthenticated
from services.ports import TOO_LONG, TookTooLong, Unavailable
from subscriptions.wire.http_request import (
    Disconnected,
    RequestRefused,
    away,
    header,
    request_id_of,
    too_many,
    unauthenticated,
    unavailable,
)

logger = logging.getLogger(__name__)

_OUTCOMES = {
    400: "invalid",
    401: "denied",
    404: "errors",
    405: "malformed",
    413: "malformed",
    415: "malformed",
    429: "limited",
}


class RestHTTP:
    """The endpoint."""

    def __init__(self, authenticator: Authenticator, contexts: Contexts, metrics: Metrics) -> None:
        self._authenticator, self._contexts, self._metrics = authenticator, contexts, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve(self._answer, self._metrics, scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, identifier: str) -> Answer:
        kind, path = "unread", ""
        try:
            route = route_of(scope)
            path = route.operation.path
            context = await self._admit(route, scope, identifier)
            kind = "mutation" if route.operation.writes else "query"
            call = await read_call(*route, scope, receive, context)
            # A client that goes away does not end this: what it asked for is carried out, and it can ask again.
            told = await route.operation.serve(call)
            body = orjson.dumps(told.body, option=orjson.OPT_UTC_Z)
            return Answer(told.status, body, kind, headers=told.headers, route=path)
        except Disconnected:
            raise
        except Exception as fault:  # noqa: BLE001 - every fault has an answer
            return answer_to(_problem_of(fault), identifier, kind)._replace(route=path)

    async def _admit(self, route: Route, scope: Scope, identifier: str) -> Context:
        """The context of a caller who may do this. A stranger's body is not read."""
        authorization = header(scope, b"authorization")
        try:
            session = await self._authenticator.authenticate(authorization)
        except Unauthenticated as error:
            raise unauthenticated(error, authorization) from error
        name = route.operation.name
        if not session.caller.may(name):
            raise forbidden(name, OPERATIONS[name])
        context = self._contexts(session.caller, identifier)
        if wait_ms := context.admit(1):
            raise too_many(wait_ms)
        return context


async def send_not_yet(scope: Scope, send: Send, message: str) -> None:
    """The process has no database yet."""
    identifier = request_id_of(scope)
    await send_answer(scope, send, answer_to(Problem.of_request(unavailable(message)), identifier), identifier)


def answer_to(problem: Problem, identifier: str, kind: str = "unread") -> Answer:
    outcome = "fault" if problem.status >= 500 else _OUTCOMES.get(problem.status, "errors")
    return Answer(problem.status, problem.encoded(identifier), kind, outcome, PROBLEM_JSON, problem.headers)


def _problem_of(fault: Exception) -> Problem:
    match fault:
        case Problem():
            return fault
        case RequestRefused():
            return Problem.of_request(fault)
        case ApiError():
            return Problem.of_error(fault)
        case TookTooLong():
            logger.warning("a request failed: %s", fault)
            return Problem.of_error(ApiError(ErrorCode.LIMIT_EXCEEDED, TOO_LONG))
        case Unavailable():
            logger.warning("a request failed: %s", fault)
            return Problem.of_request(away(fault))
        case _:
            logger.error("a request failed", exc_info=fault)
            return Problem.of(500, "INTERNAL", FAULT)
