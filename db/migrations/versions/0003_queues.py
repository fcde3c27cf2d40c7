"""Decisions kept under idempotency keys, and the outbox."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0003"
down_revision = "0002"

# A claim is inserted first and filled in when it is decided, in the same transaction: room for the second version.
DECISIONS = """
CREATE TABLE decisions (
    tenant_id   uuid NOT NULL,
    subject     text COLLATE "C" NOT NULL,
    operation   text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    decision    jsonb,
    claimed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, subject, operation, key)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)
"""

# Rows live for milliseconds: vacuum by number of dead rows, not by share, and without pausing.
OUTBOX = """
CREATE TABLE outbox (
    tenant_id    uuid NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    shard        smallint NOT NULL CHECK (shard BETWEEN 0 AND 63),
    key          text COLLATE "C" NOT NULL,
    aggregate_id uuid NOT NULL,
    version      bigint NOT NULL,
    type         text COLLATE "C" NOT NULL,
    tx           xid8 NOT NULL DEFAULT pg_current_xact_id(),
    body         bytea NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000)
"""


def upgrade() -> None:
    op.execute(DECISIONS)
    op.execute(OUTBOX)
    op.execute("CREATE INDEX outbox_shard ON outbox (shard, id)")
    for table in ("decisions", "outbox"):
        protect(table)
    open_to_worker("outbox")
