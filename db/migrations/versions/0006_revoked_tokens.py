"""Ids of tokens that no longer count, until they would have expired anyway."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0006"
down_revision = "0005"

# A row of the tenant 00000000-0000-0000-0000-000000000000 counts for every tenant. Without `expires_at` it is kept.
REVOKED_TOKENS = """
CREATE TABLE revoked_tokens (
    tenant_id  uuid NOT NULL,
    token_id   text COLLATE "C" NOT NULL CHECK (length(token_id) BETWEEN 1 AND 200),
    revoked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    PRIMARY KEY (tenant_id, token_id)
)
"""

INDEXES = (
    "CREATE INDEX revoked_tokens_new ON revoked_tokens (revoked_at)",
    "CREATE INDEX revoked_tokens_old ON revoked_tokens (expires_at) WHERE expires_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in (REVOKED_TOKENS, *INDEXES):
        op.execute(statement)
    protect("revoked_tokens")
    open_to_worker("revoked_tokens")
