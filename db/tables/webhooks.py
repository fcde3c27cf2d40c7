"""Addresses that are told of what happens, what they are sent, and to which of them it was and is to be sent."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, UUID

from db.tables.columns import Code, Moment, column, metadata, tenant

webhooks = sa.Table(
    "webhooks",
    metadata,
    tenant(),
    column("id", UUID()),
    column("url", Code),
    column("events", ARRAY(sa.Text())),
    column("created_by", Code),
    column("created_at", Moment),
    column("updated_at", Moment),
    column("description", sa.Text(), null=True),
    column("active", sa.Boolean()),
    column("disabled_reason", sa.Text(), null=True),
    column("version", sa.BigInteger()),
    column("secret", BYTEA()),
    column("previous_secret", BYTEA(), null=True),
    column("previous_until", Moment, null=True),
    column("failing_since", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
)

webhook_messages = sa.Table(
    "webhook_messages",
    metadata,
    tenant(),
    column("id", UUID()),
    column("payload", sa.Text()),
    column("traceparent", Code, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    tenant(),
    column("id", UUID()),
    column("webhook_id", UUID()),
    column("message_id", UUID()),
    column("event", Code),
    column("state", Code),
    column("created_at", Moment, server_default=sa.func.clock_timestamp()),
    column("attempts", JSONB(), server_default="[]"),
    column("tries", sa.Integer(), server_default="0"),
    column("claims", sa.Integer(), server_default="0"),
    column("next_attempt_at", Moment, null=True),
    column("settled_at", Moment, null=True),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.Index(
        "webhook_deliveries_due",
        "tenant_id",
        "webhook_id",
        "next_attempt_at",
        postgresql_where=sa.text("state = 'PENDING'"),
    ),
    sa.Index("webhook_deliveries_state", "tenant_id", "state", "created_at", "id"),
    sa.Index("webhook_deliveries_webhook", "tenant_id", "webhook_id", "state", "created_at", "id"),
    sa.Index("webhook_deliveries_message", "tenant_id", "message_id"),
    sa.Index(
        "webhook_deliveries_next",
        "next_attempt_at",
        "tenant_id",
        "webhook_id",
        postgresql_where=sa.text("state = 'PENDING'"),
    ),
    sa.Index("webhook_deliveries_age", "state", "settled_at", postgresql_where=sa.text("state <> 'PENDING'")),
)
