"""Places: at which level a movement works, and whether it may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.approvals import ApprovalPolicy
from domain.items import Item
from domain.locations import Location
from domain.reasons import ReasonCode
from domain.refusals import Refusal, RefusalCode

#: Nothing but a vendor's corrections waits.
NO_RULES = ApprovalPolicy("")
#: A SKU at a location's code.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sites:
    """What is known of the SKUs and locations that a command names."""

    items: Mapping[str, Item]
    locations: Mapping[str, Location]
    #: SKU -> the codes of the locations where it has a level.
    levels: Mapping[str, Sequence[str]]
    #: Code of the tenant's default location.
    default_location: str
    #: Seconds for which a reservation holds by channel; that of None is the tenant's.
    ttls: Mapping[str | None, int] = field(default_factory=dict[str | None, int])
    #: Which corrections by hand wait.
    approvals: ApprovalPolicy = NO_RULES

    def seen_by(self, vendor: str | None) -> Sites:
        """What a vendor may know of: its own items. With no vendor, the tenant's own people know all."""
        if vendor is None:
            return self
        return replace(self, items={sku: item for sku, item in self.items.items() if item.vendor == vendor})

    def place_of(self, sku: str, location: str | None) -> Place | Refusal:
        """Where a change of `sku` works: the location named, else its only level's, else the default location."""
        if sku not in self.items:
            return unknown_sku(sku, location)
        if location is not None:
            return (sku, location) if location in self.locations else unknown_location(location, sku)
        there = self.levels.get(sku, ())
        if len(there) > 1:
            return Refusal(
                RefusalCode.LOCATION_REQUIRED,
                f"'{sku}' is stocked at {len(there)} locations: name one of {', '.join(sorted(there)[:10])}.",
                ("location",),
                sku,
            )
        return sku, there[0] if there else self.default_location

    def stocked(self, places: Iterable[Place]) -> tuple[Place, ...]:
        """Those of the places where there is a level."""
        return tuple(place for place in places if place[1] in self.levels.get(place[0], ()))

    def closed(self, place: Place) -> Refusal | None:
        """Why nothing may be brought to or promised from a place: the item is archived or the location closed."""
        sku, location = place
        if refusal := self.archived(sku, location):
            return refusal
        if not self.locations[location].active:
            message = f"Location '{location}' is closed: name another one, or open it again first."
            return Refusal(RefusalCode.LOCATION_INACTIVE, message, ("location",), sku, location)
        return None

    def archived(self, sku: str, location: str | None) -> Refusal | None:
        if not self.items[sku].archived:
            return None
        message = f"Item '{sku}' is archived: name another one, or restore it first."
        return Refusal(RefusalCode.ITEM_ARCHIVED, message, ("sku",), sku, location)


def unknown_sku(sku: str, location: str | None) -> Refusal:
    message = f"There is no item with SKU '{sku}': mind upper and lower case, or make the item first."
    return Refusal(RefusalCode.UNKNOWN_SKU, message, ("sku",), sku, location)


def unknown_location(code: str, sku: str | None = None, field: str = "location") -> Refusal:
    message = f"There is no location with code '{code}': mind upper and lower case, or make the location first."
    return Refusal(RefusalCode.UNKNOWN_LOCATION, message, (field,), sku, code)


def unknown_reason(code: str | None, reasons: Mapping[str, ReasonCode]) -> Refusal | None:
    """A reason code that does not exist or is no longer in use."""
    if code is None or (code in reasons and reasons[code].active):
        return None
    message = f"There is no active reason code '{code}': name one that is in use, see the query reasonCodes."
    return Refusal(RefusalCode.UNKNOWN_REASON_CODE, message, ("reasonCode",))
