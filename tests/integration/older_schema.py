"""A database whose schema is that of an older version."""

from __future__ import annotations

import asyncio

import asyncpg
from alembic import command
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from db import migrations
from db.migrations.roles import ensure_roles
from server.embedded.database import Addresses


def migrate_to(addresses: Addresses, revision: str) -> None:
    """To an older revision, as the owner."""

    def upgrade(connection: Connection) -> None:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    async def run() -> None:
        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(addresses.owner_url), poolclass=NullPool
        )
        owner = await asyncpg.connect(addresses.owner_url)
        await ensure_roles(owner, addresses.application_url)
        await owner.close()
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
            await connection.commit()
        await engine.dispose()

    asyncio.run(run())
