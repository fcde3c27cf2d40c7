"""What the package makes up for a front end's tests is what the service could say: the schema's own engine takes it."""

import json
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    is_abstract_type,
    parse,
    type_from_ast,
)

from server.contract import MANIFEST_FILE, SCHEMA_FILE
from tests.clients.test_typed_documents import run

pytestmark = pytest.mark.node

OPERATIONS = {each["name"]: each["body"] for each in json.loads(MANIFEST_FILE.read_bytes())["operations"]}
SCALARS = {
    "Boolean": True, "Cursor": "cursor", "Date": "2026-03-02", "DateTime": "2026-03-02T09:30:00Z", "Decimal": "19.90",
    "ID": "an-id", "Int": 2, "BigInt": 2, "String": "TENT", "Float": 0.5, "JSON": {},
}  # fmt: skip
ANSWER = """
import * as contract from "inventory-contract";
import { mock } from "inventory-contract/mock";
import { readFileSync } from "node:fs";
const asked = JSON.parse(readFileSync(0, "utf8"));
const told = asked.map(([name, variables, overrides]) => mock(contract[`${name}Document`], variables, overrides));
console.log(JSON.stringify(told));
"""


def schema() -> GraphQLSchema:
    """Whose abstract types are what an answer's type says, or the first kind there is."""
    built = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
    for type_ in built.type_map.values():
        if is_abstract_type(type_):
            kind = built.get_possible_types(type_)[0].name
            type_.resolve_type = lambda value, *_, kind=kind: value.get("__typename", kind)
    return built


SCHEMA = schema()


def some(type_: GraphQLInputType) -> Any:
    """A value of a type, with all that it needs and no more."""
    if isinstance(type_, GraphQLNonNull):
        return some(type_.of_type)
    if isinstance(type_, GraphQLList):
        return [some(type_.of_type)]
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        needed = {name: each.type for name, each in type_.fields.items() if isinstance(each.type, GraphQLNonNull)}
        return {name: some(each) for name, each in needed.items()}
    return SCALARS[type_.name]


def variables_of(text: str) -> dict[str, Any]:
    """Those that an operation needs."""
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    types = {
        each.variable.name.value: type_from_ast(SCHEMA, each.type) for each in operation.variable_definitions or ()
    }
    return {name: some(type_) for name, type_ in types.items() if isinstance(type_, GraphQLNonNull)}


def as_told(source: Any, info: GraphQLResolveInfo, **_: Any) -> Any:
    return source[info.path.key]


def told(*asked: tuple[str, dict[str, Any], dict[str, Any]]) -> list[dict[str, Any]]:
    return json.loads(run("node", "--input-type=module", "--eval", ANSWER, given=json.dumps(asked)))


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    asked = [(name, variables_of(text), {}) for name, text in OPERATIONS.items()]
    return dict(zip(OPERATIONS, told(*asked), strict=True))


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_made_up_is_what_the_schema_promises(answers: dict[str, dict[str, Any]], name: str) -> None:
    text = OPERATIONS[name].replace("subscription ", "query ", 1)
    answered = SCHEMA
    if text != OPERATIONS[name]:
        config = SCHEMA.to_kwargs()
        answered = GraphQLSchema(**config | {"query": SCHEMA.subscription_type, "subscription": None})
    result = execute_sync(
        answered, parse(text), answers[name], variable_values=variables_of(text), field_resolver=as_told
    )
    assert result.errors is None
    assert json.dumps(result.data) == json.dumps(answers[name]), "in the order of the document, and nothing beside it"


def test_an_answer_is_of_what_was_asked_for() -> None:
    one, page = told(("StockLevelWithLedger", {"sku": "TENT"}, {}), ("StockLevels", {"first": 2}, {}))
    assert one["stockLevel"]["sku"] == "TENT"
    assert [level["sku"] for level in page["stockLevels"]["nodes"]] == ["SKU-1", "SKU-2"]
    level = page["stockLevels"]["nodes"][0]
    assert level["quantityOnHand"] - level["quantityAllocated"] == level["availableToPromise"]


def test_what_a_test_wants_to_be_told_is_told() -> None:
    refused = [{"code": "NOTE_REQUIRED", "field": ["note"], "message": "Say why."}]
    event, adjusted = told(
        ("StockLevelChanged", {}, {"StockLevelEvent": {"type": "RESET", "level": None}}),
        ("AdjustStock", {"input": {}}, {"AdjustStockPayload": {"stockLevel": None, "userErrors": refused}}),
    )
    assert (event["stockLevelChanged"]["type"], event["stockLevelChanged"]["level"]) == ("RESET", None)
    assert (adjusted["adjustStock"]["stockLevel"], adjusted["adjustStock"]["userErrors"]) == (None, refused)
