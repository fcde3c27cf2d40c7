"""Transfers through the API: what each step shows at both ends, how they are listed, and who sees them."""

from typing import Any

import pytest

from tests.factories.operations import ENTRY, PAGE, TRANSFER
from tests.factories.shop import Asker, Shop, fresh

LEDGER = f"query ($sku: String!) {{ ledger(filter: {{ skus: [$sku] }}, first: 250) {{ nodes {{ {ENTRY} }} }} }}"
TRANSFERS = f"""
query ($filter: TransferFilter, $first: Int, $after: String) {{
  page: transfers(filter: $filter, first: $first, after: $after) {{
    totalCount {PAGE} nodes {{ {TRANSFER} }} edges {{ cursor }}
  }}
}}
"""


def listed(asker: Asker, **filter: Any) -> list[str]:
    return [node["id"] for node in asker.ask(TRANSFERS, filter=filter, first=250)["page"]["nodes"]]


def units(level: dict[str, Any]) -> tuple[int, int]:
    return level["quantityOnHand"], level["quantityIncoming"]


def told(shop: Shop, sku: str) -> list[tuple[Any, ...]]:
    """The ledger's entries of transfers, the oldest first: kind, location, on hand, incoming."""
    nodes = shop.analyst.ask(LEDGER, sku=sku)["ledger"]["nodes"]
    return [
        (node["kind"], node["location"]["code"], node["quantityOnHandChange"], node["quantityIncomingChange"])
        for node in sorted(nodes, key=lambda node: node["recordedAt"])
        if node["referenceType"] == "transfer"
    ]


def test_units_that_are_sent_leave_one_level_and_are_incoming_at_the_other(shop: Shop) -> None:
    origin, destination = shop.location(), shop.location()
    sku = shop.stocked(10, origin)
    payload = shop.manager.succeed(
        "transferStock", sku=sku, fromLocation=origin, toLocation=destination, quantity=4, reference="TO-7", note="van"
    )
    transfer = payload["transfer"]
    assert (transfer["status"], transfer["quantity"], transfer["quantityReceived"]) == ("IN_TRANSIT", 4, 0)
    assert (transfer["sku"], transfer["item"], transfer["reference"]) == (sku, {"sku": sku}, "TO-7")
    assert (transfer["from"]["code"], transfer["to"]["code"], transfer["version"]) == (origin, destination, 1)
    assert (units(payload["fromLevel"]), units(payload["toLevel"])) == ((6, 0), (0, 4))
    assert payload["toLevel"]["status"] == "OUT_OF_STOCK", "what is on its way cannot be promised"
    assert shop.transfer(transfer["id"]) == transfer
    assert sorted(told(shop, sku)) == [("TRANSFER_IN", destination, 0, 4), ("TRANSFER_OUT", origin, -4, 0)]
    entry = shop.analyst.ask(LEDGER, sku=sku)["ledger"]["nodes"][0]
    assert (entry["reference"], entry["note"]) == ("TO-7", "van")


def test_a_transfer_is_received_in_parts_until_nothing_is_on_its_way(shop: Shop) -> None:
    id_ = shop.send(4)["id"]
    payload = shop.manager.succeed("receiveTransfer", transferId=id_, quantity=3)
    assert (payload["transfer"]["status"], payload["transfer"]["quantityReceived"]) == ("IN_TRANSIT", 3)
    assert (units(payload["fromLevel"]), units(payload["toLevel"])) == ((6, 0), (3, 1))
    payload = shop.manager.succeed("receiveTransfer", transferId=id_, quantity=1)
    assert (payload["transfer"]["status"], payload["transfer"]["version"]) == ("RECEIVED", 3)
    assert units(payload["toLevel"]) == (4, 0)


def test_what_is_cancelled_goes_back_and_what_has_arrived_stays(shop: Shop) -> None:
    sent = shop.send(4)
    shop.manager.succeed("receiveTransfer", transferId=sent["id"], quantity=1)
    payload = shop.manager.succeed("cancelTransfer", transferId=sent["id"], note="lorry broke down")
    assert (payload["transfer"]["status"], payload["transfer"]["quantityReceived"]) == ("CANCELLED", 1)
    assert (units(payload["fromLevel"]), units(payload["toLevel"])) == ((9, 0), (1, 0))
    origin, destination = sent["from"]["code"], sent["to"]["code"]
    changes = told(shop, sent["sku"])
    assert sum(each[2] for each in changes if each[0] == "TRANSFER_OUT") == -1, "what really left"
    assert sum(each[2] for each in changes if each[0] == "TRANSFER_IN") == 1, "what really came"
    assert {(kind, code) for kind, code, _, _ in changes} == {("TRANSFER_OUT", origin), ("TRANSFER_IN", destination)}


def test_without_a_document_the_ledger_names_the_transfer(shop: Shop) -> None:
    sent = shop.send(4)
    shop.manager.succeed("receiveTransfer", transferId=sent["id"], quantity=4)
    nodes = shop.analyst.ask(LEDGER, sku=sent["sku"])["ledger"]["nodes"]
    assert len({node["reference"] for node in nodes if node["referenceType"] == "transfer"}) == 1


def test_units_that_arrive_serve_those_who_wait(shop: Shop) -> None:
    sent = shop.send(4, stock=4)
    waiting = shop.reserve(sent["sku"], 3, fulfillmentPolicy="BACKORDER")
    assert waiting["status"] == "BACKORDERED"
    payload = shop.manager.succeed("receiveTransfer", transferId=sent["id"], quantity=4)
    assert payload["toLevel"]["quantityAllocated"] == 3
    served = shop.reservation(waiting["id"])
    assert served
    assert served["status"] == "PENDING"


@pytest.mark.parametrize("step", ["receiveTransfer", "cancelTransfer"])
def test_a_refused_step_shows_the_transfer_and_both_levels_as_they_are(shop: Shop, step: str) -> None:
    id_ = shop.send(4)["id"]
    done = shop.manager.succeed("receiveTransfer", transferId=id_, quantity=4)
    for given in ({}, {"note": "a\0b"}):
        quantity = {"quantity": 1} if step == "receiveTransfer" else {}
        payload = shop.manager.do(step, transferId=id_, **quantity, **given)
        assert payload["userErrors"]
        assert {name: payload[name] for name in ("transfer", "fromLevel", "toLevel")} == {
            name: done[name] for name in ("transfer", "fromLevel", "toLevel")
        }


def test_a_refused_transfer_shows_the_levels_that_there_are(shop: Shop) -> None:
    origin = shop.location()
    sku = shop.stocked(10, origin)
    given = {"sku": sku, "fromLocation": origin, "toLocation": shop.location(), "quantity": 11}
    for more in ({}, {"reference": ""}):
        payload = shop.manager.do("transferStock", **given, **more)
        assert payload["userErrors"]
        assert (payload["transfer"], payload["toLevel"]) == (None, None)
        assert payload["fromLevel"] == shop.level(sku, origin)


def test_transfers_are_listed_by_what_a_filter_names_the_newest_first(shop: Shop) -> None:
    first, second, third = (shop.send(4) for _ in range(3))
    shop.manager.succeed("receiveTransfer", transferId=first["id"], quantity=4)
    shop.manager.succeed("cancelTransfer", transferId=second["id"])
    skus = [each["sku"] for each in (first, second, third)]
    every = [third["id"], second["id"], first["id"]]
    assert listed(shop.analyst, skus=skus) == every
    assert listed(shop.analyst, skus=skus, status=["IN_TRANSIT"]) == [third["id"]]
    assert listed(shop.analyst, skus=skus, status=["RECEIVED", "CANCELLED"]) == every[1:]
    assert listed(shop.analyst, skus=skus, status=[]) == []
    assert listed(shop.analyst, fromLocations=[second["from"]["code"]]) == [second["id"]]
    assert listed(shop.analyst, toLocations=[third["to"]["code"]], status=["IN_TRANSIT"]) == [third["id"]]
    assert listed(shop.analyst, fromLocations=[third["to"]["code"]]) == []
    assert listed(shop.analyst, reference=fresh("NONE")) == []


def test_a_list_of_transfers_is_read_page_by_page(shop: Shop) -> None:
    skus = [shop.send(1)["sku"] for _ in range(3)]
    whole = shop.analyst.ask(TRANSFERS, filter={"skus": skus})["page"]
    assert whole["totalCount"] == 3
    page = shop.analyst.ask(TRANSFERS, filter={"skus": skus}, first=2)["page"]
    assert (page["nodes"], page["pageInfo"]["hasNextPage"]) == (whole["nodes"][:2], True)
    rest = shop.analyst.ask(TRANSFERS, filter={"skus": skus}, first=2, after=page["pageInfo"]["endCursor"])["page"]
    assert (rest["nodes"], rest["pageInfo"]["hasNextPage"]) == (whole["nodes"][2:], False)
    assert shop.analyst.send(TRANSFERS, after="rubbish").codes == ["BAD_USER_INPUT"]
    assert shop.analyst.send(TRANSFERS, filter={"reference": "a\0b"}).codes == ["BAD_USER_INPUT"]


def test_a_vendor_sees_transfers_of_its_own_items_alone(shop: Shop) -> None:
    name = fresh("vendor")
    own, foreign = shop.send(4, vendor=name), shop.send(4, vendor="Else")
    vendor = shop.as_("vendor", name)
    assert listed(vendor) == [own["id"]]
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert vendor.ask(query, id=own["id"]) == {"node": {"id": own["id"]}}
    assert vendor.ask(query, id=foreign["id"]) == {"node": None}


def test_a_transfer_of_another_tenant_is_as_one_that_is_not_there(shop: Shop, other_shop: Shop) -> None:
    foreign = other_shop.send(4)
    assert shop.transfer(foreign["id"]) is None
    assert listed(shop.admin, skus=[foreign["sku"]]) == []
    for step, given in (("receiveTransfer", {"quantity": 1}), ("cancelTransfer", {})):
        answers = [str(shop.manager.do(step, transferId=id_, **given)) for id_ in (foreign["id"], "rubbish")]
        assert answers[0] == answers[1]
    assert other_shop.transfer(foreign["id"]) == foreign
