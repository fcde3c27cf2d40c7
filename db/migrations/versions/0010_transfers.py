"""Transfers between locations."""

from alembic import op

from db.migrations.protection import protect

revision = "0010"
down_revision = "0009"

TRANSFERS = """
CREATE TABLE transfers (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    sku         text COLLATE "C" NOT NULL,
    origin      text COLLATE "C" NOT NULL,
    destination text COLLATE "C" NOT NULL,
    quantity    integer NOT NULL CHECK (quantity BETWEEN 1 AND 100000000),
    reference   text COLLATE "C",
    created_at  timestamptz NOT NULL,
    received    integer NOT NULL,
    status      text COLLATE "C" NOT NULL CHECK (status IN ('IN_TRANSIT', 'RECEIVED', 'CANCELLED')),
    updated_at  timestamptz NOT NULL,
    version     bigint NOT NULL CHECK (version >= 1),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT transfers_places_check CHECK (origin <> destination),
    CONSTRAINT transfers_received_check CHECK (received BETWEEN 0 AND quantity),
    CONSTRAINT transfers_status_received_check CHECK ((status = 'RECEIVED') = (received = quantity))
) WITH (fillfactor = 90)
"""

INDEXES = (
    "CREATE INDEX transfers_sku ON transfers (tenant_id, sku, id)",
    # What is on its way to a location, without a look at what has arrived.
    "CREATE INDEX transfers_coming ON transfers (tenant_id, destination, id) WHERE status = 'IN_TRANSIT'",
)


def upgrade() -> None:
    for statement in (TRANSFERS, *INDEXES):
        op.execute(statement)
    protect("transfers")
