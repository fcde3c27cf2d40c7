"""What comes in and goes out, and what is known of who asked: messages, events, keys, tokens, the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID

from db.tables.columns import Code, Moment, Xid8, column, metadata, tenant

inbox = sa.Table(
    "inbox",
    metadata,
    tenant(),
    column("id", Code),
    column("type", Code),
    column("order_id", Code, null=True),
    column("outcome", Code),
    column("received_at", Moment, server_default=sa.func.clock_timestamp()),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("inbox_order", "tenant_id", "order_id", postgresql_where=sa.text("order_id IS NOT NULL")),
    sa.Index("inbox_age", "received_at"),
)

parked_messages = sa.Table(
    "parked_messages",
    metadata,
    tenant(),
    column("id", sa.BigInteger(), server_default=sa.Identity(always=True)),
    column("topic", Code),
    column("key", Code),
    column("partition", sa.Integer()),
    column("message_offset", sa.BigInteger()),
    column("sent_at_ms", sa.BigInteger()),
    column("message_key", BYTEA(), null=True),
    column("headers", BYTEA()),
    column("value", BYTEA(), null=True),
    column("reason", sa.Text()),
    column("parked_at", Moment, server_default=sa.func.clock_timestamp()),
    column("attempts", sa.Integer(), server_default="0"),
    column("next_try_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "topic", "partition", "message_offset", "sent_at_ms"),
    sa.Index("parked_messages_lane", "tenant_id", "topic", "key", "id"),
    sa.Index("parked_messages_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL")),
)

decisions = sa.Table(
    "decisions",
    metadata,
    tenant(),
    column("subject", Code),
    column("operation", Code),
    column("key", Code),
    column("fingerprint", BYTEA()),
    column("decision", JSONB()),
    column("claimed_at", Moment, server_default=sa.func.clock_timestamp()),
    sa.PrimaryKeyConstraint("tenant_id", "subject", "operation", "key"),
    sa.Index("decisions_age", "claimed_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    tenant(),
    column("id", sa.BigInteger(), server_default=sa.Identity(always=True)),
    column("shard", sa.SmallInteger()),
    column("key", Code),
    column("aggregate_id", UUID()),
    column("version", sa.BigInteger()),
    column("type", Code),
    column("tx", Xid8(), server_default=sa.func.pg_current_xact_id()),
    column("body", BYTEA()),
    column("written_at", Moment, server_default=sa.func.clock_timestamp()),
    column("put_aside_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("outbox_shard", "shard", "id"),
)

revoked_tokens = sa.Table(
    "revoked_tokens",
    metadata,
    tenant(),
    column("token_id", Code),
    column("revoked_at", Moment, server_default=sa.func.clock_timestamp()),
    column("expires_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "token_id"),
    sa.Index("revoked_tokens_new", "revoked_at"),
    sa.Index("revoked_tokens_old", "expires_at", postgresql_where=sa.text("expires_at IS NOT NULL")),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    tenant(),
    column("id", UUID()),
    column("recorded_at", Moment, server_default=sa.func.clock_timestamp()),
    column("actor", Code),
    column("action", Code),
    column("subject_type", Code),
    column("subject", Code),
    column("detail", JSONB(), null=True),
    column("request_id", Code, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index("audit_log_time", "tenant_id", "recorded_at", "id"),
    sa.Index("audit_log_subject", "tenant_id", "subject", "recorded_at", "id"),
    sa.Index("audit_log_actor", "tenant_id", "actor", "recorded_at", "id"),
    sa.Index("audit_log_action", "tenant_id", "action", "recorded_at", "id"),
    sa.Index("audit_log_age", "recorded_at"),
)
