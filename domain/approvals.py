"""Approvals: which corrections by hand wait until another person has approved them, by the rules of a tenant.

What cannot be known counts as over the bound: an item without a unit cost, or costed in another currency than the
policy's, meets every `value_over`, so that nothing slips past a rule for want of a price.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.access import OPERATIONS, Role
from domain.items import Item, invalid_amount
from domain.quantities import LEVEL_MAX
from domain.refusals import Refusal, RefusalCode
from domain.texts import CODE_LENGTH_MAX, invalid_identifier

RULES_MAX = 50
#: Reason codes, locations or roles that one rule names.
NAMES_MAX = 100
#: A year.
EXPIRES_AFTER_HOURS_MAX = 8_760
#: Requests that wait at once: of a tenant, and of one person of it.
WAITING_MAX = 5_000
WAITING_OF_ONE_MAX = 1_000
#: Those of one vendor's items, for its people together; and of a tenant for all vendors': the rest is left to its own.
WAITING_OF_VENDOR_MAX = 1_000
WAITING_FOR_VENDORS_MAX = 4_000
#: Requests that one person of a vendor withdraws in 24 hours: each leaves a trace that is kept for a year.
WITHDRAWN_MAX = 1_000

#: Whoever has one of these corrects stock by their own right; a vendor asks for it.
_CORRECTS = OPERATIONS["adjustStock"] - {Role.VENDOR}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A correction as it was asked for: `change` of on hand in signed base units, `roles` those of who asks."""

    change: int
    item: Item
    location: str
    reason_code: str
    roles: frozenset[Role]

    def value_in(self, currency: str) -> Decimal | None:
        """Units x unit cost, whichever way they go; None where nobody knows it in this currency."""
        if self.item.unit_cost is None or self.item.currency != currency:
            return None
        return abs(self.change) * self.item.unit_cost


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Met when each condition that it states is; one that states none is met by every correction.

    `units_over` is compared with the units that move either way, `value_over` with their value; `roles` is met by who
    has any of them.
    """

    units_over: int | None = None
    value_over: Decimal | None = None
    reason_codes: tuple[str, ...] | None = None
    locations: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None

    def is_met_by(self, proposal: Proposal, currency: str) -> bool:
        return (
            (self.units_over is None or abs(proposal.change) > self.units_over)
            and (self.reason_codes is None or proposal.reason_code in self.reason_codes)
            and (self.locations is None or proposal.location in self.locations)
            and (self.roles is None or not proposal.roles.isdisjoint(self.roles))
            and self._is_worth_more(proposal, currency)
        )

    def _is_worth_more(self, proposal: Proposal, currency: str) -> bool:
        if self.value_over is None:
            return True
        value = proposal.value_in(currency)
        return value is None or value > self.value_over


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """A tenant's rules, none at first; `currency` is the tenant's. A request that waits for longer than
    `expires_after_hours` expires; None: it waits for as long as it takes."""

    currency: str
    rules: tuple[ApprovalRule, ...] = ()
    expires_after_hours: int | None = None

    def may_hold_back(self, roles: frozenset[Role]) -> bool:
        """Whether anything that who has these roles asks for might wait."""
        return bool(self.rules) or roles.isdisjoint(_CORRECTS)

    def holds_back(self, proposal: Proposal) -> bool:
        """Whether a correction waits for another person: a vendor's always, what moves nothing never, any other when it
        meets a rule."""
        if proposal.roles.isdisjoint(_CORRECTS):
            return True
        return proposal.change != 0 and any(rule.is_met_by(proposal, self.currency) for rule in self.rules)

    def expiry_of(self, requested_at: datetime) -> datetime | None:
        """When a request made now stops waiting; a later change of the policy leaves it as it is."""
        return None if self.expires_after_hours is None else requested_at + timedelta(hours=self.expires_after_hours)


def too_many(waiting: Mapping[str, int], requester: str, more: int, of_vendor: int | None = None) -> Refusal | None:
    """Whether so many requests more of this person may wait, beside those that do, counted by who asked for them.
    `of_vendor`: how many are of the items of the vendor that it asks for; None: it is one of the tenant's own."""
    if not more:
        return None
    if waiting.get(requester, 0) + more > WAITING_OF_ONE_MAX:
        return _full(f"{WAITING_OF_ONE_MAX:,} requests of yours", WAITING_OF_ONE_MAX)
    if of_vendor is not None and of_vendor + more > WAITING_OF_VENDOR_MAX:
        return _full(f"{WAITING_OF_VENDOR_MAX:,} requests of your vendor's items", WAITING_OF_VENDOR_MAX)
    limit = WAITING_MAX if of_vendor is None else WAITING_FOR_VENDORS_MAX
    if sum(waiting.values()) + more > limit:
        return _full(f"{limit:,} requests of this tenant", limit)
    return None


def too_many_withdrawn(withdrawn: int) -> Refusal | None:
    """Whether somebody of a vendor, who has withdrawn so many within 24 hours, may withdraw no more."""
    if withdrawn < WITHDRAWN_MAX:
        return None
    message = (
        f"You have withdrawn {WITHDRAWN_MAX:,} requests within 24 hours: leave this one to whoever decides, or "
        "withdraw it tomorrow."
    )
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("adjustmentId",), limit=WITHDRAWN_MAX)


def _full(whose: str, limit: int) -> Refusal:
    message = (
        f"This would wait for approval, and at most {whose} wait at once: see adjustments(filter: {{status: "
        "[PENDING_APPROVAL]}), let some be decided or withdraw some with cancelAdjustment, and ask under a new key."
    )
    return Refusal(RefusalCode.LIMIT_EXCEEDED, message, limit=limit)


def invalid_policy(rules: Sequence[ApprovalRule], expires_after_hours: int | None) -> tuple[Refusal, ...]:
    """What is wrong with a policy itself, whatever the tenant has: of its rules, each that is wrong."""
    if expires_after_hours is not None and not 1 <= expires_after_hours <= EXPIRES_AFTER_HOURS_MAX:
        return (_invalid("expiresAfterHours", f"must lie between 1 and {EXPIRES_AFTER_HOURS_MAX} (a year)"),)
    if len(rules) > RULES_MAX:
        message = f"rules holds {len(rules)}: give at most {RULES_MAX}."
        return (Refusal(RefusalCode.LIMIT_EXCEEDED, message, ("rules",), limit=RULES_MAX),)
    refusals = (_invalid_rule(rule) for rule in rules)
    return tuple(refusal.at("rules", str(number)) for number, refusal in enumerate(refusals) if refusal)


def unknown_names(
    rules: Sequence[ApprovalRule], reason_codes: Collection[str], locations: Collection[str]
) -> tuple[Refusal, ...]:
    """Reason codes and locations that a rule names and the tenant does not have: the rule would never be met."""
    refusals = (_unknown_name(rule, reason_codes, locations) for rule in rules)
    return tuple(refusal.at("rules", str(number)) for number, refusal in enumerate(refusals) if refusal)


def _invalid_rule(rule: ApprovalRule) -> Refusal | None:
    if rule.units_over is not None and not 0 <= rule.units_over <= LEVEL_MAX:
        return _invalid("unitsOver", f"must lie between 0 and {LEVEL_MAX}")
    return (
        invalid_amount("valueOver", rule.value_over)
        or _invalid_names("reasonCodes", rule.reason_codes)
        or _invalid_names("locations", rule.locations)
        or _invalid_names("roles", rule.roles)
        or _unknown_role(rule.roles or ())
    )


def _invalid_names(field: str, names: Sequence[str] | None) -> Refusal | None:
    if names is None:
        return None
    if not names:
        return _invalid(field, "is empty, so that the rule would never be met: leave it out where any will do")
    if len(names) > NAMES_MAX:
        return _invalid(field, f"holds {len(names)}: give at most {NAMES_MAX}")
    if len(set(names)) < len(names):
        return _invalid(field, "names one twice")
    refusals = (invalid_identifier(field, name, CODE_LENGTH_MAX) for name in names)
    return next((refusal for refusal in refusals if refusal), None)


def _unknown_role(roles: Sequence[str]) -> Refusal | None:
    known = [role.value for role in Role]
    wrong = next((role for role in roles if role not in known), None)
    return _invalid("roles", f"names '{wrong}': give some of {', '.join(known)}") if wrong is not None else None


def _unknown_name(rule: ApprovalRule, reason_codes: Collection[str], locations: Collection[str]) -> Refusal | None:
    if code := next((code for code in rule.reason_codes or () if code not in reason_codes), None):
        message = f"There is no reason code '{code}': see the query reasonCodes."
        return Refusal(RefusalCode.UNKNOWN_REASON_CODE, message, ("reasonCodes",))
    if code := next((code for code in rule.locations or () if code not in locations), None):
        message = f"There is no location with code '{code}': see the query locations."
        return Refusal(RefusalCode.UNKNOWN_LOCATION, message, ("locations",), location=code)
    return None


def _invalid(field: str, remedy: str) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, f"{field} {remedy}.", (field,))
