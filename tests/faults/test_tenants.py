"""Whatever a request names, another tenant's thing reads exactly like one that is not there, and stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack

import pytest
from graphql import extend_schema, parse

from domain.access import Role
from tests import servers
from tests.faults.figures import LONG, Figures
from tests.faults.tenancy import books, streams
from tests.faults.tenancy.belongings import Belongings, shop_of
from tests.faults.tenancy.operations import of_schema
from tests.faults.tenancy.slots import unused
from tests.faults.tenancy.streams import DOORS, Watch, until, until_caught_up
from tests.faults.tenancy.sweep import Found
from tests.faults.tenancy.things import Unknown
from tests.faults.tenancy.town import (
    ROLES,
    SCHEMA,
    SURFACES,
    THEM,
    WATCHERS,
    Town,
    operations_of,
    running_town,
    subscriptions,
)
from tests.stack import assert_healthy

pytestmark = pytest.mark.tenants


#: By what tenants are kept apart: in the long form also by the statements alone, each of which names the tenant.
WALLS = ("row-level security", "statements alone") if LONG else ("row-level security",)


@pytest.fixture(scope="module", params=WALLS)
def running(request: pytest.FixtureRequest, postgres: servers.Postgres) -> Iterator[Town]:
    with running_town(postgres, rows_are_secured=request.param == WALLS[0]) as town:
        yield town


@pytest.fixture
def town(running: Town) -> Iterator[Town]:
    yield running
    assert_healthy(running.stack)


# ---------------------------------------------------------------------- the API is known
def test_all_that_the_table_of_things_holds_is_in_the_api() -> None:
    walks = [each.walk for surface in SURFACES for each in operations_of(surface)]
    assert unused([*walks, *(each.walk for each in subscriptions())]) == set()


@pytest.mark.parametrize(
    "more",
    [
        "extend type Query { parcel(number: String!): Item }",
        "extend input ItemFilter { shelves: [String!] }",
        "extend input UpsertItemInput { dimensions: Dimensions } scalar Dimensions",
        "extend type Item { notes(author: ID): [String!] }",
    ],
)
def test_a_text_that_nobody_has_said_what_it_names_ends_the_run(more: str) -> None:
    with pytest.raises(Unknown):
        list(of_schema(extend_schema(SCHEMA, parse(more))))


# ---------------------------------------------------------------------- what is asked
@pytest.mark.parametrize("surface", SURFACES)
def test_another_tenants_thing_reads_like_none_and_stays_as_it_is(town: Town, figures: Figures, surface: str) -> None:
    before = books.picture(town.addresses, THEM)
    found = town.swept(surface)
    changed = {table for table, rows in books.picture(town.addresses, THEM).items() if rows != before[table]}
    figures.tell("\n".join([f"{surface}, {len(operations_of(surface))} operations", *_rows(found)]))
    assert changed == set()
    faults = [fault for each in found.values() for fault in each.faults]
    assert not faults, "\n".join(faults)


def _rows(found: Mapping[Role, Found]) -> Iterator[str]:
    """Of all arguments and fields of inputs so many name a thing, and were filled with so many of another tenant's."""
    yield f"{'role':<9} {'arguments':>9} {'naming':>7} {'combinations':>12} {'requests':>9} {'differences':>11}"
    for role, each in found.items():
        counts = f"{each.arguments:>9,} {each.slots:>7,} {each.tried:>12,} {each.requests:>9,}"
        yield f"{role:<9} {counts} {len(each.faults):>11,}"


# ---------------------------------------------------------------------- what is watched
async def test_streams_tell_of_another_tenants_things_what_they_tell_of_none(town: Town, figures: Figures) -> None:
    mine, theirs = (Belongings.of(shop_of(town.stack, slug)) for slug in (WATCHERS, THEM))
    await asyncio.to_thread(town.tell)
    async with AsyncExitStack() as opened:
        own = [streams.whole(each) for each in subscriptions()]
        await opened.enter_async_context(DOORS["WebSocket"](theirs.asker(Role.ANALYST), own))
        assert await until(lambda watch: watch.begun, own) == []
        watched = {(role, door): list(_watches(role, mine, theirs, own)) for role in ROLES for door in DOORS}
        for (role, door), each in watched.items():
            await opened.enter_async_context(DOORS[door](mine.asker(role), each))
        every = [watch for each in watched.values() for watch in each]
        assert await until(lambda watch: watch.begun, every) == []
        await asyncio.to_thread(_change, theirs)
        assert await until(lambda watch: watch.changed, own) == []
        await asyncio.to_thread(_change, mine)
        late = await until(lambda watch: watch.changed, every)
        late += await until_caught_up(every) if LONG else []
    figures.tell("\n".join(_told(each, *key) for key, each in watched.items()))
    marks = books.marks(books.picture(town.addresses, THEM), books.picture(town.addresses, WATCHERS), theirs.nodes)
    assert all(watch.words() & marks for watch in own), "they are told their own"
    told = [f"{role} over {door}: {fault}" for (role, door), each in watched.items() for fault in _faults(each, marks)]
    assert not told + late, "\n".join(told + late)


def _watches(role: Role, mine: Belongings, theirs: Belongings, own: Sequence[Watch]) -> Iterator[Watch]:
    for each, whole in zip(subscriptions(), own, strict=True):
        [place] = whole.events("CAUGHT_UP")[:1]
        yield from streams.watches(each, role, mine, theirs, place["cursor"])


def _change(of: Belongings) -> None:
    """A thing of each kind that a stream tells of."""
    of.asker(Role.APPROVER).succeed("approveAdjustment", adjustmentId=of.nodes["Adjustment"])
    of.shop.system.succeed("confirmReservation", reservationId=of.nodes["Reservation"])
    of.shop.manager.succeed("acknowledgeAlert", alertId=of.nodes["Alert"])


def _faults(watched: Sequence[Watch], marks: frozenset[str]) -> Iterator[str]:
    for watch in watched:
        if seen := watch.words() & marks:
            yield f"{watch} tells another tenant's {sorted(seen)}"
        if watch.like and watch.told() != watch.like.told():
            yield f"{watch} is not told what one is who watches nothing: {watch.told()} instead of {watch.like.told()}"


def _told(watched: Sequence[Watch], role: Role, door: str) -> str:
    alike = [watch for watch in watched if watch.like]
    differ = sum(watch.told() != watch.like.told() for watch in alike if watch.like)
    return f"{role} over {door}: {len(watched)} streams, {len(alike)} tried, {differ} differ"
