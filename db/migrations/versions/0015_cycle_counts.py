"""Lists of what is to be counted, and what was."""

from alembic import op

from db.migrations.protection import protect

revision = "0015"
down_revision = "0014"

CYCLE_COUNTS = """
CREATE TABLE cycle_counts (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    location   text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    blind      boolean NOT NULL,
    reference  text COLLATE "C",
    status     text COLLATE "C" NOT NULL CHECK (status IN ('OPEN', 'CLOSED')),
    updated_at timestamptz NOT NULL,
    version    bigint NOT NULL CHECK (version >= 1),
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 90)
"""

LINES = """
CREATE TABLE cycle_count_lines (
    tenant_id      uuid NOT NULL,
    cycle_count_id uuid NOT NULL,
    number         integer NOT NULL CHECK (number BETWEEN 0 AND 249),
    sku            text COLLATE "C" NOT NULL,
    expected       integer CHECK (expected BETWEEN 0 AND 100000000),
    counted        integer CHECK (counted BETWEEN 0 AND 100000000),
    counted_by     text COLLATE "C",
    counted_at     timestamptz,
    adjustment_id  uuid,
    PRIMARY KEY (tenant_id, cycle_count_id, number),
    CONSTRAINT cycle_count_lines_sku_key UNIQUE (tenant_id, cycle_count_id, sku),
    CONSTRAINT cycle_count_lines_whole_check
        CHECK (num_nulls(expected, counted, counted_by, counted_at, adjustment_id) IN (0, 5))
) WITH (fillfactor = 70)
"""

INDEXES = (
    "CREATE INDEX cycle_counts_location ON cycle_counts (tenant_id, location, id)",
    "CREATE INDEX cycle_counts_open ON cycle_counts (tenant_id, id) WHERE status = 'OPEN'",
    "CREATE INDEX cycle_count_lines_sku ON cycle_count_lines (tenant_id, sku, cycle_count_id)",
)


def upgrade() -> None:
    for statement in (CYCLE_COUNTS, LINES, *INDEXES):
        op.execute(statement)
    protect("cycle_counts")
    protect("cycle_count_lines")
