"""Rollups of the ledger by day, cost layers, and demand; what is there already is put down to be folded."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0023"
down_revision = "0022"

#: What becomes of processes of the version before: they seal entries and fold none.
ALONE = "would go on sealing ledger entries that no report counts"

# The totals of a level since its first entry, at the end of a day that has entries (`domain.level_totals`). A level's
# newest row changes with each block of its entries, in place: no index but the key.
MOVEMENT = """
CREATE TABLE movement_daily (
    tenant_id     uuid NOT NULL,
    sku           text COLLATE "C" NOT NULL,
    location      text COLLATE "C" NOT NULL,
    day           date NOT NULL,
    began_at      timestamptz NOT NULL,
    last_at       timestamptz NOT NULL,
    last_version  bigint NOT NULL CHECK (last_version >= 1),
    moved_at      timestamptz,
    on_hand       bigint NOT NULL,
    allocated     bigint NOT NULL,
    unavailable   bigint NOT NULL,
    incoming      bigint NOT NULL,
    uncosted      bigint NOT NULL CHECK (uncosted BETWEEN 0 AND greatest(on_hand, 0)),
    sold_short    bigint NOT NULL CHECK (sold_short BETWEEN 0 AND greatest(-on_hand, 0)),
    received      bigint NOT NULL,
    returned      bigint NOT NULL,
    arrived       bigint NOT NULL,
    gained        bigint NOT NULL,
    sold          bigint NOT NULL,
    sent          bigint NOT NULL,
    shrunk        bigint NOT NULL,
    used          bigint NOT NULL,
    sold_costed   bigint NOT NULL,
    value         numeric NOT NULL,
    last_cost     numeric,
    cost_sold     numeric NOT NULL,
    cost_returned numeric NOT NULL,
    cost_shrunk   numeric NOT NULL,
    unit_time     numeric NOT NULL,
    uncosted_time numeric NOT NULL,
    value_time    numeric NOT NULL,
    out_time      numeric NOT NULL,
    PRIMARY KEY (tenant_id, sku, location, day),
    CONSTRAINT movement_daily_flows_check
        CHECK (on_hand = received + returned + arrived + gained - sold - sent - shrunk - used),
    CONSTRAINT movement_daily_began_check CHECK (began_at <= last_at)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)
"""

# What of a transfer is on its way at the end of a day that changed it (`domain.transit`).
TRANSIT = """
CREATE TABLE transit_daily (
    tenant_id uuid NOT NULL,
    sku       text COLLATE "C" NOT NULL,
    transfer  text COLLATE "C" NOT NULL,
    day       date NOT NULL,
    last_at   timestamptz NOT NULL,
    uncosted  bigint NOT NULL CHECK (uncosted >= 0),
    costed    bigint NOT NULL CHECK (costed >= 0),
    value     numeric NOT NULL,
    PRIMARY KEY (tenant_id, sku, transfer, day)
)
"""

# What came to a level, or went on its way, in the order in which it did (`domain.layers`). A level's cumulative
# quantities rise with its numbers, so they lead to the layers that remain.
LAYERS = """
CREATE TABLE {table} (
    tenant_id   uuid NOT NULL,
    sku         text COLLATE "C" NOT NULL,
    {shelf}     text COLLATE "C" NOT NULL,
    cumulative  bigint NOT NULL CHECK (cumulative >= quantity),
    number      bigint NOT NULL CHECK (number >= 1),
    entered_at  timestamptz NOT NULL,
    quantity    bigint NOT NULL CHECK (quantity >= 1),
    received_at timestamptz NOT NULL,
    origin      text COLLATE "C" NOT NULL CHECK (origin IN ('RECEIPT', 'RETURN', 'GAIN', 'TRANSFER')),
    unit_cost   numeric CHECK (unit_cost >= 0),
    PRIMARY KEY (tenant_id, sku, {shelf}, cumulative)
)
"""

# `location` '': nobody named one, and none could serve.
DEMAND = """
CREATE TABLE demand_daily (
    tenant_id uuid NOT NULL,
    sku       text COLLATE "C" NOT NULL,
    location  text COLLATE "C" NOT NULL,
    day       date NOT NULL,
    asked     bigint NOT NULL,
    served    bigint NOT NULL CHECK (served BETWEEN 0 AND asked),
    PRIMARY KEY (tenant_id, sku, location, day)
)
"""
# What orders asked for, a row for the orders of a transaction; rows live for seconds, as those of the ledger's feed.
DEMAND_FEED = """
CREATE TABLE demand_feed (
    tenant_id uuid NOT NULL,
    id        bigint GENERATED ALWAYS AS IDENTITY,
    skus      text[] NOT NULL CHECK (cardinality(skus) > 0),
    locations text[] NOT NULL CHECK (cardinality(locations) = cardinality(skus)),
    asked     bigint[] NOT NULL CHECK (cardinality(asked) = cardinality(skus)),
    served    bigint[] NOT NULL CHECK (cardinality(served) = cardinality(skus)),
    moments   timestamptz[] NOT NULL CHECK (cardinality(moments) = cardinality(skus)),
    PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000)
"""

# Whose days and whose money a tenant's rows are in. Its row is locked by whoever folds for the tenant. Days before
# `floor` cannot be folded anew: months up to `floor_month` of the ledger are archived.
BOOKS = """
CREATE TABLE rollup_books (
    tenant_id   uuid PRIMARY KEY,
    time_zone   text NOT NULL,
    currency    text NOT NULL,
    floor_month text COLLATE "C",
    floor       timestamptz,
    CONSTRAINT rollup_books_floor_check CHECK ((floor_month IS NULL) = (floor IS NULL))
)
"""
# SKUs to be folded anew from a moment on. Their rows stand on what was folded before.
QUEUE = """
CREATE TABLE rollup_queue (
    tenant_id uuid NOT NULL,
    sku       text COLLATE "C" NOT NULL,
    since     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, sku)
)
"""
# Entries that came after the month in which they happened was archived, and when they count instead.
OVERDUE = """
CREATE TABLE overdue_entries (
    tenant_id   uuid NOT NULL,
    sku         text COLLATE "C" NOT NULL,
    counted_at  timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    id          uuid NOT NULL,
    PRIMARY KEY (tenant_id, sku, counted_at, id)
)
"""

INDEXES = (
    "CREATE INDEX transit_daily_time ON transit_daily (tenant_id, sku, last_at)",
    "CREATE INDEX cost_layers_entered ON cost_layers (tenant_id, sku, location, entered_at, cumulative)",
    "CREATE INDEX transit_layers_entered ON transit_layers (tenant_id, sku, entered_at)",
)

# What was sealed before is folded a SKU at a time, by the worker that seals.
OPENED = (
    "INSERT INTO rollup_books (tenant_id, time_zone, currency) SELECT tenant_id, time_zone, currency FROM tenants",
    "INSERT INTO rollup_queue SELECT DISTINCT tenant_id, sku, timestamptz '0001-01-03 00:00Z' FROM stock_levels",
)


def upgrade() -> None:
    layers = (
        LAYERS.format(table="cost_layers", shelf="location"),
        LAYERS.format(table="transit_layers", shelf="transfer"),
    )
    for statement in (MOVEMENT, TRANSIT, *layers, DEMAND, DEMAND_FEED, BOOKS, QUEUE, OVERDUE, *INDEXES):
        op.execute(statement)
    for table in ("tenants", "stock_levels"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in OPENED:
        op.execute(statement)
    for table in ("tenants", "stock_levels"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    kept = ("movement_daily", "transit_daily", "cost_layers", "transit_layers", "demand_daily")
    for table in (*kept, "demand_feed", "rollup_books", "rollup_queue", "overdue_entries"):
        protect(table)
    for queue in ("demand_feed", "rollup_queue"):
        open_to_worker(queue)
