"""`verify-ledger`: walks every link of the tenants' chains of seals, names the first entry that is not as it was."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import asyncpg

from db.faults import NOT_ADMITTED, UNREACHABLE, DatabaseUnavailable, cannot_connect
from db.ledger_check import LedgerCheck, Report
from db.ledger_seals import Seals
from db.pool import CONNECT_SECONDS, SERVER_SETTINGS, Database
from db.worker_session import WorkerSession
from domain.identity import tenant_id
from server.demo.progress import Display, display
from server.ledger_heads import verifier
from server.settings import Settings, SettingsError
from services.seal_check import BadWitness
from workers.head_file import HeadWitness

NO_WITNESS = (
    "LEDGER_HEAD_FILE is not set: that the end of a chain was cut off, or all of it rewritten, cannot be found here."
)
#: Longer than that nothing waits where a worker seals.
WAITING_S_MAX = 60.0


class UnknownTenant(Exception):
    """The tenant that was named is not there; the text names the remedy."""


def verify(settings: Settings, slug: str | None) -> int:
    """Check the ledger of one tenant, or of all; 1 where something is wrong. Raises SettingsError and UnknownTenant."""
    witness = _witness(settings)
    return asyncio.run(_verify(settings, slug, witness, display()))


def _witness(settings: Settings) -> HeadWitness | None:
    if settings.ledger_head_file is None:
        return None
    if settings.ledger_key_file is None:
        raise SettingsError("LEDGER_KEY_FILE is not set: name the key of LEDGER_HEAD_FILE; its public half is enough.")
    try:
        witness = HeadWitness(settings.ledger_head_file, verifier(settings.ledger_key_file))
        if witness.believed:
            return witness
        raise BadWitness(
            f"no line of it is signed with the key in LEDGER_KEY_FILE {settings.ledger_key_file}: see that both are "
            "those that the workers have"
        )
    except OSError as error:
        raise SettingsError(
            f"LEDGER_HEAD_FILE {settings.ledger_head_file} cannot be read ({error.strerror})."
        ) from error
    except BadWitness as error:
        raise SettingsError(f"LEDGER_HEAD_FILE {settings.ledger_head_file}: {error}.") from error


async def _verify(settings: Settings, slug: str | None, witness: HeadWitness | None, shown: Display) -> int:
    if witness is None:
        shown.say(NO_WITNESS)
    async with AsyncExitStack() as stack:
        tenants = [tenant_id(slug)] if slug else await _tenants(stack, settings, witness)
        connection = await _connected(settings)
        stack.push_async_callback(connection.close)
        wrong = False
        for tenant in tenants:
            await connection.execute("SELECT set_config('app.tenant', $1, false)", str(tenant))
            name = await connection.fetchval("SELECT slug FROM tenants WHERE tenant_id = $1", tenant)
            if slug and name is None:
                raise UnknownTenant(f"there is no tenant '{slug}': see that --tenant is right.")
            check = LedgerCheck(connection, tenant, witness.of(tenant) if witness else None)
            report = await _checked(check, name or str(tenant), shown)
            shown.say("\n".join(_lines(name or str(tenant), report)))
            wrong = wrong or report.faults > 0
        return 1 if wrong else 0


async def _tenants(stack: AsyncExitStack, settings: Settings, witness: HeadWitness | None) -> list[UUID]:
    """All that have a ledger, or had one."""
    database = await Database.connect(settings.database_url, size=1)
    stack.push_async_callback(database.close)
    session = WorkerSession(database)
    stack.push_async_callback(session.close)
    seals = Seals(database, session)
    found = {*await seals.waiting(), *await seals.heads(), *(witness.tenants if witness else ())}
    return sorted(found)


async def _connected(settings: Settings) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(settings.database_url, timeout=CONNECT_SECONDS, server_settings=SERVER_SETTINGS)
    except (*UNREACHABLE, *NOT_ADMITTED) as fault:
        raise DatabaseUnavailable(cannot_connect(settings.database_url, "DATABASE_URL", fault)) from fault


async def _checked(check: LedgerCheck, name: str, shown: Display) -> Report:
    last = await check.last()
    with shown.step(f"Ledger of {name}") as step:
        async for report in check.walk():
            step.progress(report.blocks, max(last, report.blocks), "blocks")
    return check.report


def _lines(name: str, report: Report) -> list[str]:
    waiting = f"{report.waiting:,} wait to be sealed"
    if report.waiting:
        waiting += f", the first for {report.waiting_s:.0f} s"
    if report.waiting_s > WAITING_S_MAX:
        waiting += " (does a worker run?)"
    known = "nothing is kept outside" if report.known is None else f"known outside up to block {report.known:,}"
    walked = f"{report.entries:,} entries in {report.blocks:,} blocks, {waiting}; {known}"
    if not report.faults:
        return [f"{name}: in order: {walked}."]
    more = report.faults - len(report.named)
    faults = f"{report.faults:,} fault{'' if report.faults == 1 else 's'}"
    return [
        f"{name}: WRONG: {walked}; {faults}, the first: {report.named[0]}",
        *(f"  {sentence}" for sentence in report.named[1:]),
        *([f"  and {more:,} more"] if more else []),
    ]
