"""graphql-sse over distinct connections against the running server: each requirement of the protocol's text.

The text is PROTOCOL.md of npm's graphql-sse 2, "Distinct connections mode", and what it rests on: GraphQL over HTTP,
and event streams as browsers read them. REQUIREMENTS, at the end, names for each sentence the tests that show it.
"""

import json
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from tests.contract.event_source import EventSource, Told
from tests.contract.peer import VIEWER
from tests.factories.operations import STREAM, mutation
from tests.factories.shop import Shop, fresh
from tests.stack import Stack, eventually

QUERY = {"query": VIEWER}
COMPLETE = Told("complete", "", None)
#: Of silence, before a sign of life: one comes after 10, and a machine that does other things may be late.
SILENCE_S = 20


def watch(sku: str, **variables: Any) -> dict[str, Any]:
    return {"query": STREAM, "variables": {"snapshot": True, "filter": {"skus": [sku]}} | variables}


def event_of(told: Told) -> Any:
    assert "errors" not in told.result, told.result
    return told.result["data"]["stockLevelChanged"]


def version(told: Told) -> int:
    """Of the level that is told; 0 where none is."""
    return (event_of(told)["level"] or {"version": 0})["version"]


def until_caught_up(events: Iterator[Told]) -> list[Told]:
    """With CAUGHT_UP as the last."""
    heard: list[Told] = []
    for told in events:
        heard.append(told)
        if event_of(told)["type"] == "CAUGHT_UP":
            return heard
    raise AssertionError("the stream ended")


# ---------------------------------------------------------------------- results
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_is_one_next_and_complete_as_an_event_stream(shop: Shop, method: str) -> None:
    given: dict[str, Any] = {"parameters": QUERY} if method == "GET" else {"body": QUERY}
    with EventSource(shop.stack, shop.manager.token, method=method, **given) as source:
        assert source.status == 200
        assert source.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert source.headers["cache-control"] == "no-store"
        result, *rest = source.events()
        assert result.result == {"data": {"viewer": {"subject": f"manager@{shop.tenant}"}}}
        assert rest == [COMPLETE]


def test_a_mutation_is_carried_out_by_post_alone(shop: Shop) -> None:
    sku = shop.item()
    given = {"idempotencyKey": fresh("key"), "sku": sku, "quantity": 5}
    request = {"query": mutation("receiveStock"), "variables": {"input": given}}
    in_address = {"query": request["query"], "variables": json.dumps(request["variables"])}
    with EventSource(shop.stack, shop.manager.token, method="GET", parameters=in_address) as source:
        assert (source.status, source.headers["allow"]) == (405, "POST")
    assert shop.level(sku) is None
    with EventSource(shop.stack, shop.manager.token, request) as source:
        result, end = source.events()
        assert result.result["data"]["receiveStock"]["stockLevel"]["quantityOnHand"] == 5
        assert end == COMPLETE


def test_a_subscription_is_told_each_change_under_its_cursor(shop: Shop) -> None:
    sku = shop.stocked()
    start = shop.level(sku)
    with EventSource(shop.stack, shop.manager.token, watch(sku)) as source:
        events = source.events()
        snapshot, caught_up = until_caught_up(events)
        assert (event_of(snapshot)["type"], event_of(snapshot)["level"]) == ("SNAPSHOT", start)
        assert caught_up.id == event_of(caught_up)["cursor"]
        level = shop.adjust(sku, 1)
        change = next(told for told in events if event_of(told)["type"] != "CAUGHT_UP")
        assert event_of(change)["level"] == level
        assert change.id == event_of(change)["cursor"]


def test_a_client_knows_at_once_that_it_is_connected(shop: Shop) -> None:
    with EventSource(shop.stack, shop.manager.token, watch(shop.stocked())) as source:
        assert next(source.told()).comment == ""


def test_a_stream_of_which_nothing_is_to_be_told_gives_signs_of_life(shop: Shop) -> None:
    with EventSource(shop.stack, shop.manager.token, watch("NONE")) as source:
        told = source.told()
        [*_, caught_up] = until_caught_up(event for event in told if event.comment is None)
        began = time.monotonic()
        sign = next(told)
        assert time.monotonic() - began < SILENCE_S
        assert sign.comment is not None or event_of(sign)["type"] == "CAUGHT_UP", caught_up


# ---------------------------------------------------------------------- coming back
def test_the_id_of_the_last_event_resumes_behind_it_and_goes_before_the_argument(shop: Shop) -> None:
    sku = shop.stocked()
    with EventSource(shop.stack, shop.manager.token, watch(sku)) as source:
        [*_, first] = until_caught_up(source.events())
    for _ in range(3):
        shop.adjust(sku, 1)
    with EventSource(shop.stack, shop.manager.token, watch(sku, after=first.id)) as source:
        # What the snapshot told may come again where it reached the log later.
        second, third, fourth = islice((told for told in source.events() if version(told) > 1), 3)
    assert [version(told) for told in (second, third, fourth)] == [2, 3, 4]
    for variables in ({}, {"after": first.id}):
        request = watch(sku, **variables)
        with EventSource(shop.stack, shop.manager.token, request, headers={"last-event-id": third.id}) as source:
            again = next(told for told in source.events() if version(told))
            assert (event_of(again)["type"], version(again)) == ("CHANGE", 4)


def test_an_id_that_is_no_cursor_is_told_on_the_stream(shop: Shop) -> None:
    rubbish = {"last-event-id": "rubbish"}
    with EventSource(shop.stack, shop.manager.token, watch("NONE"), headers=rubbish) as source:
        refusal, end = source.events()
        assert refusal.result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert end == COMPLETE


def test_a_client_that_closes_its_connection_ends_its_stream(shop: Shop) -> None:
    before = open_streams(shop.stack)
    with EventSource(shop.stack, shop.manager.token, watch(shop.stocked())) as source:
        until_caught_up(source.events())
        assert open_streams(shop.stack) == before + 1
    eventually(lambda: open_streams(shop.stack) == before, "the stream is over")


def open_streams(stack: Stack) -> float:
    metrics = stack.http.get(f"{stack.url}/metrics").text.splitlines()
    (line,) = (line for line in metrics if line.startswith("stockcast_event_streams "))
    return float(line.rpartition(" ")[2])


# ---------------------------------------------------------------------- refusals
@pytest.mark.parametrize("query", ["{", "{ nothing }", "query A { __typename } query B { __typename }"])
def test_what_graphql_refuses_is_a_next_event_with_errors_and_complete(shop: Shop, query: str) -> None:
    with EventSource(shop.stack, shop.manager.token, {"query": query}) as source:
        assert (source.status, source.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        refusal, end = source.events()
        assert refusal.result.keys() == {"errors"}
        assert all(error["message"] and error["extensions"]["code"] for error in refusal.result["errors"])
        assert end == COMPLETE


REFUSED: list[tuple[int, dict[str, Any]]] = [
    (400, {}),
    (400, {"body": b"{"}),
    (400, {"body": b"\xff"}),
    (400, {"body": [QUERY]}),
    (400, {"body": {"query": 1}}),
    (400, {"body": QUERY | {"variables": []}}),
    (400, {"method": "GET"}),
    (400, {"method": "GET", "parameters": {"query": VIEWER, "variables": "{"}}),
    (405, {"method": "PUT"}),
    (405, {"method": "DELETE", "parameters": {"operationId": "1"}}),
    (405, {"method": "PATCH", "body": QUERY}),
    (406, {"body": QUERY, "headers": {"accept": "application/json"}}),
    (406, {"body": QUERY, "headers": {"accept": "text/event-stream;q=0"}}),
    (413, {"body": {"query": "#" * 300_000}}),
    (415, {"body": QUERY, "headers": {"content-type": "text/plain"}}),
    (415, {"body": QUERY, "headers": {"content-type": "application/x-www-form-urlencoded"}}),
]


@pytest.mark.parametrize(("status", "request_"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_is_no_request_for_a_stream_has_its_status_and_says_why(
    shop: Shop, status: int, request_: dict[str, Any]
) -> None:
    with EventSource(shop.stack, shop.manager.token, **request_) as source:
        assert (source.status, source.headers["content-type"]) == (status, "application/json")
        (error,) = source.json()["errors"]
        assert error["message"] and error["extensions"]["code"]


@pytest.mark.parametrize("token", [None, "x", "a.b.c"])
def test_without_a_token_that_is_accepted_there_is_no_stream(shop: Shop, token: str | None) -> None:
    with EventSource(shop.stack, token, watch("NONE")) as source:
        assert (source.status, source.headers["content-type"]) == (401, "application/json")
        assert source.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*", "application/json, text/event-stream", None])
def test_who_accepts_an_event_stream_gets_one(shop: Shop, accept: str | None) -> None:
    with EventSource(shop.stack, shop.manager.token, QUERY, headers={"accept": accept}) as source:
        assert source.status == 200
        assert [told.event for told in source.events()] == ["next", "complete"]


REQUIREMENTS: dict[str, tuple[Callable[..., None], ...]] = {
    "The Content-Type MUST always be text/event-stream.": (
        test_a_query_is_one_next_and_complete_as_an_event_stream,
        test_who_accepts_an_event_stream_gets_one,
    ),
    "Validation steps MUST report errors by emitting next events that contain the errors in the data field.": (
        test_what_graphql_refuses_is_a_next_event_with_errors_and_complete,
        test_an_id_that_is_no_cursor_is_told_on_the_stream,
    ),
    "Streaming operations are terminated by having the client simply close the SSE connection.": (
        test_a_client_that_closes_its_connection_ends_its_stream,
    ),
    "next: execution results; after all of them the complete event, with an empty data field.": (
        test_a_query_is_one_next_and_complete_as_an_event_stream,
        test_a_subscription_is_told_each_change_under_its_cursor,
    ),
    "Operation requests need to conform to the GraphQL over HTTP spec.": (
        test_a_mutation_is_carried_out_by_post_alone,
        test_what_is_no_request_for_a_stream_has_its_status_and_says_why,
        test_without_a_token_that_is_accepted_there_is_no_stream,
    ),
    "Event streams: the last event's id comes back as Last-Event-ID; comments keep connections alive.": (
        test_the_id_of_the_last_event_resumes_behind_it_and_goes_before_the_argument,
        test_a_client_knows_at_once_that_it_is_connected,
        test_a_stream_of_which_nothing_is_to_be_told_gives_signs_of_life,
    ),
}
