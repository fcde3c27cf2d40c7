"""Inputs about alerts: which are listed and watched, and which was seen."""

from uuid import UUID

import strawberry

from schema.enums import AlertKind, AlertStatus
from schema.fields import given, optional, required
from schema.ids import OR_UUID, uuid_named
from schema.inputs.mutations import KEY
from schema.inputs.texts import entries, texts
from services.alert_reads import AlertFilter as AlertsWanted
from services.live import ENDED_MAX, KINDS_WATCHED
from services.live import AlertStreamFilter as AlertsWatched


@strawberry.input(
    description="Which alerts. Every field that is sent must match; a list matches any of its entries, an empty list "
    "matches nothing. At most 1,000 entries a list. In a stream `kinds` left out means LOW_STOCK and OUT_OF_STOCK, and "
    f"the snapshot holds those that stand: of the resolved ones, where `status` names them, the newest {ENDED_MAX:,}."
)
class AlertFilter:
    kinds: list[AlertKind] | None = optional("Of these kinds.")
    status: list[AlertStatus] | None = optional("With one of these statuses.")
    skus: list[str] | None = optional("Of these SKUs.")
    locations: list[str] | None = optional("At the locations of these codes.")
    categories: list[str] | None = optional("Of items in these categories.")
    vendors: list[str] | None = optional("Of items of these vendors.")

    def wanted(self) -> AlertsWanted:
        return AlertsWanted(
            kinds=entries("filter.kinds", given(self.kinds)),
            status=entries("filter.status", given(self.status)),
            skus=texts("filter.skus", given(self.skus)),
            locations=texts("filter.locations", given(self.locations)),
            categories=texts("filter.categories", given(self.categories)),
            vendors=texts("filter.vendors", given(self.vendors)),
        )

    def watched(self) -> AlertsWatched:
        wanted = self.wanted()
        return AlertsWatched(
            kinds=KINDS_WATCHED if wanted.kinds is None else wanted.kinds,
            status=wanted.status,
            skus=wanted.skus,
            locations=wanted.locations,
            categories=wanted.categories,
            vendors=wanted.vendors,
        )


@strawberry.input(description="An alert that somebody has seen.")
class AcknowledgeAlertInput:
    idempotency_key: str = required(KEY)
    alert_id: strawberry.ID = required("Global id of the alert" + OR_UUID)

    @property
    def alert(self) -> UUID:
        return uuid_named("Alert", self.alert_id)
