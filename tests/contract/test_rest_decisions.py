"""What becomes, by path, of corrections that wait: approved, rejected, cancelled."""

from typing import Any

import pytest

from tests.answers import Answer
from tests.contract.assortment import VENDOR
from tests.contract.by_path import NOBODYS, Service, assert_problem, service
from tests.factories.operations import AUDITED
from tests.factories.shop import Shop, fresh

ADJUSTMENTS = "/inventory/adjustments"
STEPS = ("approve", "reject", "cancel")
AUDIT_LOG = f"""
query ($subject: String) {{ auditLog(filter: {{ subject: $subject }}, first: 10) {{ nodes {{ {AUDITED} }} }} }}
"""


@pytest.fixture
def vendor(shop: Shop) -> Service:
    return service(shop, "vendor", VENDOR)


@pytest.fixture
def approver(shop: Shop) -> Service:
    return service(shop, "approver")


def asked(shop: Shop, change: int = -2) -> dict[str, Any]:
    """A correction of 10 that waits."""
    sent = {"sku": shop.stocked(10, vendor=VENDOR), "quantity_change": change, "reason_code": "correction"}
    return service(shop, "vendor", VENDOR).post(ADJUSTMENTS, sent).body


def decide(who: Service, step: str, request: dict[str, Any] | str, body: Any = None, key: str | None = None) -> Answer:
    id_ = request if isinstance(request, str) else request["adjustment_id"]
    return who.post(f"{ADJUSTMENTS}/{id_}/{step}", body, key)


def on_hand(shop: Shop, request: dict[str, Any]) -> int:
    return shop.level(request["sku"])["quantityOnHand"]  # pyright: ignore[reportOptionalSubscript]


def test_an_approval_moves_the_stock_and_tells_who_said_what(shop: Shop, approver: Service) -> None:
    request = asked(shop)
    answer = decide(approver, "approve", request, {"note": "seen"})
    told = answer.body
    assert (answer.status, told["status"], told["version"], told["decision_note"]) == (200, "APPLIED", 2, "seen")
    assert told["decided_by"] and told["decided_at"] and told["decided_by"] != told["requested_by"]
    assert approver.read(f"{ADJUSTMENTS}/{request['adjustment_id']}") == told
    assert on_hand(shop, request) == 8
    (entry,) = shop.analyst.ask(AUDIT_LOG, subject=request["adjustment_id"])["auditLog"]["nodes"]
    assert (entry["action"], entry["actor"]) == ("approveAdjustment", told["decided_by"])
    assert entry["requestId"] == answer.headers["x-request-id"]


def test_a_rejection_and_a_cancellation_move_nothing(shop: Shop, vendor: Service, approver: Service) -> None:
    no, never_mind = asked(shop), asked(shop)
    rejected = decide(approver, "reject", no, {"note": "count again"}).body
    cancelled = decide(vendor, "cancel", never_mind).body
    assert (rejected["status"], rejected["decision_note"]) == ("REJECTED", "count again")
    assert (cancelled["status"], cancelled["decided_by"]) == ("CANCELLED", cancelled["requested_by"])
    assert on_hand(shop, no) == on_hand(shop, never_mind) == 10


def test_a_decision_under_one_key_is_made_once_by_path_and_by_graphql(shop: Shop, approver: Service) -> None:
    request, key = asked(shop), fresh("key")
    first = decide(approver, "approve", request, {"note": "seen"}, key)
    # By GraphQL's id, and with the key in the body.
    body = {"note": "seen", "idempotency_key": key}
    again = approver.ask("POST", f"{ADJUSTMENTS}/{request['global_id']}/approve", body)
    assert (again.status, again.body) == (200, first.body)
    given = {"adjustmentId": request["global_id"], "note": "seen", "idempotencyKey": key}
    assert shop.as_("approver").succeed("approveAdjustment", **given)["adjustment"]["version"] == 2
    other = decide(approver, "approve", request, {"note": "another"}, key)
    assert_problem(other, 422, "IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    assert other.body["adjustment"] == first.body
    assert on_hand(shop, request) == 8


def test_nobody_decides_on_what_they_asked_for(firm: Shop) -> None:
    firm.admin.succeed("setApprovalPolicy", rules=[{"unitsOver": 0}])
    admin = service(firm, "admin")
    sent = {"sku": firm.stocked(10), "quantity_change": -2, "reason_code": "correction"}
    request = admin.post(ADJUSTMENTS, sent).body
    for step in ("approve", "reject"):
        answer = decide(admin, step, request)
        assert_problem(answer, 409, "SELF_APPROVAL", "adjustmentId")
        assert answer.body["adjustment"] == request
    assert decide(admin, "cancel", request).body["status"] == "CANCELLED"


def test_what_has_ended_is_decided_no_more(shop: Shop, vendor: Service, approver: Service) -> None:
    request = asked(shop)
    ended = decide(approver, "reject", request).body
    for who, step in ((approver, "approve"), (approver, "reject"), (vendor, "cancel")):
        answer = decide(who, step, request)
        assert_problem(answer, 409, "ILLEGAL_TRANSITION", "adjustmentId")
        assert answer.body["adjustment"]["status"] == ended["status"] == "REJECTED"


def test_what_the_stock_does_not_allow_now_goes_on_waiting(shop: Shop, approver: Service) -> None:
    request = asked(shop, -8)
    shop.adjust(request["sku"], -5)
    answer = decide(approver, "approve", request)
    assert_problem(answer, 409, "INSUFFICIENT_STOCK", "adjustmentId")
    assert answer.body["adjustment"]["status"] == "PENDING_APPROVAL"
    assert answer.body["level"]["quantity_on_hand"] == 5
    shop.adjust(request["sku"], 5)
    assert decide(approver, "approve", request).body["status"] == "APPLIED"


def test_another_persons_request_is_none_that_could_be_withdrawn(shop: Shop) -> None:
    answer = decide(service(shop, "manager"), "cancel", asked(shop))
    assert_problem(answer, 404, "NOT_FOUND", "adjustmentId")
    assert answer.body["adjustment"]["status"] == "PENDING_APPROVAL"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", [NOBODYS, "rubbish", "%00", "%F0%9F%99%82"])
def test_what_is_not_there_is_not_decided(shop: Shop, step: str, name: str) -> None:
    assert_problem(decide(service(shop, "admin"), step, name), 404, "NOT_FOUND", "adjustmentId")


@pytest.mark.parametrize("step", STEPS)
def test_another_tenants_request_reads_like_none(shop: Shop, other_shop: Shop, step: str) -> None:
    foreign, mine = asked(other_shop), service(shop, "admin")
    told = [decide(mine, step, each) for each in (foreign, NOBODYS)]
    assert [answer.status for answer in told] == [404, 404]
    assert {**told[0].body, "requestId": ""} == {**told[1].body, "requestId": ""}
    assert service(other_shop, "analyst").read(f"{ADJUSTMENTS}/{foreign['adjustment_id']}")["version"] == 1


def test_another_vendors_request_reads_like_none(shop: Shop) -> None:
    request, stranger = asked(shop), service(shop, "vendor", "another")
    assert_problem(decide(stranger, "cancel", request), 404, "NOT_FOUND", "adjustmentId")


def test_a_decision_on_what_has_gone_to_another_vendor_is_told_no_more(shop: Shop, vendor: Service) -> None:
    request, key = asked(shop), fresh("key")
    assert decide(vendor, "cancel", request, key=key).status == 200
    shop.admin.succeed("upsertItem", sku=request["sku"], vendor="another")
    assert_problem(decide(vendor, "cancel", request, key=key), 404, "NOT_FOUND", "adjustmentId")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("code", "field", "body"),
    [
        ("BAD_USER_INPUT", "note", {"note": 1}),
        ("INVALID_INPUT", "note", {"note": "a\0b"}),
        ("INVALID_INPUT", "note", {"note": "x" * 2_001}),
        ("BAD_USER_INPUT", "reason", {"reason": "x"}),
        ("BAD_USER_INPUT", "", []),
    ],
)
def test_what_cannot_be_meant_is_named(shop: Shop, step: str, code: str, field: str, body: Any) -> None:
    request = asked(shop)
    answer = decide(service(shop, "admin"), step, request, body)
    assert_problem(answer, 400, code, field)
    assert service(shop, "admin").read(f"{ADJUSTMENTS}/{request['adjustment_id']}")["version"] == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_decision_without_a_key_is_refused(shop: Shop, step: str) -> None:
    answer = service(shop, "admin").ask("POST", f"{ADJUSTMENTS}/{asked(shop)['adjustment_id']}/{step}")
    assert_problem(answer, 400, "BAD_USER_INPUT", "Idempotency-Key")
