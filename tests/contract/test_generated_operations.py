"""Operations that Schemathesis makes from the schema: whatever fits it is answered, and is never a fault.

FAULTS_LONG=1, which `make faults` sets, asks for many more of each.
"""

import datetime
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from server.embedded.wheel import ROOT
from tests.factories.shop import Shop

SCHEMA = ROOT / "frontend-contract" / "schema.graphql"
EXAMPLES = 100 if os.environ.get("FAULTS_LONG") else 5
#: None of our scalars is one that it knows.
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "BigInt": st.integers(-(2**53), 2**53).map(nodes.Int),
    "Cursor": st.text(max_size=50).map(nodes.String),
    "Date": st.dates().map(str).map(nodes.String),
    "DateTime": st.datetimes(timezones=st.just(datetime.UTC)).map(datetime.datetime.isoformat).map(nodes.String),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map("{:f}".format).map(nodes.String),
    "JSON": st.text(max_size=20).map(nodes.String),
}


@pytest.fixture(scope="module")
def api() -> Any:
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values)
    return schemathesis.graphql.from_path(SCHEMA)


@pytest.mark.parametrize("root", ["Query", "Mutation"])
def test_whatever_fits_the_schema_is_answered_and_is_no_fault(api: Any, firm: Shop, root: str) -> None:
    answered = 0
    for name in api[root]:
        answered += len(answers(api[root][name], firm))
    assert answered >= len(api[root]) * EXAMPLES / 2


def answers(operation: Any, firm: Shop) -> list[object]:
    """What came of some requests for one field; the same ones in every run."""
    seen: list[object] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large],
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        response = firm.stack.http.post(
            firm.stack.graphql_url,
            json={"query": case.body},
            headers={"Authorization": f"Bearer {firm.admin.token}", "Accept": "application/graphql-response+json"},
        )
        told = f"{case.body}\n{response.text[:1_000]}"
        assert response.status_code < 500, told
        answer = response.json()
        assert answer.keys() & {"data", "errors"}, told
        assert "INTERNAL" not in {error["extensions"]["code"] for error in answer.get("errors", ())}, told
        seen.append(answer)

    ask()
    return seen
