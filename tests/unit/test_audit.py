"""Audit: what an entry tells of a change."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from domain.access import Caller, Role
from domain.approvals import ApprovalPolicy, ApprovalRule
from domain.items import Item
from domain.reasons import ReasonCode, ReasonDirection
from services.audit import described, differences, entry_of
from services.idempotency import fingerprint

ADMIN = Caller(UUID(int=1), "acme", "admin@acme", frozenset({Role.ADMIN}), request_id="r-1")
TENT = Item(UUID(int=2), "TENT", "Tent", price=Decimal("12.50"), barcodes=("1", "2"), version=3)


def test_an_entry_tells_who_did_what_to_what_from_which_request() -> None:
    entry = described(UUID(int=9), ADMIN, "upsertItem", "Item", "TENT", TENT, replace(TENT, name="Zelt", version=4))
    assert (entry.actor, entry.action, entry.subject_type, entry.subject) == (
        "admin@acme",
        "upsertItem",
        "Item",
        "TENT",
    )
    assert entry.request_id == "r-1"
    assert entry.detail == {"changes": {"name": {"from": "Tent", "to": "Zelt"}}}


def test_details_without_a_value_are_left_out() -> None:
    assert entry_of(UUID(int=9), ADMIN, "x", "Item", "TENT", note=None).detail is None


def test_of_a_new_thing_each_field_that_says_something_is_told() -> None:
    told = differences(None, ReasonCode("lost", "Lost", ReasonDirection.DECREASE))
    assert {name: each["to"] for name, each in told.items()} == {
        "code": "lost",
        "name": "Lost",
        "direction": "DECREASE",
        "requiresNote": False,
        "active": True,
    }
    assert "vendor" not in differences(None, TENT)


def test_values_are_told_as_the_api_tells_them() -> None:
    gone = datetime(2026, 5, 4, 12, tzinfo=UTC)
    told = differences(TENT, replace(TENT, price=Decimal("1E+2"), barcodes=(), archived_at=gone, unit_cost=Decimal(0)))
    assert told == {
        "price": {"from": "12.50", "to": "100"},
        "barcodes": {"from": ["1", "2"], "to": []},
        "archivedAt": {"from": None, "to": "2026-05-04T12:00:00Z"},
        "unitCost": {"from": None, "to": "0"},
    }
    rules = (ApprovalRule(value_over=Decimal("5.0"), roles=("admin",)),)
    assert differences(ApprovalPolicy("EUR"), ApprovalPolicy("EUR", rules)) == {
        "rules": {"from": [], "to": [{"valueOver": "5.0", "roles": ["admin"]}]}
    }


def test_the_request_tells_no_two_callers_apart() -> None:
    assert replace(ADMIN, request_id="r-2") == ADMIN
    assert hash(replace(ADMIN, request_id="r-2")) == hash(ADMIN)
    assert fingerprint({"rules": ()}) == fingerprint({"rules": []})
