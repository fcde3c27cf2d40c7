"""Whether the database has the schema that this code expects."""

from __future__ import annotations

import asyncpg

from db.faults import DatabaseFault
from db.migrations import older_revisions
from db.pool import Database


class SchemaOutdated(DatabaseFault):
    """A migration is missing; the text names the remedy."""


async def check_schema(database: Database) -> None:
    """Raises SchemaOutdated where a migration of ours is missing.

    A newer schema passes: processes of the version before go on while those of the next one take over.
    """
    try:
        async with database.acquire() as connection:
            found = {row[0] for row in await connection.fetch("SELECT version_num FROM alembic_version")}
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        found = set()
    if not found or found & older_revisions():
        told = f"is at revision {', '.join(sorted(found))}" if found else "was never migrated"
        remedy = "run `.venv/bin/python -m server migrate`."
        raise SchemaOutdated(f"The database {told}, this version needs a newer one: {remedy}")
