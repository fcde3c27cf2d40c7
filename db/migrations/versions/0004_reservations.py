"""Reservations and their lines, how long they hold, and the inbox of what other systems tell."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0004"
down_revision = "0003"

RESERVATIONS = """
CREATE TABLE reservations (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    status      text COLLATE "C" NOT NULL CHECK (status IN ('REQUESTED', 'PENDING', 'CONFIRMED',
                    'COMMITTED', 'RELEASED', 'EXPIRED', 'FAILED', 'BACKORDERED')),
    wants       jsonb NOT NULL,
    strategy    text COLLATE "C" NOT NULL,
    zone        text COLLATE "C",
    channel     text COLLATE "C",
    ttl_seconds integer NOT NULL CHECK (ttl_seconds BETWEEN 1 AND 2678400),
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    confirmed   boolean NOT NULL,
    shortages   jsonb,
    failure     text COLLATE "C",
    version     bigint NOT NULL CHECK (version >= 1),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT reservations_expiry_check CHECK ((status = 'PENDING') = (expires_at IS NOT NULL)),
    CONSTRAINT reservations_failure_check CHECK ((status = 'FAILED') = (failure IS NOT NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)
"""

# `told`: units by kind of document that said they left (domain.reservation_lines).
RESERVATION_LINES = """
CREATE TABLE reservation_lines (
    tenant_id      uuid NOT NULL,
    reservation_id uuid NOT NULL,
    number         integer NOT NULL CHECK (number BETWEEN 0 AND 65535),
    sku            text COLLATE "C" NOT NULL,
    location       text COLLATE "C",
    quantity       integer NOT NULL CHECK (quantity BETWEEN 1 AND 100000000),
    allocated      integer NOT NULL CHECK (allocated >= 0),
    backordered    integer NOT NULL CHECK (backordered >= 0),
    committed      integer NOT NULL CHECK (committed >= 0),
    released       integer NOT NULL CHECK (released >= 0),
    wanted         text COLLATE "C",
    told           jsonb,
    PRIMARY KEY (tenant_id, reservation_id, number),
    CONSTRAINT reservation_lines_sum_check CHECK (quantity = allocated + backordered + committed + released),
    CONSTRAINT reservation_lines_place_check CHECK (allocated + committed = 0 OR location IS NOT NULL)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)
"""

# What Kafka may deliver again is known for as long as its topics are kept (`workers.retention`).
INBOX = """
CREATE TABLE inbox (
    tenant_id   uuid NOT NULL,
    id          text COLLATE "C" NOT NULL,
    type        text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C",
    outcome     text COLLATE "C" NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0.05)
"""

INDEXES = (
    # An order is reserved once at a time.
    """CREATE UNIQUE INDEX reservations_standing ON reservations (tenant_id, order_id)
       WHERE status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED', 'COMMITTED')""",
    "CREATE INDEX reservations_order ON reservations (tenant_id, order_id, created_at)",
    # What is open, without a look at what has ended.
    """CREATE INDEX reservations_open ON reservations (tenant_id, id)
       WHERE status IN ('REQUESTED', 'PENDING', 'CONFIRMED', 'BACKORDERED')""",
    # What is due, over all tenants, without a look at what is not.
    "CREATE INDEX reservations_due ON reservations (expires_at, tenant_id, id) WHERE status = 'PENDING'",
    "CREATE INDEX reservation_lines_sku ON reservation_lines (tenant_id, sku, reservation_id)",
    # Who waits for a SKU, the oldest first.
    """CREATE INDEX reservation_lines_waiting ON reservation_lines (tenant_id, sku, wanted, reservation_id)
       WHERE backordered > 0""",
    "CREATE INDEX inbox_order ON inbox (tenant_id, order_id) WHERE order_id IS NOT NULL",
    # What has been kept for long enough, over all tenants.
    "CREATE INDEX inbox_age ON inbox (received_at)",
    "CREATE INDEX decisions_age ON decisions (claimed_at)",
)

# Seconds for which a reservation holds that says nothing of it: {"channel": seconds}, "" for all other channels.
TTLS = "ALTER TABLE tenants ADD COLUMN reservation_ttls jsonb NOT NULL DEFAULT '{\"\": 900}'"

# A key is kept together with what was decided under it, and never changed after.
DECIDED = "ALTER TABLE decisions ALTER COLUMN decision SET NOT NULL, SET (fillfactor = 100)"


def upgrade() -> None:
    for statement in (RESERVATIONS, RESERVATION_LINES, INBOX, *INDEXES, TTLS, DECIDED):
        op.execute(statement)
    for table in ("reservations", "reservation_lines", "inbox"):
        protect(table)
    open_to_worker("reservations")
    open_to_worker("reservation_lines")
    open_to_worker("inbox")
    open_to_worker("decisions")
