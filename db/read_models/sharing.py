"""Sharing: pages of things that have lines, which end early where they would hold too many of these together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa

from db.read_models.listing import Listing, Order, bounded
from services.pages import LINES_A_PAGE, Page, PageRequest

T = TypeVar("T")
Way = Callable[[Listing[Any], frozenset[str], Order, bool, bool], sa.Select[Any]]
#: The scalar that a thing's lines make, of the table or of the page it is read from.
LinesOf = Callable[[sa.FromClause], sa.ScalarSelect[Any]]


def sharing(table: sa.FromClause, columns: Sequence[str], lines: LinesOf, held: LinesOf) -> Way:
    """Pages whose things come without `lines` from where there would be more than a page holds; the first always has
    its own. `held`: how many a thing has. The columns are followed by the lines and those of the order."""

    def way(listing: Listing[Any], names: frozenset[str], order: Order, backward: bool, continued: bool) -> Any:
        read = (*(table.c[name] for name in columns), held(table).label("held"))
        page = bounded(listing.narrowed(names).with_only_columns(*read), order, backward, continued).subquery("page")
        keys = [page.c[column.name] for column in order.columns]
        turned = order.turned(keys, backward)
        so_far = sa.func.sum(page.c.held).over(order_by=turned)
        whole = sa.or_(so_far <= sa.literal_column(str(LINES_A_PAGE)), so_far == page.c.held)
        ordered = (key.label(f"key{n}") for n, key in enumerate(keys))
        shown = sa.select(*(page.c[name] for name in columns), sa.case((whole, lines(page))), *ordered)
        return shown.order_by(*turned)

    return way


def shortened(page: Page[T], request: PageRequest, whole: Callable[[T], object]) -> Page[T]:
    """The page without the things that came without their lines: there is more."""
    edges = [edge for edge in page.edges if whole(edge.node)]
    if len(edges) == len(page.edges):
        return page
    if request.backward:
        return replace(page, edges=edges, has_previous=True)
    return replace(page, edges=edges, has_next=True)
