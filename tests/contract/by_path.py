"""REST as services call it, each answer held against the OpenAPI document of the contract."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2
from jsonschema import Draft202012Validator, FormatChecker

from server.contract import OPENAPI_FILE
from tests.answers import Answer
from tests.factories.shop import Shop, fresh
from tests.stack import Stack

RESERVATIONS = "/internal/inventory/reservations"
JSON = "application/json"
PROBLEM = "application/problem+json"
#: The id of no reservation.
NOBODYS = "0195512f-6d6a-7b3c-9c1e-000000000000"


@cache
def document() -> dict[str, Any]:
    return json.loads(OPENAPI_FILE.read_bytes())


@cache
def _components() -> dict[str, Any]:
    """Those of the document, but that nothing beside what it names may be told."""
    components = deepcopy(document()["components"])
    for schema in components["schemas"].values():
        schema["additionalProperties"] = False
    return components


def validator_of(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": _components()}, format_checker=FormatChecker())


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """What the document says of a request, by its path as it is sent."""
    segments = path.partition("?")[0].split("/")
    for template, operations in document()["paths"].items():
        names = template.split("/")
        if len(names) == len(segments) and all(
            name.startswith("{") or name == segment for name, segment in zip(names, segments, strict=True)
        ):
            found = operations.get(method.lower())
            if found is not None:
                return found
    return None


def assert_told(method: str, path: str, response: httpx2.Response) -> None:
    """The answer is one that the document promises for this operation."""
    operation = operation_of(method, path)
    assert operation is not None, f"{method} {path} is not in the document"
    assert str(response.status_code) in operation["responses"], (
        f"{method} {path}: {response.status_code}: {response.text}"
    )
    told = operation["responses"][str(response.status_code)]
    (media_type,) = told["content"]
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert set(told["headers"]) <= {name.title() for name in response.headers} | {"WWW-Authenticate"}
    validator_of(told["content"][media_type]["schema"]).validate(response.json())


def assert_problem(answer: Answer, status: int, code: str, at: str | None = None) -> None:
    body = answer.body
    assert (answer.status, body["status"], body["code"], body.get("field")) == (status, status, code, at), body
    first = body["errors"][0]
    assert (first["code"], first["detail"], first.get("field")) == (code, body["detail"], at)
    assert body["requestId"] == answer.headers["x-request-id"]
    assert body["type"] == "about:blank"


@dataclass(frozen=True, slots=True)
class Service:
    """Somebody with a token who calls by path."""

    stack: Stack
    token: str | None

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request and its answer, which the document must promise. No body: none is sent."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"
        json_body = {} if body is None else {"json": body}
        response = self.stack.http.request(method, f"{self.stack.url}{path}", headers=sent, **json_body)
        assert_told(method, path, response)
        return Answer.of(response)

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def read(self, path: str) -> Any:
        """The body of an answer that is a success."""
        answer = self.get(path)
        assert answer.status == 200, answer.body
        return answer.body

    def post(self, path: str, body: Any = None, key: str | None = None) -> Answer:
        """A write under a key of its own unless one is given."""
        return self.ask("POST", path, body, idempotency_key=key or fresh("key"))

    def reserve(self, *items: dict[str, Any], order: str | None = None, key: str | None = None, **more: Any) -> Answer:
        return self.post(RESERVATIONS, {"orderId": order or fresh("order"), "items": list(items), **more}, key)

    def reserved(self, sku: str, quantity: int, **more: Any) -> dict[str, Any]:
        """A new reservation of one SKU."""
        answer = self.reserve({"sku": sku, "quantity": quantity}, **more)
        assert answer.status == 201, answer.body
        return answer.body

    def step(self, reservation: dict[str, Any] | str, step: str, body: Any = None, key: str | None = None) -> Answer:
        """`confirm`, `commit` or `release`."""
        id_ = reservation if isinstance(reservation, str) else reservation["reservationId"]
        return self.post(f"{RESERVATIONS}/{id_}/{step}", body, key)


def service(shop: Shop, role: str = "system", vendor: str | None = None) -> Service:
    return Service(shop.stack, shop.as_(role, vendor).token)
