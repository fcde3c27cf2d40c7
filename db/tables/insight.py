"""Rollups of the ledger: what levels, transfers and demand come to day by day, and the layers of what is on hand."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from db.tables.columns import Code, Moment, column, metadata, tenant

_Units = sa.BigInteger()
_Whole = sa.Numeric()

movement_daily = sa.Table(
    "movement_daily",
    metadata,
    tenant(),
    column("sku", Code),
    column("location", Code),
    column("day", sa.Date()),
    column("began_at", Moment),
    column("last_at", Moment),
    column("last_version", sa.BigInteger()),
    column("moved_at", Moment, null=True),
    column("on_hand", _Units),
    column("allocated", _Units),
    column("unavailable", _Units),
    column("incoming", _Units),
    column("uncosted", _Units),
    column("sold_short", _Units),
    column("received", _Units),
    column("returned", _Units),
    column("arrived", _Units),
    column("gained", _Units),
    column("sold", _Units),
    column("sent", _Units),
    column("shrunk", _Units),
    column("used", _Units),
    column("sold_costed", _Units),
    column("value", _Whole),
    column("last_cost", _Whole, null=True),
    column("cost_sold", _Whole),
    column("cost_returned", _Whole),
    column("cost_shrunk", _Whole),
    column("unit_time", _Whole),
    column("uncosted_time", _Whole),
    column("value_time", _Whole),
    column("out_time", _Whole),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "location", "day"),
)

transit_daily = sa.Table(
    "transit_daily",
    metadata,
    tenant(),
    column("sku", Code),
    column("transfer", Code),
    column("day", sa.Date()),
    column("last_at", Moment),
    column("uncosted", _Units),
    column("costed", _Units),
    column("value", _Whole),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "transfer", "day"),
    sa.Index("transit_daily_time", "tenant_id", "sku", "last_at"),
)


def _layers(name: str, shelf: str, *indexes: sa.Index) -> sa.Table:
    """Of what came to a level, or goes on its way with a transfer, as `shelf` says."""
    return sa.Table(
        name,
        metadata,
        tenant(),
        column("sku", Code),
        column(shelf, Code),
        column("cumulative", _Units),
        column("number", sa.BigInteger()),
        column("entered_at", Moment),
        column("quantity", _Units),
        column("received_at", Moment),
        column("origin", Code),
        column("unit_cost", _Whole, null=True),
        sa.PrimaryKeyConstraint("tenant_id", "sku", shelf, "cumulative"),
        *indexes,
    )


cost_layers = _layers(
    "cost_layers",
    "location",
    sa.Index("cost_layers_entered", "tenant_id", "sku", "location", "entered_at", "cumulative"),
)

transit_layers = _layers(
    "transit_layers",
    "transfer",
    sa.Index("transit_layers_entered", "tenant_id", "sku", "entered_at"),
)

demand_daily = sa.Table(
    "demand_daily",
    metadata,
    tenant(),
    column("sku", Code),
    column("location", Code),
    column("day", sa.Date()),
    column("asked", _Units),
    column("served", _Units),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "location", "day"),
    sa.Index("demand_daily_day", "tenant_id", "day"),
)

demand_feed = sa.Table(
    "demand_feed",
    metadata,
    tenant(),
    column("id", sa.BigInteger(), server_default=sa.Identity(always=True)),
    column("skus", ARRAY(sa.Text())),
    column("locations", ARRAY(sa.Text())),
    column("asked", ARRAY(sa.BigInteger())),
    column("served", ARRAY(sa.BigInteger())),
    column("moments", ARRAY(Moment)),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
)

rollup_books = sa.Table(
    "rollup_books",
    metadata,
    tenant(primary=True),
    column("time_zone", sa.Text()),
    column("currency", sa.Text()),
    column("floor_month", Code, null=True),
    column("floor", Moment, null=True),
)

rollup_queue = sa.Table(
    "rollup_queue",
    metadata,
    tenant(),
    column("sku", Code),
    column("since", Moment),
    column("forget_costs", sa.Boolean(), server_default="false"),
    sa.PrimaryKeyConstraint("tenant_id", "sku"),
)

overdue_entries = sa.Table(
    "overdue_entries",
    metadata,
    tenant(),
    column("sku", Code),
    column("counted_at", Moment),
    column("recorded_at", Moment),
    column("id", UUID(as_uuid=True)),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "counted_at", "id"),
)
