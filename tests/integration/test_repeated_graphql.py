"""Operations under a head that came before get the answers that they get in the general way."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from server.accept import GRAPHQL, JSON
from server.answer import WHOLE
from server.repeated_http import AGAIN, Again
from services.ports import Overloaded, Unavailable
from services.rates import Rates
from subscriptions.wire.http_request import BODY_BYTES_MAX
from tests.fakes.api import FakeApi
from tests.fakes.tracer import taking_spans
from tests.integration.http_endpoint import POST, Endpoint

LEVEL = 'query ($sku: String!) { stockLevel(sku: $sku, location: "MAIN") { sku quantityOnHand } }'
FORMS = 'query ($no: Boolean!) { item(sku: "TENT") { sku name @skip(if: $no) } }'
RESERVE = "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { userErrors { code } } }"
ORDER = {"idempotencyKey": "k", "orderId": "o", "lines": [{"sku": "TENT", "quantity": 1}]}

PATIENCE_SECONDS = 30.0

#: Status, headers, and body, without the request's id.
Told = tuple[int, dict[str, str], Any]


def sent(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def shown(status: int, head: bytes, body: bytes) -> Told:
    told = dict(line.split(": ", 1) for line in head.decode().splitlines())
    masked = body.decode().replace(told.pop("x-request-id"), "ID")
    return status, told, json.loads(masked)


class Asking:
    """One who asks the endpoint under the same head, either way."""

    def __init__(self, endpoint: Endpoint, accept: str = JSON, *headers: tuple[bytes, bytes]) -> None:
        self._endpoint, self._headers = endpoint, [*POST["headers"], (b"accept", accept.encode()), *headers]
        self.kept: list[Again] = []

    async def generally(self, body: bytes) -> Told:
        scope = POST | {"headers": self._headers, "extensions": {WHOLE: {}, AGAIN: self.kept.append}}
        told: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            told.append(message)

        await self._endpoint.app(scope, receive, send)
        if told[0]["type"] == WHOLE:
            return shown(told[0]["status"], told[0]["head"], told[0]["body"])
        head = b"".join(b"%b: %b\r\n" % header for header in told[0]["headers"])
        return shown(told[0]["status"], head, told[1]["body"])

    async def again(self, body: bytes) -> Told | None:
        """None where it goes the general way."""
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        taken = self.kept[-1](body, lambda *answer: told.set_result(shown(*answer)))
        return await told if taken else None


@pytest.fixture
async def endpoint() -> Endpoint:
    return Endpoint(FakeApi(introspection=True))


TAKEN = [
    sent(LEVEL, sku="TENT"),
    sent(LEVEL, sku="none"),
    sent(LEVEL, sku="\ud7ff" * 40),
    sent(LEVEL, sku="x" * 500),
    sent(FORMS, no=True),
    sent(FORMS, no=False),
    sent("{ __typename }"),
    sent("{ viewer { subject } }"),
    sent('{ a: item(sku: "TENT") { sku } b: item(sku: "LAMP") { name } }'),
    sent('{ stockLevel(sku: "TENT", asOf: "2100-01-01T00:00:00Z") { sku } }'),
    sent('{ stockLevel(sku: "TENT") { sku item { name } location { parent { code } } } }'),
    sent('{ node(id: "rubbish") { id } }'),
    sent("{ __schema { queryType { name } } }"),
    sent(RESERVE, input=ORDER),
    sent("{"),
    sent("{ nothing }"),
    sent(LEVEL),
    sent(LEVEL, sku=None),
    sent("subscription { stockLevelChanged { type } }"),
    json.dumps({"documentId": "sha256:" + "0" * 64}).encode(),
]
LEFT = [
    b"",
    b"[]",
    b"null",
    b"\xff",
    b'{"query": 1}',
    b'{"query": "{ __typename }", "variables": []}',
    sent("{ __typename }").ljust(BODY_BYTES_MAX + 1),
]


@pytest.mark.parametrize("failure", [None, Overloaded("busy"), Unavailable("gone"), RuntimeError("a bug")])
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize("body", TAKEN)
async def test_an_operation_is_answered_and_counted_alike(
    endpoint: Endpoint, body: bytes, accept: str, failure: Exception | None
) -> None:
    asking = Asking(endpoint, accept)
    for _ in range(2):  # a document that came before
        await asking.generally(body)
    endpoint.api.reads.failure = failure
    counted = len(endpoint.api.faults)
    general = await asking.generally(body)
    faults = len(endpoint.api.faults) - counted
    before = endpoint.metrics.text().decode()
    assert await asking.again(body) == general
    assert len(endpoint.api.faults) - counted == 2 * faults
    assert requests(endpoint.metrics.text().decode()) == requests(before) + 1


def requests(text: str) -> float:
    return sum(float(count) for count in re.findall(r"^stockcast_requests_total\{.*\} (\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("body", LEFT)
async def test_what_cannot_be_read_is_left_to_the_general_way(endpoint: Endpoint, body: bytes) -> None:
    asking = Asking(endpoint)
    await asking.generally(sent("{ __typename }"))
    assert await asking.again(body) is None


async def test_a_document_that_came_once_is_not_kept_whatever_became_of_it(endpoint: Endpoint) -> None:
    """Who sends one of his own with each request drives out nothing that others use."""
    asking = Asking(endpoint)
    await asking.generally(sent("{ __typename }"))
    kept = endpoint.api.executor._documents._plans
    before = len(kept)
    for number in range(3):
        for body in (
            sent(f"query Q{number} {{ viewer {{ subject }} }}"),
            sent(LEVEL.replace("query", f"query L{number}")),
        ):
            assert await asking.again(body) is not None
    assert len(kept) == before


async def test_what_cannot_be_written_is_answered_with_500_and_told_in_the_log(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    asking, body = Asking(endpoint), sent(LEVEL.replace("quantityOnHand", "item { name }"), sku="TENT")
    for _ in range(2):
        await asking.generally(body)
    reads = endpoint.api.reads
    reads.all_levels = [replace(each, item=replace(each.item, name="\ud800")) for each in reads.all_levels]
    general = await asking.generally(body)
    assert (general[0], await asking.again(body)) == (500, general)
    assert caplog.text.count("a request failed") == 2


async def test_a_token_that_holds_no_longer_is_refused_by_the_general_way(endpoint: Endpoint) -> None:
    asking = Asking(endpoint)
    await asking.generally(TAKEN[0])
    assert await asking.again(TAKEN[0]) is not None
    endpoint.doorkeeper.ended = True
    assert await asking.again(TAKEN[0]) is None


async def test_operations_are_counted_against_their_callers_rate_once() -> None:
    endpoint = Endpoint(FakeApi(rates=Rates(4, clock=lambda: 0.0)))
    asking = Asking(endpoint)
    for _ in range(2):
        await asking.generally(TAKEN[0])
    assert [(told := await asking.again(TAKEN[0])) and told[0] for _ in range(3)] == [200, 200, 429]
    assert await asking.again(TAKEN[0]) == await asking.generally(TAKEN[0])


@pytest.mark.parametrize("name", [b"x-request-id", b"traceparent"])
async def test_a_head_that_names_its_request_is_not_kept(endpoint: Endpoint, name: bytes) -> None:
    asking = Asking(endpoint, JSON, (name, b"00-" + b"1" * 32 + b"-" + b"1" * 16 + b"-01"))
    assert (await asking.generally(TAKEN[0]))[0] == 200
    assert asking.kept == []


async def test_where_somebody_takes_spans_each_request_has_its_own(endpoint: Endpoint) -> None:
    asking = Asking(endpoint)
    with taking_spans():
        await asking.generally(TAKEN[0])
    assert asking.kept == []


async def test_what_was_begun_is_finished_at_the_end(endpoint: Endpoint) -> None:
    asking, told, body = Asking(endpoint), [], sent(RESERVE, input=ORDER)
    await asking.generally(body)
    assert asking.kept[-1](body, lambda *answer: told.append(answer))
    assert told == [], "it takes its time"
    await endpoint.app.finish()
    assert [status for status, *_ in told] == [200]


async def test_what_does_not_come_to_its_end_holds_up_no_process_that_ends(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking, told, body = Asking(endpoint), [], sent(LEVEL, sku="TENT")
    await asking.generally(body)
    unanswered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(endpoint.api.reads, "level_row", lambda *_: unanswered)
    assert asking.kept[-1](body, lambda *answer: told.append(answer))
    await asyncio.wait_for(endpoint.app.finish(0.01), PATIENCE_SECONDS)
    assert told == []
    unanswered.set_result(None)
    await endpoint.app.finish()
    assert [status for status, *_ in told] == [200]
