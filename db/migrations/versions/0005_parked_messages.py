"""Messages of other systems that cannot be taken now, each lane (tenant, topic, key) in the order of their coming; and
events of ours that Kafka does not take, when they were put aside.
"""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0005"
down_revision = "0004"

# `next_try_at` is that of the first message of its lane; those behind it have none. `sent_at_ms` tells a message from
# one at the same place of a topic that was deleted and made anew.
PARKED_MESSAGES = """
CREATE TABLE parked_messages (
    tenant_id      uuid NOT NULL,
    id             bigint GENERATED ALWAYS AS IDENTITY,
    topic          text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    partition      integer NOT NULL,
    message_offset bigint NOT NULL,
    sent_at_ms     bigint NOT NULL,
    message_key    bytea,
    headers        bytea NOT NULL,
    value          bytea,
    reason         text NOT NULL,
    parked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts       integer NOT NULL DEFAULT 0,
    next_try_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, topic, partition, message_offset, sent_at_ms)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)
"""

INDEXES = (
    "CREATE INDEX parked_messages_lane ON parked_messages (tenant_id, topic, key, id)",
    "CREATE INDEX parked_messages_due ON parked_messages (next_try_at) WHERE next_try_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in (PARKED_MESSAGES, *INDEXES):
        op.execute(statement)
    op.execute("ALTER TABLE outbox ADD COLUMN put_aside_at timestamptz")
    protect("parked_messages")
    open_to_worker("parked_messages")
