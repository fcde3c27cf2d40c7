"""Indexes for lists of the ledger by what they may be narrowed to (`db.read_models.ledger_ways`)."""

from alembic import op

revision = "0011"
down_revision = "0010"

# The two latter cost the entries of orders nothing: these have no reason, and are not of a rare kind.
INDEXES = (
    "CREATE INDEX ledger_location ON ledger (tenant_id, location, occurred_at, id)",
    "CREATE INDEX ledger_actor ON ledger (tenant_id, actor, occurred_at, id)",
    "CREATE INDEX ledger_reason ON ledger (tenant_id, reason_code, occurred_at, id) WHERE reason_code IS NOT NULL",
    """CREATE INDEX ledger_kind ON ledger (tenant_id, kind, occurred_at, id)
       WHERE kind NOT IN ('ALLOCATION', 'DEALLOCATION', 'PICK')""",
)


def upgrade() -> None:
    for statement in INDEXES:
        op.execute(statement)
