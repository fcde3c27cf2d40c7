"""GraphQL over HTTP: one ASGI endpoint for POST and GET, after the GraphQL-over-HTTP specification.

`application/json` answers 200 to every request that could be read; `application/graphql-response+json` answers 400
where nothing was executed. Answers that carry no GraphQL result have their own status in both:

    400 BAD_REQUEST   401 UNAUTHENTICATED   405 METHOD_NOT_ALLOWED   413 PAYLOAD_TOO_LARGE
    415 UNSUPPORTED_MEDIA_TYPE   429 RATE_LIMITED   500 INTERNAL   503 UNAVAILABLE, OVERLOADED

The last two also where an operation was run and no field of it could be answered.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from schema.context import Context
from schema.executor import Executor
from schema.faults import Refused
from server.accept import JSON, media_type_for, prefers_html
from server.answer import FAULT, Answer, Contexts, serve
from server.metrics import Metrics
from server.persisted import revalidated
from services.identity import Authenticator, Unauthenticated
from services.ports import Unavailable
from subscriptions.wire.http_request import (
    Disconnected,
    RequestRefused,
    away,
    check_method,
    error_body,
    header,
    read_request,
    too_many,
    unauthenticated,
)
from subscriptions.wire.http_request import unavailable as refused_as_unavailable
from subscriptions.wire.operations import Request

logger = logging.getLogger(__name__)

_MOMENTARY = ("UNAVAILABLE", "OVERLOADED")

Page = Callable[[Scope, Receive, Send], Awaitable[None]]


class GraphQLHTTP:
    """The endpoint. `page` is shown to browsers that ask for HTML; without one they are told to send a query."""

    def __init__(
        self,
        executor: Executor,
        authenticator: Authenticator,
        contexts: Contexts,
        metrics: Metrics,
        page: Page | None = None,
    ) -> None:
        self._executor, self._authenticator, self._contexts = executor, authenticator, contexts
        self._metrics, self._page = metrics, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._page is not None and _wants_page(scope):
            await self._page(scope, receive, send)
        else:
            await serve(self._answer, self._metrics, scope, receive, send, route="/graphql")

    async def _answer(self, scope: Scope, receive: Receive, identifier: str) -> Answer:
        """Never raises but Disconnected: every fault has an answer."""
        media_type = media_type_for(header(scope, b"accept"))
        authorization = header(scope, b"authorization")
        try:
            # A stranger's body is not read.
            session = await self._authenticator.authenticate(authorization)
            request = await read_request(scope, receive)
            context, method = self._contexts(session.caller, identifier), scope["method"]
            answer = await self._run(request, context, media_type, method)
            if method == "GET" and request.named is not None and answer.outcome == "ok":
                return revalidated(answer, header(scope, b"if-none-match"))
            return answer
        except RequestRefused as refused:
            return refusal(refused, identifier, media_type)
        except Unauthenticated as error:
            denied = unauthenticated(error, authorization)
            return refusal(denied, identifier, media_type)._replace(outcome="denied")
        except Unavailable as cause:
            logger.warning("a request failed: %s", cause)
            return refusal(away(cause), identifier, media_type)._replace(outcome="fault")
        except Disconnected:
            raise
        except Exception:
            logger.exception("a request failed")
            return fault(identifier, media_type)

    async def _run(self, request: Request, context: Context, media_type: str, method: str) -> Answer:
        try:
            prepared = self._executor.prepare(request.query, request.variables, request.operation_name, request.named)
        except Refused as refused:
            return _unexecuted({"errors": refused.errors}, context.request_id, media_type)
        kind = prepared.kind
        _check_kind(kind, method)
        # A client that goes away does not end this: what it asked for is carried out, and it can ask again by its key.
        result = await self._executor.execute(prepared, context)
        if "data" not in result:
            if result["errors"][0]["extensions"]["code"] == "RATE_LIMITED":
                raise too_many(result["errors"][0]["extensions"]["retryAfterMs"])
            return _unexecuted(result, context.request_id, media_type, kind)
        if _nothing_came(result):
            return Answer(503, orjson.dumps(result), kind, "fault", media_type, {"retry-after": "1"})
        outcome = "errors" if result.get("errors") else "ok"
        return Answer(200, orjson.dumps(result), kind, outcome, media_type)


def _nothing_came(result: dict[str, Any]) -> bool:
    """Whether an operation is as good as not run: no field was answered, and each may be if it is sent again."""
    errors = result.get("errors")
    if not errors or any(error["extensions"]["code"] not in _MOMENTARY for error in errors):
        return False
    return all(value is None for value in (result["data"] or {}).values())


def _check_kind(kind: str, method: str) -> None:
    if kind == "subscription":
        raise RequestRefused(
            "Subscribe over WebSocket (graphql-transport-ws) at this address, or over SSE at its /stream."
        )
    check_method(method, kind)


def _wants_page(scope: Scope) -> bool:
    return scope["method"] == "GET" and not scope["query_string"] and prefers_html(header(scope, b"accept"))


def refusal(refused: RequestRefused, identifier: str, media_type: str = JSON) -> Answer:
    body = error_body(refused.message, refused.code, identifier, **refused.extensions)
    outcome = "limited" if refused.status == 429 else "malformed"
    return Answer(refused.status, body, outcome=outcome, media_type=media_type, headers=refused.headers)


def fault(identifier: str, media_type: str = JSON) -> Answer:
    return Answer(500, error_body(FAULT, "INTERNAL", identifier), outcome="fault", media_type=media_type)


def unavailable(identifier: str, message: str) -> Answer:
    return refusal(refused_as_unavailable(message), identifier)._replace(outcome="fault")


def _unexecuted(result: dict[str, Any], identifier: str, media_type: str, kind: str = "unread") -> Answer:
    """A request that could be read, but whose document or variables do not hold."""
    errors = [
        error | {"extensions": {**(error.get("extensions") or {}), "requestId": identifier}}
        for error in result["errors"]
    ]
    status = 200 if media_type == JSON else 400
    return Answer(status, orjson.dumps({"errors": errors}), kind, "invalid", media_type)
