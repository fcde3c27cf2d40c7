"""Inputs of what a tenant settles for itself: its reason codes and its approval policy."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import strawberry

from domain.approvals import EXPIRES_AFTER_HOURS_MAX, NAMES_MAX, RULES_MAX
from domain.approvals import ApprovalRule as Rule
from domain.reasons import REASON_CODES_MAX
from schema.enums import ReasonDirection
from schema.fields import given, optional, required
from schema.inputs.mutations import KEY, sent


@strawberry.input(
    description="Which corrections: those that meet each condition that is stated. One that is left out or null is not "
    "stated; without any, every correction."
)
class ApprovalRuleInput:
    units_over: int | None = optional("More units move than this, whichever way, 0 to 100,000,000.")
    value_over: Decimal | None = optional(
        "Units times the item's unit cost are worth more than this, in the tenant's currency, at most 4 decimal "
        "places. Where nobody knows the value (the item has no unit cost, or one in another currency) it counts as "
        "more."
    )
    reason_codes: list[str] | None = optional(f"The reason is one of these, 1 to {NAMES_MAX} known codes.")
    locations: list[str] | None = optional(
        f"It is at the location of one of these codes, those inside it not counted: 1 to {NAMES_MAX} known ones."
    )
    roles: list[str] | None = optional(
        "Whoever asks has one of these roles, others too or not, such as `manager` or `admin`."
    )

    def rule(self) -> Rule:
        return Rule(
            given(self.units_over),
            given(self.value_over),
            _listed(self.reason_codes),
            _listed(self.locations),
            _listed(self.roles),
        )


@strawberry.input(description="The rules by which corrections by hand wait for another person's approval.")
class ApprovalPolicyInput:
    idempotency_key: str = required(KEY)
    rules: list[ApprovalRuleInput] = required(
        f"All rules, at most {RULES_MAX}: they take the place of those there are. A correction waits when it meets any."
    )
    expires_after_hours: int | None = optional(
        f"For how long a request waits before it expires, 1 to {EXPIRES_AFTER_HOURS_MAX:,}; left out: as it is; null: "
        "for as long as it takes. Those that wait already keep their time."
    )

    def all_rules(self) -> tuple[Rule, ...]:
        return tuple(rule.rule() for rule in self.rules)

    def changes(self) -> Mapping[str, int | None]:
        return sent(self, "expires_after_hours")


@strawberry.input(
    description="A reason code, made if it is new. A field that is left out stays as it is; one that is null is "
    f"cleared. A tenant has at most {REASON_CODES_MAX}; none is ever removed, so that what names it stays readable."
)
class UpsertReasonCodeInput:
    idempotency_key: str = required(KEY)
    code: str = required("Which one, at most 64 characters; upper and lower case differ.")
    name: str | None = optional("What people call it, at most 200 characters; null: the code in plain letters.")
    direction: ReasonDirection | None = optional("Which way it may change what is on hand; null: BOTH.")
    requires_note: bool | None = optional("Whether it needs a note that says what happened; null: false.")
    active: bool | None = optional("False: nobody may use it any more; true or null: it is in use.")

    def changes(self) -> Mapping[str, Any]:
        return sent(self, "name", "direction", "requires_note", "active")


def _listed(names: list[str] | None) -> tuple[str, ...] | None:
    wanted = given(names)
    return None if wanted is None else tuple(wanted)
