"""Requests by path that no service should send: in every slot that the document names, whatever does not belong there.

Each is refused in order or answered as the document promises; none is a fault, and the books stay right.
"""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.by_path import RESERVATIONS, Service, assert_told, document, service
from tests.factories.shop import Shop, fresh

VALUES: list[bytes] = [
    b"null", b"true", b"false", b"0", b"-0", b"-1", b"1.5", b"3.0", b'""', b'" "', b'"x"', b"[]", b"{}", b"1e400",
    b"-1e400", b"1e300", b"NaN", b"Infinity", b"2147483648", b"-2147483649", b"9007199254740993", b"1" * 5_000,
    b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616", b'"\\ud800"', b'"\\udfff\\ud800"',
    b'"\\u0000"', b'"\xff\xfe"', b'"\\u202e"', b'"<script>alert(1)</script>"', b'"' + b"x" * 100_000 + b'"', b"'x'",
    b"[[[]]]", b"[null]", b'{"a": null}', b'{"__proto__": 1}', b"", b" ", b"\0", b"[" * 100_000, b"[[]]", b"[{}]",
    b'{"a":' * 70 + b"1" + b"}" * 70, b'["x"]', b'[{"sku": "x", "quantity": 1}]', b"[" + b"{}," * 2_000 + b"{}]",
    b'"0195512f-6d6a-7b3c-9c1e-000000000000"', b'"UmVzZXJ2YXRpb246MDE5NTUxMmYtNmQ2YS03YjNjLTljMWUtMDAwMDAwMDAwMDAw"',
    b'{"sku": 1, "sku": "x"}',
]  # fmt: skip
TEXTS = [
    "", " ", "x", "%00", "%", "%zz", "%FF", "%ED%A0%80", "%2e%2e%2f", "a%0d%0ab: c", "%F0%9F%99%82", "%22%3Cb%3E", "0",
    "-1", "null", "[]", "x" * 5_000, "a,b,,c", "%2C", "'; DROP TABLE items --", "\\", "9" * 400,
]  # fmt: skip
FIELDS = [
    "orderId", "items", "sku", "productId", "quantity", "location", "lineId", "ttlSeconds", "zone", "note", "",
    "idempotencyKey", "fulfillmentPolicy", "reference", "product_id", "quantity_change", "reason_code",
    "expected_version", "quantity_counted",
]  # fmt: skip
OPERATIONS = [(method, path) for path, methods in document()["paths"].items() for method in methods]
ONE = settings(
    max_examples=400, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def slots(schema: dict[str, Any], at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a body that the schema names, the body itself first."""
    schema = resolved(schema)
    yield at
    for name, inner in schema.get("properties", {}).items():
        yield from slots(inner, (*at, name))
    if "items" in schema:
        yield from slots(schema["items"], (*at, 0))


def spoiled(value: Any, at: tuple[str | int, ...], raw: bytes) -> bytes:
    """The JSON of a value in which one place holds something else, byte for byte."""
    mark = "@@here@@"
    return json.dumps(marked(value, at, mark)).encode().replace(json.dumps(mark).encode(), raw)


def marked(value: Any, at: tuple[str | int, ...], mark: str) -> Any:
    """The value with the mark at a place, which is made where it is not there."""
    if not at:
        return mark
    if isinstance(at[0], int):
        return [marked(value[0] if value else None, at[1:], mark)]
    value = value or {}
    return value | {at[0]: marked(value.get(at[0]), at[1:], mark)}


def filled(shop: Shop) -> dict[str, Any]:
    """Bodies that name something in every slot, by path."""
    product = fresh("P")
    sku = shop.stocked(1_000, catalogProductId=product)
    said = {"reason_code": "correction", "note": "n", "reference": "R", "location": "MAIN", "expected_version": None}
    line = {"lineId": None, "sku": sku, "location": "MAIN", "quantity": 1}
    return {
        RESERVATIONS: {
            "orderId": fresh("order"),
            "items": [{"sku": sku, "productId": None, "quantity": 1, "location": None}],
        },
        f"{RESERVATIONS}/{{reservationId}}/confirm": {},
        f"{RESERVATIONS}/{{reservationId}}/commit": {"items": [line], "reference": "R"},
        f"{RESERVATIONS}/{{reservationId}}/release": {"items": [line], "note": "n", "reasonCode": "correction"},
        "/inventory/adjustments": {"sku": sku, "quantity_change": 1, **said},
        "/api/inventory/adjustments": {"product_id": product, "quantity_change": 1, **said},
        "/api/inventory/add": {"product_id": product, "quantity": 1, **said},
        "/api/inventory/audit": {"product_id": product, "quantity_counted": 1_000, **said},
        **{
            f"/inventory/adjustments/{{adjustmentId}}/{step}": {"note": "n"} for step in ("approve", "reject", "cancel")
        },
        "/api/inventory/check": [product],
    }


@pytest.fixture
def orders(shop: Shop) -> Service:
    return service(shop, "admin")


@pytest.fixture
def bodies(shop: Shop) -> dict[str, Any]:
    return filled(shop)


@pytest.fixture
def named(shop: Shop, orders: Service) -> dict[str, str]:
    """A thing for each name in a path. The correction waits for more than there is by now: no approval ends it."""
    waiting = shop.ask(-8)
    shop.adjust(waiting["sku"], -5)
    return {
        "reservationId": orders.reserved(shop.stocked(1_000), 500)["reservationId"],
        "adjustmentId": quote(waiting["id"], safe=""),
    }


def target_of(path: str, named: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: named[name[1]], path)


def send(orders: Service, method: str, path: str, content: bytes, key: str) -> httpx2.Response:
    headers = {"authorization": f"Bearer {orders.token}", "content-type": "application/json", "idempotency-key": key}
    request = httpx2.Request(method.upper(), f"{orders.stack.url}{path}", headers=headers, content=content)
    return orders.stack.http.send(request)


def assert_in_order(method: str, template: str, response: httpx2.Response, sent: object) -> None:
    assert response.status_code < 500, f"{method} {template} {str(sent)[:300]}: {response.text[:500]}"
    assert "Traceback" not in response.text
    if response.status_code != 404 or response.json()["errors"][0].get("field"):
        assert_told(method.upper(), template, response)


WRITTEN = [(method, path) for method, path in OPERATIONS if method == "post"]


@pytest.mark.parametrize(("method", "path"), WRITTEN, ids=lambda value: str(value).rsplit("/", 1)[-1])
def test_any_value_in_any_slot_of_a_body_is_answered_in_order(
    orders: Service, bodies: dict[str, Any], named: dict[str, str], method: str, path: str
) -> None:
    schema = document()["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    target = target_of(path, named)
    for at in slots(schema):
        for raw in VALUES:
            content = spoiled(bodies[path], at, raw)
            assert_in_order(method, path, send(orders, method, target, content, fresh("key")), content)


@ONE
@given(
    operation=st.sampled_from(WRITTEN),
    cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 20), st.binary(max_size=8)), min_size=1, max_size=4),
)
def test_a_body_torn_and_filled_with_noise_is_answered_in_order(
    orders: Service, bodies: dict[str, Any], named: dict[str, str], operation: tuple[str, str], cuts: list[Any]
) -> None:
    method, path = operation
    content = bytearray(json.dumps(bodies[path]).encode())
    for at, length, noise in cuts:
        content[at % (len(content) + 1) : at % (len(content) + 1) + length] = noise
    target = target_of(path, named)
    assert_in_order(method, path, send(orders, method, target, bytes(content), fresh("key")), bytes(content))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=12,
)


@ONE
@given(operation=st.sampled_from(WRITTEN), data=JSON_VALUES)
def test_any_json_is_answered_in_order(
    orders: Service, named: dict[str, str], operation: tuple[str, str], data: Any
) -> None:
    method, path = operation
    content = json.dumps(data).encode()
    target = target_of(path, named)
    assert_in_order(method, path, send(orders, method, target, content, fresh("key")), content)


@pytest.mark.parametrize("value", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: str(value)[-30:])
def test_any_text_in_any_parameter_is_answered_in_order(orders: Service, method: str, path: str, value: str) -> None:
    operation = document()["paths"][path][method]
    target = re.sub(r"\{\w+\}", lambda _: value or "x", path)
    for parameter in operation["parameters"]:
        if parameter["in"] == "query":
            response = send(orders, method, f"{target}?{parameter['name']}={value}&sku=A", b"", "k")
            assert_in_order(method, path, response, value)
    assert_in_order(method, path, send(orders, method, target, b"{}", "k"), value)
    assert_in_order(method, path, send(orders, method, target, b"{}", quote(value)), value)


AVAILABILITY = b"/internal/inventory/availability"
RAW_TARGETS = [
    b"/api/inventory/%", b"/api/inventory/%z", b"/api/inventory/\xff\xfe", b"/api/inventory/a\tb", b"/API/inventory/x",
    b"/api/inventory/" + b"a" * 30_000, b"//api/inventory/x", b"/api//inventory/x", b"/api/inventory/x;y=z",
    b"/api/./inventory/../x", b"/inventory/stock_levels/..", b"/api/inventory/%2525", b"http://elsewhere/api/inventory/x",
    b"/%69nternal/inventory/availability?sku=a", b"/internal%2Finventory/availability?sku=a", AVAILABILITY + b"?=",
    AVAILABILITY + b"?" + b"&" * 5_000, AVAILABILITY + b"?sku=%FF", AVAILABILITY + b"?sku", AVAILABILITY + b"?sku=a#b",
    AVAILABILITY + b"?%00=%00", AVAILABILITY + b"?sku=a?b=c",
]  # fmt: skip


@pytest.mark.parametrize("target", RAW_TARGETS, ids=range(len(RAW_TARGETS)))
def test_any_address_is_answered_in_order(orders: Service, target: bytes) -> None:
    head = b"GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", orders.stack.settings.port), timeout=10) as connection:
        connection.sendall(head % (target, (orders.token or "").encode()))
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    status = int(answer.split(b" ", 2)[1])
    assert status in (200, 400, 404), answer[:500]
    assert b"Traceback" not in answer
