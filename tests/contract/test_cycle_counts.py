"""Cycle counts through the API: a list, what is counted of it, what a blind one hides, and who may."""

from typing import Any

import pytest

from tests.factories.operations import CYCLE_COUNT, ENTRY, PAGE
from tests.factories.shop import Asker, Shop, fresh
from tests.faults.tenancy.belongings import uuid_in

LISTS = f"""
query ($filter: CycleCountFilter, $first: Int, $after: String) {{
  page: cycleCounts(filter: $filter, first: $first, after: $after) {{
    totalCount {PAGE} nodes {{ id version status lines {{ sku quantityExpected quantityCounted }} }} edges {{ cursor }}
  }}
}}
"""
ONE = f"query ($id: ID!) {{ cycleCount(id: $id) {{ {CYCLE_COUNT} }} node(id: $id) {{ id }} }}"
LEDGER = f"query ($sku: String!) {{ ledger(filter: {{ skus: [$sku] }}, first: 5) {{ nodes {{ {ENTRY} }} }} }}"


def listed(asker: Asker, **filter: Any) -> list[str]:
    return [node["id"] for node in asker.ask(LISTS, filter=filter, first=20)["page"]["nodes"]]


def test_a_list_is_made_counted_and_closed(shop: Shop) -> None:
    location = shop.location()
    stocked, unknown_there = shop.stocked(10, location), shop.item()
    made = shop.manager.succeed("createCycleCount", location=location, skus=[stocked, unknown_there], reference="CC-7")[
        "cycleCount"
    ]
    assert (made["status"], made["blind"], made["reference"], made["version"]) == ("OPEN", False, "CC-7", 1)
    assert [(line["sku"], line["quantityExpected"], line["quantityCounted"]) for line in made["lines"]] == [
        (stocked, 10, None),
        (unknown_there, 0, None),
    ]
    payload = shop.manager.succeed("recordCycleCount", cycleCountId=made["id"], sku=stocked, quantityCounted=7)
    line = payload["line"]
    assert (line["quantityExpected"], line["quantityCounted"], line["difference"]) == (10, 7, -3)
    assert (line["adjustment"]["status"], line["adjustment"]["quantityChange"]) == ("APPLIED", -3)
    assert (line["adjustment"]["quantityCounted"], line["adjustment"]["reasonCode"]) == (7, "cycle_count")
    assert line["countedBy"]
    assert line["countedAt"]
    level = shop.level(stocked, location)
    assert level
    assert level["quantityOnHand"] == 7
    entry = shop.analyst.ask(LEDGER, sku=stocked)["ledger"]["nodes"][0]
    assert (entry["kind"], entry["referenceType"], entry["reference"]) == ("COUNT", "cycle_count", "CC-7")
    closed = shop.manager.succeed("closeCycleCount", cycleCountId=made["id"])["cycleCount"]
    assert (closed["status"], closed["version"], closed["lines"][0]) == ("CLOSED", 3, line)
    assert closed["lines"][1]["quantityCounted"] is None
    assert shop.analyst.ask(ONE, id=made["id"]) == {"cycleCount": closed, "node": {"id": made["id"]}}


def test_a_blind_list_keeps_what_the_books_say_until_it_is_closed(shop: Shop) -> None:
    made = shop.cycle_count(blind=True)
    [line] = made["lines"]
    assert line["quantityExpected"] is None
    line = shop.manager.succeed("recordCycleCount", cycleCountId=made["id"], sku=line["sku"], quantityCounted=8)["line"]
    assert (line["quantityCounted"], line["quantityExpected"], line["difference"]) == (8, None, None)
    assert line["adjustment"] is None
    [line] = shop.manager.succeed("closeCycleCount", cycleCountId=made["id"])["cycleCount"]["lines"]
    assert (line["quantityExpected"], line["difference"], line["adjustment"]["quantityChange"]) == (10, -2, -2)


def test_a_list_is_found_by_the_uuid_that_the_audit_log_and_the_ledger_tell(shop: Shop) -> None:
    made = shop.cycle_count()
    uuid, sku = uuid_in(made["id"]), made["lines"][0]["sku"]
    shop.manager.succeed("recordCycleCount", cycleCountId=uuid, sku=sku, quantityCounted=9)
    assert shop.analyst.ask(LEDGER, sku=sku)["ledger"]["nodes"][0]["reference"] == uuid
    closed = shop.manager.succeed("closeCycleCount", cycleCountId=uuid)["cycleCount"]
    assert shop.analyst.ask(ONE, id=uuid) == {"cycleCount": closed, "node": None}


def test_what_is_counted_again_counts_from_what_was_counted(shop: Shop) -> None:
    made = shop.cycle_count()
    sku = made["lines"][0]["sku"]
    for counted, expected in ((8, 10), (9, 8), (9, 9)):
        line = shop.manager.succeed("recordCycleCount", cycleCountId=made["id"], sku=sku, quantityCounted=counted)[
            "line"
        ]
        assert (line["quantityCounted"], line["quantityExpected"]) == (counted, expected)


def test_a_refused_count_shows_the_list_and_the_line_as_they_are(shop: Shop) -> None:
    made = shop.cycle_count()
    sku = made["lines"][0]["sku"]
    shop.reserve(sku, 4)
    for given in ({"quantityCounted": 3}, {"quantityCounted": -1}, {"quantityCounted": 5, "note": "a\0b"}):
        payload = shop.manager.do("recordCycleCount", cycleCountId=made["id"], sku=sku, **given)
        assert payload["userErrors"]
        assert (payload["cycleCount"], payload["line"]) == (made, made["lines"][0])
    payload = shop.manager.do("recordCycleCount", cycleCountId=made["id"], sku="ELSE", quantityCounted=1)
    assert ([error["code"] for error in payload["userErrors"]], payload["line"]) == (["NOT_FOUND"], None)


def test_lists_are_found_by_what_a_filter_names_the_newest_first(shop: Shop) -> None:
    one, two = shop.cycle_count(), shop.cycle_count()
    shop.manager.succeed("closeCycleCount", cycleCountId=one["id"])
    places = [each["location"]["code"] for each in (one, two)]
    assert listed(shop.analyst, locations=places) == [two["id"], one["id"]]
    assert listed(shop.analyst, locations=places, status=["OPEN"]) == [two["id"]]
    assert listed(shop.analyst, skus=[one["lines"][0]["sku"]]) == [one["id"]]
    assert listed(shop.analyst, skus=[]) == []
    page = shop.analyst.ask(LISTS, filter={"locations": places}, first=1)["page"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    rest = shop.analyst.ask(LISTS, filter={"locations": places}, after=page["pageInfo"]["endCursor"])["page"]
    assert [node["id"] for node in rest["nodes"]] == [one["id"]]
    assert shop.analyst.send(LISTS, after="rubbish").codes == ["BAD_USER_INPUT"]


def test_a_vendor_sees_nothing_of_a_list_not_even_of_its_own_item(shop: Shop) -> None:
    name = fresh("vendor")
    made = shop.cycle_count(vendor=name)
    vendor = shop.as_("vendor", name)
    assert vendor.send(LISTS).codes == ["FORBIDDEN"]
    assert vendor.ask("query ($id: ID!) { node(id: $id) { id } }", id=made["id"]) == {"node": None}


@pytest.mark.parametrize(
    ("step", "given"), [("recordCycleCount", {"sku": "A", "quantityCounted": 1}), ("closeCycleCount", {})]
)
def test_a_list_of_another_tenant_is_as_one_that_is_not_there(
    shop: Shop, other_shop: Shop, step: str, given: dict[str, Any]
) -> None:
    foreign = other_shop.cycle_count()
    told = [str(shop.manager.do(step, cycleCountId=id_, **given)) for id_ in (foreign["id"], "rubbish")]
    assert told[0] == told[1]
    assert shop.admin.ask(ONE, id=foreign["id"]) == {"cycleCount": None, "node": None}
    assert shop.admin.ask(ONE.split(" node")[0] + " }", id="rubbish") == {"cycleCount": None}


def test_a_page_of_long_lists_ends_early_where_their_lines_are_selected(shop: Shop) -> None:
    """250 lines a list: four have room on a page of 1,000."""
    skus = [shop.item() for _ in range(250)]
    place = shop.location()
    made = [shop.manager.succeed("createCycleCount", location=place, skus=skus)["cycleCount"]["id"] for _ in range(5)][
        ::-1
    ]
    given = {"filter": {"locations": [place]}, "first": 20}
    page = shop.analyst.ask(LISTS, **given)["page"]
    assert [node["id"] for node in page["nodes"]] == made[:4]
    assert page["pageInfo"]["hasNextPage"]
    rest = shop.analyst.ask(LISTS, **given, after=page["pageInfo"]["endCursor"])["page"]
    assert [node["id"] for node in rest["nodes"]] == made[4:]
    assert not rest["pageInfo"]["hasNextPage"]
    unlined = (
        "query ($filter: CycleCountFilter, $first: Int) { cycleCounts(filter: $filter, first: $first) { ...page } }"
    )
    fragment = " fragment page on CycleCountConnection { nodes { id status } pageInfo { hasNextPage } }"
    short = shop.analyst.ask(unlined + fragment, **given)["cycleCounts"]
    assert [node["id"] for node in short["nodes"]] == made
    assert not short["pageInfo"]["hasNextPage"]
    within = shop.analyst.ask(unlined + fragment.replace("status", "lines { sku }"), **given)["cycleCounts"]
    assert [len(node["lines"]) for node in within["nodes"]] == [250] * 4
