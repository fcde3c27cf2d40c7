"""GraphQL over HTTP: one ASGI endpoint for POST and GET, after the GraphQL-over-HTTP specification.

`application/json` answers 200 to every request that could be read; `application/graphql-response+json` answers 400
where nothing was executed. Answers that carry no GraphQL result have their own status in both:

    400 BAD_REQUEST   401 UNAUTHENTICATED   405 METHOD_NOT_ALLOWED   413 PAYLOAD_TOO_LARGE
    415 UNSUPPORTED_MEDIA_TYPE   500 INTERNAL   503 UNAVAILABLE
"""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from domain.access import Caller
from schema.context import Context
from schema.executor import Executor, Prepared, Request
from schema.faults import Refused
from server.http_request import (
    JSON,
    BadRequest,
    Disconnected,
    check_content_type,
    header,
    media_type_for,
    prefers_html,
    read_body,
    request_of_body,
    request_of_query,
)
from server.logging import request_id
from server.metrics import Metrics
from services.identity import Authenticator, Unauthenticated
from services.ports import Unavailable

logger = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)

Contexts = Callable[[Caller, str], Context]
Page = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent, and what is counted."""

    status: int
    body: bytes
    kind: str = "unread"
    outcome: str = "ok"
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


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
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        identifier = request_id_of(scope)
        current = request_id.set(identifier)
        try:
            answer = await self._answer(scope, receive, identifier)
        except Disconnected:
            return
        finally:
            request_id.reset(current)
        self._metrics.request(answer.kind, answer.outcome, time.perf_counter() - began)
        await send_answer(send, answer, identifier)

    async def _answer(self, scope: Scope, receive: Receive, identifier: str) -> Answer:
        """Never raises but Disconnected: every fault has an answer."""
        media_type = media_type_for(header(scope, b"accept"))
        authorization = header(scope, b"authorization")
        try:
            request = await _request_of(scope, receive)
            session = await self._authenticator.authenticate(authorization)
            return await self._run(request, self._contexts(session.caller, identifier), media_type, scope["method"])
        except BadRequest as bad:
            return refusal(bad, identifier, media_type)
        except Unauthenticated as error:
            return _denied(str(error), authorization is not None, identifier, media_type)
        except Unavailable as away:
            logger.warning("a request failed: %s", away)
            return unavailable(identifier, "Our database cannot be reached now: send the same again in a moment.")
        except Disconnected:
            raise
        except Exception:
            logger.exception("a request failed")
            return fault(identifier, media_type)

    async def _run(self, request: Request, context: Context, media_type: str, method: str) -> Answer:
        try:
            prepared = self._executor.prepare(request)
        except Refused as refused:
            return _unexecuted({"errors": refused.errors}, context.request_id, media_type)
        _check_kind(prepared, method)
        # A client that goes away does not end this: what it asked for is carried out, and it can ask again by its key.
        result = await self._executor.execute(prepared, request, context)
        if "data" not in result:
            return _unexecuted(result, context.request_id, media_type, prepared.kind)
        outcome = "errors" if result.get("errors") else "ok"
        return Answer(200, orjson.dumps(result), prepared.kind, outcome, media_type)


async def _request_of(scope: Scope, receive: Receive) -> Request:
    if scope["method"] == "POST":
        check_content_type(header(scope, b"content-type"))
        return request_of_body(await read_body(scope, receive))
    if scope["method"] != "GET":
        message = f"{scope['method']} is not supported: send the request by POST, or a query by GET."
        raise BadRequest(message, 405, "METHOD_NOT_ALLOWED", {"allow": "GET, POST"})
    request = request_of_query(scope["query_string"])
    if request is None:
        raise BadRequest("`query` must be a text: the GraphQL document.")
    return request


def _check_kind(prepared: Prepared, method: str) -> None:
    if prepared.kind == "subscription":
        raise BadRequest("Subscribe over WebSocket (graphql-transport-ws) at this address, or over SSE at its /stream.")
    if prepared.kind == "mutation" and method == "GET":
        raise BadRequest("Mutations are sent by POST.", 405, "METHOD_NOT_ALLOWED", {"allow": "POST"})


def _wants_page(scope: Scope) -> bool:
    return scope["method"] == "GET" and not scope["query_string"] and prefers_html(header(scope, b"accept"))


def request_id_of(scope: Scope) -> str:
    """The id that the client or a proxy gave the request, if it is a plain one; else a new one."""
    given = header(scope, b"x-request-id")
    return given if given is not None and _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def error_body(message: str, code: str, identifier: str) -> bytes:
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, "requestId": identifier}}]})


def refusal(bad: BadRequest, identifier: str, media_type: str = JSON) -> Answer:
    body = error_body(bad.message, bad.code, identifier)
    return Answer(bad.status, body, outcome="malformed", media_type=media_type, headers=bad.headers)


def fault(identifier: str, media_type: str = JSON) -> Answer:
    """What failed stays in the log, under the request's id."""
    message = "Something failed on our side. Ask again; if it stays so, tell us the request id."
    return Answer(500, error_body(message, "INTERNAL", identifier), outcome="fault", media_type=media_type)


def unavailable(identifier: str, message: str) -> Answer:
    return Answer(503, error_body(message, "UNAVAILABLE", identifier), outcome="fault", headers={"retry-after": "1"})


def _denied(message: str, token_given: bool, identifier: str, media_type: str) -> Answer:
    challenge = 'Bearer realm="stockcast"' + (', error="invalid_token"' if token_given else "")
    body = error_body(message, "UNAUTHENTICATED", identifier)
    return Answer(401, body, outcome="denied", media_type=media_type, headers={"www-authenticate": challenge})


def _unexecuted(result: dict[str, Any], identifier: str, media_type: str, kind: str = "unread") -> Answer:
    """A request that could be read, but whose document or variables do not hold."""
    errors = [
        error | {"extensions": {**(error.get("extensions") or {}), "requestId": identifier}}
        for error in result["errors"]
    ]
    status = 200 if media_type == JSON else 400
    return Answer(status, orjson.dumps({"errors": errors}), kind, "invalid", media_type)


async def send_answer(send: Send, answer: Answer, identifier: str) -> None:
    headers = [
        (b"content-type", f"{answer.media_type}; charset=utf-8".encode()),
        (b"content-length", b"%d" % len(answer.body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", identifier.encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
