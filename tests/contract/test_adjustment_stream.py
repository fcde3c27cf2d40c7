"""`adjustmentChanged` over the API: what waits first, then each act, for each field that a filter has."""

from typing import Any

import pytest

from tests.factories.shop import Shop, fresh
from tests.live import LiveSocket


def ask_for(shop: Shop, sku: str, reason: str = "correction") -> dict[str, Any]:
    """A correction that waits for approval."""
    given = {"sku": sku, "quantityChange": 10, "reasonCode": reason}
    adjustment = shop.manager.succeed("adjustStock", **given)["adjustment"]
    assert adjustment["status"] == "PENDING_APPROVAL"
    return adjustment


@pytest.fixture
def strict(firm: Shop) -> Shop:
    """A tenant of which every correction by more than five units waits."""
    firm.admin.succeed("setApprovalPolicy", rules=[{"unitsOver": 5}])
    return firm


FIELDS = ("ids", "status", "skus", "reasonCodes", "requestedBy")


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_of_a_filter_tells_what_waits_what_changes_and_what_leaves(strict: Shop, field: str) -> None:
    first = ask_for(strict, strict.stocked(20))
    wanted = {
        "ids": [first["id"]],
        "status": ["PENDING_APPROVAL"],
        "skus": [first["sku"]],
        "reasonCodes": ["correction"],
        "requestedBy": first["requestedBy"],
    }[field]
    waiting = {field: wanted, "status": ["PENDING_APPROVAL"]}
    with LiveSocket(strict.stack, strict.admin.token) as socket:
        all_of_it = socket.watch_adjustments(filter={field: wanted}, snapshot=True)
        what_waits = socket.watch_adjustments(filter=waiting, snapshot=True)
        for stream in (all_of_it, what_waits):
            [shown] = stream.until_caught_up()
            assert (shown["type"], shown["adjustment"]) == ("SNAPSHOT", first)
        rejected = strict.admin.succeed("rejectAdjustment", adjustmentId=first["id"], note="no")["adjustment"]
        if field != "status":
            told = all_of_it.next_change()
            assert (told["type"], told["adjustment"]) == ("CHANGE", rejected)
        left = what_waits.next_change()
        assert (left["type"], left["nodeId"], left["adjustment"]) == ("REMOVED", first["id"], None)
        if field != "ids":
            again = ask_for(strict, first["sku"])
            assert what_waits.next_change()["adjustment"] == again


def test_what_somebody_else_asked_for_is_not_told_to_who_names_a_requester(strict: Shop) -> None:
    own = ask_for(strict, strict.stocked(20))
    filter = {"requestedBy": fresh("nobody")}
    with LiveSocket(strict.stack, strict.admin.token) as socket:
        nothing = socket.watch_adjustments(filter=filter, snapshot=True)
        everything = socket.watch_adjustments(snapshot=True)
        assert nothing.until_caught_up() == []
        assert [event["nodeId"] for event in everything.until_caught_up()] == [own["id"]]
        strict.manager.succeed("cancelAdjustment", adjustmentId=own["id"])
        assert everything.next_change()["adjustment"]["status"] == "CANCELLED"
        told = socket.received[nothing.id]
        assert all(message["payload"]["data"]["adjustmentChanged"]["type"] == "CAUGHT_UP" for message in told)


def test_what_waits_where_there_is_no_level_goes_to_the_new_vendor_with_its_item(strict: Shop) -> None:
    old, new = fresh("vendor"), fresh("vendor")
    asked = ask_for(strict, strict.item(vendor=old))
    order = strict.reserve(asked["sku"], fulfillmentPolicy="BACKORDER")
    sockets = [LiveSocket(strict.stack, strict.as_("vendor", vendor).token) for vendor in (old, new)]
    with sockets[0], sockets[1]:
        streams = [(each.watch_adjustments(snapshot=True), each.watch_reservations(snapshot=True)) for each in sockets]
        told = [[[event["nodeId"] for event in stream.until_caught_up()] for stream in both] for both in streams]
        assert told == [[[asked["id"]], [order["id"]]], [[], []]]
        strict.admin.succeed("upsertItem", sku=asked["sku"], vendor=new)
        assert {stream.next_change()["type"] for both in streams for stream in both} == {"RESET"}
        told = [[[event["nodeId"] for event in stream.until_caught_up()] for stream in both] for both in streams]
        assert told == [[[], []], [[asked["id"]], [order["id"]]]]
