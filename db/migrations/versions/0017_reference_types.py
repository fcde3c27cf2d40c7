"""What kind of document a correction was asked with, so that its approval's entry in the ledger names the same."""

from alembic import op

revision = "0017"
down_revision = "0016"

# Requests from before have none: what they are told by says it, as it did.
COLUMN = 'ALTER TABLE adjustments ADD COLUMN reference_type text COLLATE "C"'


def upgrade() -> None:
    op.execute(COLUMN)
