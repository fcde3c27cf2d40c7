"""The chain of blocks that seals the ledger, and the queue of what is to be sealed."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0009"
down_revision = "0008"

#: What becomes of processes of the version before: they write entries and no rows of the feed.
ALONE = "would go on writing ledger entries that are never sealed"

# A row for the entries of a statement. Rows live for seconds, as those of the outbox. Ids are not compressed in vain.
FEED = """
CREATE TABLE ledger_feed (
    tenant_id uuid NOT NULL,
    id        bigint GENERATED ALWAYS AS IDENTITY,
    entries   uuid[] NOT NULL CHECK (cardinality(entries) > 0),
    PRIMARY KEY (tenant_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000)
"""

# `until` is when the last of its entries was recorded: it leads from an entry to its block.
SEALS = """
CREATE TABLE ledger_seals (
    tenant_id uuid NOT NULL,
    number    bigint NOT NULL CHECK (number >= 1),
    kind      text COLLATE "C" NOT NULL CHECK (kind IN ('ENTRIES', 'ARCHIVE')),
    month     text COLLATE "C" NOT NULL CHECK (month ~ '^[0-9]{4,}-[0-9]{2}$'),
    first     bigint NOT NULL CHECK (first >= 1),
    sealed_at timestamptz NOT NULL,
    ids       uuid[] NOT NULL,
    hashes    bytea NOT NULL CHECK (length(hashes) = 32 * cardinality(ids)),
    document  bytea CHECK (length(document) = 32),
    previous  bytea NOT NULL CHECK (length(previous) = 32),
    hash      bytea NOT NULL CHECK (length(hash) = 32),
    until     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, number),
    CONSTRAINT ledger_seals_archive_check CHECK ((kind = 'ARCHIVE') = (document IS NOT NULL))
)
"""
STORED = (
    "ALTER TABLE ledger_feed ALTER COLUMN entries SET STORAGE EXTERNAL",
    "ALTER TABLE ledger_seals ALTER COLUMN ids SET STORAGE EXTERNAL, ALTER COLUMN hashes SET STORAGE EXTERNAL",
    "CREATE INDEX ledger_seals_until ON ledger_seals (tenant_id, until, number)",
)

ONLY_GROWS = (
    """CREATE TRIGGER ledger_seals_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_seals
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger()""",
    "ALTER TABLE ledger_seals ENABLE ALWAYS TRIGGER ledger_seals_only_grow",
)

# What there is already is sealed as if it came now, the oldest first.
FEED_ALL = """
INSERT INTO ledger_feed (tenant_id, entries)
SELECT tenant_id, array_agg(id ORDER BY n) FROM (
    SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY recorded_at, id) AS n FROM ledger
) AS entry
GROUP BY tenant_id, n / 1000 ORDER BY tenant_id, n / 1000
"""


def upgrade() -> None:
    for statement in (FEED, SEALS, *STORED, *ONLY_GROWS):
        op.execute(statement)
    op.execute("ALTER TABLE ledger NO FORCE ROW LEVEL SECURITY")
    op.execute(FEED_ALL)
    op.execute("ALTER TABLE ledger FORCE ROW LEVEL SECURITY")
    for table in ("ledger_feed", "ledger_seals"):
        protect(table)
        open_to_worker(table)
