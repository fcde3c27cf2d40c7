"""Transfers with what they are of and between which locations they go: each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db.items import COLUMNS as ITEM_COLUMNS
from db.items import item_from
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.pool import Database
from db.read_models.filters import listed, scoped, stated
from db.read_models.listing import Listing, Order
from db.read_models.statements import named, one, tenant, texts, uuids, within
from db.tables import items, locations
from db.tables import transfers as transfer_table
from db.transfers import COLUMNS, transfer_from
from domain.access import Scope
from domain.transfer_state import TransferState
from services.pages import Page, PageRequest
from services.transfer_reads import TransferFilter

_ITEM_AT = len(COLUMNS)
_ORIGIN_AT = _ITEM_AT + len(ITEM_COLUMNS)
_DESTINATION_AT = _ORIGIN_AT + len(LOCATION_COLUMNS)

_transfer = transfer_table.c
_origin, _destination = locations.alias("origin"), locations.alias("destination")


def _at(place: sa.FromClause, code: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(place.c.tenant_id == _transfer.tenant_id, place.c.code == code)


def state_from(row: Sequence[Any]) -> TransferState:
    """A transfer from its own columns, its item's and its locations'."""
    return TransferState(
        transfer_from(row[:_ITEM_AT]),
        item_from(row[_ITEM_AT:_ORIGIN_AT]),
        location_from(row[_ORIGIN_AT:_DESTINATION_AT]),
        location_from(row[_DESTINATION_AT:]),
    )


_transfers = Listing(
    sa.select(
        *named(transfer_table, COLUMNS),
        *named(items, ITEM_COLUMNS),
        *(_origin.c[name] for name in LOCATION_COLUMNS),
        *(_destination.c[name] for name in LOCATION_COLUMNS),
    )
    .select_from(transfer_table)
    .join(items, sa.and_(items.c.tenant_id == _transfer.tenant_id, items.c.sku == _transfer.sku))
    .join(_origin, _at(_origin, _transfer.origin))
    .join(_destination, _at(_destination, _transfer.destination))
    .where(_transfer.tenant_id == tenant()),
    {
        "skus": within(_transfer.sku, texts("skus")),
        "origins": within(_transfer.origin, texts("origins")),
        "destinations": within(_transfer.destination, texts("destinations")),
        "status": within(_transfer.status, texts("status")),
        # Said so, the index of what is on its way leads to it.
        "coming": _transfer.status == sa.literal_column("'IN_TRANSIT'"),
        "reference": _transfer.reference == one("reference"),
        "vendor": items.c.vendor == one("vendor"),
        "ids": within(_transfer.id, uuids("ids")),
    },
    state_from,
)
#: An id begins with the time at which it was made.
_NEWEST_FIRST = Order("TRANSFER", (_transfer.id,), (UUID,), falling=True)


class PostgresTransferReads:
    """Implements `services.transfer_reads.TransferReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matching(self, scope: Scope, filter: TransferFilter, page: PageRequest) -> Page[TransferState]:
        status = listed(filter.status)
        wanted = stated(
            skus=listed(filter.skus),
            origins=listed(filter.origins),
            destinations=listed(filter.destinations),
            reference=filter.reference,
            **({"coming": True} if status == ["IN_TRANSIT"] else {"status": status}),
        )
        return await _transfers.page(self._database, scope.tenant, wanted | scoped(scope), _NEWEST_FIRST, page)

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, TransferState]:
        found = await _transfers.all(self._database, scope.tenant, {"ids": list(ids), **scoped(scope)})
        return {state.id: state for state in found}
