"""What an administrator settles, as the plain books have it: which corrections wait, for what reasons stock may be
corrected, what is sold and what it costs, and where."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from tests.conformance.write_model.people import PEOPLE
from tests.conformance.write_model.plain_corrections import Correction, PlainCorrections
from tests.conformance.write_model.plain_stock import UNITS_MAX, Answer, Reason, Refused

HOURS_MAX = 24 * 365
CURRENCY = "EUR"
ROLES = ("vendor", "manager", "approver", "analyst", "system", "admin")


class Rule(NamedTuple):
    """What a correction must be to wait; None: whatever it is."""

    units: int | None = None
    value: str | None = None
    reasons: tuple[str, ...] | None = None
    locations: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None


class PlainPolicies(PlainCorrections):
    rules: tuple[Rule, ...]

    # ---------------------------------------------------------------- what waits
    def settle_rules(self, rules: tuple[Rule, ...], hours: Mapping[str, int | None]) -> Answer:
        """`hours` is empty where nothing is said of how long requests wait."""
        waits_hours = hours.get("expires_after_hours", self.waits_hours)
        if waits_hours is not None and not 1 <= waits_hours <= HOURS_MAX:
            raise Refused("INVALID_INPUT")
        codes = ["INVALID_INPUT" for rule in rules if self._is_nonsense(rule)]
        if codes := codes or [code for rule in rules if (code := self._unknown(rule))]:
            raise Refused(*codes)
        if (rules, waits_hours) != (self.rules, self.waits_hours):
            self.rules, self.waits_hours = rules, waits_hours
            self.audited.append(("admin@acme", "setApprovalPolicy", "ApprovalPolicy", None))
        return Answer()

    def _is_nonsense(self, rule: Rule) -> bool:
        named = [names for names in (rule.reasons, rule.locations, rule.roles) if names is not None]
        return (
            (rule.units is not None and not 0 <= rule.units <= UNITS_MAX)
            or (rule.value is not None and Decimal(rule.value) < 0)
            or any(not names or len(set(names)) < len(names) for names in named)
            or any(role not in ROLES for role in rule.roles or ())
        )

    def _unknown(self, rule: Rule) -> str | None:
        if any(code not in self.reasons for code in rule.reasons or ()):
            return "UNKNOWN_REASON_CODE"
        return "UNKNOWN_LOCATION" if any(code not in self.sites for code in rule.locations or ()) else None

    def _must_wait(self, wanted: Correction) -> bool:
        return any(self._meets(wanted, rule) for rule in self.rules)

    def _meets(self, wanted: Correction, rule: Rule) -> bool:
        units, goods = abs(wanted.change), self.goods[wanted.sku]
        if rule.units is not None and units <= rule.units:
            return False
        # What nobody knows the value of is worth too much.
        known = goods.cost is not None and goods.currency == CURRENCY
        if rule.value is not None and known and units * Decimal(goods.cost or 0) <= Decimal(rule.value):
            return False
        if rule.reasons is not None and (wanted.why.reason or "correction") not in rule.reasons:
            return False
        if rule.locations is not None and wanted.location not in rule.locations:
            return False
        return rule.roles is None or bool(PEOPLE[wanted.asker].roles & set(rule.roles))

    # ---------------------------------------------------------------- what there is
    def describe_reason(self, code: str, changes: Mapping[str, Any]) -> Answer:
        known = self.reasons.get(code)
        named = {"direction": "direction", "requires_note": "needs_note", "active": "active"}
        self.reasons[code] = (known or Reason())._replace(**{named[name]: value for name, value in changes.items()})
        self._tell("upsertReasonCode", "ReasonCode", code, self.reasons[code] != known)
        return Answer()

    def describe_item(self, sku: str, changes: Mapping[str, Any]) -> Answer:
        """Whoever looks at a level of it must see it again: a version, and no entry."""
        known = self.goods[sku]
        named = {"archived": "archived", "unit_cost": "cost"}
        self.goods[sku] = known._replace(**{named[name]: value for name, value in changes.items()})
        if self.goods[sku] != known:
            for level in [level for place, level in self.levels.items() if place[0] == sku]:
                level.version += 1
        self._tell("upsertItem", "Item", sku, self.goods[sku] != known)
        return Answer()

    def describe_location(self, code: str, changes: Mapping[str, Any]) -> Answer:
        known = self.sites[code]
        if code == "MAIN" and not changes["active"]:
            raise Refused("INVALID_INPUT")
        self.sites[code] = known._replace(active=changes["active"])
        self._tell("upsertLocation", "Location", code, self.sites[code] != known)
        return Answer()

    def _tell(self, action: str, kind: str, subject: str, changed: bool) -> None:
        if changed:
            self.audited.append(("admin@acme", action, kind, subject))
