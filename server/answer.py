"""Answer: what an endpoint says to one request, and how it is sent and counted."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from domain.access import Caller
from schema.context import Context
from server.accept import JSON
from server.lean_http import WHOLE
from server.logging import request_id
from server.metrics import Metrics
from services import trace
from services.trace import Span, SpanKind
from subscriptions.wire.http_request import Disconnected, header, request_id_of

FAULT = "Something failed on our side. Ask again; if it stays so, tell us the request id."
"""What a caller is told of a fault; its text stays in the log, under the request's id."""

_NONE: Mapping[str, str] = {}
_HEAD = (
    b"content-type: %b; charset=utf-8\r\ncontent-length: %d\r\n"
    b"cache-control: no-store\r\nx-content-type-options: nosniff\r\nx-request-id: %b\r\n"
)

#: Makes the context of a caller's request of this id.
Contexts = Callable[[Caller, str], Context]


class Answer(NamedTuple):
    """What is sent, and what is counted."""

    status: int
    body: bytes
    kind: str = "unread"
    outcome: str = "ok"
    media_type: str = JSON
    headers: Mapping[str, str] = _NONE
    #: The template of the path, where there is one: what the request's span is named by.
    route: str = ""


#: Raises nothing but Disconnected; the text is the request's id.
Answering = Callable[[Scope, Receive, str], Awaitable[Answer]]


async def serve(
    answering: Answering, metrics: Metrics, scope: Scope, receive: Receive, send: Send, *, route: str = ""
) -> None:
    """Answer one request under its id, and count it; a client that went away is told nothing.

    `route` is the template of the path, where it is known before the answer is.
    """
    began = time.perf_counter()
    identifier = request_id_of(scope)
    current = request_id.set(identifier)
    try:
        with trace.work(scope["method"], SpanKind.SERVER, given=header(scope, b"traceparent")) as span:
            try:
                answer = await answering(scope, receive, identifier)
            except Disconnected:
                return
            if span is not None:
                _note(span, scope["method"], answer, answer.route or route)
    finally:
        request_id.reset(current)
    metrics.request(answer.kind, answer.outcome, time.perf_counter() - began)
    await send_answer(scope, send, answer, identifier)


def _note(span: Span, method: str, answer: Answer, route: str) -> None:
    span.note("http.request.method", method)
    span.note("http.response.status_code", answer.status)
    span.note("stockcast.kind", answer.kind)
    span.note("stockcast.outcome", answer.outcome)
    if route:
        span.rename(f"{method} {route}")
        span.note("http.route", route)
    if answer.outcome == "fault":
        span.fail(str(answer.status))


async def send_answer(scope: Scope, send: Send, answer: Answer, identifier: str) -> None:
    head = head_of(answer, identifier)
    if not answer.headers and WHOLE in scope.get("extensions", ()):
        await send({"type": WHOLE, "status": answer.status, "head": head, "body": answer.body})
        return
    headers: dict[bytes, bytes] = dict(line.split(b": ", 1) for line in head.splitlines())
    if answer.status == 304:
        del headers[b"content-type"], headers[b"content-length"]
    await send({"type": "http.response.start", "status": answer.status, "headers": list(headers.items())})
    await send({"type": "http.response.body", "body": answer.body})


def head_of(answer: Answer, identifier: str) -> bytes:
    """The lines of its head as they are sent; what the answer says itself stands last."""
    head = _HEAD % (answer.media_type.encode(), len(answer.body), identifier.encode())
    for name, value in answer.headers.items():
        head += b"%b: %b\r\n" % (name.encode(), value.encode())
    return head
