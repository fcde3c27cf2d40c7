"""What webhooks are sent, kept once for all that are sent it; what is due next found by its time."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0024"
down_revision = "0023"

#: What becomes of processes of the version before: they keep and read what is sent with each delivery.
ALONE = "would go on writing messages to where nobody finds them"

MESSAGES = """
CREATE TABLE webhook_messages (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    payload     text NOT NULL,
    traceparent text COLLATE "C",
    PRIMARY KEY (tenant_id, id)
)
"""

MOVE = """
INSERT INTO webhook_messages (tenant_id, id, payload)
SELECT DISTINCT ON (tenant_id, message_id) tenant_id, message_id, payload
FROM webhook_deliveries ORDER BY tenant_id, message_id, created_at
"""

INDEXES = (
    "CREATE INDEX webhook_deliveries_message ON webhook_deliveries (tenant_id, message_id)",
    # What is due, of all webhooks, the longest due first: what waits for later costs a look nothing.
    "CREATE INDEX webhook_deliveries_next ON webhook_deliveries (next_attempt_at, tenant_id, webhook_id) "
    "WHERE state = 'PENDING'",
)


def upgrade() -> None:
    op.execute(MESSAGES)
    op.execute("ALTER TABLE webhook_deliveries NO FORCE ROW LEVEL SECURITY")
    op.execute(MOVE)
    op.execute("ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE webhook_deliveries DROP COLUMN payload")
    for statement in INDEXES:
        op.execute(statement)
    protect("webhook_messages")
    open_to_worker("webhook_messages")
