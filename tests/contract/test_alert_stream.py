"""`lowStockAlerts` over the API: what stands first, then each act, for each field that a filter has."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.factories.operations import ALERT_STREAM
from tests.factories.shop import Shop, fresh
from tests.live import Event, LiveSocket
from tests.stack import PATIENCE_SECONDS

STANDING = ["OPEN", "ACKNOWLEDGED"]
FIELDS = ("kinds", "status", "skus", "locations", "categories", "vendors")


def low(shop: Shop, **fields: Any) -> dict[str, Any]:
    """An alert of an item in a category of its own, of a vendor of its own, at a place of its own."""
    described = {"category": fresh("category"), "vendor": fresh("vendor"), **fields}
    where = shop.location()
    sku = shop.stocked(3, where, **described)
    shop.manager.succeed("setStockPolicy", sku=sku, lowStockThreshold=5)
    [alert] = shop.alerts(skus=[sku])
    return alert


def named(alert: dict[str, Any], field: str) -> list[str]:
    """What a filter says there that means this alert."""
    return {
        "kinds": ["LOW_STOCK"],
        "status": ["OPEN"],
        "skus": [alert["sku"]],
        "locations": [alert["location"]["code"]],
        "categories": [alert["item"]["category"]],
        "vendors": [alert["item"]["vendor"]],
    }[field]


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_a_filter_tells_what_stands_what_changes_and_what_leaves(firm: Shop, field: str) -> None:
    alert, other = low(firm), low(firm)
    firm.adjust(other["sku"], -3)
    firm.manager.succeed("acknowledgeAlert", alertId=other["id"])
    wanted = {field: named(alert, field)}
    with LiveSocket(firm.stack, firm.analyst.token) as socket:
        stream = socket.watch_alerts(filter=wanted, snapshot=True)
        standing = socket.watch_alerts(filter={"status": STANDING, **wanted}, snapshot=True)
        for each in (stream, standing):
            [shown] = each.until_caught_up()
            assert (shown["type"], shown["alert"], shown["nodeId"]) == ("SNAPSHOT", alert, alert["id"])
        firm.adjust(other["sku"], 2)
        seen = firm.manager.succeed("acknowledgeAlert", alertId=alert["id"])["alert"]
        if field == "status":
            assert removed(stream.next_change(), alert)
            assert removed(standing.next_change(), alert)
            return
        for each in (stream, standing):
            change = each.next_change()
            if field == "kinds" and change["nodeId"] == other["id"]:
                change = each.next_change()
            assert (change["type"], change["alert"]) == ("CHANGE", seen)
        firm.manager.succeed("receiveStock", sku=alert["sku"], quantity=50)
        ended = stream.next_change()
        assert (ended["type"], ended["alert"]["status"], ended["alert"]["version"]) == ("CHANGE", "RESOLVED", 3)
        assert ended["alert"]["remainingQuantity"] == 53
        assert removed(standing.next_change(), alert)


def removed(event: Event, alert: dict[str, Any]) -> bool:
    return (event["type"], event["nodeId"], event["alert"]) == ("REMOVED", alert["id"], None)


def test_low_stock_that_runs_out_leaves_who_asked_for_low_stock_alone(firm: Shop) -> None:
    with LiveSocket(firm.stack, firm.analyst.token) as socket:
        only_low, only_out, either = (
            socket.watch_alerts(filter=filter) for filter in ({"kinds": ["LOW_STOCK"]}, {"kinds": ["OUT_OF_STOCK"]}, {})
        )
        for stream in (only_low, only_out, either):
            assert stream.until_caught_up() == []
        alert = low(firm)
        assert only_low.next_change()["alert"] == alert
        firm.adjust(alert["sku"], -3)
        assert removed(only_low.next_change(), alert)
        out = only_out.next_change()
        assert (out["type"], out["alert"]["kind"], out["alert"]["version"]) == ("CHANGE", "OUT_OF_STOCK", 2)
        assert [either.next_change()["alert"]["version"] for _ in range(2)] == [1, 2]


def test_alerts_go_to_the_new_vendor_with_their_item_and_so_to_another_category(firm: Shop) -> None:
    old, new = fresh("vendor"), fresh("vendor")
    alert = low(firm, vendor=old, category="tents")
    watchers = [firm.as_("vendor", vendor).token for vendor in (old, new)]
    with LiveSocket(firm.stack, watchers[0]) as losing, LiveSocket(firm.stack, watchers[1]) as gaining:
        streams = [socket.watch_alerts(snapshot=True) for socket in (losing, gaining)]
        assert [[event["nodeId"] for event in stream.until_caught_up()] for stream in streams] == [[alert["id"]], []]
        firm.admin.succeed("upsertItem", sku=alert["sku"], vendor=new)
        assert {stream.next_change()["type"] for stream in streams} == {"RESET"}
        assert [[event["nodeId"] for event in stream.until_caught_up()] for stream in streams] == [[], [alert["id"]]]
        tents, lamps = (gaining.watch_alerts(filter={"categories": [it]}, snapshot=True) for it in ("tents", "lamps"))
        assert [len(stream.until_caught_up()) for stream in (tents, lamps)] == [1, 0]
        firm.admin.succeed("upsertItem", sku=alert["sku"], category="lamps")
        assert {stream.next_change()["type"] for stream in (tents, lamps)} == {"RESET"}
        assert [len(stream.until_caught_up()) for stream in (tents, lamps)] == [0, 1]


def test_each_change_tells_what_remained_then_and_no_screen_goes_back(firm: Shop) -> None:
    alert = low(firm)
    with LiveSocket(firm.stack, firm.analyst.token) as socket:
        early = socket.watch_alerts(snapshot=True)
        assert [event["alert"]["remainingQuantity"] for event in early.until_caught_up()] == [3]
        firm.adjust(alert["sku"], -2)
        late = socket.watch_alerts(snapshot=True)
        assert [event["alert"]["remainingQuantity"] for event in late.until_caught_up()] == [1]
        seen = firm.manager.succeed("acknowledgeAlert", alertId=alert["id"])["alert"]
        for stream in (early, late):
            assert stream.next_change()["alert"] == seen
        assert seen["remainingQuantity"] == 1


def test_a_vendor_is_told_the_alerts_of_its_items_and_its_own_name_alone(firm: Shop) -> None:
    vendor = fresh("vendor")
    with LiveSocket(firm.stack, firm.as_("vendor", vendor).token) as socket:
        stream = socket.watch_alerts(snapshot=True)
        assert stream.until_caught_up() == []
        low(firm)
        own = low(firm, vendor=vendor)
        assert stream.next_change()["nodeId"] == own["id"]
        firm.manager.succeed("acknowledgeAlert", alertId=own["id"])
        seen = stream.next_change()["alert"]
        assert (seen["status"], seen["acknowledgedBy"]) == ("ACKNOWLEDGED", None)


def test_who_was_cut_off_is_told_by_its_cursor_what_became_of_alerts_meanwhile(firm: Shop) -> None:
    with LiveSocket(firm.stack, firm.analyst.token) as socket:
        stream = socket.watch_alerts(snapshot=True)
        stream.until_caught_up()
        alert = low(firm)
        cursor = stream.next_change()["cursor"]
    firm.manager.succeed("acknowledgeAlert", alertId=alert["id"])
    firm.manager.succeed("receiveStock", sku=alert["sku"], quantity=50)
    with LiveSocket(firm.stack, firm.analyst.token) as socket:
        resumed = socket.watch_alerts(snapshot=True, after=cursor)
        missed = [(event["type"], event["alert"]["status"]) for event in (resumed.next_change(), resumed.next_change())]
        assert missed == [("CHANGE", "ACKNOWLEDGED"), ("CHANGE", "RESOLVED")]


def test_a_filter_that_cannot_be_met_is_named_and_no_stream_begins(shop: Shop) -> None:
    with LiveSocket(shop.stack, shop.analyst.token) as socket:
        for filter, argument in (({"skus": ["a\0b"]}, "filter.skus"), ({"status": ["OPEN"] * 1_001}, "filter.status")):
            message = socket.watch_alerts(filter=filter).message()
            assert message["type"] == "error", message
            assert message["payload"][0]["extensions"]["argument"] == argument


def test_alerts_are_told_as_server_sent_events_too(firm: Shop) -> None:
    alert = low(firm)
    with closing(HTTPConnection(firm.stack.url.removeprefix("http://"), timeout=PATIENCE_SECONDS)) as connection:
        events = _listening(connection, firm)
        shown, caught_up = next(events), next(events)
        assert (shown["type"], shown["alert"], caught_up["type"]) == ("SNAPSHOT", alert, "CAUGHT_UP")
        seen = firm.manager.succeed("acknowledgeAlert", alertId=alert["id"])["alert"]
        change = next(event for event in events if event["type"] != "CAUGHT_UP")
        assert (change["type"], change["alert"]) == ("CHANGE", seen)


def _listening(connection: HTTPConnection, shop: Shop) -> Iterator[Event]:
    headers = {"authorization": f"Bearer {shop.analyst.token}", "accept": "text/event-stream"}
    body = json.dumps({"query": ALERT_STREAM, "variables": {"snapshot": True}})
    connection.request("POST", "/graphql/stream", body, headers | {"content-type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 200
    while line := answer.readline():
        if line.startswith(b"data: {"):
            yield json.loads(line.removeprefix(b"data: "))["data"]["lowStockAlerts"]
