"""Aging tail: what waits to be summed up, told to a report's statement as the parcels that it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from db.one_moment import OneMoment
from db.pool import Database
from db.read_models.fed_entries import FedSku, Tail, fed_entries
from domain.access import Scope
from domain.layers import Parcel
from domain.periods import Books
from services.insight_ports import ReportFilter

#: A level of which nothing remains is told so.
_NOTHING = ({"quantity": 0},)


async def tail_of(
    database: Database | OneMoment, scope: Scope, filter: ReportFilter, books: Books, as_of: datetime
) -> Tail:
    """Rows of `cost_layers`: all parcels that remain at a moment of each level that has entries waiting from before
    it."""
    fed = await fed_entries(database, scope, filter, books.currency, layers=True)
    rows = [row for sku in fed.skus for row in _rows(sku, books.currency, as_of)]
    return Tail.of(rows, fed)


def _rows(fed: FedSku, currency: str, as_of: datetime) -> Iterator[dict[str, Any]]:
    changed: set[str] = set()
    for location, change in fed.changes(currency):
        if change.at <= as_of:
            fed.shelves.add(location, change)
            changed.add(location)
    for location in changed:
        remaining = [_told(parcel) for parcel in fed.shelves.levels[location].remaining()]
        for parcel in remaining or _NOTHING:
            yield {"sku": fed.sku, "location": location, **parcel}


def _told(parcel: Parcel) -> dict[str, Any]:
    return {"quantity": parcel.quantity, "received_at": parcel.received_at, "unit_cost": parcel.cost}
