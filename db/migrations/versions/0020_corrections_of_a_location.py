"""The index for lists of adjustments by where they are."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("CREATE INDEX adjustments_location ON adjustments (tenant_id, location, requested_at, id)")
