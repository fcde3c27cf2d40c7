"""Approvals: which corrections wait for another person, and which policies cannot be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Role
from domain.approvals import ApprovalPolicy, ApprovalRule, Proposal, invalid_policy, too_many, unknown_names
from domain.items import Item
from domain.refusals import RefusalCode

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MANAGER = frozenset({Role.MANAGER})
TENT = Item(UUID(int=1), "TENT", "Tent", unit_cost=Decimal("12.50"), currency="EUR")
LOSS = Proposal(-8, TENT, "MAIN", "lost", MANAGER)


def waits(proposal: Proposal, *rules: ApprovalRule) -> bool:
    return ApprovalPolicy("EUR", rules).holds_back(proposal)


def test_where_there_are_no_rules_nothing_of_the_tenants_own_people_waits() -> None:
    assert not waits(replace(LOSS, change=-100_000_000))


def test_a_vendors_correction_always_waits() -> None:
    assert waits(replace(LOSS, roles=frozenset({Role.VENDOR})))
    assert waits(replace(LOSS, roles=frozenset({Role.VENDOR, Role.ANALYST})))
    assert waits(replace(LOSS, roles=frozenset({Role.VENDOR}), change=0))


def test_a_manager_who_is_a_vendor_too_is_asked_by_the_rules_alone() -> None:
    assert not waits(replace(LOSS, roles=frozenset({Role.VENDOR, Role.MANAGER})))


@pytest.mark.parametrize(("change", "told"), [(8, False), (-8, False), (9, True), (-9, True)])
def test_units_over_looks_at_the_units_whichever_way_they_go(change: int, told: bool) -> None:
    assert waits(replace(LOSS, change=change), ApprovalRule(units_over=8)) is told


@pytest.mark.parametrize(("change", "told"), [(8, False), (-8, False), (9, True), (-9, True)])
def test_value_over_looks_at_units_times_unit_cost(change: int, told: bool) -> None:
    assert waits(replace(LOSS, change=change), ApprovalRule(value_over=Decimal(100))) is told


@pytest.mark.parametrize(
    "item",
    [replace(TENT, unit_cost=None), replace(TENT, currency="USD"), replace(TENT, currency=None)],
    ids=["no unit cost", "another currency", "no currency"],
)
def test_a_value_that_nobody_knows_counts_as_over(item: Item) -> None:
    assert waits(replace(LOSS, item=item, change=1), ApprovalRule(value_over=Decimal(10) ** 12))


@pytest.mark.parametrize(
    "rule",
    [
        ApprovalRule(reason_codes=("theft", "lost")),
        ApprovalRule(locations=("MAIN",)),
        ApprovalRule(roles=("manager",)),
        ApprovalRule(units_over=7, value_over=Decimal("99.99"), reason_codes=("lost",), locations=("MAIN",)),
        ApprovalRule(),
    ],
)
def test_a_rule_is_met_when_each_condition_it_states_is(rule: ApprovalRule) -> None:
    assert waits(LOSS, rule)


@pytest.mark.parametrize(
    "changed",
    [
        {"units_over": 8},
        {"value_over": Decimal(100)},
        {"reason_codes": ("theft",)},
        {"locations": ("EAST",)},
        {"roles": ("admin",)},
    ],
)
def test_a_rule_of_which_one_condition_is_not_met_is_not_met(changed: dict[str, object]) -> None:
    met = ApprovalRule(7, Decimal(99), ("lost",), ("MAIN",), ("manager",))
    assert waits(LOSS, met)
    assert not waits(LOSS, replace(met, **changed))  # type: ignore[arg-type]


def test_any_rule_is_enough() -> None:
    assert waits(LOSS, ApprovalRule(units_over=1_000), ApprovalRule(reason_codes=("lost",)))


def test_a_count_without_a_difference_waits_for_nobody() -> None:
    assert not waits(replace(LOSS, change=0), ApprovalRule())


_RULES = st.builds(
    ApprovalRule,
    st.none() | st.integers(0, 20),
    st.none() | st.decimals(0, 300, places=2),
    st.none() | st.sampled_from([("lost",), ("found",)]),
    st.none() | st.sampled_from([("MAIN",), ("EAST",)]),
    st.none() | st.sampled_from([("manager",), ("admin",)]),
)


@given(st.lists(_RULES, max_size=4), _RULES, st.integers(-30, 30))
def test_another_rule_never_lets_anything_through(rules: list[ApprovalRule], more: ApprovalRule, change: int) -> None:
    proposal = replace(LOSS, change=change)
    assert waits(proposal, *rules, more) >= waits(proposal, *rules)


def test_a_request_expires_after_the_policys_hours_or_never() -> None:
    assert ApprovalPolicy("EUR", (), 48).expiry_of(NOON) == NOON + timedelta(hours=48)
    assert ApprovalPolicy("EUR").expiry_of(NOON) is None


def test_requests_that_wait_have_a_bound_for_each_who_asks_and_for_the_tenant() -> None:
    full = {"manager@acme": 999, "vendor@peak": 1_000, **{f"vendor-{n}": 750 for n in range(4)}}  # 4,999
    assert too_many({}, "manager@acme", 1_000) is None
    assert too_many(full, "manager@acme", 1) is None
    of_one = too_many(full, "manager@acme", 2)
    assert of_one is not None and (of_one.code, of_one.limit) == (RefusalCode.LIMIT_EXCEEDED, 1_000)
    assert too_many(full, "boss@acme", 1) is None
    of_all = too_many(full, "boss@acme", 2)
    assert of_all is not None and (of_all.code, of_all.limit) == (RefusalCode.LIMIT_EXCEEDED, 5_000)
    assert too_many(full, "vendor@peak", 0) is None


def test_what_waits_of_a_vendors_items_is_bounded_and_leaves_room_for_the_tenants_own_people() -> None:
    assert too_many({}, "vendor@peak", 1, 999) is None
    of_vendor = too_many({}, "vendor@peak", 2, 999)
    assert of_vendor is not None and (of_vendor.code, of_vendor.limit) == (RefusalCode.LIMIT_EXCEEDED, 1_000)
    vendors = {f"vendor-{n}": 1_000 for n in range(4)}
    for_vendors = too_many(vendors, "vendor@other", 1, 0)
    assert for_vendors is not None and (for_vendors.code, for_vendors.limit) == (RefusalCode.LIMIT_EXCEEDED, 4_000)
    assert too_many(vendors, "manager@acme", 1_000) is None


def test_only_where_a_rule_or_a_vendor_asks_may_anything_wait() -> None:
    assert not ApprovalPolicy("EUR").may_hold_back(MANAGER)
    assert ApprovalPolicy("EUR", (ApprovalRule(),)).may_hold_back(MANAGER)
    assert ApprovalPolicy("EUR").may_hold_back(frozenset({Role.VENDOR}))


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (ApprovalRule(units_over=-1), "unitsOver"),
        (ApprovalRule(units_over=100_000_001), "unitsOver"),
        (ApprovalRule(value_over=Decimal(-1)), "valueOver"),
        (ApprovalRule(value_over=Decimal("NaN")), "valueOver"),
        (ApprovalRule(value_over=Decimal("0.00001")), "valueOver"),
        (ApprovalRule(reason_codes=()), "reasonCodes"),
        (ApprovalRule(reason_codes=("lost", "lost")), "reasonCodes"),
        (ApprovalRule(locations=("",)), "locations"),
        (ApprovalRule(locations=tuple(map(str, range(101)))), "locations"),
        (ApprovalRule(roles=("Manager",)), "roles"),
        (ApprovalRule(roles=("lo\x00st",)), "roles"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_field(rule: ApprovalRule, field: str) -> None:
    (refusal,) = invalid_policy([ApprovalRule(), rule], None)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, ("rules", "1", field))
    assert refusal.message.startswith(field)


def test_each_rule_that_is_wrong_is_told() -> None:
    refusals = invalid_policy([ApprovalRule(units_over=-1), ApprovalRule(), ApprovalRule(roles=())], None)
    assert [refusal.field[1] for refusal in refusals] == ["0", "2"]


@pytest.mark.parametrize("hours", [0, -1, 8_761])
def test_requests_live_from_an_hour_to_a_year(hours: int) -> None:
    assert [refusal.field for refusal in invalid_policy([], hours)] == [("expiresAfterHours",)]
    assert not invalid_policy([], 1)
    assert not invalid_policy([], 8_760)


def test_a_policy_has_at_most_50_rules() -> None:
    assert not invalid_policy([ApprovalRule()] * 50, None)
    (refusal,) = invalid_policy([ApprovalRule()] * 51, None)
    assert (refusal.code, refusal.field, refusal.limit) == (RefusalCode.LIMIT_EXCEEDED, ("rules",), 50)


def test_a_rule_names_reason_codes_and_locations_that_there_are() -> None:
    rules = [ApprovalRule(reason_codes=("lost",), locations=("MAIN", "WEST")), ApprovalRule(reason_codes=("stolen",))]
    west, stolen = unknown_names(rules, {"lost"}, {"MAIN"})
    assert (west.code, west.field) == (RefusalCode.UNKNOWN_LOCATION, ("rules", "0", "locations"))
    assert (stolen.code, stolen.field) == (RefusalCode.UNKNOWN_REASON_CODE, ("rules", "1", "reasonCodes"))
    assert not unknown_names(rules, {"lost", "stolen"}, {"MAIN", "WEST"})
