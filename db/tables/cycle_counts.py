"""Lists of what is to be counted."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from db.tables.columns import Code, Moment, column, metadata, tenant

cycle_counts = sa.Table(
    "cycle_counts",
    metadata,
    tenant(),
    column("id", UUID()),
    column("location", Code),
    column("created_by", Code),
    column("created_at", Moment),
    column("blind", sa.Boolean()),
    column("reference", Code, null=True),
    column("status", Code),
    column("updated_at", Moment),
    column("version", sa.BigInteger()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("cycle_counts_location", "tenant_id", "location", "id"),
    sa.Index("cycle_counts_open", "tenant_id", "id", postgresql_where=sa.text("status = 'OPEN'")),
)

cycle_count_lines = sa.Table(
    "cycle_count_lines",
    metadata,
    tenant(),
    column("cycle_count_id", UUID()),
    column("number", sa.Integer()),
    column("sku", Code),
    column("expected", sa.Integer(), null=True),
    column("counted", sa.Integer(), null=True),
    column("counted_by", Code, null=True),
    column("counted_at", Moment, null=True),
    column("adjustment_id", UUID(), null=True),
    sa.PrimaryKeyConstraint("tenant_id", "cycle_count_id", "number"),
    sa.UniqueConstraint("tenant_id", "cycle_count_id", "sku"),
    sa.Index("cycle_count_lines_sku", "tenant_id", "sku", "cycle_count_id"),
)
