"""The approval policy: which corrections wait for another person."""

from decimal import Decimal

import strawberry

from domain.approvals import RULES_MAX, WAITING_MAX, WAITING_OF_ONE_MAX
from schema.fields import attribute, derived


def _listed(name: str) -> object:
    return lambda rule: None if getattr(rule, name) is None else list(getattr(rule, name))


@strawberry.type(
    description="A rule is met when each condition that it states is; one that states none is met by every correction."
)
class ApprovalRule:
    units_over: int | None = attribute("units_over", "More units move than this, whichever way; null: not stated.")
    value_over: Decimal | None = attribute(
        "value_over",
        "Units times the item's unit cost are worth more than this, in the policy's currency; null: not stated. Where "
        "nobody knows the value (the item has no unit cost, or one in another currency) it counts as more.",
    )
    reason_codes: list[str] | None = derived(
        _listed("reason_codes"),  # pyright: ignore[reportArgumentType]
        "The reason is one of these; null: any.",
    )
    locations: list[str] | None = derived(
        _listed("locations"),  # pyright: ignore[reportArgumentType]
        "It is at the location of one of these codes, those inside it not counted; null: any.",
    )
    roles: list[str] | None = derived(
        _listed("roles"),  # pyright: ignore[reportArgumentType]
        "Whoever asks has one of these roles, others too or not; null: any.",
    )


@strawberry.type(
    description="A correction by hand that meets any rule waits for another person's approval, and moves nothing until "
    "then. A vendor's always waits; of others a count without a difference never does. There are no rules at first. "
    "Corrections are adjustStock, adjustStockBatch and countStock: receipts, returns, holds, waste (wasteStock) "
    f"and transfers are not held back. At most {WAITING_OF_ONE_MAX:,} requests of one person and {WAITING_MAX:,} of a "
    "tenant wait at once: what would wait beyond that is LIMIT_EXCEEDED."
)
class ApprovalPolicy:
    rules: list[ApprovalRule] = derived(
        lambda policy: list(policy.rules), "All rules; one that is met is enough.", holds=RULES_MAX
    )
    currency: str = attribute("currency", "ISO 4217 code of what `valueOver` counts: the tenant's currency.")
    expires_after_hours: int | None = attribute(
        "expires_after_hours", "For how long a request waits before it expires; null: for as long as it takes."
    )
