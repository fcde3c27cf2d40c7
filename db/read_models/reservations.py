"""Reservations with their lines, what these are of and where they lie: each question one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from db.items import COLUMNS as ITEM_COLUMNS
from db.items import item_from
from db.locations import COLUMNS as LOCATION_COLUMNS
from db.locations import location_from
from db.pool import Database
from db.read_models.filters import listed, scoped, stated
from db.read_models.listing import Listing, Order
from db.read_models.sharing import sharing, shortened
from db.read_models.statements import moment, named, one, tenant, texts, uuids, within
from db.reservations import COLUMNS, LINE_COLUMNS, line_from, reservation_from
from db.tables import items, locations
from db.tables import reservation_lines as line_table
from db.tables import reservations as reservation_table
from domain.access import Scope
from domain.items import Item
from domain.locations import Location
from domain.reservation_state import ReservationState
from services.reads import Edge, Page, PageRequest, ReservationFilter

_LINES_AT = len(COLUMNS)
_ITEM_AT = len(LINE_COLUMNS)
_LOCATION_AT = _ITEM_AT + len(ITEM_COLUMNS)

_reservation, _line = reservation_table.c, line_table.c

_IS_OF = sa.and_(items.c.tenant_id == _line.tenant_id, items.c.sku == _line.sku)
_LIES_THERE = sa.and_(locations.c.tenant_id == _line.tenant_id, locations.c.code == _line.location)
_LINE = sa.func.row(*named(line_table, LINE_COLUMNS), *named(items, ITEM_COLUMNS), *named(locations, LOCATION_COLUMNS))


def _of(reservation: sa.FromClause, told: Any) -> sa.Select[Any]:
    return sa.select(told).where(_line.tenant_id == tenant(), _line.reservation_id == reservation.c.id)


def _lines_of(reservation: sa.FromClause) -> sa.ScalarSelect[Any]:
    """Read for the rows of a page alone: PostgreSQL sorts and cuts off before it looks at what a row selects."""
    lines = _of(reservation, sa.func.array_agg(aggregate_order_by(_LINE, _line.number)))
    read = lines.select_from(line_table.outerjoin(items, _IS_OF).outerjoin(locations, _LIES_THERE))
    return read.correlate(reservation).scalar_subquery()


def _held_by(reservation: sa.FromClause) -> sa.ScalarSelect[Any]:
    return _of(reservation, sa.func.count()).select_from(line_table).correlate(reservation).scalar_subquery()


def _with_line(*conditions: sa.ColumnElement[bool], of_vendor: bool = False) -> sa.ColumnElement[bool]:
    """Whether a reservation has a line that meets the conditions; one of the asking vendor's if `of_vendor`."""
    lines = sa.select(_line.reservation_id).where(_line.tenant_id == tenant(), *conditions)
    if of_vendor:
        lines = lines.join_from(line_table, items, _IS_OF).where(items.c.vendor == one("vendor"))
    return _reservation.id.in_(lines)


def state_from(row: Sequence[Any]) -> ReservationState:
    """A reservation from its own columns and its lines', each with its item's and its location's."""
    skus: dict[str, Item] = {}
    codes: dict[str, Location] = {}
    lines = []
    for each in row[_LINES_AT] or ():
        line = line_from(each[:_ITEM_AT])
        lines.append(line)
        if each[_ITEM_AT] is not None and line.sku not in skus:
            skus[line.sku] = item_from(each[_ITEM_AT:_LOCATION_AT])
        if line.location is not None and line.location not in codes and each[_LOCATION_AT] is not None:
            codes[line.location] = location_from(each[_LOCATION_AT:])
    return ReservationState.of(reservation_from(row[:_LINES_AT], lines), skus, codes)


_SELECTED = sa.select(*named(reservation_table, COLUMNS), _lines_of(reservation_table)).where(
    _reservation.tenant_id == tenant()
)
_OF_SKUS = within(_line.sku, texts("skus"))

RESERVATIONS = Listing(
    _SELECTED,
    {
        "order_ids": within(_reservation.order_id, texts("order_ids")),
        "status": within(_reservation.status, texts("status")),
        "skus": _with_line(_OF_SKUS),
        "own_skus": _with_line(within(_line.sku, texts("own_skus")), of_vendor=True),
        # What is pending alone expires: said so, the index of what is due leads to it.
        "expiring_before": sa.and_(
            _reservation.status == sa.literal_column("'PENDING'"),
            _reservation.expires_at < moment("expiring_before"),
        ),
        "vendor": _with_line(of_vendor=True),
        "ids": within(_reservation.id, uuids("ids")),
    },
    state_from,
    way=sharing(reservation_table, COLUMNS, _lines_of, _held_by),
)
#: An id begins with the time at which it was made.
NEWEST_FIRST = Order("RESERVATION", (_reservation.id,), (UUID,), falling=True)

_newest = Listing(
    _SELECTED.ext(distinct_on(_reservation.order_id)).order_by(_reservation.order_id, _reservation.id.desc()),
    RESERVATIONS.conditions,
    state_from,
)


def conditions_of(filter: ReservationFilter, scope: Scope) -> dict[str, object]:
    """The conditions that a filter names, with their values; a vendor looks for SKUs among its own lines alone."""
    asked = stated(
        order_ids=listed(filter.order_ids), status=listed(filter.status), expiring_before=filter.expiring_before
    )
    if filter.skus is not None:
        asked["skus" if scope.vendor is None else "own_skus"] = list(filter.skus)
    return asked | scoped(scope)


class PostgresReservationReads:
    """Implements `services.reads.ReservationReads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def matching(self, scope: Scope, filter: ReservationFilter, page: PageRequest) -> Page[ReservationState]:
        wanted = conditions_of(filter, scope)
        found = await RESERVATIONS.page(self._database, scope.tenant, wanted, NEWEST_FIRST, page)
        found = shortened(found, page, lambda state: state.lines)
        edges = [Edge(edge.cursor, seen) for edge in found.edges if (seen := edge.node.seen_by(scope.vendor))]
        return replace(found, edges=edges)

    async def by_id(self, scope: Scope, ids: Sequence[UUID]) -> Mapping[UUID, ReservationState]:
        return {state.id: state for state in await self._all(RESERVATIONS, scope, {"ids": list(ids)})}

    async def of_orders(self, scope: Scope, orders: Sequence[str]) -> Mapping[str, ReservationState]:
        found = await self._all(_newest, scope, {"order_ids": list(orders)})
        return {state.reservation.order.id: state for state in found}

    async def _all(
        self, listing: Listing[ReservationState], scope: Scope, wanted: Mapping[str, object]
    ) -> list[ReservationState]:
        found = await listing.all(self._database, scope.tenant, {**wanted, **scoped(scope)})
        return [seen for state in found if (seen := state.seen_by(scope.vendor))]
