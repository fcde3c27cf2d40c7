"""Names in reports' filters that nothing bears."""

from __future__ import annotations

from collections import defaultdict

from db.one_moment import OneMoment
from db.pool import Database
from db.read_models.filters import listed
from domain.access import Scope
from services.insight_ports import ReportFilter, UnknownNames

_OWN = "($6::text IS NULL OR vendor = $6)"
#: Of the names asked those that no location bears, and no item that may be seen.
UNKNOWN = " UNION ALL ".join(
    f"""
    SELECT '{field}', asked.name FROM unnest(${place}::text[]) AS asked (name)
    WHERE NOT EXISTS (SELECT FROM {table} WHERE tenant_id = $1 AND {column} = asked.name AND {own})
    """
    for place, (field, table, column, own) in enumerate(
        [
            ("skus", "items", "sku", _OWN),
            ("locations", "locations", "code", "true"),
            ("categories", "items", "category", _OWN),
            ("vendors", "items", "vendor", _OWN),
        ],
        2,
    )
)


async def unknown_names(database: Database | OneMoment, scope: Scope, filter: ReportFilter) -> UnknownNames:
    asked = [listed(names) or [] for names in (filter.skus, filter.locations, filter.categories, filter.vendors)]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for field, name in await database.fetch(scope.tenant, UNKNOWN, [scope.tenant, *asked, scope.vendor]):
        found[field].append(name)
    return UnknownNames(**found)
