"""Adjustments that wait for approval: how long, how they end, and how they are found."""

from alembic import op

from db.migrations.protection import open_to_worker

revision = "0012"
down_revision = "0011"

COLUMNS = """
ALTER TABLE adjustments ADD COLUMN expires_at timestamptz, ADD COLUMN reference text COLLATE "C"
"""

# Who asks does not decide; who cancels asked. An adjustment that was applied at once was never decided.
DECISIONS = """
ALTER TABLE adjustments ADD CONSTRAINT adjustments_decision_check CHECK ((CASE status
    WHEN 'PENDING_APPROVAL' THEN decided_at IS NULL AND decided_by IS NULL AND version = 1
    WHEN 'APPLIED' THEN (decided_at IS NULL) = (decided_by IS NULL) AND decided_by IS DISTINCT FROM requested_by
    WHEN 'REJECTED' THEN decided_at IS NOT NULL AND decided_by <> requested_by
    WHEN 'CANCELLED' THEN decided_at IS NOT NULL AND decided_by = requested_by
    WHEN 'EXPIRED' THEN decided_at IS NOT NULL AND decided_by IS NULL AND expires_at <= decided_at
END) IS TRUE)
"""

INDEXES = (
    "CREATE INDEX adjustments_time ON adjustments (tenant_id, requested_at, id)",
    "CREATE INDEX adjustments_sku ON adjustments (tenant_id, sku, requested_at, id)",
    "CREATE INDEX adjustments_requester ON adjustments (tenant_id, requested_by, requested_at, id)",
    # What waits, without a look at what does not.
    """CREATE INDEX adjustments_pending ON adjustments (tenant_id, requested_at, id)
       WHERE status = 'PENDING_APPROVAL'""",
    # What is due, over all tenants.
    "CREATE INDEX adjustments_due ON adjustments (expires_at, tenant_id, id) WHERE status = 'PENDING_APPROVAL'",
)


def upgrade() -> None:
    for statement in (COLUMNS, DECISIONS, *INDEXES):
        op.execute(statement)
    open_to_worker("adjustments")
