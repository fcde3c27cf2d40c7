"""What happened, and the chain that seals it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, UUID

from db.tables.columns import Code, Moment, column, metadata, tenant

ledger = sa.Table(
    "ledger",
    metadata,
    tenant(),
    column("recorded_at", Moment),
    column("id", UUID()),
    column("sku", Code),
    column("location", Code),
    column("level_version", sa.BigInteger()),
    column("occurred_at", Moment),
    column("kind", Code),
    column("on_hand_change", sa.Integer()),
    column("allocated_change", sa.Integer()),
    column("unavailable_change", sa.Integer()),
    column("incoming_change", sa.Integer()),
    column("on_hand_after", sa.Integer()),
    column("allocated_after", sa.Integer()),
    column("unavailable_after", sa.Integer()),
    column("incoming_after", sa.Integer()),
    column("unit_cost", sa.Numeric(), null=True),
    column("currency", sa.Text(), null=True),
    column("actor", Code),
    column("reason_code", Code, null=True),
    column("note", sa.Text(), null=True),
    column("reference_type", Code, null=True),
    column("reference", Code, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "recorded_at", "id"),
    sa.Index("ledger_place", "tenant_id", "sku", "location", "occurred_at", "id"),
    sa.Index("ledger_time", "tenant_id", "occurred_at", "id"),
    sa.Index(
        "ledger_reference",
        "tenant_id",
        "reference",
        "occurred_at",
        "id",
        postgresql_where=sa.text("reference IS NOT NULL"),
    ),
    sa.Index("ledger_location", "tenant_id", "location", "occurred_at", "id"),
    sa.Index("ledger_actor", "tenant_id", "actor", "occurred_at", "id"),
    sa.Index(
        "ledger_reason",
        "tenant_id",
        "reason_code",
        "occurred_at",
        "id",
        postgresql_where=sa.text("reason_code IS NOT NULL"),
    ),
    sa.Index(
        "ledger_kind",
        "tenant_id",
        "kind",
        "occurred_at",
        "id",
        postgresql_where=sa.text("kind NOT IN ('ALLOCATION', 'DEALLOCATION', 'PICK')"),
    ),
    postgresql_partition_by="RANGE (recorded_at)",
)

ledger_feed = sa.Table(
    "ledger_feed",
    metadata,
    tenant(),
    column("id", sa.BigInteger(), server_default=sa.Identity(always=True)),
    column("entries", ARRAY(UUID(as_uuid=True))),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
)

ledger_seals = sa.Table(
    "ledger_seals",
    metadata,
    tenant(),
    column("number", sa.BigInteger()),
    column("kind", Code),
    column("month", Code),
    column("first", sa.BigInteger()),
    column("sealed_at", Moment),
    column("ids", ARRAY(UUID(as_uuid=True))),
    column("hashes", BYTEA()),
    column("document", BYTEA(), null=True),
    column("previous", BYTEA()),
    column("hash", BYTEA()),
    column("until", Moment),
    sa.PrimaryKeyConstraint("tenant_id", "number"),
    sa.Index("ledger_seals_until", "tenant_id", "until", "number"),
)

ledger_openings = sa.Table(
    "ledger_openings",
    metadata,
    tenant(),
    column("sku", Code),
    column("location", Code),
    column("month", Code),
    column("entry_id", UUID()),
    column("level_version", sa.BigInteger()),
    column("recorded_at", Moment),
    column("on_hand", sa.Integer()),
    column("allocated", sa.Integer()),
    column("unavailable", sa.Integer()),
    column("incoming", sa.Integer()),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "location", "month"),
    sa.Index("ledger_openings_month", "tenant_id", "month"),
)
