"""Alerts of stock that is low, out or stale; each level knows which of its own stand."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0016"
down_revision = "0015"

ALERTS = """
CREATE TABLE alerts (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    kind            text COLLATE "C" NOT NULL CHECK (kind IN ('LOW_STOCK', 'OUT_OF_STOCK', 'STALE')),
    sku             text COLLATE "C" NOT NULL,
    location        text COLLATE "C" NOT NULL,
    remaining       integer NOT NULL,
    threshold       integer,
    opened_at       timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL CHECK (updated_at >= opened_at),
    status          text COLLATE "C" NOT NULL CHECK (status IN ('OPEN', 'ACKNOWLEDGED', 'RESOLVED')),
    acknowledged_by text COLLATE "C",
    acknowledged_at timestamptz,
    resolved_at     timestamptz,
    version         bigint NOT NULL CHECK (version >= 1),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT alerts_seen_check CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)),
    CONSTRAINT alerts_status_check_times CHECK (CASE status
        WHEN 'OPEN' THEN acknowledged_at IS NULL AND resolved_at IS NULL
        WHEN 'ACKNOWLEDGED' THEN acknowledged_at IS NOT NULL AND resolved_at IS NULL
        ELSE resolved_at >= opened_at
    END)
) WITH (fillfactor = 80)
"""

# `stale_due` is when a level is looked at next: at no time where its item is archived, whatever its policy.
LEVELS = """
ALTER TABLE stock_levels
    DROP CONSTRAINT stock_levels_stale_check,
    ADD COLUMN stock_alert uuid, ADD COLUMN alert_kind text COLLATE "C", ADD COLUMN stale_alert uuid,
    ADD CONSTRAINT stock_levels_alert_check CHECK ((stock_alert IS NULL) = (alert_kind IS NULL)),
    ADD CONSTRAINT stock_levels_alert_kind_check CHECK (alert_kind IN ('LOW_STOCK', 'OUT_OF_STOCK'))
"""

INDEXES = (
    "CREATE INDEX alerts_sku ON alerts (tenant_id, sku, id)",
    "CREATE INDEX alerts_location ON alerts (tenant_id, location, id)",
    "CREATE INDEX alerts_standing ON alerts (tenant_id, id) WHERE status <> 'RESOLVED'",
    # Of a level one alert of its stock stands, and one of its age.
    """CREATE UNIQUE INDEX alerts_one_standing ON alerts (tenant_id, sku, location, (kind = 'STALE'))
       WHERE status <> 'RESOLVED'""",
    # What becomes stale next, over all tenants; what is known to be leaves it.
    """CREATE INDEX stock_levels_turning_stale ON stock_levels (stale_due, tenant_id, sku, location)
       WHERE stale_due IS NOT NULL AND stale_alert IS NULL""",
)

# What is low already is looked at as soon as a worker runs.
LOOK_AT_LOW = """
UPDATE stock_levels SET stale_due = now()
WHERE on_hand - allocated - unavailable <= coalesce(low_stock_threshold, reorder_point)
"""


def upgrade() -> None:
    for statement in (ALERTS, LEVELS):
        op.execute(statement)
    op.execute("ALTER TABLE stock_levels NO FORCE ROW LEVEL SECURITY")
    op.execute(LOOK_AT_LOW)
    op.execute("ALTER TABLE stock_levels FORCE ROW LEVEL SECURITY")
    for statement in INDEXES:
        op.execute(statement)
    protect("alerts")
    open_to_worker("stock_levels")
