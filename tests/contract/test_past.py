"""Levels as of a moment: what was told then is told again, and what cannot be told is refused by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.assortment import VENDOR, Assortment
from tests.factories.operations import ENTRY, LEVEL
from tests.factories.shop import Asker, Shop

PAST = f"""query ($sku: String!, $location: String, $at: DateTime!) {{
  level: stockLevel(sku: $sku, location: $location, asOf: $at) {{
    {LEVEL} ledger {{ nodes {{ {ENTRY} }} }} history(points: 2) {{ at quantityOnHand }} }} }}"""
PAGE = """query (
  $filter: StockLevelFilter, $sort: StockLevelSort, $first: Int, $after: String, $last: Int, $at: DateTime
) {
  page: stockLevels(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, asOf: $at) {
    totalCount nodes { sku location { code } quantityOnHand } pageInfo { endCursor hasNextPage } } }"""
LONG_AGO = "2001-01-01T00:00:00Z"


def now_of(asker: Asker) -> str:
    """By the clock that stamps changes."""
    return asker.ask('{ availability(skus: ["none"]) { asOf } }')["availability"][0]["asOf"]


def moments_told(shop: Shop, sku: str) -> list[tuple[str, dict[str, Any]]]:
    """The level as it was told after each of some changes, and when."""
    changes: list[tuple[str, dict[str, Any]]] = [
        ("receiveStock", {"quantity": 20, "unitCost": "3.25"}),
        ("holdStock", {"quantity": 2}),
        ("adjustStock", {"quantityChange": -3, "reasonCode": "lost"}),
        ("countStock", {"quantityCounted": 15, "reasonCode": "cycle_count"}),
        ("wasteStock", {"quantity": 1}),
    ]
    told: list[tuple[str, dict[str, Any]]] = []
    for name, given in changes:
        level = shop.manager.succeed(name, sku=sku, **given)["stockLevel"]
        told.append((now_of(shop.manager), level))
    return told


def test_a_level_as_of_each_moment_is_what_was_told_at_it(shop: Shop) -> None:
    sku = shop.item(currency="EUR")
    told = moments_told(shop, sku)

    for number, (at, then) in enumerate(told, 1):
        past = shop.analyst.ask(PAST, sku=sku, location="MAIN", at=at)["level"]
        assert {name: past[name] for name in then if name != "id"} == {
            name: value for name, value in then.items() if name != "id"
        }
        assert [entry["levelVersion"] for entry in past["ledger"]["nodes"]] == list(range(number, 0, -1))
        assert past["history"][-1] == {"at": at, "quantityOnHand": then["quantityOnHand"]}
        assert shop.analyst.ask(PAST, sku=sku, at=at)["level"] == past, "the one level where no location is named"
    assert shop.analyst.ask(PAST, sku=sku, at=LONG_AGO)["level"] is None
    assert shop.analyst.ask(PAST, sku="none", at=told[0][0])["level"] is None


def test_a_level_as_of_a_moment_has_an_id_of_its_own_that_finds_it_again(shop: Shop) -> None:
    sku = shop.item(currency="EUR")
    (first, _), *_, (last, level) = moments_told(shop, sku)
    ids = [shop.analyst.ask(PAST, sku=sku, at=at)["level"]["id"] for at in (first, last)]
    assert len({*ids, level["id"]}) == 3, "a cache never takes the past for the present"
    query = "query ($id: ID!) { node(id: $id) { __typename id ... on StockLevel { quantityOnHand } } }"
    for id_, on_hand in zip(ids, (20, level["quantityOnHand"]), strict=True):
        assert shop.analyst.ask(query, id=id_)["node"] == {
            "__typename": "StockLevel",
            "id": id_,
            "quantityOnHand": on_hand,
        }
    assert shop.as_("vendor", "nobody").ask(query, id=ids[0])["node"] is None


def test_the_ledger_keeps_what_a_receipt_cost_and_the_items_cost_where_it_said_nothing(shop: Shop) -> None:
    sku = shop.item(currency="EUR", unitCost="2.00")
    for given in ({"unitCost": "3.25"}, {}):
        shop.manager.succeed("receiveStock", sku=sku, quantity=1, **given)
    query = "query ($sku: String!) { stockLevel(sku: $sku) { ledger { nodes { unitCost currency } } } }"
    told = shop.analyst.ask(query, sku=sku)["stockLevel"]["ledger"]["nodes"]
    assert told == [{"unitCost": "2.00", "currency": "EUR"}, {"unitCost": "3.25", "currency": "EUR"}]


@pytest.mark.parametrize("cost", ["-0.01", "1.00001"])
def test_a_receipt_of_a_cost_that_is_none_is_refused_by_name(shop: Shop, cost: str) -> None:
    payload = shop.manager.do("receiveStock", sku=shop.item(currency="EUR"), quantity=1, unitCost=cost)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID_INPUT", ["unitCost"])]


def test_pages_of_the_past_are_told_by_sku_and_go_on_at_their_moment_alone(assortment: Assortment) -> None:
    analyst = assortment.shop.analyst
    at = now_of(analyst)
    whole = analyst.ask(PAGE, at=at)["page"]
    assert [f"{node['sku']}@{node['location']['code']}" for node in whole["nodes"]] == assortment.levels()
    assert whole["totalCount"] == len(whole["nodes"])
    first = analyst.ask(PAGE, at=at, first=4)["page"]
    rest = analyst.ask(PAGE, at=at, first=4, after=first["pageInfo"]["endCursor"])["page"]
    assert first["nodes"] + rest["nodes"] == whole["nodes"]
    assert analyst.ask(PAGE, at=at, last=2)["page"]["nodes"] == whole["nodes"][-2:]
    for other in (None, now_of(analyst)):
        answer = analyst.send(PAGE, at=other, after=first["pageInfo"]["endCursor"])
        assert (answer.codes, answer.errors[0]["extensions"]["argument"]) == (["BAD_USER_INPUT"], "after")
    assert analyst.ask(PAGE, at=LONG_AGO)["page"]["nodes"] == []
    vendors = assortment.shop.as_("vendor", VENDOR).ask(PAGE, at=at)["page"]
    assert {node["sku"] for node in vendors["nodes"]} == {"TENT-1", "TENT-2"}
    narrowed = analyst.ask(PAGE, at=at, filter={"categories": ["Lamps"], "locations": ["SHOP"]})["page"]
    assert [node["sku"] for node in narrowed["nodes"]] == ["LAMP-2"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"filter": {"status": ["LOW"]}}, "filter.status"),
    ({"filter": {"status": []}}, "filter.status"),
    ({"filter": {"stale": False}}, "filter.stale"),
    ({"filter": {"staleForDays": 3}}, "filter.staleForDays"),
    *(({"sort": sort}, "sort") for sort in ("AVAILABLE_ASC", "AVAILABLE_DESC", "UPDATED_DESC", "LAST_MOVEMENT_ASC")),
]


@pytest.mark.parametrize(("asked", "argument"), REFUSED, ids=str)
def test_what_the_past_cannot_be_narrowed_or_sorted_by_is_refused_by_name(
    assortment: Assortment, asked: dict[str, Any], argument: str
) -> None:
    answer = assortment.shop.analyst.send(PAGE, at=LONG_AGO, **asked)
    assert (answer.codes, answer.errors[0]["extensions"]["argument"]) == (["BAD_USER_INPUT"], argument)
    assert "asOf" in answer.errors[0]["message"]


def test_a_moment_to_come_is_refused(assortment: Assortment) -> None:
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    for query, given in ((PAST, {"sku": "TENT-2"}), (PAGE, {})):
        answer = assortment.shop.analyst.send(query, at=later, **given)
        assert (answer.codes, answer.errors[0]["extensions"]["argument"]) == (["BAD_USER_INPUT"], "asOf")


def test_a_moment_before_any_ledger_is_refused(assortment: Assortment) -> None:
    for query, given in ((PAST, {"sku": "TENT-2"}), (PAGE, {})):
        answer = assortment.shop.analyst.send(query, at="0001-01-01T00:00:00Z", **given)
        assert (answer.codes, answer.errors[0]["extensions"]["argument"]) == (["BAD_USER_INPUT"], "asOf")
