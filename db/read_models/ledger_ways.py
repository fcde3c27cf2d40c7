"""Ways: by which index a page of the ledger is walked, so that it costs what it shows, however long the ledger is.

An index that begins with a column holds one value's entries in the order of time. For several values a page is taken
of each, and the newest of all of them are the page: so many steps in the index, and no entry more than can be shown.
What else is asked of an entry is looked at as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa

from db.read_models.listing import UNFORESEEN, Listing, Order, bounded
from db.read_models.statements import one, tenant, texts
from db.tables import items, ledger, locations, stock_levels
from domain.ledger import LedgerKind

_entry, _level = ledger.c, stock_levels.c

#: What orders do all the time: looking for it by time alone finds it at once, and an index would cost each order.
FREQUENT = (LedgerKind.ALLOCATION, LedgerKind.DEALLOCATION, LedgerKind.PICK)
#: Stands among the conditions where no kind that is asked for is FREQUENT.
RARE_KINDS = "rare_kinds"

Conditions = Mapping[str, sa.ColumnElement[bool]]


def vendors_own(sku: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether the item of a SKU is the asking vendor's."""
    own = sa.select(items.c.sku).where(items.c.tenant_id == tenant(), items.c.vendor == one("vendor"))
    return sku.in_(own)


def rare(kind: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """As the index `ledger_kind` says it."""
    return kind.not_in([sa.literal_column(f"'{each.value}'") for each in FREQUENT])


def walked(
    listing: Listing[Any], names: frozenset[str], order: Order, backward: bool, continued: bool
) -> sa.Select[Any]:
    """The statement of a page, as `listing.paged` makes it, by the way that its conditions allow."""
    found = _keys(listing.conditions, names)
    if found is None:
        keys, used = None, frozenset[str]()
        inner = sa.select(ledger)
    else:
        keys, used = found
        inner = sa.select(ledger).where(*(_entry[column.name] == column for column in keys.c)).correlate(keys)
    rest = sorted((names - used) & listing.conditions.keys())
    inner = inner.where(_entry.tenant_id == tenant(), *(listing.conditions[name] for name in rest))
    page = bounded(inner, order, backward, continued, size=UNFORESEEN)
    if keys is not None:
        each = page.lateral("each")
        page = bounded(sa.select(each).join_from(keys, each, sa.true()), order, backward, False, of=each)
    return _shown(listing, page.subquery("entry"), order, backward)


def _shown(listing: Listing[Any], page: sa.Subquery, order: Order, backward: bool) -> sa.Select[Any]:
    """The columns of the listing for the entries of a page, with their locations."""
    columns = [page.c[column.name] if column.table is ledger else column for column in listing.select.selected_columns]
    own = [page.c[column.name] for column in order.columns]
    there = sa.and_(locations.c.tenant_id == tenant(), locations.c.code == page.c.location)
    shown = cast(sa.Select[Any], sa.select(*columns, *own)).join_from(page, locations, there)
    return shown.order_by(*order.turned(own, backward))


def _keys(conditions: Conditions, names: frozenset[str]) -> tuple[sa.FromClause, frozenset[str]] | None:
    """Values, of each of which an index holds the entries in order, and the conditions that they stand for."""
    if "reference" in names:
        return None
    if names & {"skus", "vendor"}:
        return _levels(names), names & {"skus", "locations", "vendor"}
    if "reason_codes" in names:
        return _each("reason_codes", "reason_code"), frozenset({"reason_codes"})
    if RARE_KINDS in names:
        return _each("kinds", "kind"), frozenset({"kinds"})
    if "locations" in names and "actor" not in names:
        return _each("locations", "location"), frozenset({"locations"})
    return None


def _levels(names: frozenset[str]) -> sa.FromClause:
    """SKUs lie at the locations where they have a level, and entries at no others."""
    asked = {
        "skus": _level.sku == sa.any_(texts("skus")),
        "locations": _level.location == sa.any_(texts("locations")),
        "vendor": vendors_own(_level.sku),
    }
    chosen = [asked[name] for name in sorted(names & asked.keys())]
    return sa.select(_level.sku, _level.location).where(_level.tenant_id == tenant(), *chosen).subquery("keys")


def _each(parameter: str, column: str) -> sa.FromClause:
    values = sa.func.unnest(texts(parameter)).table_valued(column).render_derived("given")
    return sa.select(sa.collate(values.c[column], "C").label(column)).distinct().subquery("keys")
