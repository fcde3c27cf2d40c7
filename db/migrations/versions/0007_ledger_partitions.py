"""The ledger in partitions, one for each month in which entries were recorded."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from db.ledger_partitions import EARLIER, MONTHS_AHEAD, bounds, making, month_after, month_of, only_grows
from db.migrations.protection import protect

revision = "0007"
down_revision = "0006"

# What was recorded so far stays where it is and becomes the first partition: nothing is copied, however much it is.
INDEXES = ("ledger_pkey", "ledger_place", "ledger_time", "ledger_reference")
SET_ASIDE = (
    "DROP TRIGGER ledger_only_grows ON ledger",
    f"ALTER TABLE ledger RENAME TO {EARLIER}",
    *(f"ALTER INDEX {name} RENAME TO {name.replace('ledger', EARLIER)}" for name in INDEXES),
)
LEDGER = f"""
CREATE TABLE ledger (
    LIKE {EARLIER} INCLUDING CONSTRAINTS,
    PRIMARY KEY (tenant_id, recorded_at, id)
) PARTITION BY RANGE (recorded_at)
"""
MADE_ANEW = (
    "CREATE INDEX ledger_place ON ledger (tenant_id, sku, location, occurred_at, id)",
    "CREATE INDEX ledger_time ON ledger (tenant_id, occurred_at, id)",
    "CREATE INDEX ledger_reference ON ledger (tenant_id, reference, occurred_at, id) WHERE reference IS NOT NULL",
)


def upgrade() -> None:
    _execute(*SET_ASIDE, LEDGER, *MADE_ANEW)
    month = _first_month()
    _execute(f"ALTER TABLE ledger ATTACH PARTITION {EARLIER} {bounds(None, month)}")
    for _ in range(MONTHS_AHEAD):
        _execute(*making(month, month_after(month)))
        month = month_after(month)
    _execute(*making(month, None), *only_grows("ledger"), *only_grows(EARLIER))
    protect("ledger")


def _first_month() -> datetime:
    """The present month, or the one after the newest entry's."""
    _execute(f"ALTER TABLE {EARLIER} NO FORCE ROW LEVEL SECURITY")
    now, newest = op.get_bind().execute(sa.text(f"SELECT clock_timestamp(), max(recorded_at) FROM {EARLIER}")).one()
    _execute(f"ALTER TABLE {EARLIER} FORCE ROW LEVEL SECURITY")
    return month_of(now) if newest is None else month_after(max(newest, month_of(now)))


def _execute(*statements: str) -> None:
    for statement in statements:
        op.execute(statement)
