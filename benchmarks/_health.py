"""The health report of a year, and SQL that sums up the ledger itself: units sold, their average on hand over time, and
the time without any.
"""

from datetime import timedelta

import asyncpg

from benchmarks._insight_shelf import BOOKS, Insight
from benchmarks._our_shelf import TENANT
from db.pool import Database
from db.read_models import PostgresReads
from domain.access import Scope
from domain.periods import Period
from services.insight_ports import ReportFilter

PLAIN = """
WITH entry AS (
    SELECT kind, on_hand_change, on_hand_after, occurred_at,
        on_hand_after - allocated_after - unavailable_after AS available,
        lead(occurred_at, 1, $3::timestamptz) OVER (
            PARTITION BY sku, location ORDER BY occurred_at, level_version
        ) AS next
    FROM ledger WHERE tenant_id = $1 AND occurred_at < $3
)
SELECT -sum(on_hand_change) FILTER (WHERE kind = 'PICK' AND occurred_at >= $2),
    -sum(on_hand_change) FILTER (WHERE kind = 'WASTE' AND occurred_at >= $2),
    sum(on_hand_after * extract(epoch FROM next - greatest(occurred_at, $2)) * 1000000) FILTER (WHERE next > $2),
    sum(extract(epoch FROM next - greatest(occurred_at, $2)) * 1000000) FILTER (WHERE next > $2 AND available <= 0)
FROM entry
"""


def period_of(insight: Insight) -> Period:
    """The year, but for its first and last month."""
    begin, month = insight.since.date(), timedelta(days=30)
    return Period(begin + month, begin + timedelta(days=365) - month, BOOKS)


async def report(database: Database, insight: Insight) -> object:
    whole = await PostgresReads(database).health.whole(Scope(TENANT.id), ReportFilter(), period_of(insight))
    totals = whole.health.totals
    return totals.sold, totals.shrunk, totals.unit_time, totals.out_time


async def peer(ruler: asyncpg.Connection, insight: Insight) -> object:
    row = await ruler.fetchrow(PLAIN, TENANT.id, *period_of(insight).span)
    assert row is not None
    return tuple(int(each or 0) for each in row)
