"""Addresses that are told of what happens, and what was and is to be sent to them."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0021"
down_revision = "0020"

WEBHOOKS = """
CREATE TABLE webhooks (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    url             text COLLATE "C" NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    events          text[] NOT NULL CHECK (cardinality(events) > 0),
    created_by      text COLLATE "C" NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    description     text,
    active          boolean NOT NULL,
    disabled_reason text,
    version         bigint NOT NULL CHECK (version >= 1),
    secret          bytea NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,
    failing_since   timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhooks_previous_check CHECK (num_nulls(previous_secret, previous_until) IN (0, 2)),
    CONSTRAINT webhooks_disabled_check CHECK (disabled_reason IS NULL OR NOT active)
)
"""

DELIVERIES = """
CREATE TABLE webhook_deliveries (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    webhook_id      uuid NOT NULL,
    message_id      uuid NOT NULL,
    event           text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'DEAD')),
    payload         text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts        jsonb NOT NULL DEFAULT '[]',
    tries           integer NOT NULL DEFAULT 0,
    claims          integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    settled_at      timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_deliveries_waits_check CHECK ((state = 'PENDING') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_settled_check CHECK ((state <> 'PENDING') = (settled_at IS NOT NULL))
) WITH (fillfactor = 80)
"""

INDEXES = (
    # Of each webhook what is due: a worker goes from one to the next, however much waits of any of them.
    "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, webhook_id, next_attempt_at) "
    "WHERE state = 'PENDING'",
    "CREATE INDEX webhook_deliveries_state ON webhook_deliveries (tenant_id, state, created_at, id)",
    "CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (tenant_id, webhook_id, state, created_at, id)",
    "CREATE INDEX webhook_deliveries_age ON webhook_deliveries (state, settled_at) WHERE state <> 'PENDING'",
)


def upgrade() -> None:
    for statement in (WEBHOOKS, DELIVERIES, *INDEXES):
        op.execute(statement)
    protect("webhooks")
    protect("webhook_deliveries")
    open_to_worker("webhook_deliveries")
