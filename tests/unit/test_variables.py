"""Reading variables: whatever is read without the engine is read exactly as the engine would."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, VariableValues, parse
from graphql.execution.values import get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.variables import RegularVariables
from tests.fakes.api import schema

DECLARED = """query (
    $order: ReserveStockInput!, $filter: StockLevelFilter, $ids: [ID!], $first: Int, $sort: StockLevelSort,
    $snapshot: Boolean, $adjust: AdjustStockInput
) { viewer { subject } }"""
LINE = {"sku": "TENT", "quantity": 1}
ORDER = {"idempotencyKey": "k", "orderId": "o", "lines": [LINE]}
ADJUST = {"idempotencyKey": "k", "sku": "A", "quantityChange": 1, "reasonCode": "found", "expectedVersion": 7}
REST = {"filter": None, "ids": None, "first": None, "sort": None, "snapshot": None, "adjust": None}

_OPERATION = parse(DECLARED).definitions[0]
assert isinstance(_OPERATION, OperationDefinitionNode)
NODES = _OPERATION.variable_definitions or ()
REGULAR = RegularVariables(schema()._schema, NODES)

_numbers = st.integers(-(2**33), 2**33) | st.floats(allow_nan=False) | st.booleans()
_scalars = st.none() | st.text(max_size=5) | _numbers | st.sampled_from(["PRIORITY", "SKU", "LOW", "1.50", "x"])
_names = st.sampled_from(
    ["sku", "quantity", "location", "idempotencyKey", "orderId", "lines", "skus", "status", "strategy"]
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=5), max_leaves=8
)


def by_engine(sent: dict[str, Any]) -> dict[str, Any] | None:
    values = get_variable_values(schema()._schema, NODES, sent)
    return values.coerced if isinstance(values, VariableValues) else None


@pytest.mark.parametrize(
    "sent",
    [
        {"order": ORDER, **REST},
        {"order": ORDER | {"strategy": "NEAREST", "dryRun": True, "zone": None}, **REST},
        {"order": ORDER, **REST, "filter": {"skus": ["A", "B"], "status": ["LOW"], "staleForDays": 3}, "first": 5},
        {"order": ORDER, **REST, "adjust": ADJUST},
    ],
)  # fmt: skip
def test_what_is_as_it_should_be_needs_no_engine(sent: dict[str, Any]) -> None:
    read = REGULAR.read(sent)
    assert read is not None and read.coerced == by_engine(sent)


@pytest.mark.parametrize(
    "change",
    [
        {"lines": LINE},
        {"lines": [LINE | {"quantity": 1.0}]},
        {"lines": [LINE | {"quantity": 2**31}]},
        {"lines": [LINE | {"quantity": True}]},
        {"lines": [None]},
        {"lines": [{"sku": "TENT"}]},
        {"dryRun": 1},
        {"orderId": None},
        {"orderId": 5},
        {"unknown": 1},
        {"strategy": "FASTEST"},
    ],
)
def test_what_is_irregular_is_left_to_the_engine(change: dict[str, Any]) -> None:
    assert REGULAR.read({"order": ORDER | change, **REST}) is None
    assert REGULAR.read({**REST}) is None


@pytest.mark.parametrize("filter", ["", [], 0, "skus"])
def test_what_is_no_object_is_left_to_the_engine(filter: Any) -> None:
    assert REGULAR.read({"order": ORDER, **REST, "filter": filter}) is None


@settings(max_examples=300)
@given(st.dictionaries(_names, _values, max_size=6), _values, _values)
def test_no_value_is_read_otherwise_than_by_the_engine(order: dict[str, Any], filter: Any, ids: Any) -> None:
    sent = {**REST, "order": ORDER | order, "filter": filter, "ids": ids}
    read = REGULAR.read(sent)
    assert read is None or read.coerced == by_engine(sent)
