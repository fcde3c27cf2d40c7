"""Invariants: what must hold of every tenant's books, checked by SQL over the whole of them.

I1: each level is the sum of its ledger entries, its last entry tells its balances and a version no higher than its own,
what it has allocated is what reservations hold of it, and what it has incoming is on its way to it by a transfer. I2:
no quantity and no available-to-promise is below zero. I3: each reservation is in the one state that its lines tell, and
an order has at most one that stands. I6: sealed blocks follow on one another, and each entry is sealed once or waits
for it. I7: what a key did is there. I9: who asks does not decide, and what moved by hand was applied. Alerts: each
level names those of its own that stand, and none is missing. The outbox: its rows lie in the shard of their key, and
the versions of one thing rise in the order in which they will be sent. Webhooks: each is told of a thing once, and what
is said to be delivered was taken.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple
from uuid import UUID

import asyncpg

from db.invariants import (
    adjustments,
    alerts,
    cycle_counts,
    keys,
    levels,
    outbox,
    reservations,
    seals,
    transfers,
    webhooks,
)
from db.outbox_events import shard_of

#: Sentences told of one rule for one tenant.
TOLD_MAX = 20


class _Rule(NamedTuple):
    """A statement that finds what is wrong, and the tables that it reads."""

    name: str
    sql: str
    tables: frozenset[str]


_LEDGER = frozenset({"ledger", "ledger_openings", "stock_levels"})
_RESERVATIONS = frozenset({"reservations", "reservation_lines"})
_TRANSFERS = frozenset({"transfers"})
_ADJUSTMENTS = frozenset({"adjustments", "ledger"})
_SEALS = frozenset({"ledger", "ledger_seals", "ledger_feed"})
_DECISIONS = frozenset({"decisions", "reservations", "adjustments", "transfers", "cycle_counts"})
_CYCLE_COUNTS = frozenset({"cycle_counts", "cycle_count_lines", "adjustments"})
_ALERTS = frozenset({"alerts", "stock_levels", "items"})
_OUTBOX = frozenset({"outbox"})
_WEBHOOKS = frozenset({"webhook_deliveries", "webhook_messages"})

_RULES = (
    _Rule("I1", levels.SUMS, _LEDGER),
    _Rule("I1", levels.LAST, _LEDGER),
    _Rule("I1", levels.STEPS, _LEDGER),
    _Rule("I1", reservations.HELD, _RESERVATIONS | {"stock_levels"}),
    _Rule("I1", transfers.INCOMING, _TRANSFERS | {"stock_levels"}),
    _Rule("I1", transfers.STATUS, _TRANSFERS),
    _Rule("I2", levels.NEGATIVE, _LEDGER),
    _Rule("I3", reservations.LINES, _RESERVATIONS),
    _Rule("I3", reservations.STATUS, _RESERVATIONS),
    _Rule("I3", reservations.EXPIRY, _RESERVATIONS),
    _Rule("I3", reservations.STANDING, _RESERVATIONS),
    _Rule("I3", reservations.WANTS, _RESERVATIONS),
    _Rule("I6", seals.LINKS, _SEALS),
    _Rule("I6", seals.PLACES, _SEALS),
    _Rule("I7", keys.RESERVATIONS, _DECISIONS),
    _Rule("I7", keys.ADJUSTMENTS, _DECISIONS),
    _Rule("I7", keys.TRANSFERS, _DECISIONS),
    _Rule("I7", keys.CYCLE_COUNTS, _DECISIONS),
    _Rule("I7", cycle_counts.COUNTED, _CYCLE_COUNTS),
    _Rule("I7", keys.TWICE, _DECISIONS),
    _Rule("I7", keys.STEPS, _DECISIONS),
    _Rule("I7", keys.VERDICTS, _DECISIONS),
    _Rule("I9", adjustments.DECIDERS, _ADJUSTMENTS),
    _Rule("I9", adjustments.MOVED, _ADJUSTMENTS),
    _Rule("alerts", alerts.STANDING, _ALERTS),
    _Rule("alerts", alerts.MISSING, _ALERTS),
    _Rule("outbox", outbox.ORDER, _OUTBOX),
    _Rule("webhooks", webhooks.TWICE, _WEBHOOKS),
    _Rule("webhooks", webhooks.UNWRITTEN, _WEBHOOKS),
    _Rule("webhooks", webhooks.IDLE, _WEBHOOKS),
    _Rule("webhooks", webhooks.TAKEN, _WEBHOOKS),
)
#: Whole tables are compared, some of them filled a moment ago: a plan made for a few rows would never end.
_WHOLE_TABLES = {"enable_nestloop": "off", "jit": "off", "work_mem": "64MB"}
_TABLES = sorted(set().union(*(rule.tables for rule in _RULES)))
_READABLE = "SELECT relname FROM pg_class WHERE relname = ANY ($1) AND has_table_privilege(oid, 'SELECT')"


async def violations(connection: asyncpg.Connection, tenants: Collection[UUID] | None = None) -> list[str]:
    """A sentence for each fault found, at most TOLD_MAX a rule and tenant; empty when the books are right.

    A superuser's connection checks every tenant. Another sees only the tenant its session is set for, unless `tenants`
    are named: the session is then set for one after the other. What the role may not read is not checked.
    """
    set_before = await connection.fetchval("SELECT current_setting('app.tenant', true)")
    found: list[str] = []
    async with _as(connection, {**_WHOLE_TABLES, "app.tenant": set_before or ""}):
        for tenant in await _seen(connection, set_before) if tenants is None else tenants:
            await connection.execute("SELECT set_config('app.tenant', $1, false)", str(tenant))
            found += await _of_tenant(connection, tenant)
    return found


@asynccontextmanager
async def _as(connection: asyncpg.Connection, settings: Mapping[str, str]) -> AsyncIterator[None]:
    """The session with these settings, and afterwards with those that it had."""
    before = [(name, await connection.fetchval("SELECT current_setting($1, true)", name) or "") for name in settings]
    try:
        await _set(connection, settings.items())
        yield
    finally:
        await _set(connection, before)


async def _set(connection: asyncpg.Connection, settings: Iterable[tuple[str, str]]) -> None:
    for name, value in settings:
        await connection.execute("SELECT set_config($1, $2, false)", name, value)


async def _seen(connection: asyncpg.Connection, tenant: str | None) -> list[UUID]:
    """The tenants that this session sees. Raises ValueError where it sees none because it is set for none."""
    sees_all = await connection.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    if not (sees_all or tenant):
        raise ValueError("this role sees one tenant at a time: name the tenants, or connect as a superuser")
    return [row[0] for row in await connection.fetch("SELECT tenant_id FROM tenants ORDER BY slug")]


async def _of_tenant(connection: asyncpg.Connection, tenant: UUID) -> list[str]:
    found: list[str] = []
    readable = {row[0] for row in await connection.fetch(_READABLE, _TABLES)}
    for rule in _RULES:
        if rule.tables <= readable:
            found += [f"{rule.name}: {row[0]}" for row in await connection.fetch(rule.sql, tenant, TOLD_MAX)]
    if readable >= _OUTBOX:
        found += await _misplaced(connection, tenant)
    return found


async def _misplaced(connection: asyncpg.Connection, tenant: UUID) -> list[str]:
    """Keys whose rows lie in the shard of another: what only Python can compute."""
    return [
        f"outbox: the key {key} lies in shard {shard} instead of {shard_of(tenant, key)}"
        for key, shard in await connection.fetch(outbox.KEYS, tenant)
        if shard != shard_of(tenant, key)
    ]
