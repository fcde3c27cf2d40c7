"""Stock levels, the ledger and adjustments."""

from alembic import op

from db.migrations.protection import protect

revision = "0002"
down_revision = "0001"

# The hot row: room on each page, and no index on what changes with every movement, keep its updates in place (HOT).
# `stale_due` is never later than the day on which the level becomes stale; it is moved on when that day has come.
STOCK_LEVELS = """
CREATE TABLE stock_levels (
    tenant_id           uuid NOT NULL,
    sku                 text COLLATE "C" NOT NULL,
    location            text COLLATE "C" NOT NULL,
    id                  uuid NOT NULL,
    on_hand             integer NOT NULL CHECK (on_hand BETWEEN 0 AND 100000000),
    allocated           integer NOT NULL CHECK (allocated >= 0),
    unavailable         integer NOT NULL CHECK (unavailable >= 0),
    incoming            integer NOT NULL CHECK (incoming BETWEEN 0 AND 100000000),
    reorder_point       integer CHECK (reorder_point BETWEEN 0 AND 100000000),
    safety_stock        integer NOT NULL CHECK (safety_stock BETWEEN 0 AND 100000000),
    low_stock_threshold integer CHECK (low_stock_threshold BETWEEN 0 AND 100000000),
    overstock_threshold integer CHECK (overstock_threshold BETWEEN 0 AND 100000000),
    stale_after_days    integer CHECK (stale_after_days BETWEEN 1 AND 3650),
    status              text COLLATE "C" NOT NULL CHECK (status IN ('IN_STOCK', 'LOW', 'OUT_OF_STOCK', 'OVERSTOCK')),
    stale_due           timestamptz,
    version             bigint NOT NULL CHECK (version >= 1),
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    last_movement_at    timestamptz,
    PRIMARY KEY (tenant_id, sku, location),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, sku) REFERENCES items,
    FOREIGN KEY (tenant_id, location) REFERENCES locations,
    CONSTRAINT stock_levels_available_to_promise_check CHECK (on_hand - allocated - unavailable >= 0),
    CONSTRAINT stock_levels_stale_check CHECK ((stale_due IS NULL) = (stale_after_days IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)
"""

# The primary key holds recorded_at, so that the table can be split into months of it later; there is no foreign key,
# which would lock the item's row with every movement.
LEDGER = """
CREATE TABLE ledger (
    tenant_id          uuid NOT NULL,
    recorded_at        timestamptz NOT NULL,
    id                 uuid NOT NULL,
    sku                text COLLATE "C" NOT NULL,
    location           text COLLATE "C" NOT NULL,
    level_version      bigint NOT NULL CHECK (level_version >= 1),
    occurred_at        timestamptz NOT NULL,
    kind               text COLLATE "C" NOT NULL CHECK (kind IN ('RECEIPT', 'ALLOCATION', 'DEALLOCATION', 'PICK',
                           'ADJUSTMENT', 'COUNT', 'RETURN', 'HOLD', 'UNHOLD', 'TRANSFER_OUT', 'TRANSFER_IN', 'WASTE')),
    on_hand_change     integer NOT NULL,
    allocated_change   integer NOT NULL,
    unavailable_change integer NOT NULL,
    incoming_change    integer NOT NULL,
    on_hand_after      integer NOT NULL CHECK (on_hand_after BETWEEN 0 AND 100000000),
    allocated_after    integer NOT NULL CHECK (allocated_after >= 0),
    unavailable_after  integer NOT NULL CHECK (unavailable_after >= 0),
    incoming_after     integer NOT NULL CHECK (incoming_after BETWEEN 0 AND 100000000),
    unit_cost          numeric,
    currency           text,
    actor              text COLLATE "C" NOT NULL,
    reason_code        text COLLATE "C",
    note               text,
    reference_type     text COLLATE "C",
    reference          text COLLATE "C",
    PRIMARY KEY (tenant_id, recorded_at, id),
    CONSTRAINT ledger_available_to_promise_check CHECK (on_hand_after - allocated_after - unavailable_after >= 0)
)
"""

ADJUSTMENTS = """
CREATE TABLE adjustments (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    sku              text COLLATE "C" NOT NULL,
    location         text COLLATE "C" NOT NULL,
    quantity_change  integer NOT NULL,
    quantity_counted integer CHECK (quantity_counted >= 0),
    reason_code      text COLLATE "C" NOT NULL,
    note             text,
    requested_by     text COLLATE "C" NOT NULL,
    requested_at     timestamptz NOT NULL,
    status           text COLLATE "C" NOT NULL
                     CHECK (status IN ('APPLIED', 'PENDING_APPROVAL', 'REJECTED', 'EXPIRED', 'CANCELLED')),
    decided_by       text COLLATE "C",
    decided_at       timestamptz,
    decision_note    text,
    version          bigint NOT NULL CHECK (version >= 1),
    PRIMARY KEY (tenant_id, id)
)
"""

INDEXES = (
    "CREATE INDEX stock_levels_location ON stock_levels (tenant_id, location, sku)",
    "CREATE INDEX stock_levels_status ON stock_levels (tenant_id, status, sku, location)",
    "CREATE INDEX stock_levels_stale ON stock_levels (tenant_id, stale_due) WHERE stale_due IS NOT NULL",
    "CREATE INDEX ledger_place ON ledger (tenant_id, sku, location, occurred_at, id)",
    "CREATE INDEX ledger_time ON ledger (tenant_id, occurred_at, id)",
    "CREATE INDEX ledger_reference ON ledger (tenant_id, reference, occurred_at, id) WHERE reference IS NOT NULL",
)

# The second wall: the application was never granted these, and nobody else may either, superusers included.
INSERT_ONLY = """
CREATE FUNCTION refuse_change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'Correct a mistake with a new entry.';
END
$$
"""
INSERT_ONLY_TRIGGER = """
CREATE TRIGGER ledger_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger()
"""


def upgrade() -> None:
    for statement in (STOCK_LEVELS, LEDGER, ADJUSTMENTS, *INDEXES, INSERT_ONLY, INSERT_ONLY_TRIGGER):
        op.execute(statement)
    for table in ("stock_levels", "ledger", "adjustments"):
        protect(table)
