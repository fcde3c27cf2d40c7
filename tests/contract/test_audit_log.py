"""The audit log: who did what beside stock, told with the request in which it was asked for."""

from typing import Any

import pytest

from tests.contract.assortment import AUDIT_LOG, VENDOR
from tests.factories.operations import AUDITED, mutation
from tests.factories.shop import Shop, fresh

NODE = f"query ($id: ID!) {{ node(id: $id) {{ __typename id ... on AuditEntry {{ {AUDITED} }} }} }}"


def log(shop: Shop, **filter: Any) -> list[dict[str, Any]]:
    """Newest first."""
    return shop.analyst.ask(AUDIT_LOG, filter=filter, first=250)["page"]["nodes"]


def changes(entry: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (each["from"], each["to"]) for name, each in entry["detail"]["changes"].items()}


def test_an_item_that_is_made_and_described_anew_is_told_with_what_changed(shop: Shop) -> None:
    sku = shop.item(price="12.50", barcodes=["4001"])
    shop.admin.succeed("upsertItem", sku=sku, price=None, archived=True)

    anew, made = log(shop, subject=sku)

    assert [(each["actor"], each["action"], each["subjectType"]) for each in (anew, made)] == [
        (anew["actor"], "upsertItem", "Item")
    ] * 2
    assert changes(made)["price"] == (None, "12.50")
    assert changes(made)["barcodes"] == (None, ["4001"])
    assert changes(anew)["price"] == ("12.50", None)
    assert set(changes(anew)) == {"price", "archivedAt"}


def test_an_entry_names_the_request_that_its_answer_named(shop: Shop) -> None:
    code = fresh("LOC")
    given = {"idempotencyKey": fresh("key"), "code": code, "name": "Hall"}
    answer = shop.admin.send(mutation("upsertLocation"), input=given)

    [entry] = log(shop, subject=code)

    assert entry["requestId"] == answer.headers["x-request-id"]
    assert entry["at"] <= log(shop)[0]["at"]
    assert shop.analyst.ask(NODE, id=entry["id"])["node"] == {"__typename": "AuditEntry", **entry}


def test_a_repeat_under_its_key_and_a_change_of_nothing_are_told_once(shop: Shop) -> None:
    code = fresh("reason")
    given = {"idempotencyKey": fresh("key"), "code": code, "direction": "INCREASE"}
    for _ in range(3):
        shop.admin.succeed("upsertReasonCode", **given)
    shop.admin.succeed("upsertReasonCode", code=code)
    shop.admin.do("upsertReasonCode", code=code, name="")

    [entry] = log(shop, subject=code)

    assert changes(entry)["direction"] == (None, "INCREASE")


def test_a_stock_policy_is_told_with_its_place(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.manager.succeed("setStockPolicy", sku=sku, reorderPoint=5, expected={"reorderPoint": None})
    assert shop.manager.do("setStockPolicy", sku=sku, reorderPoint=6, expected={"reorderPoint": 4})["userErrors"]

    [entry] = log(shop, subject=sku, actions=["setStockPolicy"])

    assert (entry["subjectType"], entry["detail"]["location"]) == ("StockLevel", "MAIN")
    assert changes(entry) == {"reorderPoint": (None, 5)}


def test_an_approval_policy_is_told_with_its_rules(shop: Shop) -> None:
    shop.admin.succeed("setApprovalPolicy", rules=[{"unitsOver": 100_000_000, "roles": ["admin"]}])
    shop.admin.succeed("setApprovalPolicy", rules=[])

    cleared, stated = log(shop, actions=["setApprovalPolicy"])[:2]

    assert changes(stated) == {"rules": ([], [{"unitsOver": 100_000_000, "roles": ["admin"]}])}
    assert changes(cleared)["rules"][1] == []
    assert stated["subject"] == shop.tenant


def test_what_only_moves_stock_is_not_in_it(shop: Shop) -> None:
    sku = shop.stocked(10)
    shop.adjust(sku, -1)
    assert {entry["action"] for entry in log(shop, subject=sku)} == {"upsertItem"}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"actions": ["upsertItem"]}, True),
        ({"actions": ["upsertLocation"]}, False),
        ({"actions": []}, False),
        ({"subjectTypes": ["Item", "Location"]}, True),
        ({"subjectTypes": ["Location"]}, False),
        ({"actors": ["nobody"]}, False),
        ({"from": "2100-01-01T00:00:00Z"}, False),
        ({"to": "2100-01-01T00:00:00Z"}, True),
        ({"to": "2000-01-01T00:00:00Z"}, False),
    ],
)
def test_a_filter_finds_what_it_says(shop: Shop, filter: dict[str, Any], found: bool) -> None:
    sku = shop.item()
    assert bool(log(shop, subject=sku, **filter)) is found


def test_pages_follow_on_one_another_without_a_gap(shop: Shop) -> None:
    sku = shop.item()
    for number in range(4):
        shop.admin.succeed("upsertItem", sku=sku, name=f"Name {number}")
    whole = [entry["id"] for entry in log(shop, subject=sku)]
    paged: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"endCursor": None}}
    for _ in range(3):
        after = page["pageInfo"]["endCursor"]
        page = shop.analyst.ask(AUDIT_LOG, filter={"subject": sku}, first=2, after=after)["page"]
        paged += [node["id"] for node in page["nodes"]]
    assert paged == whole
    assert len(whole) == 5
    assert page["totalCount"] == 5
    assert page["pageInfo"]["hasNextPage"] is False


def test_nobody_else_finds_an_entry_by_its_id(shop: Shop, other_shop: Shop) -> None:
    [entry] = log(shop, subject=shop.item())
    assert other_shop.admin.ask(NODE, id=entry["id"]) == {"node": None}
    assert other_shop.analyst.ask(AUDIT_LOG, filter={"subject": entry["subject"]})["page"]["nodes"] == []
    for asker in (shop.manager, shop.as_("approver"), shop.as_("vendor", VENDOR)):
        assert asker.ask(NODE, id=entry["id"]) == {"node": None}


def test_a_decision_on_an_adjustment_is_told_with_who_why_and_from_which_request(firm: Shop) -> None:
    sku = firm.item()
    firm.manager.succeed("receiveStock", sku=sku, quantity=10)
    firm.admin.succeed("setApprovalPolicy", rules=[{"unitsOver": 5}])
    asked = {"sku": sku, "quantityChange": -6, "reasonCode": "lost"}
    waiting = firm.manager.succeed("adjustStock", **asked)["adjustment"]
    given = {"idempotencyKey": fresh("key"), "adjustmentId": waiting["id"], "note": "seen on the shelf"}
    answer = firm.as_("approver").send(mutation("approveAdjustment"), input=given)
    assert answer.data["approveAdjustment"]["userErrors"] == []

    [entry] = log(firm, actions=["approveAdjustment"])

    assert (entry["subjectType"], entry["requestId"]) == ("Adjustment", answer.headers["x-request-id"])
    assert entry["actor"] == answer.data["approveAdjustment"]["adjustment"]["decidedBy"]
    told = entry["detail"]["adjustment"]
    assert (told["sku"], told["quantityChange"], told["decisionNote"]) == (sku, -6, "seen on the shelf")


def test_a_list_to_count_is_told_when_it_is_made_and_when_it_is_closed(shop: Shop) -> None:
    location = shop.location()
    counted, left = shop.stocked(10, location), shop.stocked(10, location)
    given = {"location": location, "skus": [counted, left], "blind": True, "reference": "CC-7"}
    made = shop.manager.succeed("createCycleCount", **given)["cycleCount"]
    shop.manager.succeed("recordCycleCount", cycleCountId=made["id"], sku=counted, quantityCounted=9)
    closing = {"idempotencyKey": fresh("key"), "cycleCountId": made["id"]}
    answer = shop.manager.send(mutation("closeCycleCount"), input=closing)
    assert answer.data["closeCycleCount"]["userErrors"] == []
    shop.manager.succeed("closeCycleCount", **closing)
    assert shop.manager.do("closeCycleCount", cycleCountId=made["id"])["userErrors"]

    closed, created = [entry for entry in log(shop, subjectTypes=["CycleCount"]) if of_place(entry, location)]

    assert (created["action"], closed["action"]) == ("createCycleCount", "closeCycleCount")
    assert created["actor"] == closed["actor"] == made["createdBy"]
    assert created["subject"] == closed["subject"]
    assert created["detail"] == given
    assert closed["detail"] == {"location": location, "notCounted": [left]}
    assert created["requestId"] != closed["requestId"] == answer.headers["x-request-id"]


def of_place(entry: dict[str, Any], location: str) -> bool:
    return entry["detail"]["location"] == location
