"""What there was as of a moment, over random histories in which much is told late, against their plain sums."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from db import bulk
from db.ledger_partitions import OwnedLedger
from db.pool import Database
from db.read_models import PostgresReads
from domain.access import Scope
from domain.items import Item
from domain.ledger import NOTHING, Cause, LedgerEntry, Quantities, Stamp
from domain.levels import PastLevel
from domain.locations import Location
from domain.status import StockPolicy
from domain.stock import StockLevel
from server.embedded.database import Addresses
from services.level_filter import LevelFilter
from services.pages import BadCursor, PageRequest
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.integration.shelf import all_pages, nodes

NOW = datetime.now(UTC)
#: Some partitions of months, and what was recorded before them.
BEGIN = NOW - timedelta(days=200)
MONTHS_SINCE = NOW - timedelta(days=120)
SCOPE = Scope(ACME.id)
LEVELS = 40
MICROSECOND = timedelta(microseconds=1)
LAGS = (
    timedelta(0),
    MICROSECOND,
    timedelta(milliseconds=3),
    timedelta(hours=30),
    timedelta(days=45),
    timedelta(days=300),
)
STEPS = (timedelta(0), MICROSECOND, timedelta(seconds=1), timedelta(days=2), timedelta(days=20))


@dataclass(frozen=True, slots=True)
class Books:
    database: Database
    reads: PostgresReads
    levels: Sequence[StockLevel]

    async def as_of(self, at: datetime) -> dict[str, PastLevel]:
        page = await self.reads.past.levels(SCOPE, LevelFilter(), PageRequest(250), at)
        return {level.item.sku: level for level in nodes(page)}


def a_history(sku: str, chance: random.Random) -> StockLevel:
    """Up to 40 entries, recorded one after the other or at once, of which some happened long before."""
    made_at = at = BEGIN + timedelta(days=chance.randint(0, 60))
    level = StockLevel(ids(), sku, "MAIN", made_at)
    level.set_policy(StockPolicy(stale_after_days=30), Stamp(made_at, made_at))
    lags = chance.choice((LAGS, LAGS, LAGS[:1], LAGS[-1:]))
    for _ in range(chance.randint(0, 40)):
        at = min(at + chance.choice(STEPS), NOW)
        stamp = Stamp(at - chance.choice(lags), at)
        cause = Cause("manager@acme")
        change = chance.choice((level.receive, level.receive, level.hold, level.allocate, level.pick, level.announce))
        change(chance.randint(1, 9), cause, stamp)
        if chance.random() < 0.1:
            level.set_policy(level.policy, stamp)
    return level


@pytest.fixture(params=(1, 2))
async def books(database: Addresses, request: pytest.FixtureRequest) -> AsyncIterator[Books]:
    chance = random.Random(request.param)
    levels = [a_history(f"SKU-{n:02}", chance) for n in range(LEVELS)]
    pool = await Database.connect(database.application_url, size=2)
    await OwnedLedger(database.owner_url).make_since(MONTHS_SINCE)
    main = Location(ids(), "MAIN", "Main", version=1)
    items = [
        Item(ids(), level.sku, level.sku, vendor=("north", "south")[n % 2], version=1) for n, level in enumerate(levels)
    ]
    for tenant in (ACME, GLOBEX):
        await bulk.load(pool, tenant, locations=[main], items=items, levels=levels)
    yield Books(pool, PostgresReads(pool), levels)
    await pool.close()


def happened(level: StockLevel, at: datetime) -> list[LedgerEntry]:
    return [entry for entry in level.entries if entry.stamp.occurred_at <= at]


def total(entries: Sequence[LedgerEntry]) -> Quantities:
    return sum((entry.change for entry in entries), NOTHING)


def moments(levels: Sequence[StockLevel], chance: random.Random) -> list[datetime]:
    stamps = [entry.stamp for level in levels for entry in level.entries]
    told = {each for stamp in stamps for each in (stamp.occurred_at, stamp.recorded_at)}
    beside = [moment + shift for moment in sorted(told) for shift in (-MICROSECOND, timedelta(0), MICROSECOND)]
    return [*chance.sample(beside, 150), BEGIN - timedelta(days=400), NOW, *(level.created_at for level in levels[:5])]


async def test_a_level_as_of_any_moment_is_the_sum_of_what_had_happened_by_then(books: Books) -> None:
    for at in moments(books.levels, random.Random(7)):
        found = await books.as_of(at)
        for level in books.levels:
            by_then = happened(level, at)
            if not by_then and level.created_at > at:
                assert level.sku not in found
                continue
            past = found[level.sku]
            assert (past.quantities, past.as_of) == (total(by_then), at)
            if level.updated_at and level.updated_at <= at:
                assert (past.version, past.updated_at) == (level.version, level.updated_at)
            else:
                assert past.version == max((entry.level_version for entry in by_then), default=0)
                recorded = [entry.stamp.recorded_at for entry in by_then]
                assert past.updated_at == max(recorded, default=level.created_at)
            assert past.last_movement_at == max((entry.stamp.occurred_at for entry in by_then), default=None)


async def test_each_way_to_ask_for_the_past_tells_the_same_by_one_statement(books: Books) -> None:
    level = max(books.levels, key=lambda level: len(level.entries))
    at = sorted(entry.stamp.occurred_at for entry in level.entries)[len(level.entries) // 2]
    wanted = (await books.as_of(at))[level.sku]
    past, sent = books.reads.past, books.database.statements_sent

    assert await past.levels_at(SCOPE, [(level.sku, "MAIN"), ("none", "MAIN")], at) == {(level.sku, "MAIN"): wanted}
    assert await past.levels_of(SCOPE, [level.sku, "none"], at) == {level.sku: [wanted]}
    assert await past.levels_by_id(SCOPE, [level.id], at) == {level.id: wanted}
    assert books.database.statements_sent - sent == 3


async def test_a_history_tells_what_there_was_at_each_of_its_moments(books: Books) -> None:
    for level in books.levels[:8]:
        since, until = BEGIN + timedelta(days=30), NOW - timedelta(days=10)
        [points] = (await books.reads.ledger.histories(SCOPE, [level.id], since, until, 9)).values()
        for point in points:
            then = total(happened(level, point.at))
            assert (point.on_hand, point.available_to_promise) == (then.on_hand, then.available_to_promise)


async def test_the_entries_of_a_level_as_of_a_moment_are_those_that_had_happened(books: Books) -> None:
    level = max(books.levels, key=lambda level: len(level.entries))
    at = sorted(entry.stamp.occurred_at for entry in level.entries)[len(level.entries) // 2]
    [page] = (await books.reads.ledger.entries_of(SCOPE, [level.id], PageRequest(250), at)).values()
    told = sorted((record.entry for record in nodes(page)), key=lambda entry: entry.level_version)
    assert told == happened(level, at)


async def test_pages_of_the_past_hold_for_its_moment_alone_and_meet_each_level_once(books: Books) -> None:
    at = BEGIN + timedelta(days=45)
    wanted = list((await books.as_of(at)).values())
    for backward in (False, True):
        assert wanted == await all_pages(
            lambda page: books.reads.past.levels(SCOPE, LevelFilter(), page, at), 7, backward
        )
    counted = await books.reads.past.levels(SCOPE, LevelFilter(), PageRequest(1, counted=True), at)
    assert counted.total == len(wanted) < LEVELS
    cursor = counted.edges[0].cursor
    for other in (at + MICROSECOND, NOW):
        with pytest.raises(BadCursor):
            await books.reads.past.levels(SCOPE, LevelFilter(), PageRequest(1, cursor), other)


async def test_who_may_not_see_a_level_sees_nothing_of_its_past(books: Books) -> None:
    at, stranger, vendor = NOW, Scope(tenant=ids()), Scope(ACME.id, "north")
    level = books.levels[1]
    assert nodes(await books.reads.past.levels(stranger, LevelFilter(), PageRequest(250), at)) == []
    seen = nodes(await books.reads.past.levels(vendor, LevelFilter(), PageRequest(250), at))
    assert {each.item.vendor for each in seen} == {"north"}
    assert await books.reads.past.levels_by_id(vendor, [level.id], at) == {}
    assert await books.reads.past.levels_of(vendor, [level.sku], at) == {}
    assert await books.reads.past.levels_at(vendor, [(level.sku, "MAIN")], at) == {}
