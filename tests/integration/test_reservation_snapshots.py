"""What streams of reservations begin with, on PostgreSQL, held against what the reservations' events told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from db.read_models import snapshots
from db.read_models.reservation_snapshots import PostgresReservationSnapshots
from domain.access import Scope
from domain.reservation_state import ReservationState
from domain.reservations import ReservationStatus
from server.embedded.database import Addresses, run
from services.live import ReservationStreamFilter
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX
from tests.integration.orders import Orders, fill, open_orders
from tests.integration.shelf import SCOPE

ALL = tuple(ReservationStatus)
ENDED = [ReservationStatus.COMMITTED, ReservationStatus.RELEASED, ReservationStatus.EXPIRED, ReservationStatus.FAILED]
SCOPES = [SCOPE, Scope(ACME.id, "north"), Scope(ACME.id, "south"), Scope(ACME.id, "")]


@pytest.fixture(scope="module")
def ordered(postgres: servers.Postgres) -> Iterator[Addresses]:
    """A database that these tests share, for they only read."""
    with postgres.clone() as addresses:
        run(fill(addresses))
        yield addresses


@pytest.fixture
async def orders(ordered: Addresses) -> AsyncIterator[Orders]:
    async with open_orders(ordered) as orders:
        yield orders


async def snapshot(orders: Orders, scope: Scope, filter: ReservationStreamFilter) -> list[ReservationState]:
    """The newest first, read with one statement."""
    before = orders.database.statements_sent
    seen = await PostgresReservationSnapshots(orders.database).snapshot(scope, filter)
    assert orders.database.statements_sent - before == 1
    return sorted(seen.things, key=lambda state: state.id, reverse=True)


FILTERS = [
    ReservationStreamFilter(),
    ReservationStreamFilter(skus=["lamp", "no such"]),
    ReservationStreamFilter(status=[ReservationStatus.PENDING, ReservationStatus.BACKORDERED]),
    ReservationStreamFilter(status=ENDED),
    ReservationStreamFilter(status=ALL),
    ReservationStreamFilter(status=ALL, skus=["tent"]),
    ReservationStreamFilter(order_ids=["often", "shipped", "no such"]),
    ReservationStreamFilter(order_ids=["often"], status=[ReservationStatus.RELEASED]),
    ReservationStreamFilter(order_ids=["often", "split"], skus=["tent"], status=ALL),
    ReservationStreamFilter(skus=[]),
    ReservationStreamFilter(ids=[]),
    ReservationStreamFilter(order_ids=[]),
    ReservationStreamFilter(status=[]),
]


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: str(scope.vendor))
@pytest.mark.parametrize("filter", FILTERS, ids=lambda part: None)
async def test_a_snapshot_holds_what_a_live_event_would_let_through_and_ended_ones_where_they_are_named(
    orders: Orders, filter: ReservationStreamFilter, scope: Scope
) -> None:
    visible = [seen for state in orders.states if (seen := state.seen_by(scope.vendor))]
    expected = [seen for seen in visible if filter.matches(seen) and (seen.reservation.open or filter.names_ended)]
    assert await snapshot(orders, scope, filter) == expected


async def test_reservations_are_named_by_id_whether_they_have_ended_or_not(orders: Orders) -> None:
    named = [orders.of("pending"), orders.of("shipped"), orders.of("nothing")]
    found = await snapshot(orders, SCOPE, ReservationStreamFilter(ids=[state.id for state in named]))
    assert found == sorted(named, key=lambda state: state.id, reverse=True)
    assert await snapshot(orders, Scope(GLOBEX.id), ReservationStreamFilter(ids=[state.id for state in named])) == []


async def test_of_the_ended_ones_the_newest_are_told_beside_all_that_are_open(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "ENDED_MAX", 2)
    found = await snapshot(orders, SCOPE, ReservationStreamFilter(status=ALL))
    ended = [state for state in orders.states if not state.reservation.open]
    assert [state for state in found if not state.reservation.open] == ended[:2]
    assert [state for state in found if state.reservation.open] == [s for s in orders.states if s.reservation.open]


async def test_a_snapshot_tells_which_transactions_it_saw(orders: Orders, ordered: Addresses) -> None:
    running = await asyncpg.connect(ordered.superuser_url)
    outside = await asyncpg.connect(ordered.superuser_url)
    reads = PostgresReservationSnapshots(orders.database)
    try:
        async with running.transaction():
            in_progress, over = await own_id(running), await own_id(outside)
            seen = await reads.snapshot(SCOPE, ReservationStreamFilter(skus=[]))
            assert (seen.saw(in_progress), seen.saw(over), seen.things) == (False, True, [])
        assert (await reads.snapshot(SCOPE, ReservationStreamFilter())).saw(in_progress)
        assert not seen.saw(await own_id(outside))
    finally:
        await running.close()
        await outside.close()


async def own_id(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT pg_current_xact_id()::text::bigint") or 0)
