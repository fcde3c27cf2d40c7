"""Corrections that wait for another person, over the API: asked for, seen, approved, rejected, cancelled."""

from typing import Any

import pytest

from tests.factories.operations import ADJUSTMENT, ENTRY
from tests.factories.shop import Asker, Shop, fresh
from tests.live import LiveSocket

REQUESTS = f"""
query ($filter: AdjustmentFilter) {{ adjustments(filter: $filter, first: 250) {{ nodes {{ {ADJUSTMENT} }} }} }}
"""
ENDED = f"""
query ($filter: AdjustmentFilter, $first: Int, $after: String) {{
  adjustments(filter: $filter, sort: ENDED_DESC, first: $first, after: $after) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {ADJUSTMENT} }}
  }}
}}
"""
ENTRIES = f"query ($sku: String!) {{ ledger(filter: {{ skus: [$sku] }}, first: 250) {{ nodes {{ {ENTRY} }} }} }}"
ACTED = "query ($filter: LedgerFilter) { ledger(filter: $filter, first: 250) { nodes { sku actor } } }"
BATCH = """
mutation ($input: AdjustStockBatchInput!) { adjustStockBatch(input: $input) {
  results { adjustment { id sku status quantityChange } stockLevel { sku quantityOnHand } userErrors { code field } }
  userErrors { code } } }
"""
DECISIONS = ("approveAdjustment", "rejectAdjustment", "cancelAdjustment")


@pytest.fixture
def strict(firm: Shop) -> Shop:
    """A tenant of which every correction by more than five units waits."""
    firm.admin.succeed("setApprovalPolicy", rules=[{"unitsOver": 5}], expiresAfterHours=48)
    return firm


def approver(shop: Shop) -> Asker:
    return shop.as_("approver")


def ask(asker: Asker, sku: str, change: int = -8, **more: Any) -> dict[str, Any]:
    """A correction that waits."""
    given = {"sku": sku, "quantityChange": change, "reasonCode": "correction", **more}
    payload = asker.succeed("adjustStock", **given)
    assert payload["adjustment"]["status"] == "PENDING_APPROVAL"
    return payload["adjustment"]


def listed(asker: Asker, **filter: Any) -> list[dict[str, Any]]:
    return asker.ask(REQUESTS, filter=filter)["adjustments"]["nodes"]


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


# ---------------------------------------------------------------- decisions
def test_an_approval_moves_what_was_asked_with_the_document_it_was_asked_with(strict: Shop) -> None:
    sku = strict.stocked(20)
    request = ask(strict.manager, sku, reference="INC-9", note="wet")
    assert strict.level(sku, None)["quantityOnHand"] == 20  # type: ignore[index]
    assert request["expiresAt"] is not None
    assert listed(approver(strict), status=["PENDING_APPROVAL"]) == [request]

    payload = approver(strict).succeed("approveAdjustment", adjustmentId=request["id"], note="seen")
    done = payload["adjustment"]
    assert (done["status"], done["decisionNote"], done["version"]) == ("APPLIED", "seen", 2)
    assert done["decidedBy"] != done["requestedBy"]
    assert payload["stockLevel"]["quantityOnHand"] == 12
    newest = strict.analyst.ask(ENTRIES, sku=sku)["ledger"]["nodes"][0]
    assert (newest["quantityOnHandChange"], newest["actor"]) == (-8, done["decidedBy"])
    assert (newest["referenceType"], newest["reference"], newest["note"]) == ("adjustment", "INC-9", "wet")
    assert newest["recordedAt"] == done["decidedAt"]
    assert listed(approver(strict), status=["PENDING_APPROVAL"]) == []


def test_a_rejection_and_a_cancellation_move_nothing(strict: Shop) -> None:
    sku = strict.stocked(20)
    no, never_mind = ask(strict.manager, sku), ask(strict.manager, sku)
    rejected = approver(strict).succeed("rejectAdjustment", adjustmentId=no["id"], note="count again")["adjustment"]
    cancelled = strict.manager.succeed("cancelAdjustment", adjustmentId=never_mind["id"])["adjustment"]
    assert (rejected["status"], rejected["decisionNote"]) == ("REJECTED", "count again")
    assert (cancelled["status"], cancelled["decidedBy"]) == ("CANCELLED", cancelled["requestedBy"])
    assert strict.level(sku, None)["quantityOnHand"] == 20  # type: ignore[index]


def test_requests_that_have_ended_are_listed_the_last_ended_first(strict: Shop) -> None:
    sku = strict.stocked(40)
    first, second, third, waiting = (ask(strict.manager, sku) for _ in range(4))
    strict.adjust(sku, 1)
    deciding = approver(strict)
    deciding.succeed("approveAdjustment", adjustmentId=second["id"], note="seen")
    strict.manager.succeed("cancelAdjustment", adjustmentId=third["id"])
    deciding.succeed("rejectAdjustment", adjustmentId=first["id"])

    ended = deciding.ask(ENDED, filter={"skus": [sku]}, first=2)["adjustments"]
    rest = deciding.ask(ENDED, filter={"skus": [sku]}, first=2, after=ended["pageInfo"]["endCursor"])["adjustments"]

    assert [(node["id"], node["status"]) for node in ended["nodes"] + rest["nodes"]] == [
        (first["id"], "REJECTED"), (third["id"], "CANCELLED"), (second["id"], "APPLIED")
    ]  # fmt: skip
    assert (ended["totalCount"], rest["pageInfo"]["hasNextPage"]) == (3, False)
    assert rest["nodes"][0]["decisionNote"] == "seen"
    assert deciding.ask(ENDED, filter={"ids": [waiting["id"]]}, first=2)["adjustments"]["nodes"] == []
    wrong = deciding.send(
        REQUESTS.replace("first: 250", "first: 250, after: $after").replace("query (", "query ($after: String, "),
        filter={},
        after=ended["pageInfo"]["endCursor"],
    )
    assert wrong.codes == ["BAD_USER_INPUT"], "a cursor belongs to its order"


def test_who_asked_does_not_approve_and_nobody_else_cancels(strict: Shop) -> None:
    sku = strict.stocked(20)
    own = ask(strict.admin, sku)
    for name in DECISIONS[:2]:
        payload = strict.admin.do(name, adjustmentId=own["id"])
        assert codes(payload) == ["SELF_APPROVAL"]
        assert payload["adjustment"] == own
    assert codes(strict.manager.do("cancelAdjustment", adjustmentId=own["id"])) == ["NOT_FOUND"]


def test_an_approval_that_the_stock_does_not_allow_any_more_is_refused_and_the_request_waits(strict: Shop) -> None:
    sku = strict.stocked(10)
    request = ask(strict.manager, sku)
    strict.adjust(sku, -3)
    payload = approver(strict).do("approveAdjustment", adjustmentId=request["id"])
    assert codes(payload) == ["INSUFFICIENT_STOCK"]
    assert (payload["adjustment"], payload["stockLevel"]["quantityOnHand"]) == (request, 7)


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_repeated_under_its_key_is_answered_again_and_made_once(strict: Shop, name: str) -> None:
    sku, key = strict.stocked(20), fresh("key")
    request = ask(strict.manager, sku)
    decider = strict.manager if name == "cancelAdjustment" else approver(strict)
    first = decider.succeed(name, adjustmentId=request["id"], idempotencyKey=key)
    assert decider.succeed(name, adjustmentId=request["id"], idempotencyKey=key) == first
    assert codes(decider.do(name, adjustmentId=request["id"], note="x", idempotencyKey=key)) == [
        "IDEMPOTENCY_KEY_REUSED"
    ]
    assert codes(decider.do(name, adjustmentId=request["id"])) == ["ILLEGAL_TRANSITION"]
    assert len(strict.analyst.ask(ENTRIES, sku=sku)["ledger"]["nodes"]) == 1 + (name == "approveAdjustment")


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize("id_", ["", "rubbish", "a\0b"])
def test_a_decision_on_what_is_not_there_finds_nothing(strict: Shop, name: str, id_: str) -> None:
    assert codes(strict.admin.do(name, adjustmentId=id_)) == ["NOT_FOUND"]


@pytest.mark.parametrize("role", ["vendor", "manager", "approver", "analyst", "system", "admin"])
def test_only_who_may_ask_for_corrections_cancels_one_of_its_own(strict: Shop, role: str) -> None:
    asker = strict.as_(role, "Peak" if role == "vendor" else None)
    if role in ("vendor", "manager", "admin"):
        own = ask(asker, strict.stocked(20, vendor="Peak"))
        assert asker.succeed("cancelAdjustment", adjustmentId=own["id"])["adjustment"]["status"] == "CANCELLED"
    else:
        foreign = ask(strict.manager, strict.stocked(20))
        assert asker.try_to("cancelAdjustment", adjustmentId=foreign["id"]).codes == ["FORBIDDEN"]


# ---------------------------------------------------------------- many at once
def test_250_lines_of_which_some_wait_are_decided_once_however_often_they_are_sent(strict: Shop) -> None:
    skus = [strict.stocked(20) for _ in range(5)]
    lines = [
        {"sku": skus[number % 5], "quantityChange": -6 if number % 50 == 7 else 1, "reasonCode": "correction"}
        for number in range(249)
    ]
    lines.append({"sku": fresh("NOWHERE"), "quantityChange": 1, "reasonCode": "correction"})
    given = {"idempotencyKey": fresh("key"), "lines": lines}

    first = strict.manager.ask(BATCH, input=given)["adjustStockBatch"]

    results = first["results"]
    assert first["userErrors"] == [] and len(results) == 250
    assert [each["adjustment"]["sku"] for each in results[:-1]] == [line["sku"] for line in lines[:-1]]
    waiting = [n for n, each in enumerate(results[:-1]) if each["adjustment"]["status"] == "PENDING_APPROVAL"]
    assert waiting == [7, 57, 107, 157, 207]
    assert results[-1]["userErrors"] == [{"code": "UNKNOWN_SKU", "field": ["lines", "249", "sku"]}]
    on_hand = {sku: strict.level(sku, None)["quantityOnHand"] for sku in skus}  # type: ignore[index]
    assert sum(on_hand.values()) == 5 * 20 + 249 - 5

    again = strict.manager.ask(BATCH, input=given)["adjustStockBatch"]
    assert [each["adjustment"] for each in again["results"]] == [each["adjustment"] for each in results]
    assert {sku: strict.level(sku, None)["quantityOnHand"] for sku in skus} == on_hand  # type: ignore[index]
    assert len(listed(approver(strict), status=["PENDING_APPROVAL"])) == 5


def test_a_batch_of_more_than_250_lines_is_refused_whole(strict: Shop) -> None:
    line = {"sku": strict.stocked(1), "quantityChange": 1, "reasonCode": "correction"}
    payload = strict.manager.ask(BATCH, input={"idempotencyKey": fresh("key"), "lines": [line] * 251})
    assert payload["adjustStockBatch"] == {"results": [], "userErrors": [{"code": "LIMIT_EXCEEDED"}]}


# ---------------------------------------------------------------- vendors
def test_a_vendor_finds_its_own_requests_by_its_own_name_and_nobody_elses(strict: Shop) -> None:
    sku = strict.stocked(20, vendor="Peak")
    peak = Asker(strict.stack, strict.stack.token("vendor", strict.tenant, "Peak", subject="ann@peak"))
    colleague = Asker(strict.stack, strict.stack.token("vendor", strict.tenant, "Peak", subject="bob@peak"))
    own = ask(peak, sku, -1)
    ask(strict.manager, sku)
    assert own["requestedBy"] == "ann@peak"
    assert listed(peak, requestedBy="ann@peak") == [own]
    assert sorted(each["requestedBy"] or "" for each in listed(peak)) == ["", "ann@peak"]
    assert [each["requestedBy"] for each in listed(colleague)] == [None, None]
    refused = peak.send(REQUESTS, filter={"requestedBy": "bob@peak"})
    assert refused.codes == ["FORBIDDEN"]
    assert peak.send(ACTED, filter={"actor": "bob@peak"}).codes == ["FORBIDDEN"]
    assert peak.ask(ACTED, filter={"actor": "ann@peak"})["ledger"]["nodes"] == []


def test_two_people_of_a_vendor_who_watch_the_same_are_each_told_their_own_name_alone(strict: Shop) -> None:
    sku = strict.stocked(20, vendor="Peak")
    tokens = [
        strict.stack.token("vendor", strict.tenant, "Peak", subject=subject) for subject in ("ann@peak", "bob@peak")
    ]
    with LiveSocket(strict.stack, tokens[0]) as ann, LiveSocket(strict.stack, tokens[1]) as bob:
        streams = [socket.watch_adjustments(snapshot=True) for socket in (ann, bob)]
        for stream in streams:
            stream.until_caught_up()
        ask(Asker(strict.stack, tokens[0]), sku, -1)
        assert [stream.next_change()["adjustment"]["requestedBy"] for stream in streams] == ["ann@peak", None]
