"""What an administrator settles in the random runs: as it is drawn, and as it is sent.

Only of what nobody is promised, and where nothing else lies, is it said that it is not sold any more or closed: who
waits for a location that is opened again is served by a worker, not here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from domain.approvals import ApprovalRule
from domain.reasons import ReasonDirection
from services.approvals import SetApprovalPolicy, set_approval_policy
from services.decisions import Decision
from services.items import UpsertItem, upsert_item
from services.locations import UpsertLocation, upsert_location
from services.reason_codes import UpsertReasonCode, upsert_reason_code
from tests.conformance.write_model.asks import Ask, Desk, Send, asks
from tests.conformance.write_model.plain_policies import HOURS_MAX, Rule
from tests.conformance.write_model.world import counting_ids


def _maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.none() | st.sampled_from(values)


_rule = st.builds(
    Rule,
    _maybe(0, 1, 2, 3),
    _maybe("0", "5", "12.5"),
    _maybe(("promotion",), ("correction", "cycle_count"), ("damaged", "found")),
    _maybe(("WEST",), ("MAIN", "EAST"), ("ANNEX",)),
    _maybe(("manager",), ("approver",), ("admin", "manager"), ("vendor",)),
)
_nonsense = st.sampled_from(
    [
        *(Rule(units=-1), Rule(value="-1"), Rule(reasons=()), Rule(locations=("WEST", "WEST")), Rule(roles=("king",))),
        *(Rule(reasons=("nonsense",)), Rule(reasons=("spoiled",)), Rule(locations=("NOWHERE",))),
    ]
)
_rules = st.lists(_rule, max_size=3).map(tuple)
_any_rules = st.lists(_rule | _rule | _rule | _nonsense, min_size=1, max_size=3).map(tuple)
_hours = st.sampled_from([{}, {"expires_after_hours": 1}, {"expires_after_hours": 2}, {"expires_after_hours": None}])
_any_hours = _hours | st.sampled_from([{"expires_after_hours": 0}, {"expires_after_hours": HOURS_MAX + 1}])
_code = st.sampled_from(["promotion", "promotion", "damaged", "found", "spoiled"])
_changes = st.sampled_from(
    [
        *({"active": False}, {"active": False}, {"active": True}, {"active": True}, {"requires_note": True}, {}),
        *({"direction": "DECREASE"}, {"direction": "INCREASE"}, {"direction": "BOTH", "requires_note": False}),
    ]
)
_of_d = st.sampled_from([{"archived": True}, {"archived": False}, {"archived": False}, {"unit_cost": "1"}])

SETTLING_RULES = asks(
    "setApprovalPolicy", st.one_of(*[st.tuples(_rules, _hours)] * 3, st.tuples(_any_rules, _any_hours))
)
DESCRIBING_REASONS = asks("upsertReasonCode", st.tuples(_code, _changes))
DESCRIBING_D = asks("upsertItem", st.tuples(st.just("D"), _of_d | st.just({"unit_cost": "50"})))
OPENING = asks(
    "upsertLocation",
    st.tuples(
        st.sampled_from(["ANNEX", "ANNEX", "ANNEX", "MAIN"]), st.sampled_from([{"active": True}, {"active": False}])
    ),
)
#: What is taken away for a time, and given back: of D, of ANNEX, of a good reason.
AWAY_AND_BACK = st.sampled_from(
    [
        (Ask("upsertItem", "", ("D", {"archived": True})), Ask("upsertItem", "", ("D", {"archived": False}))),
        (
            Ask("upsertLocation", "", ("ANNEX", {"active": False})),
            Ask("upsertLocation", "", ("ANNEX", {"active": True})),
        ),
        *(
            (Ask("upsertReasonCode", "", ("promotion", away)), Ask("upsertReasonCode", "", ("promotion", back)))
            for away, back in (
                ({"active": False}, {"active": True}),
                ({"direction": "DECREASE"}, {"direction": "BOTH"}),
                ({"requires_note": True}, {"requires_note": False}),
            )
        ),
    ]
)
DESCRIBING = DESCRIBING_REASONS | DESCRIBING_REASONS | DESCRIBING_D | OPENING


async def _settle_rules(desk: Desk, ask: Ask) -> Decision:
    rules, hours = ask.arguments
    command = SetApprovalPolicy(ask.key, tuple(_ruled(rule) for rule in rules), hours)
    return await set_approval_policy(command, desk.caller(ask), desk.world.units, counting_ids)


def _ruled(rule: Rule) -> ApprovalRule:
    units, value, *names = rule
    return ApprovalRule(units, None if value is None else Decimal(value), *names)


async def _describe_reason(desk: Desk, ask: Ask) -> Decision:
    code, changes = ask.arguments
    said = {name: ReasonDirection(value) if name == "direction" else value for name, value in changes.items()}
    return await upsert_reason_code(
        UpsertReasonCode(ask.key, code, said), desk.caller(ask), desk.world.units, counting_ids
    )


async def _describe_item(desk: Desk, ask: Ask) -> Decision:
    sku, changes = ask.arguments
    said = {name: Decimal(value) if name == "unit_cost" else value for name, value in changes.items()}
    return await upsert_item(UpsertItem(ask.key, sku, said), desk.caller(ask), desk.world.units, counting_ids)


async def _describe_location(desk: Desk, ask: Ask) -> Decision:
    command = UpsertLocation(ask.key, *ask.arguments)
    return await upsert_location(command, desk.caller(ask), desk.world.units, counting_ids)


SEND: dict[str, Send] = {
    "setApprovalPolicy": _settle_rules,
    "upsertReasonCode": _describe_reason,
    "upsertItem": _describe_item,
    "upsertLocation": _describe_location,
}
