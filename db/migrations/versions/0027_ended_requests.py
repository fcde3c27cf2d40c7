"""Requests for corrections that have ended, the last first: by an index, which holds nothing that never waited."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("CREATE INDEX adjustments_ended ON adjustments (tenant_id, decided_at, id) WHERE decided_at IS NOT NULL")
