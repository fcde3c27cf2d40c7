"""TransferState: an unchanging picture of a transfer with what it is of and between which locations it goes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.items import Item
from domain.locations import Location
from domain.places import Sites
from domain.transfers import Transfer, TransferStatus


@dataclass(frozen=True, slots=True)
class TransferState:
    transfer: Transfer
    item: Item
    origin: Location
    destination: Location

    @classmethod
    def of(cls, transfer: Transfer, sites: Sites) -> TransferState:
        route = transfer.route
        return cls(transfer, sites.items[route.sku], sites.locations[route.origin], sites.locations[route.destination])

    @property
    def id(self) -> UUID:
        return self.transfer.id

    @property
    def version(self) -> int:
        return self.transfer.version

    @property
    def status(self) -> TransferStatus:
        return self.transfer.status
