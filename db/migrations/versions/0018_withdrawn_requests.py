"""What somebody has withdrawn of late, which is bounded for vendors."""

from alembic import op

revision = "0018"
down_revision = "0017"

INDEX = """
CREATE INDEX adjustments_withdrawn ON adjustments (tenant_id, requested_by, decided_at) WHERE status = 'CANCELLED'
"""


def upgrade() -> None:
    op.execute(INDEX)
