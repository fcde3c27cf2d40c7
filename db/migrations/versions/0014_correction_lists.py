"""Indexes for lists of adjustments and transfers by what they may be narrowed to."""

from alembic import op

revision = "0014"
down_revision = "0013"

INDEXES = (
    "CREATE INDEX adjustments_reason ON adjustments (tenant_id, reason_code, requested_at, id)",
    "CREATE INDEX adjustments_status ON adjustments (tenant_id, status, requested_at, id)",
    "CREATE INDEX transfers_origin ON transfers (tenant_id, origin, id)",
    "CREATE INDEX transfers_reference ON transfers (tenant_id, reference, id) WHERE reference IS NOT NULL",
)


def upgrade() -> None:
    for statement in INDEXES:
        op.execute(statement)
