"""Live events: change number n of a shelf, as our relay appends it and as each peer is given it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from benchmarks._our_shelf import TENANT, UNITS, sku
from benchmarks._screens import Numbering
from domain.events import Before, StockLevelChanged
from domain.items import Item
from domain.ledger import NOTHING, Cause, LedgerKind, Stamp
from domain.levels import LevelState
from domain.locations import Location
from domain.status import NO_POLICY
from server.embedded.database import Addresses
from server.ids import new_id
from services.envelope import encode, with_tx
from subscriptions.log.broadcast_log import Message, Position

CAUSE = Cause("benchmark@acme", "found")
EPOCH = "0123456789abcdef"


class LiveEvents:
    """Of the levels with these ids, by SKU."""

    def __init__(self, numbering: Numbering, ids: dict[str, UUID]) -> None:
        self._numbering = numbering
        self._location = Location(new_id(), TENANT.default_location, "Main warehouse", version=1)
        at = datetime.now(UTC)
        self._levels = [
            LevelState(
                ids[each],
                Item(new_id(), each, f"Article {each}", version=1),
                self._location,
                NOTHING,
                NO_POLICY,
                1,
                at,
                at,
                at,
            )
            for each in (sku(number) for number in range(1, numbering.skus + 1))
        ]

    @classmethod
    async def of(cls, addresses: Addresses, numbering: Numbering) -> "LiveEvents":
        """Of the levels in a database that was filled, so that what is appended here goes on where commits ended."""
        connection = await asyncpg.connect(addresses.superuser_url)
        try:
            rows = await connection.fetch("SELECT sku, id FROM stock_levels WHERE tenant_id = $1", TENANT.id)
        finally:
            await connection.close()
        return cls(numbering, {row["sku"]: row["id"] for row in rows})

    def message(self, number: int) -> Message:
        """As the relay appends it to the broadcast log."""
        level = self._level(number)
        before = Before(level.quantities.available_to_promise - 1, level.status, None, None, None)
        stamp = Stamp(level.updated_at, level.updated_at)
        event = StockLevelChanged(new_id(), level, level.version - 1, before, LedgerKind.ADJUSTMENT, CAUSE, stamp)
        return Message.about(level.id, level.version, with_tx(encode(event, TENANT.id), 1_000_000 + number))

    def picture(self, number: int) -> dict[str, Any]:
        """What the screens ask for, ready to be selected from."""
        level = self._level(number)
        at = level.updated_at.isoformat()
        return {
            "type": "CHANGE",
            "cursor": Position(EPOCH, number).encode(),
            "occurredAt": at,
            "previousVersion": level.version - 1,
            "cause": {"kind": LedgerKind.ADJUSTMENT.value, "reasonCode": CAUSE.reason_code, "actor": CAUSE.actor},
            "level": {
                "sku": level.item.sku,
                "location": {"code": level.location.code},
                "quantityOnHand": level.quantities.on_hand,
                "quantityAllocated": level.quantities.allocated,
                "quantityUnavailable": level.quantities.unavailable,
                "availableToPromise": level.quantities.available_to_promise,
                "status": level.status.value,
                "version": level.version,
                "updatedAt": at,
            },
        }

    def frame(self, number: int) -> bytes:
        """The text that a screen is sent, under an id as long as theirs."""
        data = {"stockLevelChanged": self.picture(number)}
        return orjson.dumps({"id": str(UUID(int=0)), "type": "next", "payload": {"data": data}})

    def _level(self, number: int) -> LevelState:
        place, version = self._numbering.of(number)
        level = self._levels[place - 1]
        quantities = replace(level.quantities, on_hand=UNITS + version - 1)
        return replace(level, quantities=quantities, version=version, updated_at=datetime.now(UTC))
