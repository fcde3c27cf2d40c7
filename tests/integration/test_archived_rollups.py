"""Rollups where months of the ledger are archived: days before stay, what comes later still counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from db.folding import Folding
from db.pool import Database
from db.rollups import LEVEL_COLUMNS
from db.unit_of_work import PostgresUnitOfWork
from db.worker_session import WorkerSession
from domain.access import Caller, Role
from domain.movements import Receive
from services.group_commit import GroupCommit
from services.stock import MoveStock, move_stock
from tests.conformance.units_worlds import ACME, ids
from tests.integration.test_ledger_archives import LEVELS, LIMIT, NOW, OLDEST, Attic, attic

__all__ = ["attic"]
MANAGER = Caller(ACME.id, ACME.slug, "manager@acme", frozenset({Role.MANAGER}))
_NEWEST = """
SELECT DISTINCT ON (sku, location) sku, last_at, on_hand, allocated, unavailable, incoming, received
FROM movement_daily WHERE tenant_id = $1 ORDER BY sku, location, day DESC
"""
_LEVELS = "SELECT sku, on_hand, allocated, unavailable, incoming FROM stock_levels WHERE tenant_id = $1 ORDER BY sku"
_ROWS = f"SELECT sku, day, {', '.join(LEVEL_COLUMNS)} FROM movement_daily WHERE tenant_id = $1 ORDER BY sku, day"
_OF_OTHERS = _ROWS.replace("WHERE", "WHERE sku <> 'SKU-1' AND")


@asynccontextmanager
async def opened(attic: Attic) -> AsyncIterator[Database]:
    database = await Database.connect(attic.addresses.application_url, size=2)
    yield database
    await database.close()


async def receive(attic: Attic, number: int) -> None:
    """Told today, of goods that came twenty months ago."""
    async with opened(attic) as database:
        commits = GroupCommit(PostgresUnitOfWork(database, random=Random(1)), ids)
        movement = Receive(sku=f"SKU-{number}", quantity=3, occurred_at=OLDEST)
        decision = await move_stock(MoveStock(f"late-{number}", (movement,), "receiveStock"), MANAGER, commits)
        assert decision.refusals == ()
        await commits.finish()
    await attic.seal()


async def fold(attic: Attic) -> None:
    """What is to be folded anew, as the worker does that seals."""
    async with opened(attic) as database:
        session = WorkerSession(database)
        folding, sku = Folding(database, session), ""
        while sku := await folding.next(ACME.id, sku) or "":
            await folding.fold(ACME.id, sku)
        await session.close()


async def balances(attic: Attic) -> list[tuple[object, ...]]:
    """By the newest rows."""
    return [(row[0], *row[2:6]) for row in await attic.outside.fetch(_NEWEST, ACME.id)]


async def levels(attic: Attic) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await attic.outside.fetch(_LEVELS, ACME.id)]


async def verified(attic: Attic) -> str:
    result = await attic.run("rollups", "verify", "--tenant", "acme")
    assert result.exit_code == 0, result.output
    return result.output


async def test_days_of_archived_months_stay_and_what_comes_too_late_for_them_counts_when_it_is_told(
    attic: Attic,
) -> None:
    await attic.keep()
    before = await attic.outside.fetch(_ROWS, ACME.id)
    assert (await attic.archive()).exit_code == 0

    for number in range(2):
        await receive(attic, number)
        assert f"of {LEVELS} SKUs folded again" in await verified(attic)
    assert (await attic.run("rollups", "rebuild", "--tenant", "acme")).exit_code == 0
    await verified(attic)

    there = {(row["sku"], row["day"]): row for row in await attic.outside.fetch(_ROWS, ACME.id)}
    assert [there[row["sku"], row["day"]] for row in before] == before
    assert await balances(attic) == await levels(attic)
    newest = {row["sku"]: row["last_at"] for row in await attic.outside.fetch(_NEWEST, ACME.id)}
    assert [newest[f"SKU-{n}"] > NOW for n in range(3)] == [True, True, False]


async def test_what_was_archived_before_anything_was_folded_begins_with_the_balances_it_left(attic: Attic) -> None:
    await attic.keep()
    await attic.archive()
    await receive(attic, 0)
    for table in ("movement_daily", "transit_daily", "cost_layers", "transit_layers", "rollup_books"):
        await attic.outside.execute(f"DELETE FROM {table}")
    await receive(attic, 1)

    await fold(attic)

    assert await balances(attic) == await levels(attic)
    assert f"of {LEVELS} SKUs folded again" in await verified(attic)
    kept = await attic.outside.fetch(_ROWS, ACME.id)
    assert (await attic.run("rollups", "rebuild", "--tenant", "acme")).exit_code == 0
    assert await attic.outside.fetch(_ROWS, ACME.id) == kept


async def test_rows_of_archived_months_that_are_lost_can_be_given_up_for_the_balances_they_left(attic: Attic) -> None:
    await attic.keep()
    await attic.archive()
    await receive(attic, 0)
    of_others = await attic.outside.fetch(_OF_OTHERS, ACME.id)
    await attic.outside.execute("UPDATE movement_daily SET incoming = incoming + 1 WHERE sku = 'SKU-1'")
    rebuild = ("rollups", "rebuild", "--tenant", "acme")

    told = await attic.run("rollups", "verify", "--tenant", "acme")
    assert told.exit_code == 1
    assert "Of 1 of them rows of archived months are lost, which no rebuild brings back: restore" in told.output
    assert "keeps what the ledger comes to" not in told.output
    assert "rollups rebuild --tenant acme --sku SKU-1 --from-balances` begins with" in told.output
    assert (await attic.run(*rebuild)).exit_code == 0
    again = await attic.run("rollups", "verify", "--tenant", "acme")
    assert again.output.partition("WRONG")[2] == told.output.partition("WRONG")[2]
    assert "name the one SKU with --sku" in (await attic.run(*rebuild, "--from-balances")).output

    assert (await attic.run(*rebuild, "--sku", "SKU-1", "--from-balances")).exit_code == 0

    await verified(attic)
    assert await balances(attic) == await levels(attic)
    assert await attic.outside.fetch(_OF_OTHERS, ACME.id) == of_others


async def test_no_month_is_archived_while_reports_are_put_together_anew_from_it(attic: Attic) -> None:
    await attic.keep()
    queue = "INSERT INTO rollup_queue VALUES ($1, 'SKU-1', $2)"
    await attic.outside.execute(queue, ACME.id, OLDEST)

    refused = await attic.archive()

    assert refused.exit_code == 1
    assert "Reports are being put together anew from the ledger: try again" in refused.output
    assert await attic.outside.fetchval("SELECT count(*) FROM ledger WHERE recorded_at < $1", LIMIT)
    await fold(attic)
    assert (await attic.archive()).exit_code == 0
