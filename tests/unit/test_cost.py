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
