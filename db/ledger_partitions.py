"""The ledger's partitions: one for each month (UTC) in which entries were recorded, made ahead by the table's owner.

They follow on one another without a gap: `ledger_earlier` holds what was recorded before the first month, and the last
month has no end until a next one is made. So every entry finds its place, even where nobody made a month in time.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from db.faults import NOT_ADMITTED, UNREACHABLE, DatabaseUnavailable, cannot_connect
from db.migrations.protection import LOCK_KEY, protection

EARLIER = "ledger_earlier"
MONTHS_AHEAD = 3
CONNECT_SECONDS = 10
COMMAND_SECONDS = 300
#: Nobody may write while a month is added. Who uses the ledger for longer is let finish, and the month tried again.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '1500ms'"

_NAME = re.compile(r"ledger_(\d{4})_(\d\d)")
_PARTITIONS = """
SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = 'ledger'::regclass
"""
_TRIGGER = """
CREATE TRIGGER ledger_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger()
"""


def month_of(moment: datetime) -> datetime:
    """The beginning of its month."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(moment: datetime) -> datetime:
    """The beginning of the month after its own."""
    begin = month_of(moment)
    return begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)


def name_of(month: datetime) -> str:
    return f"ledger_{month:%Y_%m}"


def begin_of(name: str) -> datetime | None:
    """When the first month of a partition begins; None: it has no beginning."""
    found = _NAME.fullmatch(name)
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC) if found else None


def only_grows(table: str) -> list[str]:
    """The statements that refuse changes of it to everybody, whatever is granted to them, replication included."""
    return [_TRIGGER.format(table=table), f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER ledger_only_grows"]


def making(begin: datetime | None, end: datetime | None) -> list[str]:
    """The statements that make a partition of entries recorded from `begin` on, up to `end`, where it has either."""
    table = EARLIER if begin is None else name_of(begin)
    made = f"CREATE TABLE {table} PARTITION OF ledger {bounds(begin, end)}"
    return [made, *only_grows(table), *protection(table)]


def bounds(begin: datetime | None, end: datetime | None) -> str:
    since = "MINVALUE" if begin is None else f"'{begin.isoformat()}'"
    until = "MAXVALUE" if end is None else f"'{end.isoformat()}'"
    return f"FOR VALUES FROM ({since}) TO ({until})"


async def partitions(connection: asyncpg.Connection) -> list[str]:
    """Their names in the order of time."""
    return sorted((row[0] for row in await connection.fetch(_PARTITIONS)), key=lambda name: (name != EARLIER, name))


class OwnedLedger:
    """Implements `workers.ports.LedgerMonths`, as the owner of the ledger. Raises DatabaseUnavailable."""

    def __init__(self, migration_url: str) -> None:
        self._url = migration_url

    async def make_ahead(self, months: int = MONTHS_AHEAD) -> int:
        """Make what is missing so that so many months after this one are there; how many are."""
        async with self._connected() as connection:
            while (ahead := await months_ahead(connection)) < months:
                if not await _add_month(connection):
                    break
            return ahead

    async def make_since(self, moment: datetime) -> bool:
        """Make the months from this moment's on, for entries that are to be recorded in the past; whether they are
        there. They cannot be made any more once something was recorded before the first month."""
        async with self._connected() as connection:
            return await _add_earlier_months(connection, month_of(moment))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            connection = await asyncpg.connect(
                self._url,
                timeout=CONNECT_SECONDS,
                command_timeout=COMMAND_SECONDS,
                server_settings={"application_name": "stockcast ledger owner", "timezone": "UTC"},
            )
        except (*UNREACHABLE, *NOT_ADMITTED) as fault:
            raise DatabaseUnavailable(cannot_connect(self._url, "MIGRATION_DATABASE_URL", fault)) from fault
        try:
            yield connection
        except asyncpg.LockNotAvailableError as fault:
            raise DatabaseUnavailable(f"The ledger is in use; its partitions are seen to later: {fault}") from fault
        finally:
            await connection.close()


async def months_ahead(connection: asyncpg.Connection) -> int:
    """How many months are there that have not begun yet, by the database's clock."""
    now = await connection.fetchval("SELECT clock_timestamp()")
    assert isinstance(now, datetime)
    begins = [begin_of(name) for name in await partitions(connection)]
    return sum(begin is not None and begin > now for begin in begins)


async def _add_month(connection: asyncpg.Connection) -> bool:
    """Give the last month an end, behind all that it holds, and make the next; False where another does it now."""
    async with connection.transaction():
        if not await _alone(connection):
            return False
        last = (await partitions(connection))[-1]
        await connection.execute(f"ALTER TABLE ledger DETACH PARTITION {last}")
        begin = begin_of(last)
        assert begin is not None
        end = month_after(max(begin, await _newest(connection, last) or begin))
        await _execute(
            connection, f"ALTER TABLE ledger ATTACH PARTITION {last} {bounds(begin, end)}", *making(end, None)
        )
    return True


async def _add_earlier_months(connection: asyncpg.Connection, begin: datetime) -> bool:
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK_KEY)
        first = begin_of((await partitions(connection))[1])
        assert first is not None
        if first <= begin:
            return True
        await _execute(connection, LOCK_TIMEOUT, f"ALTER TABLE ledger DETACH PARTITION {EARLIER}")
        empty = await _newest(connection, EARLIER) is None
        end = begin if empty else first
        await connection.execute(f"ALTER TABLE ledger ATTACH PARTITION {EARLIER} {bounds(None, end)}")
        while end < first:
            await _execute(connection, *making(end, month_after(end)))
            end = month_after(end)
        return empty


async def _alone(connection: asyncpg.Connection) -> bool:
    """Whether no other owner's process works on the schema; none does until the end of the transaction."""
    await connection.execute(LOCK_TIMEOUT)
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", LOCK_KEY))


async def _newest(connection: asyncpg.Connection, detached: str) -> datetime | None:
    """When the newest entry of a detached partition was recorded, whichever tenant's it is."""
    await connection.execute(f"ALTER TABLE {detached} NO FORCE ROW LEVEL SECURITY")
    newest = await connection.fetchval(f"SELECT max(recorded_at) FROM {detached}")
    await connection.execute(f"ALTER TABLE {detached} FORCE ROW LEVEL SECURITY")
    return newest


async def _execute(connection: asyncpg.Connection, *statements: str) -> None:
    for statement in statements:
        await connection.execute(statement)
