"""GraphiQL in a real browser against the running system: its examples work as they stand, and what happens is shown."""

import json
from pathlib import Path

import pytest

from tests.browser.conftest import RunPage
from tests.stack import Stack


@pytest.mark.node
@pytest.mark.slow
def test_the_examples_sell_a_unit_and_show_a_change_of_the_level_that_is_watched(
    run_page: RunPage, demo: Stack, tmp_path: Path
) -> None:
    seen = run_page("graphiql.mjs")
    assert seen["sold"] == ["PENDING", "CONFIRMED", "COMMITTED"]
    query = """
    query ($sku: String!, $code: String!) {
      stockLevel(sku: $sku, location: $code) { ledger(first: 1) { nodes { reference } } }
    }
    """
    answer = demo.graphql(query, {"sku": seen["sku"], "code": seen["location"]}, demo.token("analyst", "meridian"))
    assert seen["reference"] in json.dumps(answer.data)
    assert (tmp_path / "page.png").stat().st_size > 10_000
