"""The database's roles: made where they are missing, by several databases of one server at once if need be."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote, urlsplit

import asyncpg

from db.faults import MigrationError
from db.pool import WORKER_ROLE

#: Roles belong to the whole server: another database's migration may touch the same one at the same moment.
ATTEMPTS = 20
PAUSE_SECONDS = 0.05


async def ensure_roles(connection: asyncpg.Connection, application_url: str) -> str:
    """Make the application's role and the worker's, and let the one step into the other; the application's name."""
    parts = urlsplit(application_url)
    application, password = unquote(parts.username or ""), unquote(parts.password or "")
    await _refuse_unfit(connection, application)
    await _ensure_role(connection, application, f"LOGIN NOINHERIT PASSWORD {_literal(password)}")
    await _ensure_role(connection, WORKER_ROLE, "NOLOGIN")
    await _ensure_membership(connection, application)
    return application


async def _refuse_unfit(connection: asyncpg.Connection, application: str) -> None:
    if not application:
        raise MigrationError(
            "DATABASE_URL names no user: give the application's role, like postgresql://stockcast_app:secret@host/name."
        )
    if application == await connection.fetchval("SELECT current_user"):
        raise MigrationError(
            f"DATABASE_URL and MIGRATION_DATABASE_URL both name the role {application}, which could change what no "
            "application may: give DATABASE_URL a role of its own; it is created when it is missing."
        )
    if await connection.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = $1", application):
        raise MigrationError(
            f"The application's role {application} is a superuser or bypasses row-level security, so that no tenant "
            "would be safe from another: name an ordinary role in DATABASE_URL."
        )


async def _ensure_role(connection: asyncpg.Connection, role: str, attributes: str) -> None:
    for _ in range(ATTEMPTS):
        if await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            return
        try:
            await connection.execute(f"CREATE ROLE {_name(role)} {attributes}")
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            await asyncio.sleep(PAUSE_SECONDS)
        except asyncpg.InsufficientPrivilegeError as fault:
            raise MigrationError(
                f"The owner may not create the role {role}: create it as a superuser (CREATE ROLE {_name(role)} "
                f"{attributes.split(' PASSWORD')[0]}), or give the owner CREATEROLE."
            ) from fault


async def _ensure_membership(connection: asyncpg.Connection, application: str) -> None:
    """SET ROLE gives the worker's rights to the application; being a member alone gives none."""
    told = connection.get_server_version().major >= 16  # before, NOINHERIT of the application says it
    statement = f"GRANT {WORKER_ROLE} TO {_name(application)}" + (" WITH INHERIT FALSE, SET TRUE" if told else "")
    for attempt in range(ATTEMPTS):
        if await connection.fetchval(_IS_MEMBER, application, WORKER_ROLE):
            return
        try:
            await connection.execute(statement)
        except (asyncpg.UniqueViolationError, asyncpg.InternalServerError):  # "tuple concurrently updated"
            if attempt == ATTEMPTS - 1:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
        except asyncpg.InsufficientPrivilegeError as fault:
            raise MigrationError(
                f"The owner may not grant {WORKER_ROLE} to {application}: run `{statement}` as a superuser, once."
            ) from fault


_IS_MEMBER = """
SELECT true FROM pg_auth_members m JOIN pg_roles a ON a.oid = m.member JOIN pg_roles w ON w.oid = m.roleid
WHERE a.rolname = $1 AND w.rolname = $2
"""


def _name(role: str) -> str:
    return '"' + role.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
