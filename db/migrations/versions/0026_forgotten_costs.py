"""SKUs of which costs in another money are to be forgotten, where months are archived from which nothing is read again.

Of a change of currency that a process of the version before takes note of, they stay as they were.
"""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute("ALTER TABLE rollup_queue ADD COLUMN forget_costs boolean NOT NULL DEFAULT false")
