"""What stays of archived months of the ledger: a balance for each level that they changed, and for how long a tenant
keeps its entries."""

from alembic import op

from db.migrations.protection import protect

revision = "0013"
down_revision = "0012"

# The balances after the last entry that a month holds of a level. The newest of a level stands for all that was before.
OPENINGS = """
CREATE TABLE ledger_openings (
    tenant_id     uuid NOT NULL,
    sku           text COLLATE "C" NOT NULL,
    location      text COLLATE "C" NOT NULL,
    month         text COLLATE "C" NOT NULL,
    entry_id      uuid NOT NULL,
    level_version bigint NOT NULL,
    recorded_at   timestamptz NOT NULL,
    on_hand       integer NOT NULL CHECK (on_hand >= 0),
    allocated     integer NOT NULL CHECK (allocated >= 0),
    unavailable   integer NOT NULL CHECK (unavailable >= 0),
    incoming      integer NOT NULL CHECK (incoming >= 0),
    PRIMARY KEY (tenant_id, sku, location, month)
)
"""
STATEMENTS = (
    OPENINGS,
    "CREATE INDEX ledger_openings_month ON ledger_openings (tenant_id, month)",
    """CREATE TRIGGER ledger_openings_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_openings
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger()""",
    "ALTER TABLE ledger_openings ENABLE ALWAYS TRIGGER ledger_openings_only_grow",
    # Null: for ever.
    "ALTER TABLE tenants ADD COLUMN ledger_months integer CHECK (ledger_months >= 12)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    protect("ledger_openings")
