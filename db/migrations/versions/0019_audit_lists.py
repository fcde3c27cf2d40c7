"""Indexes for the audit log by who did something and by what was done."""

from alembic import op

revision = "0019"
down_revision = "0018"

INDEXES = (
    "CREATE INDEX audit_log_actor ON audit_log (tenant_id, actor, recorded_at, id)",
    "CREATE INDEX audit_log_action ON audit_log (tenant_id, action, recorded_at, id)",
)


def upgrade() -> None:
    for statement in INDEXES:
        op.execute(statement)
