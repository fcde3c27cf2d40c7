"""Cost: what a page is counted as, whatever is sent beside the argument that sizes it."""

import pytest

from tests.fakes.api import FakeApi


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
