"""Which database this is: whatever was restored, promoted or made anew beside it is another one."""

from __future__ import annotations

from db.pool import Database

#: The cluster, its timeline (a promoted or restored server continues on another), and the database within it.
_IDENTITY = """
SELECT concat_ws('-', (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END,
    (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


async def identity(database: Database) -> str:
    """The same as long as it is the same history of the same data. Raises DatabaseUnavailable."""
    async with database.acquire() as connection:
        return str(await connection.fetchval(_IDENTITY))


async def answers(database: Database) -> None:
    """Raises where the database does not."""
    async with database.acquire() as connection:
        await connection.execute("SELECT 1")
