"""What live streams of reservations begin with: what is open, and what has ended if a filter names it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from db.pool import Database
from db.read_models.filters import scoped, stated
from db.read_models.reservations import NEWEST_FIRST, RESERVATIONS
from db.read_models.snapshots import OpenAndEnded, made_of
from db.tables import reservations
from domain.access import Scope
from domain.reservation_state import ReservationState
from domain.reservations import OPEN
from services.live import ReservationStreamFilter
from services.reads import Snapshot

_reservation = reservations.c
# Said in so many words, so that the index of what is open leads to it.
_IS_OPEN = _reservation.status.in_([sa.literal_column(f"'{status}'") for status in sorted(OPEN)])


_SNAPSHOT = OpenAndEnded(RESERVATIONS, _IS_OPEN, NEWEST_FIRST)


def _conditions_of(filter: ReservationStreamFilter, scope: Scope) -> dict[str, object]:
    """The conditions that a filter names, with their values; a vendor looks for SKUs among its own lines alone."""
    skus = None if filter.skus is None else list(filter.skus)
    asked = stated(
        ids=None if filter.ids is None else list(filter.ids),
        order_ids=None if filter.order_ids is None else list(filter.order_ids),
        status=None if filter.status is None else [status.value for status in filter.status],
        **{"skus" if scope.vendor is None else "own_skus": skus},
    )
    return asked | scoped(scope)


class PostgresReservationSnapshots:
    """Implements `subscriptions.hub.owned.Snapshots`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def snapshot(self, scope: Scope, filter: ReservationStreamFilter) -> Snapshot[ReservationState]:
        wanted = _conditions_of(filter, scope)
        seen = await _SNAPSHOT.read(self._database, scope.tenant, wanted, with_ended=filter.names_ended)
        return Snapshot(await made_of(seen.rows, lambda row: _seen(row, scope)), seen.tx_max, seen.tx_in_progress)


def _seen(row: Any, scope: Scope) -> ReservationState | None:
    """What the caller may see of it."""
    return RESERVATIONS.thing_from(row).seen_by(scope.vendor)
