"""Reports by path: the figures that GraphQL has, and what is refused."""

from typing import Any

import pytest

from tests.contract.by_path import Service, service
from tests.factories.shop import Shop, fresh

HEALTH = "/inventory/reports/health"


@pytest.fixture
def analyst(shop: Shop) -> Service:
    return service(shop, "analyst")


def test_a_report_tells_what_graphql_tells(shop: Shop, analyst: Service) -> None:
    category = fresh("Tents")
    sku, other = (shop.stocked(10, category=category, unitCost="2.50", currency="EUR") for _ in range(2))
    shop.manager.succeed("wasteStock", sku=sku, quantity=4, reasonCode="damaged")
    told = analyst.read(f"{HEALTH}?category={category}&group_by=SKU")
    by_graphql = shop.manager.ask(
        """query ($from: Date!, $to: Date!, $category: String!) {
          healthReport(from: $from, to: $to, filter: { categories: [$category] }) {
            from to timeZone currency itemsWithoutValue
            metrics { shrinkageUnits shrinkageRate unitsSold sellThroughRate }
            groups(by: SKU) { nodes { key metrics { shrinkageUnits } } }
          }
        }""",
        **{"from": told["from"], "to": told["to"], "category": category},
    )["healthReport"]
    assert (told["time_zone"], told["currency"]) == (by_graphql["timeZone"], by_graphql["currency"])
    assert told["metrics"]["shrinkage_units"] == by_graphql["metrics"]["shrinkageUnits"] == 4
    assert told["metrics"]["shrinkage_rate"] == by_graphql["metrics"]["shrinkageRate"] == "0.2000"
    groups = {group["key"]: group["metrics"]["shrinkage_units"] for group in told["groups"]}
    assert groups == {sku: 4, other: 0}
    assert [group["key"] for group in by_graphql["groups"]["nodes"]] == sorted((sku, other))
    assert (told["dead_stock"], told["dead_stock_count"], told["next_cursor"]) == ([], 0, None)


def test_groups_are_read_a_page_at_a_time(shop: Shop, analyst: Service) -> None:
    category = fresh("Lamps")
    skus = sorted(shop.stocked(1, category=category) for _ in range(3))
    found: list[str] = []
    after = ""
    while True:
        page = analyst.read(f"{HEALTH}?category={category}&group_by=SKU&limit=2{after}")
        found += [group["key"] for group in page["groups"]]
        if page["next_cursor"] is None:
            break
        after = f"&after={page['next_cursor']}"
    assert found == skus


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("from=2026-02-30", 400, "BAD_USER_INPUT", "from"),
        ("from=2026-03-02&to=2026-03-01", 400, "INVALID_INPUT", "from"),
        ("from=2999-01-01&to=2999-01-02", 400, "INVALID_INPUT", "from"),
        ("from=1971-01-01&to=2026-01-01", 400, "INVALID_INPUT", "from"),
        ("to=0001-01-01", 400, "INVALID_INPUT", "to"),
        ("dead_after_days=0", 400, "BAD_USER_INPUT", "dead_after_days"),
        ("group_by=COLOUR", 400, "BAD_USER_INPUT", "group_by"),
        ("after=WyJTS1UiXQ", 400, "BAD_USER_INPUT", "after"),
        ("group_by=SKU&after=WyJTS1UiXQ", 400, "BAD_USER_INPUT", "after"),
        ("sku=nothing-is-called-so", 422, "UNKNOWN_SKU", "sku"),
        ("location=nowhere", 422, "UNKNOWN_LOCATION", "location"),
        ("category=none", 400, "INVALID_INPUT", "category"),
        ("vendor=nobody", 400, "INVALID_INPUT", "vendor"),
    ],
)
def test_what_no_report_can_be_of_is_refused_by_name(
    analyst: Service, query: str, status: int, code: str, field: str
) -> None:
    answer = analyst.get(f"{HEALTH}?{query}")
    body: dict[str, Any] = answer.body
    assert (answer.status, body["code"], body["field"]) == (status, code, field)


def test_what_a_report_is_refused_for_is_told_in_words_of_the_path(analyst: Service) -> None:
    told = analyst.get(f"{HEALTH}?sku=LAMP%E2%80%8B").body["detail"]
    assert told == "sku holds the character U+200B, which cannot be seen: remove it."
    told = analyst.get(f"{HEALTH}?location=nowhere&location=no-place").body["detail"]
    assert told.startswith("location: there is no location with the code 'no")
    assert told.endswith("(and 1 more): mind upper and lower case, or leave it out.")


def test_a_report_up_to_a_day_to_come_ends_today_and_begins_29_days_before(analyst: Service) -> None:
    report, now = analyst.get(f"{HEALTH}?to=9999-12-31").body, analyst.get(HEALTH).body
    assert (report["from"], report["to"]) == (now["from"], now["to"])


def test_a_vendor_sees_its_own_items_alone(shop: Shop) -> None:
    vendor, category = fresh("vendor"), fresh("Boats")
    own = shop.stocked(3, category=category, vendor=vendor)
    shop.stocked(4, category=category, vendor=fresh("other"))
    told = service(shop, "vendor", vendor).read(f"{HEALTH}?category={category}&group_by=SKU")
    assert [group["key"] for group in told["groups"]] == [own]
