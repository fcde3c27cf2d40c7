"""Reservations on PostgreSQL, each answer held against the same question asked of what their events told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from domain.access import Scope
from domain.reservation_state import ReservationState
from domain.reservations import ReservationStatus
from server.embedded.database import Addresses, run
from services.reads import BadCursor, PageRequest, ReservationFilter
from tests import servers
from tests.conformance.units_worlds import ACME, GLOBEX, ids
from tests.integration.orders import Orders, fill, open_orders, place_unserved
from tests.integration.shelf import EVERYTHING, SCOPE, all_pages, nodes

NORTH, SOUTH, NOBODY = Scope(ACME.id, "north"), Scope(ACME.id, "south"), Scope(ACME.id, "")
SOON = datetime.now(UTC) + timedelta(minutes=10)


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


def of_order(*names: str) -> Callable[[ReservationState], bool]:
    return lambda state: state.reservation.order.id in names


def of_status(*names: str) -> Callable[[ReservationState], bool]:
    return lambda state: state.status.value in names


def with_sku(*skus: str) -> Callable[[ReservationState], bool]:
    return lambda state: any(line.line.sku in skus for line in state.lines)


def due(state: ReservationState) -> bool:
    return state.reservation.expires_at is not None and state.reservation.expires_at < SOON


FILTERS: list[tuple[ReservationFilter, Callable[[ReservationState], bool]]] = [
    (ReservationFilter(), lambda state: True),
    (ReservationFilter(order_ids=["often", "paid", "no such"]), of_order("often", "paid")),
    (ReservationFilter(order_ids=[]), of_order()),
    (ReservationFilter(status=[ReservationStatus.RELEASED]), of_status("RELEASED")),
    (ReservationFilter(status=[ReservationStatus.PENDING, ReservationStatus.FAILED]), of_status("PENDING", "FAILED")),
    (ReservationFilter(status=[]), of_status()),
    (ReservationFilter(skus=["lamp"]), with_sku("lamp")),
    (ReservationFilter(skus=["pole", "nowhere"]), with_sku("pole", "nowhere")),
    (ReservationFilter(expiring_before=SOON), due),
    (
        ReservationFilter(["often"], [ReservationStatus.PENDING], ["tent"], SOON),
        lambda state: of_order("often")(state) and with_sku("tent")(state) and due(state),
    ),
]


def seen(orders: Orders, scope: Scope) -> list[ReservationState]:
    return [shown for state in orders.states if (shown := state.seen_by(scope.vendor))]


async def costs(orders: Orders, statements: int, asking: Callable[[], Any]) -> Any:
    before = orders.database.statements_sent
    answer = await asking()
    assert orders.database.statements_sent - before == statements
    return answer


async def test_there_is_a_reservation_in_every_state_that_can_be_kept(orders: Orders) -> None:
    told = {state.status.value for state in orders.states}
    assert told == {"PENDING", "CONFIRMED", "COMMITTED", "RELEASED", "BACKORDERED", "FAILED"}


@pytest.mark.parametrize("scope", [SCOPE, NORTH, SOUTH, NOBODY], ids=lambda scope: str(scope.vendor))
@pytest.mark.parametrize(("filter", "meets"), FILTERS, ids=lambda part: None)
async def test_a_filter_finds_what_it_says_among_what_the_caller_may_see_the_newest_first(
    orders: Orders, filter: ReservationFilter, meets: Callable[[ReservationState], bool], scope: Scope
) -> None:
    expected = [state for state in seen(orders, scope) if meets(state)]

    page = await costs(orders, 1, lambda: orders.reads.reservations.matching(scope, filter, EVERYTHING))

    assert nodes(page) == expected
    assert (page.has_next, page.has_previous, page.total) == (False, False, None)
    counted = PageRequest(1, counted=True)
    page = await costs(orders, 2, lambda: orders.reads.reservations.matching(scope, filter, counted))
    assert (nodes(page), page.total) == (expected[:1], len(expected))


@pytest.mark.parametrize("scope", [SCOPE, NORTH], ids=lambda scope: str(scope.vendor))
@pytest.mark.parametrize("size", [1, 3, 250])
async def test_pages_go_on_without_gap_or_repeat(orders: Orders, scope: Scope, size: int) -> None:
    for backward in (False, True):
        found = await all_pages(
            lambda page: orders.reads.reservations.matching(scope, ReservationFilter(), page), size, backward
        )
        assert found == seen(orders, scope)


async def test_a_page_ends_before_its_reservations_hold_more_lines_than_a_page_may(postgres: servers.Postgres) -> None:
    lines = {"long": 500, "short": 1, "other": 600, "huge": 1_000, "last": 2}
    with postgres.clone() as addresses:
        await place_unserved(addresses, lines)
        async with open_orders(addresses) as orders:
            read = partial(orders.reads.reservations.matching, SCOPE, ReservationFilter())
            page = await read(PageRequest(4))
            assert [state.reservation.order.id for state in nodes(page)] == ["last"]
            assert (page.has_next, page.has_previous) == (True, False)
            page = await read(PageRequest(3, page.edges[-1].cursor))
            assert [len(state.lines) for state in nodes(page)] == [1_000]
            page = await read(PageRequest(3, page.edges[-1].cursor))
            assert [state.reservation.order.id for state in nodes(page)] == ["other", "short"]
            assert (page.has_next, page.has_previous) == (True, True)
            page = await read(PageRequest(3, page.edges[-1].cursor))
            assert [len(state.lines) for state in nodes(page)] == [500]
            assert (page.has_next, page.has_previous) == (False, True)
            page = await read(PageRequest(4, page.edges[-1].cursor, backward=True))
            assert [state.reservation.order.id for state in nodes(page)] == ["other", "short"]
            assert (page.has_next, page.has_previous) == (True, True)


async def test_a_cursor_of_another_list_is_refused(orders: Orders) -> None:
    with pytest.raises(BadCursor):
        await orders.reads.reservations.matching(SCOPE, ReservationFilter(), PageRequest(5, "rubbish"))


async def test_reservations_are_found_by_id_with_one_statement(orders: Orders) -> None:
    wanted = {state.id: state for state in orders.states}
    strangers = [UUID(int=1), ids(), UUID(int=2**128 - 1)]

    found = await costs(orders, 1, lambda: orders.reads.reservations.by_id(SCOPE, [*wanted, *strangers]))

    assert found == wanted
    of_north = await orders.reads.reservations.by_id(NORTH, list(wanted))
    assert of_north == {state.id: state for state in seen(orders, NORTH)}
    assert 0 < len(of_north) < len(wanted)


async def test_of_each_order_the_newest_that_the_caller_may_see_is_told_with_one_statement(orders: Orders) -> None:
    names = ["often", "paid", "queued", "no such"]

    found = await costs(orders, 1, lambda: orders.reads.reservations.of_orders(SCOPE, names))

    assert found == {name: orders.of(name) for name in names[:-1]}
    of_south = await orders.reads.reservations.of_orders(SOUTH, names)
    assert of_south == {name: orders.of(name).seen_by("south") for name in ("often", "queued")}
    older = [state for state in orders.states if state.reservation.order.id == "often"][1:]
    assert len(older) == 3
    assert all(state.seen_by("south") is None for state in older)


async def test_lines_come_in_order_with_what_they_are_of_and_where_they_lie(orders: Orders) -> None:
    [state] = (await orders.reads.reservations.of_orders(SCOPE, ["split"])).values()
    assert [(line.line.number, line.location and line.location.code) for line in state.lines] == [
        (0, "MAIN"),
        (1, "SHOP"),
    ]
    assert {line.item and line.item.sku for line in state.lines} == {"tent"}
    [failed] = (await orders.reads.reservations.of_orders(SCOPE, ["nothing"])).values()
    assert [(line.item, line.location) for line in failed.lines] == [(None, None)]


async def test_no_read_shows_another_tenants_reservations(orders: Orders) -> None:
    reads, nobody = orders.reads.reservations, Scope(UUID(int=7))
    theirs = Scope(GLOBEX.id)

    assert nodes(await reads.matching(nobody, ReservationFilter(), EVERYTHING)) == []
    own = {state.id for state in orders.states}
    assert not own & {state.id for state in nodes(await reads.matching(theirs, ReservationFilter(), EVERYTHING))}
    assert await reads.by_id(theirs, list(own)) == {}
    [often] = (await reads.of_orders(theirs, ["often"])).values()
    assert often.id not in own
