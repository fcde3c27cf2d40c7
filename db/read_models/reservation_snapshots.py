"""What live streams of reservations begin with: all that match, at one moment, by one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from db.pool import Database
from db.read_models.filters import scoped, stated
from db.read_models.listing import SHAPES_CACHED
from db.read_models.reservations import RESERVATIONS
from db.read_models.statements import Statement, compiled, one
from db.tables import reservations
from domain.access import Scope
from domain.reservation_state import ReservationState
from domain.reservations import OPEN
from services.live import ENDED_MAX, ReservationStreamFilter
from services.reads import Snapshot

ROWS_A_TURN = 100

_reservation = reservations.c
# Said in so many words, so that the index of what is open leads to it.
_IS_OPEN = _reservation.status.in_([sa.literal_column(f"'{status}'") for status in sorted(OPEN)])


@lru_cache(maxsize=SHAPES_CACHED)
def _statement(names: frozenset[str], with_ended: bool) -> Statement:
    """What matches beside the snapshot that saw it; one row even where there is nothing."""
    narrowed = RESERVATIONS.narrowed(names)
    matching = narrowed.with_only_columns(
        *(column.label(f"c{n}") for n, column in enumerate(narrowed.selected_columns))
    )
    ended = matching.where(sa.not_(_IS_OPEN)).order_by(_reservation.id.desc()).limit(one("ended_max", sa.Integer()))
    open_ = matching.where(_IS_OPEN)
    seen = (sa.union_all(open_, sa.select(ended.subquery("ended"))) if with_ended else open_).subquery("seen")
    always = sa.select(sa.true().label("always")).subquery("always")
    return compiled(sa.select(sa.func.pg_current_snapshot(), *seen.c).select_from(always.outerjoin(seen, sa.true())))


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
    """Reservations at one moment, read on the primary: all that are open, and the newest `ENDED_MAX` of the ended ones,
    if the filter names any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def snapshot(self, scope: Scope, filter: ReservationStreamFilter) -> Snapshot[ReservationState]:
        wanted = _conditions_of(filter, scope)
        statement = _statement(frozenset(wanted), filter.names_ended)
        arguments = statement.arguments({**wanted, "tenant": scope.tenant, "ended_max": ENDED_MAX})
        rows = await self._database.fetch(scope.tenant, statement.sql, arguments)
        _, tx_max, tx_in_progress = rows[0][0]
        found = [row[1:] for row in rows if row[1] is not None]
        return Snapshot(await _seen(found, scope), tx_max, frozenset(tx_in_progress))


async def _seen(rows: Sequence[Any], scope: Scope) -> list[ReservationState]:
    """What the caller may see of them; there may be so many that others must be given a turn meanwhile."""
    seen: list[ReservationState] = []
    for first in range(0, len(rows), ROWS_A_TURN):
        states = (RESERVATIONS.thing_from(row) for row in rows[first : first + ROWS_A_TURN])
        seen += [each for state in states if (each := state.seen_by(scope.vendor)) is not None]
        await asyncio.sleep(0)
    return seen
