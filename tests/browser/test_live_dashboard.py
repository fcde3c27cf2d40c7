"""The table of stock through a loss of its connection, and with ten thousand levels of which many change."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import _our_shelf
from server.embedded import database
from tests import servers
from tests.browser.conftest import talking
from tests.stack import Stack, assert_healthy, running_stack

pytestmark = [pytest.mark.node, pytest.mark.slow]
CHANGES_A_SECOND = 200
SECONDS = 60 if os.environ.get("FAULTS_LONG") else 5
ADJUST = """
mutation ($input: AdjustStockInput!) {
  adjustStock(input: $input) { stockLevel { quantityOnHand } userErrors { message } }
}
"""


def test_what_changed_while_the_service_was_away_is_shown_and_told(
    demo: Stack, environ: dict[str, str], tmp_path: Path
) -> None:
    manager = demo.token("manager", "meridian")
    query = "{ stockLevels(sort: LAST_MOVEMENT_ASC, first: 1) { nodes { sku location { code } quantityOnHand } } }"
    level = demo.graphql(query, token=manager).data["stockLevels"]["nodes"][0]
    beside = demo.start_beside("serve-2")
    watched = (level["sku"], level["location"]["code"], str(level["quantityOnHand"] + 3))
    with talking("cut.mjs", demo, tmp_path, environ, *watched) as page:
        assert page.hears() == "ready"
        demo.kill("serve")
        page.says("killed")
        assert page.hears() == "offline"
        for each in range(3):
            change = {"sku": level["sku"], "location": level["location"]["code"], "quantityChange": 1}
            given = {"input": {**change, "reasonCode": "found", "idempotencyKey": f"while-away-{each}"}}
            headers = {"Authorization": f"Bearer {manager}"}
            body = {"query": ADJUST, "variables": given}
            assert demo.http.post(f"{beside}/graphql", json=body, headers=headers).status_code == 200
        demo.start("serve")
        page.says("back")
        seen = page.hears()
    assert "Offline since" in seen["offline"]
    assert "Caught up: 3 changes since" in seen["back"]
    assert seen["inaccessible"] == []


@pytest.fixture
def warehouse(postgres: servers.Postgres, kafka: str, topic: str, pages: Path) -> Iterator[Stack]:
    """A tenant with ten thousand levels."""
    with (
        postgres.clone() as addresses,
        servers.running(servers.redis_server) as redis,
    ):
        database.run(_our_shelf.fill(addresses))
        with running_stack(addresses, redis.url, kafka, topic, tenants=()) as stack:
            yield stack
            assert_healthy(stack)


def test_ten_thousand_levels_stay_true_while_many_change(
    warehouse: Stack, environ: dict[str, str], tmp_path: Path
) -> None:
    token = warehouse.token("manager", ttl=7200)
    figures = (str(_our_shelf.SKUS), str(CHANGES_A_SECOND), str(SECONDS))
    with talking("frames.mjs", warehouse, tmp_path, environ, token, *figures) as page:
        seen = page.hears()
    print(json.dumps(seen))
    assert seen["shown"] == seen["last"]["onHand"]
    assert seen["frames"]["count"] > 0
