"""Corrections that wait, over GraphQL: what waits and what is refused, the trace of a decision, lists."""

from typing import Any

import pytest

from tests.contract.assortment import VENDOR
from tests.factories.operations import ADJUSTMENT, ENTRY
from tests.factories.shop import Asker, Shop, fresh
from tests.faults.tenancy.belongings import uuid_in

LISTED = f"""
query ($filter: AdjustmentFilter, $first: Int, $after: String) {{
  adjustments(filter: $filter, first: $first, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {ADJUSTMENT} }}
  }}
}}
"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Adjustment {{ {ADJUSTMENT} }} }} }}"
LAST_ENTRY = f"query ($sku: String!) {{ ledger(filter: {{ skus: [$sku] }}, first: 1) {{ nodes {{ {ENTRY} }} }} }}"
VERDICTS = ("approveAdjustment", "rejectAdjustment", "cancelAdjustment")


@pytest.fixture
def vendor(shop: Shop) -> Asker:
    return shop.as_("vendor", VENDOR)


@pytest.fixture
def approver(shop: Shop) -> Asker:
    return shop.as_("approver")


def listed(asker: Asker, **filter: Any) -> list[str]:
    return [node["id"] for node in asker.ask(LISTED, filter=filter, first=250)["adjustments"]["nodes"]]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def decide(asker: Asker, name: str, adjustment: dict[str, Any], **more: Any) -> dict[str, Any]:
    return asker.do(name, adjustmentId=adjustment["id"], **more)


# ------------------------------------------------------------------ asking
def test_a_vendors_correction_waits_and_shows_the_level_as_it_is(shop: Shop, vendor: Asker) -> None:
    sku = shop.stocked(10, vendor=VENDOR)
    given = {"sku": sku, "quantityChange": -2, "reasonCode": "damaged", "note": "wet", "reference": "RMA-1"}
    payload = vendor.succeed("adjustStock", **given)
    adjustment = payload["adjustment"]
    assert (adjustment["status"], adjustment["version"], adjustment["reference"]) == ("PENDING_APPROVAL", 1, "RMA-1")
    assert (adjustment["quantityChange"], adjustment["decidedAt"]) == (-2, None)
    assert (payload["stockLevel"]["quantityOnHand"], payload["stockLevel"]["version"]) == (10, 1)
    assert shop.admin.ask(NODE, id=adjustment["id"])["node"]["requestedBy"]


def test_a_vendors_count_waits_too(shop: Shop, vendor: Asker, approver: Asker) -> None:
    sku = shop.stocked(10, vendor=VENDOR)
    adjustment = vendor.succeed("countStock", sku=sku, quantityCounted=7, reasonCode="cycle_count")["adjustment"]
    assert (adjustment["status"], adjustment["quantityChange"], adjustment["quantityCounted"]) == (
        "PENDING_APPROVAL",
        -3,
        7,
    )
    shop.manager.succeed("receiveStock", sku=sku, quantity=5)
    payload = decide(approver, "approveAdjustment", adjustment)
    assert (codes(payload), payload["stockLevel"]["quantityOnHand"]) == ([], 12)


def test_another_vendors_goods_read_like_goods_that_are_not_there(shop: Shop, vendor: Asker) -> None:
    foreign = vendor.do("adjustStock", sku=shop.stocked(10), quantityChange=-1, reasonCode="correction")
    assert codes(foreign) == ["UNKNOWN_SKU"]
    assert foreign["stockLevel"] is foreign["adjustment"] is None


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("INSUFFICIENT_STOCK", {"quantityChange": -11}),
        ("STALE_VERSION", {"expectedVersion": 7}),
        ("NOTE_REQUIRED", {"reasonCode": "other"}),
        ("LOCATION_INACTIVE", {}),
    ],
)
def test_what_could_not_be_done_now_is_refused_and_not_queued(
    shop: Shop, vendor: Asker, code: str, wrong: dict[str, Any]
) -> None:
    where = shop.location()
    sku = shop.stocked(10, where, vendor=VENDOR)
    if code == "LOCATION_INACTIVE":
        shop.admin.succeed("upsertLocation", code=where, active=False)
    refused = vendor.do("adjustStock", sku=sku, **{"quantityChange": -1, "reasonCode": "correction", **wrong})
    assert codes(refused) == [code]
    assert listed(shop.admin, skus=[sku]) == []


def test_a_tenants_rule_holds_back_its_own_people(firm: Shop) -> None:
    sku, code = firm.stocked(10), fresh("reason")
    firm.admin.succeed("upsertReasonCode", code=code)
    firm.admin.succeed("setApprovalPolicy", rules=[{"unitsOver": 2, "reasonCodes": [code]}], expiresAfterHours=48)
    small = firm.manager.succeed("adjustStock", sku=sku, quantityChange=-2, reasonCode=code)["adjustment"]
    large = firm.manager.succeed("adjustStock", sku=sku, quantityChange=-3, reasonCode=code)["adjustment"]
    assert (small["status"], small["expiresAt"]) == ("APPLIED", None)
    assert (large["status"], large["expiresAt"] is not None) == ("PENDING_APPROVAL", True)
    assert codes(decide(firm.manager, "cancelAdjustment", large)) == []


# ------------------------------------------------------------------ deciding
def test_an_approval_moves_the_stock_and_leaves_its_trace_everywhere(shop: Shop, approver: Asker) -> None:
    adjustment = shop.ask(reasonCode="damaged", note="wet")
    payload = decide(approver, "approveAdjustment", adjustment, note="seen it")
    told = payload["adjustment"]
    assert (codes(payload), told["status"], told["version"], told["decisionNote"]) == ([], "APPLIED", 2, "seen it")
    assert told["decidedBy"] and told["decidedAt"] and told["decidedBy"] != told["requestedBy"]
    assert payload["stockLevel"]["quantityOnHand"] == 8
    (entry,) = shop.analyst.ask(LAST_ENTRY, sku=adjustment["sku"])["ledger"]["nodes"]
    assert (entry["kind"], entry["quantityOnHandChange"], entry["actor"]) == ("ADJUSTMENT", -2, told["decidedBy"])
    assert (entry["reasonCode"], entry["note"], entry["referenceType"]) == ("damaged", "wet", "adjustment_request")
    query = """query ($actions: [String!]) { auditLog(filter: { actions: $actions }, first: 50) {
        nodes { actor action subjectType subject detail requestId } } }"""
    audited = shop.analyst.ask(query, actions=["approveAdjustment"])["auditLog"]["nodes"]
    (kept,) = [each for each in audited if each["subject"] == entry["reference"]]
    assert (kept["actor"], kept["subjectType"]) == (told["decidedBy"], "Adjustment")
    assert kept["detail"]["adjustment"]["requestedBy"] == told["requestedBy"]
    assert kept["requestId"]


def test_the_uuids_that_the_audit_log_and_the_ledger_tell_lead_back(shop: Shop, approver: Asker) -> None:
    uuid = uuid_in(shop.ask()["id"])
    decided = approver.succeed("approveAdjustment", adjustmentId=uuid)["adjustment"]
    (entry,) = shop.analyst.ask(LAST_ENTRY, sku=decided["sku"])["ledger"]["nodes"]
    assert (decided["status"], entry["reference"]) == ("APPLIED", uuid)
    assert listed(shop.analyst, ids=[entry["reference"]]) == [decided["id"]]
    assert listed(shop.as_("vendor", "another"), ids=[entry["reference"]]) == []


def test_who_asked_does_not_decide_though_an_admin(shop: Shop) -> None:
    sku, who = shop.stocked(10, vendor=VENDOR), fresh("somebody")
    asking, deciding = (
        Asker(shop.stack, shop.stack.token(role, shop.tenant, vendor, subject=who))
        for role, vendor in (("vendor", VENDOR), ("admin", None))
    )
    adjustment = asking.succeed("adjustStock", sku=sku, quantityChange=2, reasonCode="found")["adjustment"]
    for verdict in ("approveAdjustment", "rejectAdjustment"):
        payload = decide(deciding, verdict, adjustment)
        assert codes(payload) == ["SELF_APPROVAL"]
        assert payload["adjustment"]["status"] == "PENDING_APPROVAL"
    assert codes(decide(shop.manager, "cancelAdjustment", adjustment)) == ["NOT_FOUND"]
    assert codes(decide(deciding, "cancelAdjustment", adjustment)) == []


@pytest.mark.parametrize("name", VERDICTS)
def test_of_what_is_not_there_nothing_is_shown(shop: Shop, other_shop: Shop, name: str) -> None:
    foreign = other_shop.ask()["id"]
    for id_ in (foreign, "rubbish", "", shop.admin.ask("{ viewer { tenant { id } } }")["viewer"]["tenant"]["id"]):
        payload = shop.admin.do(name, adjustmentId=id_)
        assert codes(payload) == ["NOT_FOUND"]
        assert payload["adjustment"] is payload["stockLevel"] is None
    assert shop.admin.ask(NODE, id=foreign)["node"] is None


@pytest.mark.parametrize("role", ["vendor", "manager", "approver", "analyst", "system", "admin"])
def test_approvers_and_admins_decide_and_who_may_ask_may_withdraw(shop: Shop, role: str) -> None:
    asker = shop.as_(role, VENDOR if role == "vendor" else None)
    adjustment = shop.ask()
    for name in VERDICTS:
        may = {"approver", "admin"} if name != "cancelAdjustment" else {"vendor", "manager", "admin"}
        answer = asker.try_to(name, adjustmentId=adjustment["id"], note="a\0b")
        assert answer.codes == ([] if role in may else ["FORBIDDEN"])
        if role in may:  # refused before it was looked for, and shown
            assert codes(answer.data[name]) == ["INVALID_INPUT"]
            assert answer.data[name]["adjustment"]["id"] == adjustment["id"]


# ------------------------------------------------------------------ listing
def test_what_waits_is_found_by_its_status_the_newest_first(shop: Shop, approver: Asker) -> None:
    ids = [shop.ask()["id"] for _ in range(3)]
    waiting = listed(approver, status=["PENDING_APPROVAL"])
    assert [id_ for id_ in waiting if id_ in ids] == ids[::-1]
    approver.succeed("rejectAdjustment", adjustmentId=ids[1])
    waiting = listed(approver, status=["PENDING_APPROVAL"])
    assert [id_ for id_ in waiting if id_ in ids] == [ids[2], ids[0]]
    assert ids[1] in listed(approver, status=["REJECTED", "CANCELLED"])


def test_each_filter_narrows_the_list(shop: Shop) -> None:
    adjustment = shop.admin.ask(NODE, id=shop.ask(reasonCode="theft")["id"])["node"]
    at, own = adjustment["requestedAt"], {"skus": [adjustment["sku"]]}
    for filter, found in (
        ({}, True), ({"ids": [adjustment["id"], "rubbish"]}, True), ({"ids": ["rubbish"]}, False),
        ({"locations": ["MAIN"]}, True), ({"locations": ["NOWHERE"]}, False), ({"status": []}, False),
        ({"reasonCodes": ["theft"]}, True), ({"reasonCodes": ["lost"]}, False),
        ({"requestedBy": adjustment["requestedBy"]}, True), ({"requestedBy": "nobody"}, False),
        ({"from": at}, True), ({"to": at}, False), ({"from": "2020-01-01T00:00:00Z", "to": at}, False),
    ):  # fmt: skip
        assert listed(shop.admin, **own, **filter) == ([adjustment["id"]] if found else [])


def test_a_vendor_sees_those_of_its_items_alone(shop: Shop, vendor: Asker) -> None:
    mine, others = shop.ask(), shop.stocked(10)
    shop.adjust(others, -1)
    assert listed(vendor, skus=[mine["sku"], others]) == [mine["id"]]
    assert listed(shop.as_("vendor", "another"), skus=[mine["sku"], others]) == []
    assert shop.as_("vendor", "another").ask(NODE, id=mine["id"])["node"] is None
    assert vendor.ask(NODE, id=mine["id"])["node"]["item"]["vendor"] == VENDOR
