"""Listing: pages of rows that meet conditions, in an order, forward and backward from a cursor.

A page costs one statement, and one more when its total is asked for. Statements are compiled once for each combination
of conditions, order, direction and columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, Self, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from db.pool import Database
from db.read_models import cursors
from db.read_models.statements import Statement, compiled, one
from services.reads import PAGE_SIZE_MAX, Edge, Page, PageRequest
from services.rows import Columns, RowPage

T = TypeVar("T")
SHAPES_CACHED = 512
#: SQL types of the kinds that `Order.kinds` names.
_SQL_TYPES: Mapping[str, sa.types.TypeEngine[Any]] = {
    "str": sa.Text(),
    "int": sa.BigInteger(),
    "datetime": sa.TIMESTAMP(timezone=True),
    "UUID": sa.UUID(),
}
#: One more than a page shows.
SIZE = one("size", sa.Integer())
#: The same where the planner is not to know it. Where it foresees fewer rows it reads them all and sorts them. That
#: goes wrong where some things have many more than most; untold, it uses an index that holds them in order.
UNFORESEEN = sa.select(SIZE).scalar_subquery()
#: The most that it can be.
_MOST = sa.literal_column(str(PAGE_SIZE_MAX + 1))


@dataclass(frozen=True, eq=False)
class Order:
    """Columns that together tell rows apart, all rising or all falling, and the Python types of their values.

    `twins`: columns of joined tables that equal the first. Where the planner joins by walking both tables in order,
    it is told to begin with the cursor in theirs too; else it walks them from their beginning, each page further.
    `walked`: an index holds all that a tenant has in this order.
    """

    name: str
    columns: tuple[sa.ColumnElement[Any], ...]
    kinds: tuple[type, ...]
    falling: bool = False
    twins: tuple[sa.Column[Any], ...] = ()
    walked: bool = False

    def turned(self, keys: Iterable[sa.ColumnElement[Any]], backward: bool) -> list[sa.ColumnElement[Any]]:
        """What rows with these columns for its own are ordered by."""
        return [key.desc() if self.falling != backward else key.asc() for key in keys]

    def places_in(self, columns: Iterable[sa.ColumnElement[Any]]) -> tuple[int, ...]:
        """Where its own columns stand among others."""
        places = {id(column): place for place, column in enumerate(columns)}
        return tuple(places[id(column)] for column in self.columns)

    def keys_of(self, request: PageRequest, bound: str = "") -> dict[str, object]:
        """The parameters that a page's cursor gives, which must be of the order as it was `bound`. Raises BadCursor."""
        if request.cursor is None:
            return {}
        key = cursors.decode(request.cursor, self.name + bound, self.kinds)
        return {f"key{n}": value for n, value in enumerate(key)}


@dataclass(frozen=True, eq=False)
class Listing(Generic[T]):
    """Rows of `select` (which names the tenant), made into things by `thing_from`, narrowed by named `conditions`.

    A condition's parameter bears the condition's name; what else is `wanted` is a further parameter of one.
    `count_max`: where counting ends and the total is not told. `way`: how a page is found where `paged` would look
    through too much. `columns`: what is read of a thing by the paths of its attributes, where things are read as rows.
    """

    select: sa.Select[Any]
    conditions: Mapping[str, sa.ColumnElement[bool]]
    thing_from: Callable[[Any], T]
    count_max: int | None = None
    way: Callable[[Listing[Any], frozenset[str], Order, bool, bool], sa.Select[Any]] | None = None
    columns: Mapping[str, sa.ColumnElement[Any]] = field(default_factory=dict[str, sa.ColumnElement[Any]])
    reading: Callable[[Sequence[sa.ColumnElement[Any]]], sa.Select[Any]] | None = None

    async def page(
        self,
        database: Database,
        tenant: UUID,
        wanted: Mapping[str, object],
        order: Order,
        request: PageRequest,
        bound: str = "",
    ) -> Page[T]:
        """One page of the rows that meet the `wanted` conditions. Raises BadCursor.

        `bound`: what else its cursors hold for alone, such as a moment.
        """
        keys = order.keys_of(request, bound)
        statement = _paged(self, frozenset(wanted), order, request.backward, request.cursor is not None)
        rows, total = await self._read(database, tenant, statement, wanted, keys, request)
        return self.page_of(rows, order, request, total, bound)

    async def rows(
        self,
        database: Database,
        tenant: UUID,
        wanted: Mapping[str, object],
        order: Order,
        request: PageRequest,
        columns: Columns,
    ) -> RowPage:
        """As `page`, of these columns alone. Raises BadCursor."""
        keys = order.keys_of(request)
        statement, places = _rows(self, frozenset(wanted), order, request.backward, request.cursor is not None, columns)
        rows, total = await self._read(database, tenant, statement, wanted, keys, request)
        cut = Cut.of(rows, request)
        return RowPage(cut.rows, partial(_cursor_of, order.name, places), cut.has_next, cut.has_previous, total)

    async def all_rows(
        self, database: Database, tenant: UUID, wanted: Mapping[str, object], columns: Columns
    ) -> list[Any]:
        """As `all`, of these columns alone."""
        return await _fetched(database, tenant, _unpaged_rows(self, frozenset(wanted), columns), wanted)

    async def all(self, database: Database, tenant: UUID, wanted: Mapping[str, object]) -> list[T]:
        """All rows that meet the `wanted` conditions."""
        rows = await _fetched(database, tenant, _unpaged(self, frozenset(wanted)), wanted)
        return [self.thing_from(row) for row in rows]

    def of_columns(self, names: frozenset[str], columns: Columns) -> Listing[Any]:
        """This listing, of rows that hold no more than these columns, narrowed by these conditions."""
        read = [self.columns[path] for path in columns]
        if self.reading is None:
            return replace(self, select=self.select.with_only_columns(*read))
        met = [self.conditions[name] for name in names & self.conditions.keys()]
        return replace(self, select=self.reading([*read, *met]).with_only_columns(*read))

    def walks(self, names: frozenset[str], order: Order) -> bool:
        """Whether an index holds all that meet these conditions in this order: all that a tenant has."""
        return order.walked and not names & self.conditions.keys()

    def narrowed(self, names: frozenset[str]) -> sa.Select[Any]:
        return self.select.where(*(self.conditions[name] for name in sorted(names & self.conditions.keys())))

    async def _read(
        self,
        database: Database,
        tenant: UUID,
        statement: Statement,
        wanted: Mapping[str, object],
        keys: Mapping[str, object],
        request: PageRequest,
    ) -> tuple[list[Any], int | None]:
        """The rows of a page and one more, and the total where it is asked for."""
        rows = await _fetched(database, tenant, statement, {**wanted, **keys, "size": request.size + 1})
        return rows, await self._count(database, tenant, wanted) if request.counted else None

    async def _count(self, database: Database, tenant: UUID, wanted: Mapping[str, object]) -> int | None:
        [row] = await _fetched(database, tenant, _counted(self, frozenset(wanted)), wanted)
        return None if self.count_max is not None and row[0] > self.count_max else row[0]

    def page_of(
        self, rows: Sequence[Any], order: Order, request: PageRequest, total: int | None = None, bound: str = ""
    ) -> Page[T]:
        """The page that the rows of `paged` make: one row more than asked for, its order's columns at its end."""
        cut, width, name = Cut.of(rows, request), len(order.columns), order.name + bound
        edges = [Edge(cursors.encode(name, row[-width:]), self.thing_from(row[:-width])) for row in cut.rows]
        return Page(edges, cut.has_next, cut.has_previous, total)


class Cut(NamedTuple):
    """A page of what was read for it, in the order in which it is shown."""

    rows: Sequence[Any]
    has_next: bool
    has_previous: bool

    @classmethod
    def of(cls, rows: Sequence[Any], request: PageRequest) -> Self:
        """`rows`: one more than asked for where there are more, from the cursor on."""
        more, continued, kept = len(rows) > request.size, request.cursor is not None, rows[: request.size]
        return cls(kept[::-1], continued, more) if request.backward else cls(kept, more, continued)


async def _fetched(database: Database, tenant: UUID, statement: Statement, values: Mapping[str, object]) -> list[Any]:
    return await database.fetch(tenant, statement.sql, statement.arguments({**values, "tenant": tenant}))


def paged(
    listing: Listing[Any], names: frozenset[str], order: Order, backward: bool, continued: bool
) -> sa.Select[Any]:
    """One page and a row more; parameters `size` and, where it continues behind a cursor, `key0`, `key1` …"""
    read = listing.narrowed(names).add_columns(*order.columns)
    return (_walked if listing.walks(names, order) else bounded)(read, order, backward, continued)


def _walked(read: sa.Select[Any], order: Order, backward: bool, continued: bool) -> sa.Select[Any]:
    """As `bounded`, where an index is walked whatever the parameters are.

    The planner knows that if a number in the statement bounds the rows, and keeps one plan; else it plans each page
    anew, which takes longer than to read it.
    """
    columns = [column.label(f"c{n}") for n, column in enumerate(read.selected_columns)]
    most = bounded(read.with_only_columns(*columns), order, backward, continued, size=_MOST).subquery("page")
    keys = [most.c[place] for place in order.places_in(read.selected_columns)]
    return sa.select(most).order_by(*order.turned(keys, backward)).limit(SIZE)


def bounded(
    statement: sa.Select[Any],
    order: Order,
    backward: bool,
    continued: bool,
    *,
    of: sa.FromClause | None = None,
    size: sa.ColumnElement[Any] = SIZE,
) -> sa.Select[Any]:
    """The rows of a page and one more, in order; its columns are those of the order, or of the same names `of` another
    table."""
    columns = [column if of is None else of.c[column.name] for column in order.columns]
    if continued:
        falling = order.falling != backward
        keys = [one(f"key{n}", _SQL_TYPES[kind.__name__]) for n, kind in enumerate(order.kinds)]
        here, there = sa.tuple_(*columns), sa.tuple_(*keys)
        statement = statement.where(here < there if falling else here > there)
        for twin in _joined(statement, order.twins):
            statement = statement.where(twin <= keys[0] if falling else twin >= keys[0])
    return statement.order_by(*order.turned(columns, backward)).limit(size)


def _joined(statement: sa.Select[Any], columns: Sequence[sa.Column[Any]]) -> list[sa.Column[Any]]:
    """Those of the columns whose tables the statement reads."""
    read = {part for each in statement.get_final_froms() for part in visitors.iterate(each)}
    return [column for column in columns if column.table in read]


@lru_cache(maxsize=SHAPES_CACHED)
def _paged(listing: Listing[Any], names: frozenset[str], order: Order, backward: bool, continued: bool) -> Statement:
    return compiled((listing.way or paged)(listing, names, order, backward, continued))


@lru_cache(maxsize=SHAPES_CACHED)
def _rows(
    listing: Listing[Any],
    names: frozenset[str],
    order: Order,
    backward: bool,
    continued: bool,
    columns: Columns,
) -> tuple[Statement, tuple[int, ...]]:
    """The statement of a page of these columns, and where the order's are among them: none is read twice."""
    read = listing.of_columns(names, columns).narrowed(names)
    known = {id(column) for column in read.selected_columns}
    read = read.add_columns(*(column for column in order.columns if id(column) not in known))
    page = (_walked if listing.walks(names, order) else bounded)(read, order, backward, continued)
    return compiled(page), order.places_in(read.selected_columns)


@lru_cache(maxsize=SHAPES_CACHED)
def _unpaged_rows(listing: Listing[Any], names: frozenset[str], columns: Columns) -> Statement:
    return compiled(listing.of_columns(names, columns).narrowed(names))


def _cursor_of(sort: str, places: tuple[int, ...], row: Sequence[Any]) -> str:
    """`places`: where the order's columns are in the row."""
    return cursors.encode(sort, [row[place] for place in places])


@lru_cache(maxsize=SHAPES_CACHED)
def _unpaged(listing: Listing[Any], names: frozenset[str]) -> Statement:
    return compiled(listing.narrowed(names))


@lru_cache(maxsize=SHAPES_CACHED)
def _counted(listing: Listing[Any], names: frozenset[str]) -> Statement:
    rows = listing.narrowed(names).with_only_columns(sa.literal_column("1"))
    if listing.count_max is not None:
        rows = rows.limit(sa.literal_column(str(listing.count_max + 1)))
    return compiled(sa.select(sa.func.count()).select_from(rows.subquery("rows")))
