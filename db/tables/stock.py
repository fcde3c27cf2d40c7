"""How much there is where, what changes it and what somebody must look at: levels, adjustments, transfers, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from db.tables.columns import Code, Moment, column, metadata, tenant

stock_levels = sa.Table(
    "stock_levels",
    metadata,
    tenant(),
    column("sku", Code),
    column("location", Code),
    column("id", UUID()),
    column("on_hand", sa.Integer()),
    column("allocated", sa.Integer()),
    column("unavailable", sa.Integer()),
    column("incoming", sa.Integer()),
    column("reorder_point", sa.Integer(), null=True),
    column("safety_stock", sa.Integer()),
    column("low_stock_threshold", sa.Integer(), null=True),
    column("overstock_threshold", sa.Integer(), null=True),
    column("stale_after_days", sa.Integer(), null=True),
    column("status", Code),
    column("stale_due", Moment, null=True),
    column("version", sa.BigInteger()),
    column("created_at", Moment),
    column("updated_at", Moment),
    column("last_movement_at", Moment, null=True),
    column("stock_alert", UUID(), null=True),
    column("alert_kind", Code, null=True),
    column("stale_alert", UUID(), null=True),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "location"),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.Index("stock_levels_location", "tenant_id", "location", "sku"),
    sa.Index("stock_levels_status", "tenant_id", "status", "sku", "location"),
    sa.Index("stock_levels_stale", "tenant_id", "stale_due", postgresql_where=sa.text("stale_due IS NOT NULL")),
    sa.Index(
        "stock_levels_turning_stale",
        *("stale_due", "tenant_id", "sku", "location"),
        postgresql_where=sa.text("stale_due IS NOT NULL AND stale_alert IS NULL"),
    ),
)

_STANDS = sa.text("status <> 'RESOLVED'")

alerts = sa.Table(
    "alerts",
    metadata,
    tenant(),
    column("id", UUID()),
    column("kind", Code),
    column("sku", Code),
    column("location", Code),
    column("remaining", sa.Integer()),
    column("threshold", sa.Integer(), null=True),
    column("opened_at", Moment),
    column("updated_at", Moment),
    column("status", Code),
    column("acknowledged_by", Code, null=True),
    column("acknowledged_at", Moment, null=True),
    column("resolved_at", Moment, null=True),
    column("version", sa.BigInteger()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("alerts_sku", "tenant_id", "sku", "id"),
    sa.Index("alerts_location", "tenant_id", "location", "id"),
    sa.Index("alerts_standing", "tenant_id", "id", postgresql_where=_STANDS),
    sa.Index(
        "alerts_one_standing",
        *("tenant_id", "sku", "location", sa.text("(kind = 'STALE')")),
        unique=True,
        postgresql_where=_STANDS,
    ),
)

_WAITS = sa.text("status = 'PENDING_APPROVAL'")

adjustments = sa.Table(
    "adjustments",
    metadata,
    tenant(),
    column("id", UUID()),
    column("sku", Code),
    column("location", Code),
    column("quantity_change", sa.Integer()),
    column("quantity_counted", sa.Integer(), null=True),
    column("reason_code", Code),
    column("note", sa.Text(), null=True),
    column("requested_by", Code),
    column("requested_at", Moment),
    column("status", Code),
    column("decided_by", Code, null=True),
    column("decided_at", Moment, null=True),
    column("decision_note", sa.Text(), null=True),
    column("version", sa.BigInteger()),
    column("expires_at", Moment, null=True),
    column("reference", Code, null=True),
    column("reference_type", Code, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("adjustments_time", "tenant_id", "requested_at", "id"),
    sa.Index("adjustments_sku", "tenant_id", "sku", "requested_at", "id"),
    sa.Index("adjustments_location", "tenant_id", "location", "requested_at", "id"),
    sa.Index("adjustments_requester", "tenant_id", "requested_by", "requested_at", "id"),
    sa.Index("adjustments_reason", "tenant_id", "reason_code", "requested_at", "id"),
    sa.Index("adjustments_status", "tenant_id", "status", "requested_at", "id"),
    sa.Index(
        "adjustments_withdrawn",
        "tenant_id",
        "requested_by",
        "decided_at",
        postgresql_where=sa.text("status = 'CANCELLED'"),
    ),
    sa.Index("adjustments_pending", "tenant_id", "requested_at", "id", postgresql_where=_WAITS),
    sa.Index("adjustments_due", "expires_at", "tenant_id", "id", postgresql_where=_WAITS),
)

transfers = sa.Table(
    "transfers",
    metadata,
    tenant(),
    column("id", UUID()),
    column("sku", Code),
    column("origin", Code),
    column("destination", Code),
    column("quantity", sa.Integer()),
    column("reference", Code, null=True),
    column("created_at", Moment),
    column("received", sa.Integer()),
    column("status", Code),
    column("updated_at", Moment),
    column("version", sa.BigInteger()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("transfers_sku", "tenant_id", "sku", "id"),
    sa.Index("transfers_origin", "tenant_id", "origin", "id"),
    sa.Index("transfers_reference", "tenant_id", "reference", "id", postgresql_where=sa.text("reference IS NOT NULL")),
    sa.Index("transfers_coming", "tenant_id", "destination", "id", postgresql_where=sa.text("status = 'IN_TRANSIT'")),
)
