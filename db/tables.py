"""The tables as queries see them. Their rules (checks, foreign keys, policies) stand in the migrations alone; a test
holds columns, keys and indexes here against a migrated database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, UUID

metadata = sa.MetaData()

#: Texts that are compared and sorted by code point, as Python does.
Code = sa.Text(collation="C")
Moment = sa.TIMESTAMP(timezone=True)


class Xid8(sa.types.UserDefinedType[int]):
    """A transaction's full id."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


def _column(name: str, type_: object, null: bool = False, **more: object) -> sa.Column:
    return sa.Column(name, type_, nullable=null, **more)  # type: ignore[arg-type]


def _tenant(primary: bool = False) -> sa.Column:
    return sa.Column("tenant_id", UUID(as_uuid=True), primary_key=primary, nullable=False)


tenants = sa.Table(
    "tenants",
    metadata,
    _tenant(primary=True),
    _column("slug", Code),
    _column("name", sa.Text()),
    _column("time_zone", sa.Text()),
    _column("currency", sa.Text()),
    _column("default_location", Code),
    _column("reservation_ttls", JSONB()),
    _column("approval_policy", JSONB()),
    _column("ledger_months", sa.Integer(), null=True),
)

items = sa.Table(
    "items",
    metadata,
    _tenant(),
    _column("id", UUID()),
    _column("sku", Code),
    _column("name", sa.Text()),
    _column("category", Code, null=True),
    _column("catalog_product_id", Code, null=True),
    _column("vendor", Code, null=True),
    _column("condition", Code, null=True),
    _column("language", Code, null=True),
    _column("price", sa.Numeric(), null=True),
    _column("unit_cost", sa.Numeric(), null=True),
    _column("currency", sa.Text(), null=True),
    _column("unit_of_measure", sa.Text()),
    _column("quantity_scale", sa.Integer()),
    _column("barcodes", ARRAY(sa.Text())),
    _column("lead_time_days", sa.Integer(), null=True),
    _column("archived_at", Moment, null=True),
    _column("version", sa.BigInteger()),
    _column("searched", Code),
    sa.PrimaryKeyConstraint("tenant_id", "sku"),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.Index("items_category", "tenant_id", "category", "sku"),
    sa.Index("items_vendor", "tenant_id", "vendor", "sku"),
    sa.Index("items_catalog_product", "tenant_id", "catalog_product_id", "sku"),
)

locations = sa.Table(
    "locations",
    metadata,
    _tenant(),
    _column("id", UUID()),
    _column("code", Code),
    _column("name", sa.Text()),
    _column("kind", Code),
    _column("zone", Code, null=True),
    _column("priority", sa.Integer()),
    _column("parent", Code, null=True),
    _column("active", sa.Boolean()),
    _column("version", sa.BigInteger()),
    _column("searched", Code),
    sa.PrimaryKeyConstraint("tenant_id", "code"),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.Index("locations_parent", "tenant_id", "parent", "code"),
)

reason_codes = sa.Table(
    "reason_codes",
    metadata,
    _tenant(),
    _column("code", Code),
    _column("name", sa.Text()),
    _column("direction", Code),
    _column("requires_note", sa.Boolean()),
    _column("active", sa.Boolean()),
    sa.PrimaryKeyConstraint("tenant_id", "code"),
)

stock_levels = sa.Table(
    "stock_levels",
    metadata,
    _tenant(),
    _column("sku", Code),
    _column("location", Code),
    _column("id", UUID()),
    _column("on_hand", sa.Integer()),
    _column("allocated", sa.Integer()),
    _column("unavailable", sa.Integer()),
    _column("incoming", sa.Integer()),
    _column("reorder_point", sa.Integer(), null=True),
    _column("safety_stock", sa.Integer()),
    _column("low_stock_threshold", sa.Integer(), null=True),
    _column("overstock_threshold", sa.Integer(), null=True),
    _column("stale_after_days", sa.Integer(), null=True),
    _column("status", Code),
    _column("stale_due", Moment, null=True),
    _column("version", sa.BigInteger()),
    _column("created_at", Moment),
    _column("updated_at", Moment),
    _column("last_movement_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "location"),
    sa.UniqueConstraint("tenant_id", "id"),
    sa.Index("stock_levels_location", "tenant_id", "location", "sku"),
    sa.Index("stock_levels_status", "tenant_id", "status", "sku", "location"),
    sa.Index("stock_levels_stale", "tenant_id", "stale_due", postgresql_where=sa.text("stale_due IS NOT NULL")),
)

ledger = sa.Table(
    "ledger",
    metadata,
    _tenant(),
    _column("recorded_at", Moment),
    _column("id", UUID()),
    _column("sku", Code),
    _column("location", Code),
    _column("level_version", sa.BigInteger()),
    _column("occurred_at", Moment),
    _column("kind", Code),
    _column("on_hand_change", sa.Integer()),
    _column("allocated_change", sa.Integer()),
    _column("unavailable_change", sa.Integer()),
    _column("incoming_change", sa.Integer()),
    _column("on_hand_after", sa.Integer()),
    _column("allocated_after", sa.Integer()),
    _column("unavailable_after", sa.Integer()),
    _column("incoming_after", sa.Integer()),
    _column("unit_cost", sa.Numeric(), null=True),
    _column("currency", sa.Text(), null=True),
    _column("actor", Code),
    _column("reason_code", Code, null=True),
    _column("note", sa.Text(), null=True),
    _column("reference_type", Code, null=True),
    _column("reference", Code, null=True),
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
    _tenant(),
    _column("id", sa.BigInteger(), server_default=sa.Identity(always=True)),
    _column("entries", ARRAY(UUID(as_uuid=True))),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
)

ledger_seals = sa.Table(
    "ledger_seals",
    metadata,
    _tenant(),
    _column("number", sa.BigInteger()),
    _column("kind", Code),
    _column("month", Code),
    _column("first", sa.BigInteger()),
    _column("sealed_at", Moment),
    _column("ids", ARRAY(UUID(as_uuid=True))),
    _column("hashes", BYTEA()),
    _column("document", BYTEA(), null=True),
    _column("previous", BYTEA()),
    _column("hash", BYTEA()),
    _column("until", Moment),
    sa.PrimaryKeyConstraint("tenant_id", "number"),
    sa.Index("ledger_seals_until", "tenant_id", "until", "number"),
)

ledger_openings = sa.Table(
    "ledger_openings",
    metadata,
    _tenant(),
    _column("sku", Code),
    _column("location", Code),
    _column("month", Code),
    _column("entry_id", UUID()),
    _column("level_version", sa.BigInteger()),
    _column("recorded_at", Moment),
    _column("on_hand", sa.Integer()),
    _column("allocated", sa.Integer()),
    _column("unavailable", sa.Integer()),
    _column("incoming", sa.Integer()),
    sa.PrimaryKeyConstraint("tenant_id", "sku", "location", "month"),
    sa.Index("ledger_openings_month", "tenant_id", "month"),
)

_WAITS = sa.text("status = 'PENDING_APPROVAL'")

adjustments = sa.Table(
    "adjustments",
    metadata,
    _tenant(),
    _column("id", UUID()),
    _column("sku", Code),
    _column("location", Code),
    _column("quantity_change", sa.Integer()),
    _column("quantity_counted", sa.Integer(), null=True),
    _column("reason_code", Code),
    _column("note", sa.Text(), null=True),
    _column("requested_by", Code),
    _column("requested_at", Moment),
    _column("status", Code),
    _column("decided_by", Code, null=True),
    _column("decided_at", Moment, null=True),
    _column("decision_note", sa.Text(), null=True),
    _column("version", sa.BigInteger()),
    _column("expires_at", Moment, null=True),
    _column("reference", Code, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("adjustments_time", "tenant_id", "requested_at", "id"),
    sa.Index("adjustments_sku", "tenant_id", "sku", "requested_at", "id"),
    sa.Index("adjustments_requester", "tenant_id", "requested_by", "requested_at", "id"),
    sa.Index("adjustments_pending", "tenant_id", "requested_at", "id", postgresql_where=_WAITS),
    sa.Index("adjustments_due", "expires_at", "tenant_id", "id", postgresql_where=_WAITS),
)

_OPEN = sa.text("status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED')")
_STANDS = sa.text("status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED', 'COMMITTED')")

reservations = sa.Table(
    "reservations",
    metadata,
    _tenant(),
    _column("id", UUID()),
    _column("order_id", Code),
    _column("status", Code),
    _column("wants", JSONB()),
    _column("strategy", Code),
    _column("zone", Code, null=True),
    _column("channel", Code, null=True),
    _column("ttl_seconds", sa.Integer()),
    _column("created_at", Moment),
    _column("updated_at", Moment),
    _column("expires_at", Moment, null=True),
    _column("confirmed", sa.Boolean()),
    _column("shortages", JSONB(), null=True),
    _column("failure", Code, null=True),
    _column("version", sa.BigInteger()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("reservations_standing", "tenant_id", "order_id", unique=True, postgresql_where=_STANDS),
    sa.Index("reservations_order", "tenant_id", "order_id", "created_at"),
    sa.Index("reservations_open", "tenant_id", "id", postgresql_where=_OPEN),
    sa.Index("reservations_due", "expires_at", "tenant_id", "id", postgresql_where=sa.text("status = 'PENDING'")),
)

reservation_lines = sa.Table(
    "reservation_lines",
    metadata,
    _tenant(),
    _column("reservation_id", UUID()),
    _column("number", sa.Integer()),
    _column("sku", Code),
    _column("location", Code, null=True),
    _column("quantity", sa.Integer()),
    _column("allocated", sa.Integer()),
    _column("backordered", sa.Integer()),
    _column("committed", sa.Integer()),
    _column("released", sa.Integer()),
    _column("wanted", Code, null=True),
    _column("told", JSONB(), null=True),
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

transfers = sa.Table(
    "transfers",
    metadata,
    _tenant(),
    _column("id", UUID()),
    _column("sku", Code),
    _column("origin", Code),
    _column("destination", Code),
    _column("quantity", sa.Integer()),
    _column("reference", Code, null=True),
    _column("created_at", Moment),
    _column("received", sa.Integer()),
    _column("status", Code),
    _column("updated_at", Moment),
    _column("version", sa.BigInteger()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("transfers_sku", "tenant_id", "sku", "id"),
    sa.Index("transfers_coming", "tenant_id", "destination", "id", postgresql_where=sa.text("status = 'IN_TRANSIT'")),
)

inbox = sa.Table(
    "inbox",
    metadata,
    _tenant(),
    _column("id", Code),
    _column("type", Code),
    _column("order_id", Code, null=True),
    _column("outcome", Code),
    _column("received_at", Moment, server_default=sa.func.clock_timestamp()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("inbox_order", "tenant_id", "order_id", postgresql_where=sa.text("order_id IS NOT NULL")),
    sa.Index("inbox_age", "received_at"),
)

parked_messages = sa.Table(
    "parked_messages",
    metadata,
    _tenant(),
    _column("id", sa.BigInteger(), server_default=sa.Identity(always=True)),
    _column("topic", Code),
    _column("key", Code),
    _column("partition", sa.Integer()),
    _column("message_offset", sa.BigInteger()),
    _column("sent_at_ms", sa.BigInteger()),
    _column("message_key", BYTEA(), null=True),
    _column("headers", BYTEA()),
    _column("value", BYTEA(), null=True),
    _column("reason", sa.Text()),
    _column("parked_at", Moment, server_default=sa.func.clock_timestamp()),
    _column("attempts", sa.Integer(), server_default="0"),
    _column("next_try_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "topic", "partition", "message_offset", "sent_at_ms"),
    sa.Index("parked_messages_lane", "tenant_id", "topic", "key", "id"),
    sa.Index("parked_messages_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL")),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _tenant(),
    _column("subject", Code),
    _column("operation", Code),
    _column("key", Code),
    _column("fingerprint", BYTEA()),
    _column("decision", JSONB()),
    _column("claimed_at", Moment, server_default=sa.func.clock_timestamp()),
    sa.PrimaryKeyConstraint("tenant_id", "subject", "operation", "key"),
    sa.Index("decisions_age", "claimed_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _tenant(),
    _column("id", sa.BigInteger(), server_default=sa.Identity(always=True)),
    _column("shard", sa.SmallInteger()),
    _column("key", Code),
    _column("aggregate_id", UUID()),
    _column("version", sa.BigInteger()),
    _column("type", Code),
    _column("tx", Xid8(), server_default=sa.func.pg_current_xact_id()),
    _column("body", BYTEA()),
    _column("written_at", Moment, server_default=sa.func.clock_timestamp()),
    _column("put_aside_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("outbox_shard", "shard", "id"),
)

revoked_tokens = sa.Table(
    "revoked_tokens",
    metadata,
    _tenant(),
    _column("token_id", Code),
    _column("revoked_at", Moment, server_default=sa.func.clock_timestamp()),
    _column("expires_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "token_id"),
    sa.Index("revoked_tokens_new", "revoked_at"),
    sa.Index("revoked_tokens_old", "expires_at", postgresql_where=sa.text("expires_at IS NOT NULL")),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    _tenant(),
    _column("id", UUID()),
    _column("recorded_at", Moment, server_default=sa.func.clock_timestamp()),
    _column("actor", Code),
    _column("action", Code),
    _column("subject_type", Code),
    _column("subject", Code),
    _column("detail", JSONB(), null=True),
    _column("request_id", Code, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("audit_log_time", "tenant_id", "recorded_at", "id"),
    sa.Index("audit_log_subject", "tenant_id", "subject", "recorded_at", "id"),
    sa.Index("audit_log_age", "recorded_at"),
)
