"""Cost: what a page is counted as, whatever is sent beside the argument that sizes it, and what a list may hold."""

from pathlib import Path

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from schema.cost import Cost, cost_of
from schema.errors import ErrorCode
from schema.faults import Refused
from schema.limits import Limits
from tests.fakes.api import FakeApi, schema

SENT = {"input": {"lines": [{}] * 250}}
OPERATIONS = sorted(Path("frontend-contract/operations").glob("*.graphql"))


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ("first: null, last: 250", 250),
        ("last: 250, first: null", 250),
        ("first: $none, last: 250", 250),
        ("first: $none, last: $big", 200),
        ("first: 10, last: 20", 20),
        ("first: null", 50),
        ("first: $none, last: $none", 50),
    ],
)
def test_the_largest_of_the_arguments_that_size_a_page_counts(arguments: str, size: int) -> None:
    declared = [f"${name}: Int" for name in ("none", "big") if f"${name}" in arguments]
    head = f"query ({', '.join(declared)})" if declared else ""
    prepared = FakeApi().prepare(f"{head} {{ stockLevels({arguments}) {{ nodes {{ sku }} }} }}", none=None, big=200)
    assert prepared.plan.cost.filled(prepared.variables.coerced) == 1 + 1 + size


BATCH = "{{ adjustStockBatch(input: {given}) {{ results {{ stockLevel {{ sku }} }} userErrors {{ code }} }} }}"
LINE = '{sku: "TENT", quantityChange: 1, reasonCode: "found"}'
LINES = [{"sku": "TENT", "quantityChange": 1, "reasonCode": "found"}] * 30


@pytest.mark.parametrize(
    ("declared", "given", "size"),
    [
        ("$input: AdjustStockBatchInput!", "$input", 30),
        ("$lines: [AdjustStockLineInput!]!", '{idempotencyKey: "1", lines: $lines}', 30),
        ("$key: String!", f"{{idempotencyKey: $key, lines: [{LINE}, {LINE}]}}", 2),
        ("$key: String!", f"{{idempotencyKey: $key, lines: {LINE}}}", 1),
    ],
)
def test_the_results_of_a_batch_are_as_many_as_its_lines(declared: str, given: str, size: int) -> None:
    variables = {"input": {"idempotencyKey": "1", "lines": LINES}, "lines": LINES, "key": "1"}
    prepared = FakeApi().prepare(f"mutation ({declared}) {BATCH.format(given=given)}", **variables)
    # the field, what it holds, each result's level and that level's SKU, and ten errors
    assert prepared.plan.cost.filled(prepared.variables.coerced) == 1 + 2 + size * 2 + 10


def cost_of_document(text: str) -> Cost:
    document = parse(text)
    [operation] = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    return cost_of(schema()._schema, operation, fragments)


def cost(query: str, **variables: object) -> int:
    prepared = FakeApi().prepare(query, **variables)
    return prepared.plan.cost.filled(prepared.variables.coerced)


COUNT = "cycleCounts({page}) {{ nodes {{ lines {{ sku quantityExpected difference item {{ name }} countedBy }} }} }}"


@pytest.mark.parametrize(("selected", "price"), [("lines { sku }", 1 + 1 + 250), ("id", 1 + 1)])
def test_a_list_to_count_is_priced_with_as_many_lines_as_it_may_have(selected: str, price: int) -> None:
    assert cost(f'{{ cycleCount(id: "1") {{ {selected} }} }}') == price


@pytest.mark.parametrize(("first", "shared"), [(1, 250), (3, 750), (10, 1_000), (250, 1_000)])
def test_the_lists_of_a_page_share_the_lines_that_it_holds(first: int, shared: int) -> None:
    query = f"{{ {COUNT.format(page=f'first: {first}')} }}"
    # the field, what it holds, each list's lines, and of each line six values
    assert cost(query) == 1 + 1 + first + shared * 6


def test_many_such_pages_at_once_are_too_complex() -> None:
    pages = " ".join(f"page{number}: {COUNT.format(page='first: 250')}" for number in range(4))
    with pytest.raises(Refused) as refused:
        cost(f"{{ {pages} }}")
    assert refused.value.errors[0]["extensions"]["code"] == ErrorCode.QUERY_TOO_COMPLEX.value


HELD = "lines { sku item { name } } shortages { sku }"


@pytest.mark.parametrize(
    ("page", "shared"),
    [("first: 1", 1_000), ("first: 3", 3 * 334), ("first: $first", 100 * 10), ("first: 250", 250 * 4)],
)
@pytest.mark.parametrize("selected", ["nodes { %s }", "edges { node { ... on Reservation { ...held } } }"])
def test_the_reservations_of_a_page_share_the_lines_that_it_holds(page: str, shared: int, selected: str) -> None:
    number = {"first: 1": 1, "first: 3": 3, "first: $first": 100, "first: 250": 250}[page]
    inner = selected % HELD if "%s" in selected else selected
    fragment = f" fragment held on Reservation {{ {HELD} }}" if "held" in selected else ""
    declared = "query ($first: Int)" if "$" in page else ""
    above = 2 if "edges" in selected else 1
    got = cost(f"{declared} {{ reservations({page}) {{ {inner} }} }}{fragment}", first=100)
    # the field, what it holds, each reservation with both lists, and of each line three values and one
    assert got == 1 + 1 + number * (above + 1) + shared * 4


def test_the_lines_of_an_order_that_is_made_are_as_many_as_were_sent() -> None:
    query = "mutation ($input: ReserveStockInput!) { reserveStock(input: $input) { reservation { lines { sku } } } }"
    order = {"idempotencyKey": "1", "orderId": "1", "lines": [{"sku": f"S{n}", "quantity": 1} for n in range(7)]}
    assert cost(query, input=order) == 1 + 1 + 1 + 7


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("first", [20, 50, 250])
def test_the_documents_of_the_contract_are_affordable_at_every_usual_page(operation: Path, first: int) -> None:
    price = cost_of_document(operation.read_text()).filled({"first": first, **SENT, "skus": ["S"] * first})
    assert 0 < price <= Limits().cost_max
