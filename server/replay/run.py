"""`replay`: a retailer's file of sales played through the services of a running system, then checked by SQL."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from random import SystemRandom
from typing import NamedTuple

from db.bulk import load
from db.faults import DatabaseFault
from db.invariants import violations
from db.pool import Database
from db.read_models import PostgresReads
from db.unit_of_work import PostgresUnitOfWork
from domain.access import Caller, Role
from domain.identity import tenant_id
from domain.locations import Location
from domain.reasons import DEFAULT_REASON_CODES
from domain.tenants import Tenant
from server.demo.progress import Display, display
from server.ids import new_id
from server.nudging import nudging
from server.replay.documents import Document, documents
from server.replay.player import LOCATION, Player
from server.replay.rows import DATE_WANTED, RetailFileError, read
from server.replay.summary import Summary
from server.replay.survey import Survey, survey
from server.settings import Settings
from services.group_commit import Batches, GroupCommit

SLUG = "retail"
TENANT = Tenant(tenant_id(SLUG), SLUG, "Online Retail", "Europe/London", "GBP", LOCATION)
CALLER = Caller(TENANT.id, SLUG, "replay", frozenset({Role.SYSTEM, Role.MANAGER}))
POOL_SIZE = 8
#: One lane decides in the order in which it is asked. No batch waits for another, so a batch gathers what it can.
BATCHES = Batches(lanes=1)
#: The exit status after Ctrl-C, as shells count it.
STOPPED = 130


async def replay(settings: Settings, file: Path | None, speed: str, shown: Display | None = None) -> int:
    """Play the file as fast as possible (`max`) or N times faster than life; the exit status.

    0: played, invariants hold. 1: an invariant is violated, no row was usable, or the system could not be used.
    2: no such file. 130: it was stopped. A run that was cut off continues where it was when it is started again.
    """
    shown = shown or display()
    try:
        with shown.step("Reading the file") as step:
            surveyed = await asyncio.to_thread(survey, file)
            step.note(f"{surveyed.tally.rows:,} rows, {len(surveyed.skus):,} SKUs, {surveyed.orders:,} orders")
        if not surveyed.documents:
            return _failed(_unusable(surveyed), 1)
        return await _replay(settings, file, speed, surveyed, shown)
    except RetailFileError as error:
        return _failed(str(error), 2)
    except DatabaseFault as error:
        return _failed(f"{error} Run the same command again: it goes on where it stopped.", 1)
    except asyncio.CancelledError:
        return _failed("The replay was stopped: the same command goes on where it stopped.", STOPPED)


def _failed(message: str, status: int) -> int:
    sys.stderr.write(f"stockcast: {message}\n")
    return status


def _unusable(surveyed: Survey) -> str:
    """Why there is nothing to play; the first malformed row tells what is wrong with all of them."""
    tally = surveyed.tally
    first = f", the first at {tally.problems[0]}" if tally.problems else ""
    return (
        f"None of the file's {tally.rows:,} rows can be played ({tally.malformed:,} are malformed{first}); "
        f"InvoiceDate is wanted in ISO form, such as {DATE_WANTED}."
    )


async def _replay(settings: Settings, file: Path | None, speed: str, surveyed: Survey, shown: Display) -> int:
    database = await Database.connect(settings.database_url, size=POOL_SIZE)
    try:
        async with nudging(settings) as nudge:
            units = PostgresUnitOfWork(database, random=SystemRandom(), nudge=nudge)
            commits, summary = GroupCommit(units, new_id, BATCHES), Summary()
            player = Player(surveyed, CALLER, units, commits, new_id, _pace(surveyed, speed), summary)
            before, began = await _done(database), time.monotonic()
            try:
                await _play(player, file, surveyed, database, shown)
            finally:
                await commits.finish()
            seconds, after = time.monotonic() - began, await _done(database)
            summary.new_changes, summary.new_lives = after.changes - before.changes, after.lives - before.lives
        return await _tell(summary, surveyed, seconds, database, shown)
    except ExceptionGroup as group:
        raise _first(group) from group
    finally:
        await database.close()


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Of several that failed together, the first one's own exception."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first


class _Done(NamedTuple):
    """Movements that the replay's ledger entries tell of, one each; and reservations that were shipped."""

    changes: int
    lives: int


_DONE = """
SELECT (SELECT count(*) FROM ledger WHERE tenant_id = $1 AND actor = $2),
    (SELECT count(*) FROM reservations WHERE tenant_id = $1 AND status = 'COMMITTED')
"""


async def _done(database: Database) -> _Done:
    """So far, by this run and earlier ones; a decision given again did nothing."""
    [row] = await database.fetch(TENANT.id, _DONE, [TENANT.id, CALLER.subject])
    return _Done(*row)


async def _play(player: Player, file: Path | None, surveyed: Survey, database: Database, shown: Display) -> None:
    token = f".venv/bin/python -m server token --tenant {SLUG} --role analyst"
    shown.say(f"Tenant {SLUG} ({TENANT.name}). A token to watch it: {token}")
    await ensure_tenant(database)
    skus = len(surveyed.skus)
    with shown.step("Items") as step:
        await player.describe(lambda done: step.progress(done, skus, "items"))
    with shown.step("Opening receipts"):
        await player.open()
    with shown.step("Documents") as step:
        done = 0

        def told() -> None:
            nonlocal done
            done += 1
            step.progress(done, surveyed.documents, f"documents, {day:%d %b %Y}")

        for day, group in groupby(documents(read(file)), key=_day):
            await player.play(day, list(group), told)


def _day(document: Document) -> date:
    return document.at.date()


async def ensure_tenant(database: Database) -> None:
    """Make the retailer's tenant with its one location, or leave it as it is."""
    if await PostgresReads(database).catalog.tenant(TENANT.id) is None:
        location = Location(new_id(), LOCATION, "Main warehouse", version=1)
        await load(database, TENANT, locations=[location], reason_codes=DEFAULT_REASON_CODES)


def _pace(surveyed: Survey, speed: str) -> Callable[[datetime], Awaitable[None]]:
    """Waits until a document's time has come; at `max` it always has."""
    began, first = time.monotonic(), surveyed.first_at or datetime.now(UTC)

    async def at_speed(at: datetime) -> None:
        due = began + (at - first).total_seconds() / float(speed)
        await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def at_once(at: datetime) -> None:
        """No document waits."""

    return at_once if speed == "max" else at_speed


async def _tell(summary: Summary, surveyed: Survey, seconds: float, database: Database, shown: Display) -> int:
    with shown.step("Checking the invariants"):
        async with database.acquire(TENANT.id) as connection:
            found = await violations(connection)
    shown.say(summary.text(surveyed, seconds, found))
    return 1 if found else 0
