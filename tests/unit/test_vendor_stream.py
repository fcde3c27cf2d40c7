"""What a vendor is told of reservations: its own lines, and that what it may see has changed."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.access import Scope
from services.live import ReservationEvent, ReservationStreamFilter, StreamEventType
from subscriptions.log.broadcast_log import Position
from tests.factories.events import TENANT, History, Life, a_level, handed_over, item_changed, message_of
from tests.fakes.live import World, a_world, eventually, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
ALL = ReservationStreamFilter()
PEAK, OTHER = Scope(TENANT, "Peak"), Scope(TENANT, "Other")
TENT = a_level("TENT", vendor="Peak").item


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


async def test_a_vendor_is_told_its_own_lines_and_nothing_of_a_reservation_without_any(world: World) -> None:
    peak, other = await world.live(ALL, PEAK), await world.live(ALL, OTHER)
    shared = Life("O-1", ("TENT", "STOVE"), vendors={"STOVE": "Other"})
    alone = Life("O-2", ("LAMP",))
    await world.say(alone.reserve(), shared.reserve(), shared.confirm())
    assert [seen_skus(event) for event in await told(peak, 3)] == [["LAMP"], ["TENT"], ["TENT"]]
    assert [seen_skus(event) for event in await told(other, 2)] == [["STOVE"], ["STOVE"]]


async def test_a_vendor_cannot_find_a_reservation_by_another_vendors_line(world: World) -> None:
    watch = await world.live(ReservationStreamFilter(skus=["STOVE"]), PEAK)
    shared = Life("O-1", ("TENT", "STOVE"), vendors={"STOVE": "Other"})
    own = Life("O-2", ("STOVE",))
    await world.say(shared.reserve(), own.reserve())
    assert [event.thing_id for event in await told(watch, 1)] == [own.state.id]


def seen_skus(event: ReservationEvent) -> list[str]:
    return [each.line.sku for each in event.reservation.lines] if event.reservation else []


async def test_an_item_that_goes_to_another_vendor_begins_the_streams_of_both_anew_once(world: World) -> None:
    life, tents = Life(), [History(a_level(location=code)) for code in ("MAIN", "WEST")]
    await world.say(life.reserve(), *(tent.message(10) for tent in tents))
    world.orders.show(life)
    peak, other = (world.hub.watch(scope, ALL, snapshot=True) for scope in (PEAK, OTHER))
    third, staff = await world.live(ALL, Scope(TENANT, "Third")), await world.live(ALL)
    assert story(await told(peak, 2)) == [(SNAPSHOT, 1), (CAUGHT_UP, None)]
    assert story(await told(other, 1)) == [(CAUGHT_UP, None)]
    life.vendors["TENT"] = "Other"
    life.tx = tents[0].tx = tents[1].tx = 500  # one transaction for all levels of the item
    sold = [handed_over(TENT, "Other", 501), *(tent.message(10, vendor="Other") for tent in tents)]
    world.orders.show(life)
    await world.say(*sold)
    assert story(await told(peak, 2)) == [(RESET, None), (CAUGHT_UP, None)]
    assert story(await told(other, 3)) == [(RESET, None), (SNAPSHOT, 1), (CAUGHT_UP, None)]
    await world.say(life.confirm(), Life("O-2", ("LAMP",), tx=600).reserve())
    assert story(await told(peak, 1)) == [(CHANGE, 1)]
    assert story(await told(other, 1)) == [(CHANGE, 2)]
    world.clock.seconds += 20
    world.hub.beat()
    assert story(await told(third, 1)) == [(CAUGHT_UP, None)]
    assert story(await told(staff, 2)) == [(CHANGE, 2), (CHANGE, 1)]


async def test_a_line_that_waits_where_there_is_no_level_goes_to_the_new_vendor_with_its_item(world: World) -> None:
    life = Life(waiting=("TENT",))
    await world.say(life.reserve())
    world.orders.show(life)
    peak, other = (world.hub.watch(scope, ALL, snapshot=True) for scope in (PEAK, OTHER))
    assert story(await told(peak, 2)) == [(SNAPSHOT, 1), (CAUGHT_UP, None)]
    assert story(await told(other, 1)) == [(CAUGHT_UP, None)]
    life.vendors["TENT"], life.tx = "Other", 500
    world.orders.show(life)
    await world.say(handed_over(TENT, "Other", 501))
    assert story(await told(peak, 2)) == [(RESET, None), (CAUGHT_UP, None)]
    assert story(await told(other, 3)) == [(RESET, None), (SNAPSHOT, 1), (CAUGHT_UP, None)]


async def test_an_item_that_is_new_or_stays_whose_it_was_begins_nothing_anew(world: World) -> None:
    watch = await world.live(ALL, PEAK)
    named = replace(TENT, name="Tent for two", version=2)
    await world.say(message_of(item_changed(TENT), 101), message_of(item_changed(named, TENT), 102))
    await world.say(Life().reserve())
    assert story(await told(watch, 1)) == [(CHANGE, 1)]


async def test_without_a_snapshot_a_vendor_that_loses_an_item_is_told_once_to_drop_what_it_has(world: World) -> None:
    tents = [History(a_level(location=code)) for code in ("MAIN", "WEST")]
    await world.say(*(tent.message(10) for tent in tents))
    live = await world.live(ALL, PEAK)
    start = (await world.head()).encode()
    tents[0].tx = tents[1].tx = 500
    await world.say(handed_over(TENT, "Other", 501), *(tent.message(10, vendor="Other") for tent in tents))
    assert story(await told(live, 2)) == [(RESET, None), (CAUGHT_UP, None)]
    await world.say(Life("O-2", ("LAMP",)).reserve())
    assert story(await told(live, 1)) == [(CHANGE, 1)]
    resumed = world.hub.watch(PEAK, ALL, after=start)
    events = await told(resumed, 3)
    assert story(events) == [(RESET, None), (CHANGE, 1), (CAUGHT_UP, None)]
    assert Position.decode(events[0].cursor).offset < Position.decode(events[1].cursor).offset


async def test_what_waits_for_a_slow_reader_is_void_once_it_must_begin_anew(world: World) -> None:
    tent, watch, life = History(a_level()), await world.live(ALL, PEAK), Life()
    await world.say(tent.message(10), life.reserve(), handed_over(TENT, "Other", 500))
    head = await world.head()
    [(feed, _)] = world.hub._feeds.values()
    await eventually(lambda: feed.position == head)
    assert story(await told(watch, 2)) == [(RESET, None), (CAUGHT_UP, None)]
