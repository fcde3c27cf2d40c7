"""Whose things they are, and what they are: tenants, items, locations, reason codes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from db.tables.columns import Code, Moment, column, metadata, tenant

tenants = sa.Table(
    "tenants",
    metadata,
    tenant(primary=True),
    column("slug", Code),
    column("name", sa.Text()),
    column("time_zone", sa.Text()),
    column("currency", sa.Text()),
    column("default_location", Code),
    column("reservation_ttls", JSONB()),
    column("approval_policy", JSONB()),
    column("ledger_months", sa.Integer(), null=True),
)

items = sa.Table(
    "items",
    metadata,
    tenant(),
    column("id", UUID()),
    column("sku", Code),
    column("name", sa.Text()),
    column("category", Code, null=True),
    column("catalog_product_id", Code, null=True),
    column("vendor", Code, null=True),
    column("condition", Code, null=True),
    column("language", Code, null=True),
    column("price", sa.Numeric(), null=True),
    column("unit_cost", sa.Numeric(), null=True),
    column("currency", sa.Text(), null=True),
    column("unit_of_measure", sa.Text()),
    column("quantity_scale", sa.Integer()),
    column("barcodes", ARRAY(sa.Text())),
    column("lead_time_days", sa.Integer(), null=True),
    column("archived_at", Moment, null=True),
    column("version", sa.BigInteger()),
    column("searched", Code),
    sa.PrimaryKeyConstraint("tenant_id", "sku"),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.Index("items_category", "tenant_id", "category", "sku"),
    sa.Index("items_vendor", "tenant_id", "vendor", "sku"),
    sa.Index("items_catalog_product", "tenant_id", "catalog_product_id", "sku"),
)

locations = sa.Table(
    "locations",
    metadata,
    tenant(),
    column("id", UUID()),
    column("code", Code),
    column("name", sa.Text()),
    column("kind", Code),
    column("zone", Code, null=True),
    column("priority", sa.Integer()),
    column("parent", Code, null=True),
    column("active", sa.Boolean()),
    column("version", sa.BigInteger()),
    column("searched", Code),
    sa.PrimaryKeyConstraint("tenant_id", "code"),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.Index("locations_parent", "tenant_id", "parent", "code"),
)

reason_codes = sa.Table(
    "reason_codes",
    metadata,
    tenant(),
    column("code", Code),
    column("name", sa.Text()),
    column("direction", Code),
    column("requires_note", sa.Boolean()),
    column("active", sa.Boolean()),
    sa.PrimaryKeyConstraint("tenant_id", "code"),
)
