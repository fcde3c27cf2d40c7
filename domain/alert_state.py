"""AlertState: an unchanging picture of an alert with what it is of and where that lies.

Read models return it, events carry it, subscribers are sent it: one shape from the row to the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.alerts import Alert, AlertKind, AlertStatus
from domain.items import Item
from domain.locations import Location


@dataclass(frozen=True, slots=True)
class AlertState:
    alert: Alert
    item: Item
    location: Location

    @property
    def id(self) -> UUID:
        return self.alert.id

    @property
    def kind(self) -> AlertKind:
        return self.alert.kind

    @property
    def status(self) -> AlertStatus:
        return self.alert.status

    @property
    def version(self) -> int:
        return self.alert.version

    def seen_by(self, vendor: str | None) -> bool:
        """Whether a vendor may see it: one of its own items. With no vendor, the tenant's own people see all."""
        return vendor is None or self.item.vendor == vendor
