"""Alerts over GraphQL: how one opens, turns, is seen and ends, how they are listed, and who sees them."""

from typing import Any

import pytest

from tests.contract.assortment import ALERTS
from tests.factories.operations import ALERT
from tests.factories.shop import Asker, Shop, fresh

STANDING = ["OPEN", "ACKNOWLEDGED"]
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


def told(alert: dict[str, Any]) -> tuple[str, str, int, int | None]:
    return alert["kind"], alert["status"], alert["remainingQuantity"], alert["threshold"]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def listed(asker: Asker, **filter: Any) -> list[str]:
    return [node["id"] for node in asker.ask(ALERTS, filter=filter, first=250)["page"]["nodes"]]


# ------------------------------------------------------------------ the life of one
def test_a_level_that_runs_low_runs_out_and_is_filled_again_has_one_alert_from_its_opening_to_its_end(
    shop: Shop,
) -> None:
    sku = shop.stocked(10)
    shop.manager.succeed("setStockPolicy", sku=sku, lowStockThreshold=5)
    assert shop.alerts(skus=[sku]) == []
    shop.adjust(sku, -6)
    [opened] = shop.alerts(skus=[sku])
    assert (told(opened), opened["endsAbove"]) == (("LOW_STOCK", "OPEN", 4, 5), 6)
    assert (opened["sku"], opened["item"]["sku"], opened["version"]) == (sku, sku, 1)
    assert (opened["acknowledgedBy"], opened["acknowledgedAt"], opened["resolvedAt"]) == (None, None, None)

    seen = shop.manager.succeed("acknowledgeAlert", alertId=opened["id"])["alert"]
    assert told(seen) == ("LOW_STOCK", "ACKNOWLEDGED", 4, 5)
    assert (seen["version"], seen["acknowledgedAt"]) == (2, seen["updatedAt"])
    assert seen["acknowledgedBy"] == shop.manager.ask("{ viewer { subject } }")["viewer"]["subject"]

    shop.adjust(sku, -4)
    [out] = shop.alerts(skus=[sku])
    assert told(out) == ("OUT_OF_STOCK", "OPEN", 0, 5)
    assert (out["id"], out["version"], out["acknowledgedBy"]) == (opened["id"], 3, None)

    shop.adjust(sku, 6)
    assert told(shop.alerts(skus=[sku])[0]) == ("LOW_STOCK", "OPEN", 6, 5), "above, and not far enough"
    shop.adjust(sku, 1)
    [ended] = shop.alerts(skus=[sku])
    assert (told(ended), ended["id"]) == (("LOW_STOCK", "RESOLVED", 7, 5), opened["id"])
    assert ended["openedAt"] == opened["openedAt"] < ended["resolvedAt"] == ended["updatedAt"]

    shop.adjust(sku, -7)
    [again, before] = shop.alerts(skus=[sku])
    assert (again["id"] != before["id"], before) == (True, ended)


def test_what_remains_is_what_the_level_has_now_until_the_alert_ends(shop: Shop) -> None:
    alert = shop.low(left=4, low_at=5)
    assert told(alert) == ("LOW_STOCK", "OPEN", 4, 5)
    shop.reserve(alert["sku"], 3)
    [now] = shop.alerts(skus=[alert["sku"]])
    assert now == alert | {"remainingQuantity": 1}
    assert shop.alert(alert["id"]) == now
    seen = shop.manager.succeed("acknowledgeAlert", alertId=alert["id"])["alert"]
    assert seen["remainingQuantity"] == 1
    shop.manager.succeed("setStockPolicy", sku=alert["sku"], lowStockThreshold=None)
    [ended] = shop.alerts(skus=[alert["sku"]])
    shop.adjust(alert["sku"], 50)
    assert (ended["status"], ended["remainingQuantity"]) == ("RESOLVED", 1)
    assert shop.alerts(skus=[alert["sku"]]) == [ended]


def test_an_item_that_is_archived_ends_its_alert(shop: Shop) -> None:
    alert = shop.low()
    shop.admin.succeed("upsertItem", sku=alert["sku"], archived=True)
    [ended] = shop.alerts(skus=[alert["sku"]])
    assert (ended["id"], ended["status"]) == (alert["id"], "RESOLVED")


# ------------------------------------------------------------------ seeing it
def test_who_acknowledges_first_is_kept_and_a_second_changes_nothing(shop: Shop) -> None:
    alert = shop.low()
    first = shop.manager.succeed("acknowledgeAlert", alertId=alert["id"])
    assert shop.admin.succeed("acknowledgeAlert", alertId=alert["id"]) == first
    assert first["alert"]["acknowledgedBy"] != shop.admin.ask("{ viewer { subject } }")["viewer"]["subject"]


def test_a_repeat_shows_the_alert_as_it_is_now(shop: Shop) -> None:
    alert, key = shop.low(), fresh("key")
    shop.manager.succeed("acknowledgeAlert", alertId=alert["id"], idempotencyKey=key)
    shop.adjust(alert["sku"], -3)
    repeat = shop.manager.succeed("acknowledgeAlert", alertId=alert["id"], idempotencyKey=key)["alert"]
    assert (repeat["kind"], repeat["status"], repeat["acknowledgedBy"]) == ("OUT_OF_STOCK", "OPEN", None)
    other = shop.low()
    reused = shop.manager.do("acknowledgeAlert", alertId=other["id"], idempotencyKey=key)
    assert (codes(reused), reused["alert"]) == (["IDEMPOTENCY_KEY_REUSED"], other)


def test_what_is_resolved_is_shown_and_cannot_be_acknowledged(shop: Shop) -> None:
    alert = shop.low()
    shop.manager.succeed("receiveStock", sku=alert["sku"], quantity=50)
    payload = shop.manager.do("acknowledgeAlert", alertId=alert["id"])
    [error] = payload["userErrors"]
    assert (error["code"], error["field"][-1]) == ("ILLEGAL_TRANSITION", "alertId")
    assert payload["alert"]["status"] == "RESOLVED"


def test_an_alert_of_another_tenant_and_a_forged_id_are_as_ones_that_are_not_there(
    shop: Shop, other_shop: Shop
) -> None:
    foreign, item = other_shop.low(), shop.admin.ask("query ($s: String!) { item(sku: $s) { id } }", s=shop.item())
    for id_ in (foreign["id"], item["item"]["id"], "rubbish", "", "\0"):
        assert shop.alert(id_) in (None, {})
        payload = shop.manager.do("acknowledgeAlert", alertId=id_)
        assert (codes(payload), payload["alert"]) == (["NOT_FOUND"], None)
    answers = [str(shop.manager.do("acknowledgeAlert", alertId=id_)) for id_ in (foreign["id"], "rubbish")]
    assert answers[0] == answers[1]
    assert other_shop.alert(foreign["id"]) == foreign
    assert shop.alerts(skus=[foreign["sku"]]) == []


@pytest.mark.parametrize("role", ["vendor", "approver", "analyst", "system"])
def test_who_may_not_acknowledge_is_refused_before_it_is_looked_for(shop: Shop, role: str) -> None:
    vendor = fresh("vendor")
    alert = shop.low(vendor=vendor)
    asker = shop.as_(role, vendor if role == "vendor" else None)
    for id_ in (alert["id"], "rubbish"):
        assert asker.try_to("acknowledgeAlert", alertId=id_).codes == ["FORBIDDEN"]
    assert shop.alert(alert["id"]) == alert


# ------------------------------------------------------------------ lists
def test_each_filter_narrows_the_list(shop: Shop) -> None:
    where = shop.location()
    sku = shop.stocked(3, where, category=fresh("category"), vendor=fresh("vendor"))
    shop.manager.succeed("setStockPolicy", sku=sku, lowStockThreshold=5)
    [alert] = shop.alerts(skus=[sku])
    item, own = alert["item"], {"skus": [sku]}
    for filter, found in (
        ({}, True), ({"kinds": ["LOW_STOCK", "STALE"]}, True), ({"kinds": ["OUT_OF_STOCK"]}, False),
        ({"status": STANDING}, True), ({"status": ["OPEN"]}, True), ({"status": ["ACKNOWLEDGED", "RESOLVED"]}, False),
        ({"locations": [where]}, True), ({"locations": ["MAIN"]}, False),
        ({"categories": [item["category"], "x"]}, True), ({"categories": [item["vendor"]]}, False),
        ({"vendors": [item["vendor"]]}, True), ({"vendors": []}, False), ({"kinds": []}, False),
    ):  # fmt: skip
        assert listed(shop.analyst, **own, **filter) == ([alert["id"]] if found else []), filter
    assert listed(shop.analyst, skus=[]) == []
    assert listed(shop.analyst, locations=[where]) == listed(shop.analyst, vendors=[item["vendor"]]) == [alert["id"]]


def test_a_list_is_read_page_by_page_the_newest_first(shop: Shop) -> None:
    alerts = [shop.low() for _ in range(3)]
    shop.manager.succeed("receiveStock", sku=alerts[1]["sku"], quantity=50)
    wanted = {"skus": [each["sku"] for each in alerts]}
    whole = shop.analyst.ask(ALERTS, filter=wanted)["page"]
    assert [node["id"] for node in whole["nodes"]] == [each["id"] for each in alerts[::-1]]
    assert whole["totalCount"] == 3
    page = shop.analyst.ask(ALERTS, filter=wanted, first=2)["page"]
    assert (page["nodes"], page["pageInfo"]["hasNextPage"]) == (whole["nodes"][:2], True)
    rest = shop.analyst.ask(ALERTS, filter=wanted, first=2, after=page["pageInfo"]["endCursor"])["page"]
    assert (rest["nodes"], rest["pageInfo"]["hasNextPage"]) == (whole["nodes"][2:], False)
    assert listed(shop.analyst, **wanted, status=STANDING) == [alerts[2]["id"], alerts[0]["id"]]
    assert shop.analyst.send(ALERTS, after="rubbish").codes == ["BAD_USER_INPUT"]
    assert shop.analyst.send(ALERTS, filter={"categories": ["a\0b"]}).codes == ["BAD_USER_INPUT"]
    too_many = shop.analyst.send(ALERTS, filter={"kinds": ["STALE"] * 1_001})
    assert too_many.errors[0]["extensions"]["argument"] == "filter.kinds"


def test_an_alert_is_found_again_by_its_id(shop: Shop) -> None:
    alert = shop.low()
    assert shop.analyst.ask(NODE, id=alert["id"])["node"] == {"__typename": "Alert", "id": alert["id"]}
    assert shop.alert(alert["id"]) == alert


# ------------------------------------------------------------------ vendors
def test_a_vendor_sees_the_alerts_of_its_own_items_and_not_who_has_seen_them(shop: Shop) -> None:
    name = fresh("vendor")
    own, foreign = shop.low(vendor=name), shop.low(vendor="Else")
    shop.manager.succeed("acknowledgeAlert", alertId=own["id"])
    vendor = shop.as_("vendor", name)
    [seen] = vendor.ask(ALERTS)["page"]["nodes"]
    assert (seen["id"], seen["status"], seen["acknowledgedBy"]) == (own["id"], "ACKNOWLEDGED", None)
    assert listed(vendor, vendors=["Else"]) == listed(vendor, skus=[foreign["sku"]]) == []
    assert vendor.ask(NODE, id=foreign["id"]) == {"node": None}
    shop.admin.succeed("upsertItem", sku=own["sku"], vendor="Else")
    assert listed(vendor) == []
    assert vendor.ask(NODE, id=own["id"]) == {"node": None}


def test_who_may_both_acknowledge_and_sell_is_shown_its_own_name(shop: Shop) -> None:
    name, who = fresh("vendor"), fresh("somebody")
    alert = shop.low(vendor=name)
    as_manager, as_vendor = (
        Asker(shop.stack, shop.stack.token(role, shop.tenant, vendor, subject=who))
        for role, vendor in (("manager", None), ("vendor", name))
    )
    as_manager.succeed("acknowledgeAlert", alertId=alert["id"])
    [seen] = as_vendor.ask(ALERTS)["page"]["nodes"]
    assert seen["acknowledgedBy"] == who


def test_several_alerts_are_acknowledged_by_one_request(shop: Shop) -> None:
    first, second = shop.low(), shop.low()
    query = f"""
    mutation ($one: AcknowledgeAlertInput!, $two: AcknowledgeAlertInput!) {{
      one: acknowledgeAlert(input: $one) {{ alert {{ {ALERT} }} }}
      two: acknowledgeAlert(input: $two) {{ alert {{ {ALERT} }} }}
    }}
    """
    given = {
        name: {"idempotencyKey": fresh("key"), "alertId": alert["id"]}
        for name, alert in (("one", first), ("two", second))
    }
    answer = shop.manager.ask(query, **given)
    assert [answer[name]["alert"]["status"] for name in ("one", "two")] == ["ACKNOWLEDGED"] * 2
    assert [answer[name]["alert"]["id"] for name in ("one", "two")] == [first["id"], second["id"]]
