"""Locations: where stock lies. Warehouses, stores, and in a tree below them zones, aisles and bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from domain.refusals import Refusal, RefusalCode
from domain.texts import CODE_LENGTH_MAX, invalid_identifier, invalid_name
from domain.value import value

PRIORITY_MAX = 1_000_000
#: Warehouse, zone, aisle, rack, bin, and room for more.
DEPTH_MAX = 10


@value
class Location:
    """One place of a tenant. A lower `priority` is served first; `parent` is the code of the place it lies in."""

    id: UUID
    code: str
    name: str
    kind: str = "warehouse"
    zone: str | None = None
    priority: int = 100
    parent: str | None = None
    active: bool = True
    version: int = 0

    def describe(self, changes: Mapping[str, Any], *, above: Sequence[str], is_default: bool) -> Location | Refusal:
        """The location with `changes` made: a field that is left out stays, one that is None is cleared to its default.

        `above` names the new parent and its own ancestors, nearest first, () for none. The same location comes back
        (same version) when nothing would change.
        """
        refusal = invalid_description(changes) or self._misplaced(above)
        if refusal is None and is_default and changes.get("active") is False:
            refusal = _invalid("active", "cannot be false for the tenant's default location")
        if refusal is not None:
            return refusal
        defaults = _DEFAULTS | {"name": self.code}
        described = replace(
            self, **{name: defaults[name] if value is None else value for name, value in changes.items()}
        )
        unchanged = described == self and self.version > 0  # a new one is made, whatever is said of it
        return self if unchanged else replace(described, version=self.version + 1)

    def _misplaced(self, above: Sequence[str]) -> Refusal | None:
        if self.code in above:
            return _invalid(
                "parent", f"would put '{self.code}' inside itself: choose a location that does not lie in it"
            )
        if len(above) >= DEPTH_MAX:
            return _invalid("parent", f"lies too deep: a tree of locations has at most {DEPTH_MAX} levels")
        return None


_DEFAULTS = {field.name: field.default for field in fields(Location)}
_CODES = ("kind", "zone", "parent")


def invalid_description(changes: Mapping[str, Any]) -> Refusal | None:
    """What is wrong with the fields sent, whatever the location."""
    if refusal := invalid_name("name", changes.get("name")):
        return refusal
    for name in _CODES:
        if refusal := invalid_identifier(name, changes.get(name), CODE_LENGTH_MAX):
            return refusal
    priority = changes.get("priority")
    if priority is not None and not 0 <= priority <= PRIORITY_MAX:
        return _invalid("priority", f"must lie between 0 and {PRIORITY_MAX}")
    return None


def _invalid(field: str, remedy: str) -> Refusal:
    return Refusal(RefusalCode.INVALID_INPUT, f"{field} {remedy}.", (field,))
