"""What is held for orders."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from db.tables.columns import Code, Moment, column, metadata, tenant

_OPEN = sa.text("status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED')")
_STANDS = sa.text("status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED', 'COMMITTED')")

reservations = sa.Table(
    "reservations",
    metadata,
    tenant(),
    column("id", UUID()),
    column("order_id", Code),
    column("status", Code),
    column("wants", JSONB()),
    column("strategy", Code),
    column("zone", Code, null=True),
    column("channel", Code, null=True),
    column("ttl_seconds", sa.Integer()),
    column("created_at", Moment),
    column("updated_at", Moment),
    column("expires_at", Moment, null=True),
    column("confirmed", sa.Boolean()),
    column("shortages", JSONB(), null=True),
    column("failure", Code, null=True),
    column("version", sa.BigInteger()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("reservations_standing", "tenant_id", "order_id", unique=True, postgresql_where=_STANDS),
    sa.Index("reservations_order", "tenant_id", "order_id", "created_at"),
    sa.Index("reservations_open", "tenant_id", "id", postgresql_where=_OPEN),
    sa.Index("reservations_due", "expires_at", "tenant_id", "id", postgresql_where=sa.text("status = 'PENDING'")),
)

reservation_lines = sa.Table(
    "reservation_lines",
    metadata,
    tenant(),
    column("reservation_id", UUID()),
    column("number", sa.Integer()),
    column("sku", Code),
    column("location", Code, null=True),
    column("quantity", sa.Integer()),
    column("allocated", sa.Integer()),
    column("backordered", sa.Integer()),
    column("committed", sa.Integer()),
    column("released", sa.Integer()),
    column("wanted", Code, null=True),
    column("told", JSONB(), null=True),
    sa.PrimaryKeyConstraint("tenant_id", "reservation_id", "number"),
    sa.Index("reservation_lines_sku", "tenant_id", "sku", "reservation_id"),
    sa.Index(
        "reservation_lines_waiting",
        "tenant_id",
        "sku",
        "wanted",
        "reservation_id",
        postgresql_where=sa.text("backordered > 0"),
    ),
)
