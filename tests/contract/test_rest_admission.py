"""Who may do what by path, and what HTTP itself is answered: other methods, paths, types and lengths."""

from typing import Any

import httpx2
import pytest

from domain.access import OPERATIONS, Role
from server.rest.routes import OPERATIONS as BY_PATH
from tests.contract.assortment import VENDOR
from tests.contract.by_path import NOBODYS, PROBLEM, RESERVATIONS, Service, assert_problem, service
from tests.factories.shop import Shop


@pytest.fixture
def orders(shop: Shop) -> Service:
    return service(shop)


# ------------------------------------------------------------------ who
def test_every_operation_is_one_of_the_apis() -> None:
    assert {operation.name for operation in BY_PATH} <= set(OPERATIONS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", BY_PATH, ids=lambda operation: operation.id)
def test_a_role_may_by_path_what_it_may_by_graphql(shop: Shop, role: Role, operation: Any) -> None:
    asker = service(shop, role, VENDOR if role is Role.VENDOR else None)
    path = operation.path.replace("{", "").replace("}", "")
    body = None if operation.body is None else operation.body.example
    answer = asker.post(path, body) if operation.method == "POST" else asker.get(path)
    assert (answer.status == 403) == (role not in OPERATIONS[operation.name])
    if answer.status == 403:
        assert_problem(answer, 403, "FORBIDDEN")


def test_another_tenants_reservation_reads_like_none(shop: Shop, other_shop: Shop) -> None:
    made = service(other_shop).reserved(other_shop.stocked(5), 2)
    mine = service(shop)
    for step in ("confirm", "commit", "release"):
        foreign, none = mine.step(made, step), mine.step(NOBODYS, step)
        assert foreign.status == none.status == 404
        assert {**foreign.body, "requestId": ""} == {**none.body, "requestId": ""}
    assert mine.get(f"{RESERVATIONS}/{made['reservationId']}").status == 404
    assert service(other_shop).read(f"{RESERVATIONS}/{made['reservationId']}") == made


def test_a_vendor_sees_and_gives_back_its_own_lines_alone(shop: Shop, orders: Service) -> None:
    mine, others = shop.stocked(5, vendor=VENDOR), shop.stocked(5)
    made = orders.reserve({"sku": mine, "quantity": 2}, {"sku": others, "quantity": 2}).body
    vendor, stranger = service(shop, "vendor", VENDOR), service(shop, "vendor", "another")
    path = f"{RESERVATIONS}/{made['reservationId']}"
    assert [item["sku"] for item in vendor.read(path)["items"]] == [mine]
    assert stranger.get(path).status == stranger.step(made, "release").status == 404
    released = vendor.step(made, "release")
    assert [(item["sku"], item["quantityReleased"]) for item in released.body["items"]] == [(mine, 2)]
    assert [item["quantityAllocated"] for item in orders.read(path)["items"]] == [0, 2]


@pytest.mark.parametrize("token", [None, "x", "a.b.c"])
def test_who_brings_no_good_token_is_nobody(shop: Shop, token: str | None) -> None:
    nobody = Service(shop.stack, token)
    for answer in (nobody.get("/inventory/stock_levels/x"), nobody.reserve({"sku": "SKU", "quantity": 1})):
        assert_problem(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"].startswith("Bearer")


# ------------------------------------------------------------------ what HTTP says
def sent(orders: Service, method: str, path: str, content: bytes = b"", **headers: str) -> httpx2.Response:
    given = {"authorization": f"Bearer {orders.token}"} | {name.replace("_", "-"): v for name, v in headers.items()}
    return orders.stack.http.request(method, f"{orders.stack.url}{path}", content=content, headers=given)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", RESERVATIONS, "POST"),
        ("DELETE", f"{RESERVATIONS}/{NOBODYS}", "GET, HEAD"),
        ("PUT", "/api/inventory/check", "POST, GET, HEAD"),
        ("POST", "/api/inventory/P-1", "GET, HEAD"),
        ("OPTIONS", f"{RESERVATIONS}/{NOBODYS}/commit", "POST"),
        ("PATCH", "/internal/inventory/availability", "GET, HEAD"),
    ],
)
def test_another_method_is_told_which_there_are(orders: Service, method: str, path: str, allowed: str) -> None:
    response = sent(orders, method, path)
    assert (response.status_code, response.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(response.headers["allow"].split(", ")) == set(allowed.split(", "))
    assert response.headers["content-type"].startswith(PROBLEM)


def test_head_is_answered_as_get_without_a_body(orders: Service) -> None:
    response = sent(orders, "HEAD", "/internal/inventory/availability?sku=A")
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/internal/inventory",
        "/internal/inventory/reservations/",
        f"{RESERVATIONS}/a/b/c",
        "/inventory/stock_levels/",
        "/inventory//stock_levels/x",
        "/api/inventory/",
        "/api/other",
        "/internal/",
    ],
)
def test_there_is_nothing_at_another_path(orders: Service, path: str) -> None:
    response = sent(orders, "GET", path)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
    assert response.headers["content-type"].startswith(PROBLEM)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_is_no_json_is_415(orders: Service, content_type: str) -> None:
    response = sent(orders, "POST", RESERVATIONS, b"{}", content_type=content_type, idempotency_key="k")
    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert response.headers["accept-post"] == "application/json"


def test_a_body_that_is_too_long_is_413(orders: Service) -> None:
    content = b'{"orderId": "' + b"x" * 300_000 + b'"}'
    response = sent(orders, "POST", RESERVATIONS, content, content_type="application/json", idempotency_key="k")
    assert (response.status_code, response.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("path", ["/inventory/stock_levels/%FF", f"{RESERVATIONS}/%ED%A0%80", "/api/inventory/%C3"])
def test_a_path_that_is_not_utf_8_is_400(orders: Service, path: str) -> None:
    response = sent(orders, "GET", path)
    assert (response.status_code, response.json()["code"]) == (400, "BAD_REQUEST")
