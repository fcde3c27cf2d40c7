"""Roles and databases on a server we may rule: an owner that migrates, and an application that owns nothing."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import asyncpg

OWNER = "stockcast_owner"
APPLICATION = "stockcast_app"
CONNECT_SECONDS = 10
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Passwords:
    """One for each role; letters, digits, `-` and `_` only."""

    owner: str
    application: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """The three ways into one database, each `postgresql://user:password@host:port/name`."""

    superuser_url: str
    owner_url: str
    application_url: str


def addresses(superuser_url: str, database: str, passwords: Passwords) -> Addresses:
    """The URLs of `database` on the server of `superuser_url`."""
    parts = urlsplit(superuser_url)
    host = f"{parts.hostname}:{parts.port}"

    def url(user: str, password: str) -> str:
        return f"postgresql://{user}:{quote(password)}@{host}/{database}"

    return Addresses(
        url(parts.username or "", parts.password or ""),
        url(OWNER, passwords.owner),
        url(APPLICATION, passwords.application),
    )


def provision(superuser_url: str, database: str, passwords: Passwords) -> Addresses:
    """Create the two roles and the database where they are missing; set the passwords. Safe to repeat."""
    run(_provision(superuser_url, database, passwords))
    return addresses(superuser_url, database, passwords)


def execute(url: str, *statements: str) -> None:
    """Run statements one by one, each in a transaction of its own."""
    run(_execute(url, statements))


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end from code without an event loop, leaving the thread's own loop alone."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _provision(superuser_url: str, database: str, passwords: Passwords) -> None:
    connection = await asyncpg.connect(superuser_url, timeout=CONNECT_SECONDS)
    try:
        await _role(connection, OWNER, "LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS", passwords.owner)
        await _role(connection, APPLICATION, "LOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS", passwords.application)
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}" OWNER {OWNER}')
    finally:
        await connection.close()


async def _role(connection: asyncpg.Connection, name: str, attributes: str, password: str) -> None:
    known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if known else "CREATE"
    await connection.execute(f"{verb} ROLE {name} {attributes} PASSWORD '{password}'")


async def _execute(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
