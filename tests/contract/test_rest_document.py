"""The OpenAPI document: that of the code, complete, and right in its examples."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.access import OPERATIONS as ROLES
from server.contract import OPENAPI_FILE
from server.rest import openapi
from server.rest.routes import OPERATIONS
from tests.contract.by_path import PROBLEM, document, validator_of
from tests.stack import Stack

DOCUMENTED = [
    pytest.param(path, operation, id=operation["operationId"])
    for path, methods in document()["paths"].items()
    for operation in methods.values()
]


def test_the_exported_document_is_that_of_the_code() -> None:
    assert OPENAPI_FILE.read_text(encoding="utf-8") == openapi.text(), "run `make schema` and look at what changed"


def test_the_document_is_served_to_anyone(stack: Stack) -> None:
    response = stack.http.get(f"{stack.url}/openapi.json")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == document()


def test_every_operation_is_documented_once() -> None:
    told = [(method.upper(), path) for path, methods in document()["paths"].items() for method in methods]
    assert sorted(told) == sorted((operation.method, operation.path) for operation in OPERATIONS)
    ids = [operation.id for operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_every_schema_is_one_and_is_used() -> None:
    text = OPENAPI_FILE.read_text(encoding="utf-8")
    for name, schema in document()["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert f'"#/components/schemas/{name}"' in text
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert referred == set(document()["components"]["schemas"])


@pytest.mark.parametrize(("path", "operation"), DOCUMENTED)
def test_an_operation_tells_its_parameters_its_roles_and_what_may_go_wrong(
    path: str, operation: dict[str, Any]
) -> None:
    named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
    assert named == set(re.findall(r"\{(\w+)\}", path))
    for parameter in operation["parameters"]:
        assert parameter["description"]
    assert re.search(r"Roles: (\w+)(, \w+)*\.", operation["description"])
    assert {"400", "401", "403", "500", "503"} <= set(operation["responses"])
    assert ("404" in operation["responses"]) >= bool(named)
    assert ("413" in operation["responses"]) == ("requestBody" in operation)


@pytest.mark.parametrize(("path", "operation"), DOCUMENTED)
def test_every_example_is_what_it_is_an_example_of(path: str, operation: dict[str, Any]) -> None:
    bodies = [operation["requestBody"]] if "requestBody" in operation else []
    for told in [*bodies, *operation["responses"].values()]:
        for media_type, content in told["content"].items():
            validator_of(content["schema"]).validate(content["example"])
            assert (media_type == PROBLEM) == (content["schema"].get("$ref") == "#/components/schemas/Problem")
    for parameter in operation["parameters"]:
        if "example" in parameter:
            validator_of(parameter["schema"]).validate(parameter["example"])


@pytest.mark.parametrize(("path", "operation"), DOCUMENTED)
def test_a_problem_is_told_under_the_status_it_has(path: str, operation: dict[str, Any]) -> None:
    for status, told in operation["responses"].items():
        if PROBLEM in told["content"]:
            assert str(told["content"][PROBLEM]["example"]["status"]) == status
            assert re.search(r"`[A-Z_]+`: .", told["description"])


def test_the_keys_header_is_required_unless_the_body_has_the_field_it_names() -> None:
    schemas = document()["components"]["schemas"]
    for operation in (operation for methods in document()["paths"].values() for operation in methods.values()):
        for header in (parameter for parameter in operation["parameters"] if parameter["in"] == "header"):
            body = operation["requestBody"]["content"]["application/json"]["schema"]
            taken = {"idempotencyKey", "idempotency_key"} & set(schemas[body["$ref"].rpartition("/")[2]]["properties"])
            assert set(re.findall(r"`(idempotency\w+)`", header["description"], re.IGNORECASE)) == taken
            assert header["required"] is not bool(taken)


def test_everything_is_described() -> None:
    for name, schema in document()["components"]["schemas"].items():
        assert schema["description"], name
        for field, told in schema["properties"].items():
            assert told["description"], f"{name}.{field}"


def test_the_roles_are_those_of_the_table() -> None:
    for operation in OPERATIONS:
        told = document()["paths"][operation.path][operation.method.lower()]["description"]
        assert told.endswith(f"Roles: {', '.join(sorted(ROLES[operation.name]))}.")


def test_the_document_is_json_that_keeps_its_order() -> None:
    assert json.loads(OPENAPI_FILE.read_bytes())["openapi"] == "3.1.0"
