"""How many alerts stand, over all tenants, for whoever watches the system: by an index, which holds no others."""

from alembic import op

from db.migrations.protection import open_to_worker

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("CREATE INDEX alerts_standing_kind ON alerts (kind) WHERE status <> 'RESOLVED'")
    open_to_worker("alerts")
