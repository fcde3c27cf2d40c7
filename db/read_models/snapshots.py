"""What live streams of things that end begin with: all that are open, and the newest `ENDED_MAX` of those that have
ended, if a filter names any; at one moment, by one statement, read on the primary."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa

from db.pool import Database
from db.read_models.listing import SHAPES_CACHED, Listing, Order
from db.read_models.statements import Statement, compiled, one
from services.live import ENDED_MAX

ROWS_A_TURN = 100

T = TypeVar("T")


class Moment(NamedTuple):
    """The rows, and the transactions that were seen with them."""

    rows: list[tuple[Any, ...]]
    tx_max: int
    tx_in_progress: frozenset[int]


@dataclass(frozen=True, eq=False)
class OpenAndEnded:
    """Rows of a listing. `is_open`: said in so many words, so that the index of what is open leads to it; `newest`: the
    order in which those that have ended are told first."""

    listing: Listing[Any]
    is_open: sa.ColumnElement[bool]
    newest: Order

    async def read(self, database: Database, tenant: UUID, wanted: Mapping[str, object], *, with_ended: bool) -> Moment:
        statement = _statement(self, frozenset(wanted), with_ended)
        arguments = statement.arguments({**wanted, "tenant": tenant, "ended_max": ENDED_MAX})
        rows = await database.fetch(tenant, statement.sql, arguments)
        _, tx_max, tx_in_progress = rows[0][0]
        return Moment([row[1:] for row in rows if row[1] is not None], tx_max, frozenset(tx_in_progress))


@lru_cache(maxsize=SHAPES_CACHED)
def _statement(of: OpenAndEnded, names: frozenset[str], with_ended: bool) -> Statement:
    """What matches beside the snapshot that saw it; one row even where there is nothing."""
    narrowed = of.listing.narrowed(names)
    matching = narrowed.with_only_columns(
        *(column.label(f"c{n}") for n, column in enumerate(narrowed.selected_columns))
    )
    newest = (column.desc() for column in of.newest.columns)
    ended = matching.where(sa.not_(of.is_open)).order_by(*newest).limit(one("ended_max", sa.Integer()))
    open_ = matching.where(of.is_open)
    seen = (sa.union_all(open_, sa.select(ended.subquery("ended"))) if with_ended else open_).subquery("seen")
    always = sa.select(sa.true().label("always")).subquery("always")
    return compiled(sa.select(sa.func.pg_current_snapshot(), *seen.c).select_from(always.outerjoin(seen, sa.true())))


async def made_of(rows: Sequence[Any], thing_from: Callable[[Any], T | None]) -> list[T]:
    """What the rows show, without those that show nothing; there may be so many that others must be given a turn
    meanwhile."""
    made: list[T] = []
    for first in range(0, len(rows), ROWS_A_TURN):
        things = (thing_from(row) for row in rows[first : first + ROWS_A_TURN])
        made += [thing for thing in things if thing is not None]
        await asyncio.sleep(0)
    return made
