"""REST as an endpoint: who is let in before anything is read, what is counted, and that every fault has an answer."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.refusals import Refusal, RefusalCode
from schema.context import Context
from server.app import create_app
from server.embedded.process import free_port
from server.metrics import Metrics
from server.rest.endpoint import RestHTTP
from server.settings import Settings
from services.decisions import Decision
from services.identity import Session, Unauthenticated
from services.ports import Overloaded, Unavailable
from tests.fakes.api import ADMIN, MANAGER, FakeApi

BASE = "http://api"
RESERVATIONS = "/internal/inventory/reservations"
ORDER = {"orderId": "O-1", "items": [{"sku": "LAMP", "quantity": 1}], "idempotencyKey": "k"}
LEVELS = "/inventory/stock_levels/LAMP"
JSON = {"content-type": "application/json"}


class Doorkeeper:
    """Lets in who says `Bearer yes` as an admin, and `Bearer manager` as a manager."""

    async def authenticate(self, authorization: str | None) -> Session:
        if authorization not in ("Bearer yes", "Bearer manager"):
            raise Unauthenticated("No token: send one.")
        caller = ADMIN if authorization == "Bearer yes" else MANAGER
        return Session(caller, datetime.now(UTC) + timedelta(hours=1))


class Endpoint:
    """The endpoint over fakes, with an HTTP client in front of it."""

    def __init__(self, api: FakeApi) -> None:
        self.api, self.metrics = api, Metrics()
        self.app = RestHTTP(Doorkeeper(), self._context, self.metrics)
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url=BASE, headers={"authorization": "Bearer yes"}
        )

    def _context(self, caller: Any, request_id: str) -> Context:
        made = self.api.context
        made.caller, made.request_id = caller, request_id
        return made

    def counted(self, kind: str, outcome: str) -> bool:
        return f'stockcast_requests_total{{kind="{kind}",outcome="{outcome}"}} 1.0' in self.metrics.text().decode()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint(FakeApi())
    async with made.http:
        yield made


def assert_problem(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json; charset=utf-8"
    told = response.json()
    assert (told["code"], told["requestId"]) == (code, response.headers["x-request-id"])
    return told


def scope(path: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    given = [(b"content-type", b"application/json"), *headers]
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "headers": given,
        "query_string": b"",
    }


@pytest.mark.parametrize(
    ("path", "authorization", "status"),
    [(RESERVATIONS, b"", 401), (RESERVATIONS, b"Bearer manager", 403), ("/api/nowhere", b"Bearer yes", 404)],
)
async def test_a_body_is_not_read_for_who_may_not_send_it(
    endpoint: Endpoint, path: str, authorization: bytes, status: int
) -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was read")

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await endpoint.app(scope(path, (b"authorization", authorization)), receive, send)
    assert sent[0]["status"] == status


async def test_a_body_in_chunks_is_refused_as_soon_as_it_is_too_long(endpoint: Endpoint) -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await endpoint.app(scope(RESERVATIONS, (b"authorization", b"Bearer yes")), receive, send)
    assert (sent[0]["status"], taken) == (413, 5)


async def test_a_client_that_goes_away_with_half_a_request_is_not_answered(endpoint: Endpoint) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await endpoint.app(scope(RESERVATIONS, (b"authorization", b"Bearer yes")), receive, send)
    assert sent == []


async def test_a_path_without_its_raw_form_is_found_too(endpoint: Endpoint) -> None:
    given = scope("/inventory/stock_levels/LA MP", (b"authorization", b"Bearer yes")) | {"method": "GET"}
    del given["raw_path"]
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await endpoint.app(given, None, send)  # type: ignore[arg-type]
    assert (sent[0]["status"], json.loads(sent[1]["body"])["detail"]) == (404, "There is no item with this SKU.")


# ------------------------------------------------------------------ too much to do, and what is away
@pytest.mark.parametrize(
    ("failure", "code"), [(Overloaded("busy"), "OVERLOADED"), (Unavailable("gone"), "UNAVAILABLE")]
)
async def test_what_cannot_be_done_now_is_503_and_says_when_to_come_back(
    endpoint: Endpoint, failure: Exception, code: str
) -> None:
    endpoint.api.reads.failure = failure
    told = assert_problem(response := await endpoint.http.get(LEVELS), 503, code)
    assert response.headers["retry-after"] == "1"
    assert told.get("retryAfterMs") == (1_000 if code == "OVERLOADED" else None)
    assert endpoint.counted("query", "fault")


async def test_a_write_for_which_too_many_wait_is_503_and_may_be_sent_again(endpoint: Endpoint) -> None:
    waits = Refusal(RefusalCode.OVERLOADED, "More is waiting than can be done now.", retry_after_ms=2_500)
    endpoint.api.units.decision = Decision((waits,))
    for path, body in ((RESERVATIONS, ORDER), (f"{RESERVATIONS}/x/confirm", {"idempotencyKey": "k"})):
        told = assert_problem(response := await endpoint.http.post(path, json=body), 503, "OVERLOADED")
        assert (response.headers["retry-after"], told["retryAfterMs"]) == ("3", 2_500)


async def test_without_a_database_services_are_told_to_come_back(tmp_path: Path) -> None:
    settings = Settings(
        development=True,
        database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing",
        signing_key_file=tmp_path / "key.pem",
        jwks_file=tmp_path / "jwks.json",
    )
    transport = httpx2.ASGITransport(create_app(settings))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
        assert_problem(response := await http.get(LEVELS), 503, "UNAVAILABLE")
        assert response.headers["retry-after"]
        assert (await http.get("/openapi.json")).status_code == 200


async def test_a_fault_is_answered_without_its_text(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    endpoint.api.reads.failure = RuntimeError("secret words")
    response = await endpoint.http.get(LEVELS)
    assert_problem(response, 500, "INTERNAL")
    assert "secret" not in response.text
    assert "secret words" in caplog.text


# ------------------------------------------------------------------ what is counted
async def test_requests_are_counted_by_kind_and_outcome(endpoint: Endpoint) -> None:
    await endpoint.http.get(LEVELS)
    await endpoint.http.get("/inventory/stock_levels/none")
    await endpoint.http.get("/internal/inventory/availability")
    await endpoint.http.get(LEVELS, headers={"authorization": ""})
    await endpoint.http.put(LEVELS)
    endpoint.api.units.decision = Decision((Refusal(RefusalCode.INSUFFICIENT_STOCK, "None left."),))
    await endpoint.http.post(RESERVATIONS, json=ORDER)
    for kind, outcome in (
        ("query", "ok"),
        ("query", "errors"),
        ("query", "invalid"),
        ("unread", "denied"),
        ("unread", "malformed"),
        ("mutation", "errors"),
    ):
        assert endpoint.counted(kind, outcome), (kind, outcome)


async def test_nothing_that_was_sent_comes_back_as_a_page(endpoint: Endpoint) -> None:
    script = "<script>alert(1)</script>"
    body = ORDER | {script: 1, "x" * 500: 1, "\x1b[2J": 1}
    response = await endpoint.http.post(RESERVATIONS, json=body)
    told = assert_problem(response, 400, "BAD_USER_INPUT")
    assert response.headers["x-content-type-options"] == "nosniff"
    unreadable = "a name that nobody can read"
    assert [error["field"] for error in told["errors"]] == [script, unreadable, unreadable]
