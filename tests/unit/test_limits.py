"""Limits: which documents are too much, told before anything is run."""

import pytest

from schema.faults import Refused
from schema.limits import Limits
from tests.fakes.api import FakeApi, code_of, refusal


def nested(depth: int) -> str:
    return '{ location(code: "A") {' + "parent {" * (depth - 2) + "code" + "}" * (depth - 2) + "} }"


TOO_COMPLEX = {
    "tokens": "{" + "__typename " * 1_000 + "}",
    "text": '{ item(sku: "' + "x" * 40_000 + '") { name } }',
    "depth": nested(16),
    "lists in lists": '{ item(sku: "a") { name(x: ' + "[" * 450 + "]" * 450 + ") } }",
    "aliases": "{" + " ".join(f"a{i}: __typename" for i in range(16)) + "}",
    "aliases in a fragment": "{...F} fragment F on Query {" + " ".join(f"a{i}: __typename" for i in range(16)) + "}",
    "repeated fields": "{" + "__typename " * 500 + "}",
    "repeated directives": "{ __typename" + " @skip(if: true)" * 11 + " }",
    "fragments that double": "{...F0}"
    + "".join(f"fragment F{i} on Query {{...F{i + 1} ...F{i + 1}}}" for i in range(80))
    + "fragment F80 on Query {__typename}",
    "pages in pages": "{ stockLevels(first: 250) { nodes { ledger(first: 250) { nodes { id } } } } }",
    "pages from the end": "{ stockLevels(last: 250) { edges { node { ledger(first: 250) { nodes { id } } } } } }",
    "points in pages": "{ stockLevels(first: 250) { nodes { history(points: 500) { at } } } }",
    "lists in lists of things": '{ availability(skus: ["A"]) { sku } '
    + "".join(f'l{i}: stock(sku: "A") {{ levels {{ ledger(first: 250) {{ nodes {{ id }} }} }} }} ' for i in range(10))
    + "}",
}


@pytest.mark.parametrize("name", TOO_COMPLEX)
def test_what_is_too_complex_is_refused_with_one_error_only(name: str) -> None:
    with pytest.raises(Refused) as refused:
        FakeApi().prepare(TOO_COMPLEX[name])
    assert [error["extensions"]["code"] for error in refused.value.errors] == ["QUERY_TOO_COMPLEX"]


def test_the_cost_counts_what_variables_ask_for() -> None:
    query = "query ($n: Int = 250, $m: Int) { stockLevels(first: $n) { nodes { ledger(first: $m) { nodes { id } } } } }"
    assert code_of(query, {"m": 250}) == "QUERY_TOO_COMPLEX"
    assert FakeApi().prepare(query, n=10, m=250).kind == "query"


def test_a_budget_is_spent_once_for_what_a_fragment_holds_wherever_it_is_spread() -> None:
    query = """
        query ($n: Int) { a: stockLevels(first: $n) { ...Page } b: stockLevels(first: $n) { ...Page } }
        fragment Page on StockLevelConnection { pageInfo { hasNextPage } nodes { ... on StockLevel { id sku } } }
    """
    plan = FakeApi().prepare(query, n=100).plan
    assert plan.cost.filled({"n": 100}) == 2 * (1 + 2 + 1 + 100 * 2)
    assert plan.cost.filled({}) == 2 * (1 + 2 + 1 + 50 * 2)


@pytest.mark.parametrize(
    "query",
    [
        nested(15),
        "{" + " ".join(f"a{i}: __typename" for i in range(15)) + "}",
        """{ stockLevels(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes {
            id sku quantityOnHand availableToPromise status version updatedAt
            item { id sku name category vendor condition language price }
            location { id code name kind zone priority active } } } }""",
        "{ stockLevels(first: 250) { nodes { id sku item { name } location { code } } } }",
        '{ availability(skus: ["' + '" "'.join(f"SKU-{i}" for i in range(480)) + '"]) { sku availableToPromise } }',
    ],
    ids=["deep", "aliases", "a hundred levels", "a full page", "availability of many"],
)
def test_what_a_screen_asks_for_is_within_every_limit(query: str) -> None:
    assert FakeApi().prepare(query).kind == "query"


def test_a_fragment_within_itself_is_a_validation_error() -> None:
    assert code_of("{...A} fragment A on Query {...B} fragment B on Query {...A}") == "GRAPHQL_VALIDATION_FAILED"


def test_limits_can_be_set() -> None:
    tight = Limits(cost_max=3)
    assert refusal("{ viewer { subject roles vendor } }", limits=tight)["extensions"]["code"] == "QUERY_TOO_COMPLEX"
