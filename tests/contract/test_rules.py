"""What a tenant settles for itself: its reason codes, its approval policy."""

import json
import re
from typing import Any

import pytest

from server.contract import ROOT
from tests.factories.operations import POLICY
from tests.factories.shop import Shop, fresh

CODES = "{ reasonCodes { code name direction requiresNote active } }"


def codes(shop: Shop) -> dict[str, dict[str, Any]]:
    return {row.pop("code"): row for row in shop.analyst.ask(CODES)["reasonCodes"]}


def policy(shop: Shop) -> dict[str, Any]:
    return shop.analyst.ask(f"{{ approvalPolicy {{ {POLICY} }} }}")["approvalPolicy"]


def rule(**stated: Any) -> dict[str, Any]:
    return dict.fromkeys(("unitsOver", "valueOver", "reasonCodes", "locations", "roles")) | stated


# ---------------------------------------------------------------- reason codes
def test_a_new_reason_code_may_be_used_at_once_and_is_told_in_the_list(shop: Shop) -> None:
    code = fresh("broken_glass")
    made = shop.admin.succeed("upsertReasonCode", code=code, direction="DECREASE")["reasonCode"]
    name = code.replace("_", " ").capitalize()
    assert made == {"code": code, "name": name, "direction": "DECREASE", "requiresNote": False, "active": True}
    assert {"code": code, **codes(shop)[code]} == made
    sku = shop.stocked(10)
    assert shop.adjust(sku, -1, reasonCode=code)["quantityOnHand"] == 9
    told = shop.manager.do("adjustStock", sku=sku, quantityChange=1, reasonCode=code)["userErrors"]
    assert [error["code"] for error in told] == ["REASON_DIRECTION_MISMATCH"]


def test_what_is_left_out_stays_and_what_is_null_is_cleared(shop: Shop) -> None:
    code = fresh("odd")
    shop.admin.succeed("upsertReasonCode", code=code, name="Odd thing", direction="INCREASE", requiresNote=True)
    again = shop.admin.succeed("upsertReasonCode", code=code)["reasonCode"]
    assert (again["name"], again["direction"], again["requiresNote"]) == ("Odd thing", "INCREASE", True)
    cleared = shop.admin.succeed("upsertReasonCode", code=code, name=None, direction=None, requiresNote=None)
    assert cleared["reasonCode"]["name"] == code.capitalize()
    assert (cleared["reasonCode"]["direction"], cleared["reasonCode"]["requiresNote"]) == ("BOTH", False)


def test_a_code_out_of_use_stays_known_and_is_refused(shop: Shop) -> None:
    code, sku = fresh("gone"), shop.stocked(10)
    shop.admin.succeed("upsertReasonCode", code=code)
    shop.adjust(sku, -1, reasonCode=code)
    shop.admin.succeed("upsertReasonCode", code=code, active=False)
    assert codes(shop)[code]["active"] is False
    told = shop.manager.do("adjustStock", sku=sku, quantityChange=1, reasonCode=code)["userErrors"]
    assert [error["code"] for error in told] == ["UNKNOWN_REASON_CODE"]
    query = "query ($sku: String!) { ledger(filter: { skus: [$sku] }, first: 1) { nodes { reasonCode } } }"
    assert shop.analyst.ask(query, sku=sku)["ledger"]["nodes"] == [{"reasonCode": code}]
    shop.admin.succeed("upsertReasonCode", code=code, active=True)
    assert shop.adjust(sku, -1, reasonCode=code)["quantityOnHand"] == 8


def test_one_tenants_reason_code_is_not_anothers(shop: Shop, other_shop: Shop) -> None:
    code = fresh("mine")
    shop.admin.succeed("upsertReasonCode", code=code)
    assert code not in codes(other_shop)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"code": ""}, "code"), ({"code": " x"}, "code"), ({"code": "x" * 65}, "code"), ({"name": "\u0000"}, "name"),
     ({"name": "x" * 201}, "name")],
)  # fmt: skip
def test_a_reason_code_that_cannot_be_is_refused_with_its_field(shop: Shop, given: dict[str, Any], field: str) -> None:
    payload = shop.admin.do("upsertReasonCode", **{"code": fresh("bad"), **given})
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID_INPUT", [field])]
    assert payload["reasonCode"] is None


def test_a_tenant_has_at_most_200_reason_codes(firm: Shop) -> None:
    for number in range(200 - len(codes(firm))):
        firm.admin.succeed("upsertReasonCode", code=f"code-{number}")
    payload = firm.admin.do("upsertReasonCode", code="one-more")
    assert [(error["code"], error["limit"]) for error in payload["userErrors"]] == [("LIMIT_EXCEEDED", 200)]
    assert "one-more" not in codes(firm)
    firm.admin.succeed("upsertReasonCode", code="code-1", active=False)


# ---------------------------------------------------------------- approval policy
def test_there_are_no_rules_at_first(firm: Shop) -> None:
    assert policy(firm) == {"currency": "EUR", "expiresAfterHours": None, "rules": []}


def test_a_policy_comes_back_as_it_was_set(firm: Shop) -> None:
    rules = [
        rule(unitsOver=0, valueOver="99.9", reasonCodes=["lost", "theft"]),
        rule(locations=["MAIN"], roles=["manager", "admin"]),
        rule(),
    ]
    payload = firm.admin.succeed("setApprovalPolicy", rules=rules, expiresAfterHours=48)
    assert payload["policy"] == policy(firm) == {"currency": "EUR", "expiresAfterHours": 48, "rules": rules}


def test_the_guides_example_of_a_policy_is_taken(firm: Shop) -> None:
    guide = (ROOT / "docs" / "adjustments.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```json\n(.*?)```", guide, re.S)
    given = json.loads(example)["input"]
    firm.location("SHOP")
    firm.admin.succeed("setApprovalPolicy", **given)
    assert policy(firm)["rules"] == [rule(**each) for each in given["rules"]]


def test_rules_take_the_place_of_those_before_and_the_hours_stay_unless_they_are_sent(firm: Shop) -> None:
    firm.admin.succeed("setApprovalPolicy", rules=[rule(unitsOver=5)], expiresAfterHours=48)
    firm.admin.succeed("setApprovalPolicy", rules=[rule(unitsOver=7)])
    assert policy(firm) == {"currency": "EUR", "expiresAfterHours": 48, "rules": [rule(unitsOver=7)]}
    firm.admin.succeed("setApprovalPolicy", rules=[], expiresAfterHours=None)
    assert policy(firm) == {"currency": "EUR", "expiresAfterHours": None, "rules": []}


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"unitsOver": -1}, "INVALID_INPUT", "unitsOver"),
        ({"valueOver": "-0.01"}, "INVALID_INPUT", "valueOver"),
        ({"valueOver": "0.00001"}, "INVALID_INPUT", "valueOver"),
        ({"valueOver": "9" * 40}, "INVALID_INPUT", "valueOver"),
        ({"reasonCodes": []}, "INVALID_INPUT", "reasonCodes"),
        ({"reasonCodes": ["a\u0000b"]}, "INVALID_INPUT", "reasonCodes"),
        ({"reasonCodes": ["nonsense"]}, "UNKNOWN_REASON_CODE", "reasonCodes"),
        ({"locations": ["NOWHERE"]}, "UNKNOWN_LOCATION", "locations"),
        ({"locations": ["MAIN", "MAIN"]}, "INVALID_INPUT", "locations"),
        ({"roles": ["owner"]}, "INVALID_INPUT", "roles"),
    ],
)
def test_a_rule_that_cannot_be_met_or_read_is_refused_and_nothing_changes(
    shop: Shop, wrong: dict[str, Any], code: str, field: str
) -> None:
    before = policy(shop)
    payload = shop.admin.do("setApprovalPolicy", rules=[rule(unitsOver=100_000_000), rule(**wrong)])
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, ["rules", "1", field])]
    assert payload["policy"] == before == policy(shop)


@pytest.mark.parametrize("hours", [0, -1, 8_761, 2**31 - 1])
def test_requests_live_from_an_hour_to_a_year(shop: Shop, hours: int) -> None:
    payload = shop.admin.do("setApprovalPolicy", rules=[], expiresAfterHours=hours)
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID_INPUT", ["expiresAfterHours"])
