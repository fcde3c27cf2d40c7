"""Spans of requests, of consumed events and of workers' turns: what they are called, and what they say."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from server.answer import Answer, serve
from server.metrics import Metrics
from services import trace
from services.trace import SpanKind
from subscriptions.wire.http_request import Disconnected
from tests.fakes.tracer import FakeSpan, a_traceparent, taking_spans
from workers.rounds import rounds


async def asked(answer: Answer | Exception, *, route: str = "", traceparent: str | None = None) -> FakeSpan:
    """The span of a request that was answered so."""
    headers = [] if traceparent is None else [(b"traceparent", traceparent.encode())]

    async def answering(*_: object) -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def drop(_: Any) -> None:
        """Nobody reads it."""

    with taking_spans() as tracer:
        scope = {"method": "POST", "headers": headers}
        await serve(answering, Metrics(), scope, cast(Any, None), drop, route=route)
    [span] = tracer.spans
    assert (span.kind, span.ended) == (SpanKind.SERVER, 1)
    return span


async def test_a_requests_span_is_named_by_its_route_and_says_what_came_of_it() -> None:
    given = a_traceparent()
    span = await asked(Answer(201, b"{}", "mutation", route="/inventory/{sku}"), traceparent=given)
    assert (span.name, span.parent, span.failed) == ("POST /inventory/{sku}", given, None)
    assert span.notes == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "http.route": "/inventory/{sku}",
        "stockcast.kind": "mutation",
        "stockcast.outcome": "ok",
    }


async def test_where_no_route_was_found_the_path_is_not_told() -> None:
    assert (await asked(Answer(404, b"{}", outcome="errors"))).name == "POST"


@pytest.mark.parametrize(("outcome", "failed"), [("fault", "503"), ("errors", None), ("limited", None)])
async def test_only_a_fault_of_ours_fails_a_request(outcome: str, failed: str | None) -> None:
    span = await asked(Answer(503, b"{}", outcome=outcome), route="/graphql")
    assert (span.name, span.failed) == ("POST /graphql", failed)


async def test_a_client_that_goes_away_leaves_its_span_ended() -> None:
    span = await asked(Disconnected())
    assert (span.notes, span.failed) == ({}, None)


async def test_each_turn_of_a_worker_begins_a_trace_and_one_that_fails_says_so() -> None:
    turns: list[str | None] = []

    class Patience:
        async def pause(self, fault: BaseException) -> None:
            """At once again."""

        def over(self) -> None:
            """Nothing was wrong."""

    async def turn() -> bool:
        turns.append(trace.current())
        match len(turns):
            case 1:
                raise OSError("away")
            case 2:
                return True
            case _:
                raise asyncio.CancelledError

    with taking_spans() as tracer, pytest.raises(asyncio.CancelledError):
        await rounds("retention", turn, Patience(), every_s=0, breath_s=0)
    assert [span.traceparent for span in tracer.spans] == turns
    assert {(span.name, span.parent) for span in tracer.spans} == {("turn of retention", None)}
    assert [span.failed for span in tracer.spans] == ["OSError", None, None]
