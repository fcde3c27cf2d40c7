"""Answers of GraphQL over HTTP, after its specification: which status, which media type, which words.

`application/json` answers 200 to every request that could be read; `application/graphql-response+json` answers 400
where nothing was executed. Answers that carry no GraphQL result have their own status in both:

    400 BAD_REQUEST   401 UNAUTHENTICATED   405 METHOD_NOT_ALLOWED   413 PAYLOAD_TOO_LARGE
    415 UNSUPPORTED_MEDIA_TYPE   429 RATE_LIMITED   500 INTERNAL   503 UNAVAILABLE, OVERLOADED

The last two also where an operation was run and no field of it could be answered.
"""

import logging
from typing import Any

import orjson

from schema.executor import Executor, Prepared
from schema.faults import Refused
from server.accept import JSON
from server.answer import FAULT, Answer
from services.ports import Unavailable
from subscriptions.wire.http_request import RequestRefused, away, check_method, error_body, too_many
from subscriptions.wire.http_request import unavailable as refused_as_unavailable
from subscriptions.wire.operations import Request

logger = logging.getLogger(__name__)

_MOMENTARY = ("UNAVAILABLE", "OVERLOADED")


def told(result: dict[str, Any], kind: str, identifier: str, media_type: str) -> Answer:
    """What came of an operation."""
    if "data" not in result:
        extensions = result["errors"][0]["extensions"]
        if extensions["code"] == "RATE_LIMITED":
            return refusal(too_many(extensions["retryAfterMs"]), identifier, media_type)
        return unexecuted(result, identifier, media_type, kind)
    if _nothing_came(result):
        return Answer(503, orjson.dumps(result), kind, "fault", media_type, {"retry-after": "1"})
    outcome = "errors" if result.get("errors") else "ok"
    return Answer(200, orjson.dumps(result), kind, outcome, media_type)


def prepared(executor: Executor, request: Request, method: str, identifier: str, media_type: str) -> Prepared | Answer:
    """What the request asks for, ready to be executed, or why its document or variables do not hold. Raises
    RequestRefused where it is nothing for this method, or for no answer."""
    try:
        found = executor.prepare(request.query, request.variables, request.operation_name, request.named)
    except Refused as refused:
        check_method(method, refused.kind)
        return unexecuted({"errors": refused.errors}, identifier, media_type)
    if found.kind == "subscription":
        raise RequestRefused(
            "Subscribe over WebSocket (graphql-transport-ws) at this address, or over SSE at its /stream."
        )
    check_method(method, found.kind)
    return found


def unexecuted(result: dict[str, Any], identifier: str, media_type: str, kind: str = "unread") -> Answer:
    """A request that could be read, but whose document or variables do not hold."""
    errors = [
        error | {"extensions": {**(error.get("extensions") or {}), "requestId": identifier}}
        for error in result["errors"]
    ]
    status = 200 if media_type == JSON else 400
    return Answer(status, orjson.dumps({"errors": errors}), kind, "invalid", media_type)


def refusal(refused: RequestRefused, identifier: str, media_type: str = JSON) -> Answer:
    body = error_body(refused.message, refused.code, identifier, **refused.extensions)
    outcome = "limited" if refused.status == 429 else "malformed"
    return Answer(refused.status, body, outcome=outcome, media_type=media_type, headers=refused.headers)


def failed(cause: BaseException, identifier: str, media_type: str) -> Answer:
    """What nobody foresaw, or that the database is away. The log has it."""
    if isinstance(cause, Unavailable):
        logger.warning("a request failed: %s", cause)
        return refusal(away(cause), identifier, media_type)._replace(outcome="fault")
    logger.error("a request failed", exc_info=cause)
    return fault(identifier, media_type)


def fault(identifier: str, media_type: str = JSON) -> Answer:
    return Answer(500, error_body(FAULT, "INTERNAL", identifier), outcome="fault", media_type=media_type)


def unavailable(identifier: str, message: str) -> Answer:
    return refusal(refused_as_unavailable(message), identifier)._replace(outcome="fault")


def _nothing_came(result: dict[str, Any]) -> bool:
    """Whether an operation is as good as not run: no field was answered, and each may be if it is sent again."""
    errors = result.get("errors")
    if not errors or any(error["extensions"]["code"] not in _MOMENTARY for error in errors):
        return False
    return all(value is None for value in (result["data"] or {}).values())
