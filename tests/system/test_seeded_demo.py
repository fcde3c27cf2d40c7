"""The demo's data as `python -m server seed` makes it: every root field answers, and ledger and levels agree."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from db.invariants import violations
from domain.access import Role
from server.demo.catalogue.items import tenants, vendor_of
from server.embedded.database import Addresses
from tests import servers
from tests.factories.operations import ENTRY, ITEM, LEVEL, LOCATION
from tests.factories.shop import Asker, Shop
from tests.live import LiveSocket
from tests.stack import Stack, assert_healthy, running_stack

SLUGS = [tenant.slug for tenant in tenants()]
FIRST = "{ stockLevels(first: 1) { nodes { id sku location { code id } item { id } version } } }"
EVERY_ROOT = f"""
query ($id: ID!, $sku: String!, $code: String!) {{
  node(id: $id) {{ id }}
  viewer {{ subject roles tenant {{ slug name timeZone currency defaultLocation {{ code }} }} }}
  stock(sku: $sku) {{ sku quantityOnHand levels {{ {LEVEL} }} }}
  stockLevel(sku: $sku, location: $code) {{ {LEVEL} ledger(first: 3) {{ nodes {{ {ENTRY} }} }} history {{ at }} }}
  stockLevels(first: 50) {{ totalCount nodes {{ {LEVEL} }} }}
  availability(skus: [$sku]) {{ sku known availableToPromise asOf }}
  item(sku: $sku) {{ {ITEM} }}
  items(first: 50) {{ totalCount nodes {{ {ITEM} }} }}
  location(code: $code) {{ {LOCATION} }}
  locations(first: 50) {{ totalCount nodes {{ {LOCATION} }} }}
  ledger(first: 50) {{ nodes {{ {ENTRY} }} }}
  reasonCodes {{ code name direction }}
}}
"""


#: Fields of which a thing may have nothing to tell.
OPTIONAL = {".location.zone", ".location.parent"} | {
    f".item.{field}"
    for field in (
        "category", "condition", "language", "archivedAt", "leadTimeDays", "barcodes", "vendor", "catalogProductId",
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def seeded(postgres: servers.Postgres, sown: str) -> Iterator[tuple[Stack, Addresses]]:
    with (
        postgres.clone(sown) as addresses,
        servers.running(servers.redis_server) as redis,
        running_stack(addresses, redis.url, tenants=()) as stack,
    ):
        yield stack, addresses
        assert_healthy(stack)


def asker(stack: Stack, tenant: str, role: str) -> Asker:
    return Shop(stack, tenant).as_(role, vendor_of(tenant) if role == "vendor" else None)


def empties(value: Any, path: str = "") -> list[str]:
    """Where an answer says null or nothing at the top, or holds an empty list."""
    if isinstance(value, dict) and path.count(".") < 2:
        return [hole for name, each in value.items() for hole in empties(each, f"{path}.{name}")]
    return [path] if value is None or value == [] else []


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_root_field_answers_every_role_with_demo_data(
    seeded: tuple[Stack, Addresses], slug: str, role: str
) -> None:
    who = asker(seeded[0], slug, role)
    [level] = who.ask(FIRST)["stockLevels"]["nodes"]
    data = who.ask(EVERY_ROOT, id=level["id"], sku=level["sku"], code=level["location"]["code"])
    holes = [hole for hole in empties(data) if hole not in OPTIONAL and not hole.startswith(".stockLevel.")]
    assert holes == []


def test_the_demo_is_as_large_as_was_promised(seeded: tuple[Stack, Addresses]) -> None:
    items = locations = 0
    for slug in SLUGS:
        data = asker(seeded[0], slug, "admin").ask(
            "{ items(first: 1) { totalCount } locations(first: 1) { totalCount } }"
        )
        items += data["items"]["totalCount"]
        locations = max(locations, data["locations"]["totalCount"])
    assert len(SLUGS) == 2
    assert items >= 500
    assert locations >= 4


def test_the_demo_reaches_ninety_days_back(seeded: tuple[Stack, Addresses]) -> None:
    query = """
    query ($to: DateTime) { ledger(filter: { to: $to }, first: 1) { nodes { occurredAt } } }
    """
    who = asker(seeded[0], SLUGS[0], "analyst")
    newest = who.ask(query)["ledger"]["nodes"][0]["occurredAt"]
    oldest_day = f"{_days_before(newest, 89)}T00:00:00Z"
    assert who.ask(query, to=oldest_day)["ledger"]["nodes"]


def _days_before(moment: str, days: int) -> str:
    return (datetime.fromisoformat(moment) - timedelta(days=days)).date().isoformat()


async def test_levels_ledger_and_sums_of_the_demo_agree(seeded: tuple[Stack, Addresses]) -> None:
    connection = await asyncpg.connect(seeded[1].superuser_url)
    try:
        assert await violations(connection) == []
    finally:
        await connection.close()


def test_statuses_of_every_kind_are_there_and_stale_is_what_the_filter_finds(seeded: tuple[Stack, Addresses]) -> None:
    who = asker(seeded[0], SLUGS[0], "analyst")
    query = "query ($f: StockLevelFilter) { stockLevels(filter: $f, first: 250) { totalCount nodes { status stale } } }"
    for status in ("IN_STOCK", "LOW", "OUT_OF_STOCK"):
        page = who.ask(query, f={"status": [status]})["stockLevels"]
        assert page["nodes"], status
        assert {node["status"] for node in page["nodes"]} == {status}
    for stale in (True, False):
        nodes = who.ask(query, f={"stale": stale})["stockLevels"]["nodes"]
        assert {node["stale"] for node in nodes} <= {stale}
    everything, old = (who.ask(query, f=f)["stockLevels"]["totalCount"] for f in ({}, {"staleForDays": 10}))
    assert 0 <= old < everything


def test_a_seeded_system_is_watched_whole(seeded: tuple[Stack, Addresses]) -> None:
    stack = seeded[0]
    who = asker(stack, SLUGS[0], "analyst")
    total = who.ask("{ stockLevels(first: 1) { totalCount } }")["stockLevels"]["totalCount"]
    with LiveSocket(stack, who.token) as socket:
        snapshot = socket.watch(snapshot=True).until_caught_up()
    assert len({event["nodeId"] for event in snapshot}) == len(snapshot) == total


def test_seeding_again_changes_nothing(seeded: tuple[Stack, Addresses]) -> None:
    query = "{ items(first: 1) { totalCount } stockLevels(first: 250) { totalCount nodes { id version } } }"
    who = asker(seeded[0], SLUGS[0], "admin")
    before = who.ask(query)
    assert "are there already" in seeded[0].run("seed")
    assert who.ask(query) == before
