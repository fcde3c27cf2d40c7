"""What a watcher of reservations is told: each act once and in order, and what a filter lets through."""

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from typing import Any

import pytest

from domain.access import Scope
from domain.events import ReservationRefused
from domain.ledger import Cause
from domain.refusals import RefusalCode
from domain.reservations import ReservationStatus
from services.live import ReservationEvent, ReservationStreamFilter, StreamEventType
from subscriptions.hub.backlog import TooSlow
from subscriptions.hub.group_index import GroupIndex
from subscriptions.hub.hub import HubLimits
from subscriptions.hub.reservations import Reservations
from subscriptions.hub.watch import Watch
from subscriptions.hub.watch_group import WatchGroup, group_key
from subscriptions.log.broadcast_log import Bounds
from tests.factories.events import OTHER_TENANT, START, TENANT, Life, event_id, message_of
from tests.fakes.live import SCOPE, FakeReservationSnapshots, World, a_world, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
PENDING, CONFIRMED = ReservationStatus.PENDING, ReservationStatus.CONFIRMED
ALL = ReservationStreamFilter()
PEAK, OTHER = Scope(TENANT, "Peak"), Scope(TENANT, "Other")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


def statuses(events: list[ReservationEvent]) -> list[str]:
    return [event.reservation.status.value if event.reservation else event.type.value for event in events]


# ---------------------------------------------------------------------- a life
async def test_each_act_is_told_once_in_the_order_of_versions_whatever_its_type(world: World) -> None:
    watch, life = await world.live(ALL), Life()
    await world.say(life.reserve(), life.extend(), life.confirm(), life.commit())
    events = await told(watch, 4)
    assert story(events) == [(CHANGE, 1), (CHANGE, 2), (CHANGE, 3), (CHANGE, 4)]
    assert statuses(events) == ["PENDING", "PENDING", "CONFIRMED", "COMMITTED"]
    assert {event.thing_id for event in events} == {life.state.id}
    assert events[-1].reservation == life.state
    assert [event.occurred_at for event in events] == [event.at for event in life.events]


async def test_an_act_that_the_log_brings_again_is_told_once(world: World) -> None:
    watch, life = await world.live(ALL), Life()
    acts = [life.reserve(), life.extend(), life.confirm()]
    await world.say(*acts)
    await world.say(*acts)
    await world.say(life.commit())
    assert story(await told(watch, 4)) == [(CHANGE, 1), (CHANGE, 2), (CHANGE, 3), (CHANGE, 4)]


async def test_an_act_that_comes_again_though_the_log_has_forgotten_it_is_told_once(world: World) -> None:
    watch, life = await world.live(ALL), Life()
    acts = [life.reserve(), life.confirm()]
    await world.say(*acts)
    await world.say(*(replace(act, key="forgotten") for act in acts), life.commit())
    assert story(await told(watch, 3)) == [(CHANGE, 1), (CHANGE, 2), (CHANGE, 3)]


async def test_an_early_act_that_comes_again_after_it_was_trimmed_away_is_not_put_behind_later_ones() -> None:
    async with a_world(bounds=Bounds(entries_max=2)) as world:
        life = Life()
        acts = [life.reserve(), life.extend(), life.confirm()]
        await world.say(*acts)
        head = await world.head()
        await world.say(*acts)
        assert await world.head() == head


async def test_a_version_without_an_event_is_no_gap(world: World) -> None:
    watch, life = await world.live(ALL), Life()
    await world.say(life.reserve())
    life.hear()
    await world.say(life.confirm())
    assert story(await told(watch, 2)) == [(CHANGE, 1), (CHANGE, 3)]


async def test_an_order_that_was_refused_without_a_reservation_is_not_told(world: World) -> None:
    watch, life = await world.live(ALL), Life()
    cause = Cause("checkout@acme")
    refused = ReservationRefused(event_id(), life.state.reservation.order, RefusalCode.UNKNOWN_SKU, (), cause, START)
    await world.say(message_of(refused, 101), life.reserve())
    assert story(await told(watch, 1)) == [(CHANGE, 1)]


# ---------------------------------------------------------------------- beginning, resuming
async def test_a_snapshot_comes_first_and_what_it_saw_is_not_told_again_however_late_it_comes(world: World) -> None:
    life = Life()
    late = [life.reserve(), life.confirm()]
    world.orders.show(life)
    watch = world.hub.watch(SCOPE, ALL, snapshot=True)
    events = await told(watch, 2)
    assert (story(events), events[0].reservation) == ([(SNAPSHOT, 2), (CAUGHT_UP, None)], life.state)
    assert events[0].occurred_at == life.state.reservation.updated_at
    await world.say(*late, life.commit())
    assert story(await told(watch, 1)) == [(CHANGE, 3)]


async def test_a_snapshot_is_asked_for_with_the_scope_and_the_filter_of_the_stream(world: World) -> None:
    wanted = ReservationStreamFilter(order_ids=["O-2", "O-1"], status=[PENDING], skus=["TENT"])
    await told(world.hub.watch(PEAK, wanted, snapshot=True), 1)
    sets: dict[str, Any] = {"order_ids": frozenset({"O-1", "O-2"}), "status": {PENDING}, "skus": {"TENT"}}
    assert world.orders.asked == [(PEAK, replace(wanted, **sets))]
    assert world.stock.reads == 0


async def test_an_ended_reservation_is_in_a_snapshot_that_names_it_and_in_no_other(world: World) -> None:
    life = Life()
    life.reserve()
    life.release()
    world.orders.show(life)
    naming = [
        ReservationStreamFilter(ids=[life.state.id]),
        ReservationStreamFilter(order_ids=["O-1"]),
        ReservationStreamFilter(status=[ReservationStatus.RELEASED]),
    ]
    for filter in naming:
        assert story(await told(world.hub.watch(SCOPE, filter, snapshot=True), 1)) == [(SNAPSHOT, 2)]
    for filter in (ALL, ReservationStreamFilter(skus=["TENT"]), ReservationStreamFilter(status=[PENDING])):
        assert story(await told(world.hub.watch(SCOPE, filter, snapshot=True), 1)) == [(CAUGHT_UP, None)]


async def test_a_cursor_resumes_behind_its_event_and_goes_on_live(world: World) -> None:
    watch, life = await world.live(ALL), Life()
    await world.say(life.reserve(), life.extend(), life.confirm())
    first = (await told(watch, 3))[0]
    resumed = world.hub.watch(SCOPE, ALL, after=first.cursor)
    assert story(await told(resumed, 3)) == [(CHANGE, 2), (CHANGE, 3), (CAUGHT_UP, None)]
    await world.say(life.commit())
    assert story(await told(resumed, 1)) == [(CHANGE, 4)]


async def test_what_the_log_no_longer_holds_is_reset_with_a_new_snapshot(world: World) -> None:
    life = Life()
    await world.say(life.reserve())
    world.orders.show(life)
    watch = world.hub.watch(SCOPE, ALL, snapshot=True)
    await told(watch, 2)
    world.store.begin_epoch()
    assert story(await told(watch, 3)) == [(RESET, None), (SNAPSHOT, 1), (CAUGHT_UP, None)]


# ---------------------------------------------------------------------- slow readers
async def test_a_slow_reader_skips_no_state_and_is_told_to_resume_when_too_many_wait() -> None:
    async with a_world(HubLimits(queue_max=6, lagging_at=1)) as world:
        slow, fast, life = await world.live(ALL), await world.live(ALL), Life()
        noticed: list[str] = []
        slow.on_too_slow = lambda: noticed.append("too slow")
        await say_and_read(world, fast, life.reserve(), *(life.extend() for _ in range(5)))
        assert noticed == []
        [first] = await told(slow, 1)
        assert story([first, *await told(slow, 5)]) == [(CHANGE, number) for number in range(1, 7)]
        await say_and_read(world, fast, *(life.extend() for _ in range(7)))
        assert noticed == ["too slow"]
        with pytest.raises(TooSlow):
            await told(slow, 1)
        resumed = world.hub.watch(SCOPE, ALL, after=first.cursor)
        assert story(await told(resumed, 12)) == [(CHANGE, number) for number in range(2, 14)]


async def say_and_read(world: World, watch: Watch[ReservationEvent], *messages: Any) -> None:
    for message in messages:
        await world.say(message)
        await told(watch, 1)


# ---------------------------------------------------------------------- filters
async def test_a_status_filter_sees_reservations_come_and_go(world: World) -> None:
    pending = await world.live(ReservationStreamFilter(status=[PENDING]))
    paid = await world.live(ReservationStreamFilter(status=[CONFIRMED, ReservationStatus.COMMITTED]))
    life = Life()
    await world.say(life.reserve(), life.extend(), life.confirm(), life.commit())
    events = await told(pending, 3)
    assert story(events) == [(CHANGE, 1), (CHANGE, 2), (REMOVED, None)]
    assert (events[-1].thing_id, events[-1].reservation) == (life.state.id, None)
    assert story(await told(paid, 2)) == [(CHANGE, 3), (CHANGE, 4)]
    again = Life("O-2")
    await world.say(again.reserve())
    assert story(await told(pending, 1)) == [(CHANGE, 1)], "REMOVED was told once"


@pytest.mark.parametrize("end", ["release", "expire"])
async def test_an_end_without_a_status_filter_is_a_change_and_not_a_removal(world: World, end: str) -> None:
    watch, life = await world.live(ReservationStreamFilter(skus=["TENT"])), Life()
    await world.say(life.reserve(), getattr(life, end)())
    assert statuses(await told(watch, 2)) == ["PENDING", f"{end.upper()}D"]


async def test_a_filter_tells_what_matches_and_nothing_else(world: World) -> None:
    one, two = Life("O-1", ("TENT", "STOVE")), Life("O-2", ("LAMP",))
    by_id = await world.live(ReservationStreamFilter(ids=[one.state.id]))
    by_order = await world.live(ReservationStreamFilter(order_ids=["O-2", "O-3"]))
    by_sku = await world.live(ReservationStreamFilter(skus=["STOVE", "POT"]))
    by_both = await world.live(ReservationStreamFilter(order_ids=["O-1"], skus=["LAMP"]))
    nothing = await world.live(ReservationStreamFilter(skus=[]))
    await world.say(two.reserve(), one.reserve(), two.confirm(), one.confirm())
    for watch, life in ((by_id, one), (by_order, two), (by_sku, one)):
        events = await told(watch, 2)
        assert [event.thing_id for event in events] == [life.state.id] * 2
        assert story(events) == [(CHANGE, 1), (CHANGE, 2)]
    world.clock.seconds += 20
    world.hub.beat()
    assert story(await told(by_both, 1)) == story(await told(nothing, 1)) == [(CAUGHT_UP, None)]


async def test_another_tenants_reservations_are_never_told(world: World) -> None:
    ours, theirs = await world.live(ALL), await world.live(ALL, Scope(OTHER_TENANT))
    life, other = Life(), Life("O-2")
    await world.say(life.reserve(), channel=str(OTHER_TENANT))
    await world.say(other.reserve())
    assert [event.thing_id for event in await told(theirs, 1)] == [life.state.id]
    assert [event.thing_id for event in await told(ours, 1)] == [other.state.id]


FILTERS = [
    ReservationStreamFilter(order_ids=["O-1"]),
    ReservationStreamFilter(skus=["STOVE"]),
    ReservationStreamFilter(status=[PENDING]),
    ReservationStreamFilter(status=[CONFIRMED]),
    ALL,
]


def test_a_change_is_looked_up_under_what_the_reservation_is_and_what_it_was() -> None:
    index, kind = GroupIndex(Reservations.shelves), Reservations(FakeReservationSnapshots())
    life = Life(skus=("TENT", "STOVE"), vendors={"STOVE": "Other"})
    life.reserve()
    life.confirm()
    filters = [*FILTERS, ReservationStreamFilter(ids=[life.state.id])]
    groups = [WatchGroup(group_key(kind, SCOPE, filter), 0.0) for filter in filters]
    groups += [WatchGroup(group_key(kind, scope, ALL), 0.0) for scope in (PEAK, OTHER)]
    strangers = [
        WatchGroup(group_key(kind, SCOPE, replace(filter, **{name: ["other"]})), 0.0)
        for filter in filters
        for name in [next((each.name for each in fields(filter) if getattr(filter, each.name) is not None), "skus")]
    ]
    strangers.append(WatchGroup(group_key(kind, Scope(TENANT, "Nobody"), ALL), 0.0))
    for group in (*groups, *strangers):
        index.add(group)
    assert set(index.concerned(life.events[-1])) == set(groups)
    for group in (*groups, *strangers):
        index.remove(group)
    assert list(index.concerned(life.events[-1])) == []
