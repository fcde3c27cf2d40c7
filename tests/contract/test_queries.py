"""What the queries answer about single things, and what is asked wrongly."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.contract.assortment import ITEMS, LEVELS, LISTS, Assortment
from tests.factories.operations import ITEM, LEVEL, LOCATION
from tests.factories.shop import Shop, fresh

AVAILABILITY = """
query ($skus: [String!]!, $location: String) {
  availability(skus: $skus, location: $location) { sku known availableToPromise asOf }
}
"""
STOCK = f"""
query ($sku: String!) {{
  stock(sku: $sku) {{
    id sku item {{ sku }} status quantityOnHand quantityAllocated quantityUnavailable quantityIncoming
    availableToPromise
    levels {{ {LEVEL} }}
  }}
}}
"""
STOCK_LEVEL = f"query ($sku: String!, $location: String) {{ stockLevel(sku: $sku, location: $location) {{ {LEVEL} }} }}"
MISSING = "NO-SUCH-THING"


def test_stock_sums_a_sku_over_its_locations(assortment: Assortment) -> None:
    stock = assortment.shop.analyst.ask(STOCK, sku="TENT-1")["stock"]
    assert [level["location"]["code"] for level in stock["levels"]] == ["MAIN", "NORTH"]
    assert (stock["quantityOnHand"], stock["availableToPromise"], stock["status"]) == (26, 26, "IN_STOCK")
    assert stock["item"]["sku"] == "TENT-1"


def test_stock_of_an_item_that_never_had_any_is_nothing_but_known(assortment: Assortment) -> None:
    stock = assortment.shop.analyst.ask(STOCK, sku="BARE")["stock"]
    assert (stock["quantityOnHand"], stock["levels"], stock["status"]) == (0, [], "OUT_OF_STOCK")


@pytest.mark.parametrize(
    ("sku", "location", "found"),
    [
        ("TENT-2", None, "MAIN"),
        ("TENT-1", "NORTH", "NORTH"),
        ("TENT-1", None, None),
        ("TENT-1", "SHOP", None),
        ("TENT-1", MISSING, None),
        ("BARE", None, None),
        (MISSING, None, None),
        ("tent-2", None, None),
    ],
)
def test_a_stock_level_is_the_one_named_or_the_only_one(
    assortment: Assortment, sku: str, location: str | None, found: str | None
) -> None:
    level = assortment.shop.analyst.ask(STOCK_LEVEL, sku=sku, location=location)["stockLevel"]
    assert (level and level["location"]["code"]) == found


def test_things_that_are_not_there_are_null(assortment: Assortment) -> None:
    query = (
        f'{{ stock(sku: "{MISSING}") {{ id }} item(sku: "{MISSING}") {{ id }} location(code: "{MISSING}") {{ id }} }}'
    )
    assert assortment.shop.analyst.ask(query) == {"stock": None, "item": None, "location": None}


def test_availability_answers_in_the_order_asked_duplicates_and_unknown_ones_too(assortment: Assortment) -> None:
    skus = ["LAMP-1", MISSING, "TENT-1", "BARE", "LAMP-1", "", "a\0b"]
    answer = assortment.shop.analyst.send(AVAILABILITY, skus=skus)
    if answer.errors:  # texts that cannot be stored may be refused as such
        skus = skus[:-2]
        answer = assortment.shop.analyst.send(AVAILABILITY, skus=skus)
    rows = answer.data["availability"]
    assert [row["sku"] for row in rows] == skus
    assert [(row["known"], row["availableToPromise"]) for row in rows[:5]] == [
        (True, 0), (False, 0), (True, 26), (True, 0), (True, 0),
    ]  # fmt: skip
    assert all(not row["known"] for row in rows[5:])
    assert all(datetime.fromisoformat(row["asOf"]).utcoffset() == timedelta(0) for row in rows)


def test_availability_at_one_location_and_at_none(assortment: Assortment) -> None:
    for location, amount in (("NORTH", 20), ("MAIN", 6), ("SHOP", 0)):
        [row] = assortment.shop.analyst.ask(AVAILABILITY, skus=["TENT-1"], location=location)["availability"]
        assert (row["known"], row["availableToPromise"]) == (True, amount)
    assert assortment.shop.analyst.ask(AVAILABILITY, skus=[])["availability"] == []


def test_availability_at_a_location_that_is_not_there_is_refused(assortment: Assortment) -> None:
    answer = assortment.shop.analyst.send(AVAILABILITY, skus=["TENT-1"], location=MISSING)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.errors[0]["extensions"]["argument"] == "location"


def test_availability_of_too_many_skus_is_refused(assortment: Assortment) -> None:
    answer = assortment.shop.analyst.send(AVAILABILITY, skus=[f"S{n}" for n in range(5_000)])
    assert answer.status in (200, 400)
    assert answer.codes[0] in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")


def test_viewer_tells_who_asks_and_for_whom(assortment: Assortment) -> None:
    query = "{ viewer { subject roles vendor tenant { id slug name timeZone currency defaultLocation { code } } } }"
    viewer = assortment.shop.as_("vendor", "Sol").ask(query)["viewer"]
    assert (viewer["roles"], viewer["vendor"]) == (["vendor"], "Sol")
    assert viewer["subject"]
    tenant = viewer["tenant"]
    assert (tenant["slug"], tenant["currency"], tenant["timeZone"]) == ("assorted", "EUR", "Europe/Berlin")
    assert tenant["defaultLocation"] == {"code": "MAIN"}


def test_reason_codes_are_those_every_tenant_starts_with(assortment: Assortment) -> None:
    rows = assortment.shop.analyst.ask("{ reasonCodes { code name direction requiresNote active } }")["reasonCodes"]
    directions = {row["code"]: row["direction"] for row in rows}
    both = dict.fromkeys(("correction", "cycle_count", "promotion", "quality_hold", "other"), "BOTH")
    down = dict.fromkeys(("damaged", "lost", "theft", "sample", "waste"), "DECREASE")
    assert directions == both | down | dict.fromkeys(("found", "received", "returned"), "INCREASE")
    assert {row["code"] for row in rows if row["requiresNote"]} == {"other"}
    assert all(row["active"] and row["name"] for row in rows)


NODES = {
    "StockLevel": ('stockLevel(sku: "TENT-2")', LEVEL),
    "Stock": ('stock(sku: "TENT-1")', "id sku availableToPromise"),
    "Item": ('item(sku: "TENT-1")', ITEM),
    "Location": ('location(code: "N-A1")', LOCATION),
    "LedgerEntry": ("ledger(first: 1)", "id kind sku"),
    "Tenant": ("viewer", "id slug"),
}


@pytest.mark.parametrize("type_", NODES)
def test_node_finds_each_thing_again_by_its_id(assortment: Assortment, type_: str) -> None:
    root, fields = NODES[type_]
    wrapped = {"LedgerEntry": f"nodes {{ {fields} }}", "Tenant": f"tenant {{ {fields} }}"}.get(type_, fields)
    thing = assortment.shop.analyst.ask(f"{{ it: {root} {{ {wrapped} }} }}")["it"]
    thing = thing["nodes"][0] if type_ == "LedgerEntry" else thing["tenant"] if type_ == "Tenant" else thing
    query = f"query ($id: ID!) {{ node(id: $id) {{ __typename id ... on {type_} {{ {fields} }} }} }}"
    assert assortment.shop.analyst.ask(query, id=thing["id"])["node"] == thing | {"__typename": type_}


def test_an_adjustment_is_found_again_by_its_id(shop: Shop) -> None:
    made = shop.manager.succeed("adjustStock", sku=shop.stocked(1), quantityChange=1, reasonCode="found")["adjustment"]
    query = "query ($id: ID!) { node(id: $id) { id ... on Adjustment { sku quantityChange reasonCode status } } }"
    assert shop.analyst.ask(query, id=made["id"])["node"] == {
        name: made[name] for name in ("id", "sku", "quantityChange", "reasonCode", "status")
    }


@pytest.mark.parametrize(
    "id_", ["", "x", "StockLevel:1", "U3RvY2tMZXZlbDox", "SXRlbTo=", "bm90OmE6dXVpZA==", "\0", "é", "=" * 500, "9" * 99]
)
def test_a_forged_id_reads_like_one_that_is_not_there(shop: Shop, id_: str) -> None:
    answer = shop.analyst.send("query ($id: ID!) { node(id: $id) { id } }", id=id_)
    assert answer.status in (200, 400)
    assert answer.codes in ([], ["BAD_USER_INPUT"])
    assert (answer.body.get("data") or {}).get("node") is None


def test_a_level_tells_its_own_ledger_and_its_history(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.adjust(sku, -4)
    query = """
    query ($sku: String!) { stockLevel(sku: $sku) {
      ledger(first: 1) { nodes { kind quantityOnHandAfter levelVersion } pageInfo { hasNextPage endCursor } }
      history(points: 5) { at quantityOnHand availableToPromise }
    } }
    """
    level = shop.analyst.ask(query, sku=sku)["stockLevel"]
    assert level["ledger"]["nodes"] == [{"kind": "ADJUSTMENT", "quantityOnHandAfter": 6, "levelVersion": 2}]
    assert level["ledger"]["pageInfo"]["hasNextPage"] is True
    points = level["history"]
    assert len(points) == 5
    assert points[-1]["quantityOnHand"] == 6
    assert points[0]["quantityOnHand"] == 0, "before its first entry there was nothing"
    assert [point["at"] for point in points] == sorted(point["at"] for point in points)
    cursor = level["ledger"]["pageInfo"]["endCursor"]
    rest = (
        "query ($sku: String!, $after: String) { stockLevel(sku: $sku) { ledger(after: $after) { nodes { kind } } } }"
    )
    assert shop.analyst.ask(rest, sku=sku, after=cursor)["stockLevel"]["ledger"]["nodes"] == [{"kind": "RECEIPT"}]


@pytest.mark.parametrize("points", [0, -1, 1_000_000])
def test_history_of_too_few_or_too_many_points_is_refused(shop: Shop, points: int) -> None:
    query = "query ($sku: String!, $n: Int) { stockLevel(sku: $sku) { history(points: $n) { at } } }"
    answer = shop.analyst.send(query, sku=shop.stocked(1), n=points)
    assert answer.status in (200, 400)
    assert answer.codes[0] in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")


def test_history_backwards_in_time_is_refused(shop: Shop) -> None:
    query = """
    query ($sku: String!) { stockLevel(sku: $sku) {
      history(from: "2025-02-01T00:00:00Z", to: "2025-01-01T00:00:00Z") { at } } }
    """
    assert shop.analyst.send(query, sku=shop.stocked(1)).codes == ["BAD_USER_INPUT"]


# ---------------------------------------------------------------- asked wrongly
@pytest.mark.parametrize("first", [0, -1, 251, 2**31 - 1])
@pytest.mark.parametrize("root", [*LISTS, "stockLevels"])
def test_a_page_holds_1_to_250(assortment: Assortment, root: str, first: int) -> None:
    query = LISTS.get(root, LEVELS)
    answer = assortment.shop.analyst.send(query, first=first)
    assert answer.status in (200, 400)
    assert answer.codes[0] in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")
    assert "first" in answer.errors[0]["message"] or answer.codes == ["QUERY_TOO_COMPLEX"]
    assert assortment.page(query, first=1)["nodes"]
    assert assortment.page(query, first=250)["nodes"]


CURSORS = ["", "x", "bm90IG91cnM=", "\0", "é" * 10, "eyJhIjoxfQ==", "A" * 5_000]


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("root", [*LISTS, "stockLevels"])
def test_a_cursor_that_is_not_ours_is_refused_by_name(assortment: Assortment, root: str, cursor: str) -> None:
    answer = assortment.shop.analyst.send(LISTS.get(root, LEVELS), after=cursor)
    assert answer.status in (200, 400)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "after" in answer.errors[0]["message"] or "cursor" in answer.errors[0]["message"]


def test_a_cursor_of_another_order_is_refused(assortment: Assortment) -> None:
    cursor = assortment.page(LEVELS, sort="SKU", first=1)["pageInfo"]["endCursor"]
    for sort in ("AVAILABLE_ASC", "AVAILABLE_DESC", "UPDATED_DESC", "LAST_MOVEMENT_ASC"):
        assert assortment.shop.analyst.send(LEVELS, sort=sort, after=cursor).codes == ["BAD_USER_INPUT"]


BOTH_WAYS: list[dict[str, Any]] = [
    {"first": 2, "last": 2},
    {"last": 0},
    {"last": -1},
    {"last": 251},
    {"before": "x"},
    {"last": 2, "before": "x"},
]


@pytest.mark.parametrize("arguments", BOTH_WAYS, ids=str)
def test_arguments_that_make_no_page_are_refused(assortment: Assortment, arguments: dict[str, Any]) -> None:
    answer = assortment.shop.analyst.send(LEVELS, **arguments)
    assert answer.codes[0] in ("BAD_USER_INPUT", "QUERY_TOO_COMPLEX")


TEXTS = ["", "\0", "a\x1b", "x" * 20_000, "%", "_", "\\", "'", '"', "é", "😀", "' OR 1=1 --", "{}", "*", "(", "]["]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:10]))
def test_no_text_in_a_filter_or_argument_is_a_fault(assortment: Assortment, text: str) -> None:
    for query in ('stock(sku: $t) { id }', "stockLevel(sku: $t, location: $t) { id }", "item(sku: $t) { id }",
                  "location(code: $t) { id }", "stockLevels(filter: { search: $t }) { totalCount }",
                  "stockLevels(filter: { skus: [$t], locations: [$t], vendors: [$t] }) { totalCount }",
                  "items(filter: { search: $t, categories: [$t] }) { totalCount }",
                  "locations(filter: { search: $t, parent: $t, zones: [$t] }) { totalCount }",
                  "ledger(filter: { reference: $t, actor: $t, reasonCodes: [$t] }) { nodes { id } }"):  # fmt: skip
        answer = assortment.shop.analyst.send(f"query ($t: String!) {{ it: {query} }}", t=text)
        assert answer.status in (200, 400)
        assert answer.codes in ([], ["BAD_USER_INPUT"]), f"{query}: {answer.body}"


def test_half_of_a_surrogate_pair_in_an_argument_is_no_fault(shop: Shop) -> None:
    for body in (
        '{"query": "query ($s: String!) { item(sku: $s) { id } }", "variables": {"s": "\\ud800"}}',
        '{"query": "{ item(sku: \\"\\\\ud800\\") { id } }"}',
        '{"query": "{ item(sku: \\"\\ud800\\") { id } }"}',
    ):
        response = shop.stack.http.post(
            shop.stack.graphql_url,
            content=body.encode(),
            headers={"Authorization": f"Bearer {shop.analyst.token}", "Content-Type": "application/json"},
        )
        assert response.status_code in (200, 400), response.text
        assert "INTERNAL" not in response.text


def test_a_list_of_nothing_finds_nothing_and_too_long_a_list_is_refused(assortment: Assortment) -> None:
    assert assortment.levels(skus=[]) == []
    assert assortment.items(vendors=[]) == []
    answer = assortment.shop.analyst.send(ITEMS, filter={"skus": [fresh("S") for _ in range(20_000)]})
    assert answer.status in (200, 400, 413)
    assert "INTERNAL" not in answer.codes
