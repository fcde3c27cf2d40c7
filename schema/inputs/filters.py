"""Filters: each field that is sent narrows the list, and all of them must match."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from domain.approvals import WAITING_MAX
from domain.status import STALE_AFTER_DAYS_MAX
from schema.enums import AdjustmentStatus, LedgerKind, ReservationStatus, StockStatus
from schema.errors import bad_input
from schema.fields import given, optional
from schema.ids import uuid_named
from schema.inputs.texts import entries, text, texts
from services.live import ENDED_MAX, LevelStreamFilter
from services.live import AdjustmentStreamFilter as AdjustmentsWatched
from services.live import ReservationStreamFilter as ReservationsWatched
from services.reads import AdjustmentFilter as AdjustmentsWanted
from services.reads import ItemFilter as ItemsWanted
from services.reads import LedgerFilter as EntriesWanted
from services.reads import LevelFilter
from services.reads import LocationFilter as LocationsWanted
from services.reads import ReservationFilter as ReservationsWanted

_RULE = (
    "Every field that is sent must match; a list matches any of its entries, an empty list matches nothing. At most "
    "1,000 entries a list."
)
_ADJUSTMENTS = "These adjustments, by global id or UUID."


@strawberry.input(description="Which stock levels. " + _RULE)
class StockLevelFilter:
    skus: list[str] | None = optional("Of these SKUs.")
    locations: list[str] | None = optional("At the locations of these codes.")
    categories: list[str] | None = optional("Of items in these categories.")
    vendors: list[str] | None = optional("Of items of these vendors.")
    conditions: list[str] | None = optional("Of items in these conditions.")
    status: list[StockStatus] | None = optional("With one of these statuses.")
    stale_for_days: int | None = optional("Without movement for at least so many days, 1 to 3,650.")
    stale: bool | None = optional("Stale (true) or not (false) by their own `staleAfterDays`.")
    search: str | None = optional("Text in the SKU or in the item's name, upper or lower case.")

    def wanted(self) -> LevelFilter:
        days = given(self.stale_for_days)
        if days is not None and not 1 <= days <= STALE_AFTER_DAYS_MAX:
            raise bad_input("filter.staleForDays", f"must lie between 1 and {STALE_AFTER_DAYS_MAX}")
        return LevelFilter(
            skus=_texts("skus", self.skus),
            locations=_texts("locations", self.locations),
            categories=_texts("categories", self.categories),
            vendors=_texts("vendors", self.vendors),
            conditions=_texts("conditions", self.conditions),
            status=entries("filter.status", given(self.status)),
            stale_for_days=days,
            stale=given(self.stale),
            search=_text("search", self.search),
        )


@strawberry.input(
    description="Which stock levels, by what a live event can decide: nothing that time alone changes. " + _RULE
)
class StockLevelStreamFilter:
    skus: list[str] | None = optional("Of these SKUs.")
    locations: list[str] | None = optional("At the locations of these codes.")
    categories: list[str] | None = optional("Of items in these categories.")
    vendors: list[str] | None = optional("Of items of these vendors.")
    conditions: list[str] | None = optional("Of items in these conditions.")
    status: list[StockStatus] | None = optional("With one of these statuses.")

    def wanted(self) -> LevelStreamFilter:
        return LevelStreamFilter(
            skus=_texts("skus", self.skus),
            locations=_texts("locations", self.locations),
            categories=_texts("categories", self.categories),
            vendors=_texts("vendors", self.vendors),
            conditions=_texts("conditions", self.conditions),
            status=entries("filter.status", given(self.status)),
        )


@strawberry.input(description="Which items. " + _RULE)
class ItemFilter:
    skus: list[str] | None = optional("With these SKUs.")
    categories: list[str] | None = optional("In these categories.")
    vendors: list[str] | None = optional("Of these vendors.")
    catalog_product_ids: list[str] | None = optional("Of these products of the catalog.")
    conditions: list[str] | None = optional("In these conditions.")
    languages: list[str] | None = optional("In these languages.")
    barcodes: list[str] | None = optional("That a scanner finds under one of these barcodes.")
    archived: bool | None = optional("Archived (true) or in use (false); both if left out.")
    search: str | None = optional("Text in the SKU or in the name, upper or lower case.")

    def wanted(self) -> ItemsWanted:
        return ItemsWanted(
            skus=_texts("skus", self.skus),
            categories=_texts("categories", self.categories),
            vendors=_texts("vendors", self.vendors),
            catalog_product_ids=_texts("catalogProductIds", self.catalog_product_ids),
            conditions=_texts("conditions", self.conditions),
            languages=_texts("languages", self.languages),
            barcodes=_texts("barcodes", self.barcodes),
            archived=given(self.archived),
            search=_text("search", self.search),
        )


@strawberry.input(description="Which locations. " + _RULE)
class LocationFilter:
    codes: list[str] | None = optional("With these codes.")
    kinds: list[str] | None = optional("Of these kinds.")
    zones: list[str] | None = optional("In these zones.")
    parent: str | None = optional("Directly inside the location of this code.")
    active: bool | None = optional("In use (true) or closed (false); both if left out.")
    search: str | None = optional("Text in the code or in the name, upper or lower case.")

    def wanted(self) -> LocationsWanted:
        return LocationsWanted(
            codes=_texts("codes", self.codes),
            kinds=_texts("kinds", self.kinds),
            zones=_texts("zones", self.zones),
            parent=_text("parent", self.parent),
            active=given(self.active),
            search=_text("search", self.search),
        )


@strawberry.input(description="Which entries of the ledger. " + _RULE)
class LedgerFilter:
    skus: list[str] | None = optional("Of these SKUs.")
    locations: list[str] | None = optional("At the locations of these codes.")
    kinds: list[LedgerKind] | None = optional("Of these kinds.")
    from_: datetime | None = optional("That occurred at this moment or later.", name="from")
    to: datetime | None = optional("That occurred before this moment.")
    reference: str | None = optional("With this reference.")
    reason_codes: list[str] | None = optional("With one of these reason codes.")
    actor: str | None = optional("Caused by this subject; a vendor may name itself alone.")

    def wanted(self) -> EntriesWanted:
        return EntriesWanted(
            skus=_texts("skus", self.skus),
            locations=_texts("locations", self.locations),
            kinds=entries("filter.kinds", given(self.kinds)),
            since=given(self.from_),
            until=given(self.to),
            reference=_text("reference", self.reference),
            reason_codes=_texts("reasonCodes", self.reason_codes),
            actor=_text("actor", self.actor),
        )


@strawberry.input(description="Which adjustments. " + _RULE)
class AdjustmentFilter:
    ids: list[strawberry.ID] | None = optional(_ADJUSTMENTS)
    status: list[AdjustmentStatus] | None = optional("With one of these statuses.")
    skus: list[str] | None = optional("Of these SKUs.")
    locations: list[str] | None = optional("At the locations of these codes.")
    reason_codes: list[str] | None = optional("With one of these reason codes.")
    requested_by: str | None = optional("Asked for by this subject; a vendor may name itself alone.")
    from_: datetime | None = optional("Asked for at this moment or later.", name="from")
    to: datetime | None = optional("Asked for before this moment.")

    def wanted(self) -> AdjustmentsWanted:
        return AdjustmentsWanted(
            ids=_ids("Adjustment", self.ids),
            status=entries("filter.status", given(self.status)),
            skus=_texts("skus", self.skus),
            locations=_texts("locations", self.locations),
            reason_codes=_texts("reasonCodes", self.reason_codes),
            requested_by=_text("requestedBy", self.requested_by),
            since=given(self.from_),
            until=given(self.to),
        )


@strawberry.input(
    description="Which adjustments, by what a live event can decide. The snapshot holds what waits for approval, of "
    f"which a tenant has at most about {WAITING_MAX:,}; "
    f"others are many and never change: of those that `ids` or `status` name it holds the newest {ENDED_MAX:,}. "
    + _RULE
)
class AdjustmentStreamFilter:
    ids: list[strawberry.ID] | None = optional(_ADJUSTMENTS)
    status: list[AdjustmentStatus] | None = optional("With one of these statuses.")
    skus: list[str] | None = optional("Of these SKUs.")
    reason_codes: list[str] | None = optional("With one of these reason codes.")
    requested_by: str | None = optional("Asked for by this subject; a vendor may name itself alone.")

    def wanted(self) -> AdjustmentsWatched:
        return AdjustmentsWatched(
            ids=_ids("Adjustment", self.ids),
            status=entries("filter.status", given(self.status)),
            skus=_texts("skus", self.skus),
            reason_codes=_texts("reasonCodes", self.reason_codes),
            requested_by=_text("requestedBy", self.requested_by),
        )


@strawberry.input(description="Which reservations. " + _RULE)
class ReservationFilter:
    order_ids: list[str] | None = optional("Of these orders.")
    status: list[ReservationStatus] | None = optional("With one of these statuses.")
    skus: list[str] | None = optional("With a line of one of these SKUs.")
    expiring_before: datetime | None = optional("PENDING, and expiring before this moment.")

    def wanted(self) -> ReservationsWanted:
        return ReservationsWanted(
            order_ids=_texts("orderIds", self.order_ids),
            status=entries("filter.status", given(self.status)),
            skus=_texts("skus", self.skus),
            expiring_before=given(self.expiring_before),
        )


@strawberry.input(
    description="Which reservations, by what a live event can decide. The snapshot holds what is open; ended "
    "reservations are many and never change: of those that `ids`, `orderIds` or `status` name it holds the newest "
    f"{ENDED_MAX:,}. " + _RULE
)
class ReservationStreamFilter:
    ids: list[strawberry.ID] | None = optional("These reservations, by global id or UUID.")
    order_ids: list[str] | None = optional("Of these orders.")
    status: list[ReservationStatus] | None = optional("With one of these statuses.")
    skus: list[str] | None = optional("With a line of one of these SKUs that you may see.")

    def wanted(self) -> ReservationsWatched:
        return ReservationsWatched(
            ids=_ids("Reservation", self.ids),
            order_ids=_texts("orderIds", self.order_ids),
            status=entries("filter.status", given(self.status)),
            skus=_texts("skus", self.skus),
        )


def _ids(kind: str, values: Sequence[str] | None) -> Sequence[UUID] | None:
    ids = entries("filter.ids", given(values))
    return None if ids is None else [uuid_named(kind, each) for each in ids]


def _text(field: str, value: str | None) -> str | None:
    return text(f"filter.{field}", given(value))


def _texts(field: str, values: Sequence[str] | None) -> Sequence[str] | None:
    return texts(f"filter.{field}", given(values))
