"""The aging report as of now, and SQL that finds out from the ledger itself what came in last."""

from datetime import datetime, timedelta

import asyncpg

from benchmarks._insight_shelf import BOOKS, DAYS, Insight
from benchmarks._our_shelf import TENANT
from db.pool import Database
from db.read_models import PostgresReads
from domain.access import Scope
from domain.aging import BUCKETS
from services.insight_ports import ReportFilter

#: What came and what went are looked for apart, so that receipts alone are put into order: that is a fifth of the time
#: of one window over all entries.
PLAIN = """
WITH receipt AS (
    SELECT sku, location, occurred_at, on_hand_change,
        sum(on_hand_change) OVER (PARTITION BY sku, location ORDER BY occurred_at, level_version) AS came
    FROM ledger WHERE tenant_id = $1 AND occurred_at <= $2 AND on_hand_change > 0
), total AS (
    SELECT sku, location, -sum(on_hand_change) AS gone
    FROM ledger WHERE tenant_id = $1 AND occurred_at <= $2 AND on_hand_change < 0 GROUP BY 1, 2
)
SELECT width_bucket(floor(extract(epoch FROM $2 - occurred_at) / 86400)::int - 1, $3::int[]) AS bucket,
    sum(least(on_hand_change, came - coalesce(gone, 0)))
FROM receipt LEFT JOIN total USING (sku, location) WHERE came > coalesce(gone, 0) GROUP BY 1 ORDER BY 1
"""


def as_of(insight: Insight) -> datetime:
    return insight.since + timedelta(days=DAYS)


async def report(database: Database, insight: Insight) -> object:
    aging = PostgresReads(database).aging
    whole = await aging.whole(Scope(TENANT.id), ReportFilter(), BOOKS, as_of(insight), BUCKETS)
    return {number: aged.units for number, aged in enumerate(whole.group.buckets) if aged.units}


async def peer(ruler: asyncpg.Connection, insight: Insight) -> object:
    rows = await ruler.fetch(PLAIN, TENANT.id, as_of(insight), list(BUCKETS))
    return {bucket: int(units) for bucket, units in rows}
