"""Reports: of which levels they are, by what they are grouped, and how their groups are paged.

Statements are texts that are put together once for each shape: which filters are given, by what it is grouped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from db.read_models import cursors
from db.read_models.filters import listed, scoped, stated
from db.read_models.statements import Statement, compiled
from domain.access import Scope
from services.insight_ports import ReportFilter, ReportGroupBy
from services.pages import BadCursor, Edge, Page, PageRequest

T = TypeVar("T")
SHAPES_CACHED = 256

_MOMENT = sa.TIMESTAMP(timezone=True)
#: The types of the parameters, by their names.
_TYPES: Mapping[str, sa.types.TypeEngine[Any]] = {
    "tenant": UUID(),
    **dict.fromkeys(("skus", "locations", "categories", "vendors"), ARRAY(sa.Text())),
    **dict.fromkeys(("vendor", "key", "told", "behind_sku"), sa.Text()),
    **dict.fromkeys(("size", "after_hours"), sa.Integer()),
    **dict.fromkeys(("as_of", "since", "now"), _MOMENT),
    "day": sa.Date(),
    "days": ARRAY(sa.Date()),
    "instants": ARRAY(_MOMENT),
    "bounds": ARRAY(sa.Integer()),
    "behind_value": sa.Numeric(),
}

_OF_PLACE = {"locations": "level.location = ANY (:locations)"}
_OF_ITEM = {
    "skus": "item.sku = ANY (:skus)",
    "categories": "item.category = ANY (:categories)",
    "vendors": "item.vendor = ANY (:vendors)",
    "vendor": "item.vendor = :vendor",
}
_KEYS: Mapping[ReportGroupBy, str] = {
    ReportGroupBy.CATEGORY: "category",
    ReportGroupBy.VENDOR: "vendor",
    ReportGroupBy.LOCATION: "location",
    ReportGroupBy.SKU: "sku",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement's text follows from: the names of the filters that are given, by what it groups, behind what it
    goes on ("": from the beginning), and whether it is told what waits to be summed up."""

    filters: frozenset[str] = frozenset()
    by: ReportGroupBy | None = None
    behind: str = ""
    told: bool = False

    @property
    def levels(self) -> str:
        """The levels that the report is of."""
        return f"""
            SELECT level.sku, level.location, item.category, item.vendor
            FROM stock_levels AS level JOIN items AS item ON item.tenant_id = :tenant AND item.sku = level.sku
            WHERE level.tenant_id = :tenant {self.met}"""

    @property
    def met(self) -> str:
        """The conditions of a `level`, with its `item`."""
        conditions = _OF_PLACE | _OF_ITEM
        return " ".join(f"AND {conditions[name]}" for name in sorted(self.filters & conditions.keys()))

    @property
    def key(self) -> str:
        """The column that tells a group apart."""
        return _KEYS[self.by] if self.by else "NULL::text"

    @property
    def follows(self) -> str:
        """The condition of a level whose key comes behind the cursor's; those without one come last."""
        conditions = {"": "true", "key": f"({self.key} > :key OR {self.key} IS NULL)", "end": "false"}
        return conditions[self.behind]


def statement(text: str) -> Statement:
    """A text with `:names` of parameters that `_TYPES` has."""
    plain = sa.text(text)
    return compiled(plain.bindparams(*(sa.bindparam(name, type_=_TYPES[name]) for name in plain._bindparams)))


def same_key(left: str, right: str) -> str:
    """The condition that two keys are the same, or both are none, in a form by which PostgreSQL can hash them."""
    return f"coalesce({left}, '') = coalesce({right}, '') AND ({left} IS NULL) = ({right} IS NULL)"


def wanted(scope: Scope, filter: ReportFilter) -> dict[str, object]:
    """The values of the filters that are given, by their names."""
    return scoped(scope) | stated(
        skus=listed(filter.skus),
        locations=listed(filter.locations),
        categories=listed(filter.categories),
        vendors=listed(filter.vendors),
    )


def behind(by: ReportGroupBy, page: PageRequest) -> tuple[str, dict[str, object]]:
    """Where a page of groups goes on: `Shape.behind`, and the parameter. Raises BadCursor."""
    if page.cursor is None:
        return "", {}
    has_key, key = cursors.decode(page.cursor, _order(by), (int, str))
    return ("key", {"key": key}) if has_key else ("end", {})


def page_of(
    by: ReportGroupBy, groups: Sequence[T], key: Callable[[T], str | None], page: PageRequest, total: int | None
) -> Page[T]:
    """The page that groups make, of which there is one more than asked for where more are to come."""
    edges = [Edge(cursors.encode(_order(by), _place(key(group))), group) for group in groups[: page.size]]
    return Page(edges, len(groups) > page.size, page.cursor is not None, total)


def _place(key: str | None) -> list[object]:
    return [int(key is not None), key or ""]


def _order(by: ReportGroupBy) -> str:
    return f"REPORT_{by}"


def whole_number(text: object) -> int:
    """Of a cursor: ticks may be more than its numbers hold. Raises BadCursor."""
    told = str(text)
    if not (told.isascii() and told.removeprefix("-").isdigit() and len(told) < 100):
        raise BadCursor("no whole number")
    return int(told)


def microseconds(span: str) -> str:
    """Of an interval, as an exact whole number."""
    return f"(extract(epoch FROM {span}) * 1000000)::bigint"
