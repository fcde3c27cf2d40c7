"""Who watches alerts: a vendor, somebody slow, somebody who comes back, and who gains or loses an item's alerts."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.access import Scope
from domain.alerts import AlertStatus
from domain.events import Event
from services.live import AlertStreamFilter, StreamEventType
from subscriptions.hub.alerts import Alerts
from subscriptions.hub.backlog import TooSlow
from subscriptions.hub.group_index import GroupIndex
from subscriptions.hub.hub import HubLimits
from subscriptions.hub.watch_group import WatchGroup, group_key
from subscriptions.log.broadcast_log import Message
from tests.factories.alert_events import LEVEL, LOW, OUT, SOON, alert, seen
from tests.factories.alert_events import told as act
from tests.factories.events import START, TENANT, History, a_level, message_of
from tests.fakes.live import SCOPE, FakeAlertSnapshots, World, a_world, eventually, story, told

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
ALL = AlertStreamFilter()
PEAK, OTHER = Scope(TENANT, "Peak"), Scope(TENANT, "Other")
IT = alert()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


def said(*events: Event, tx: int = 1) -> list[Message]:
    return [message_of(event, tx) for event in events]


async def test_each_state_of_an_alert_is_told_once_however_often_it_comes(world: World) -> None:
    watch = await world.live(ALL)
    known, gone = seen(IT), seen(IT).turn(OUT, 0, 5, SOON)
    messages = said(act(IT), act(known, IT), act(gone, known), act(gone.resolve(9, SOON), gone))
    await world.say(*messages)
    await world.say(*messages, *said(act(alert(name="next"))))
    events = await told(watch, 5)
    assert story(events) == [(CHANGE, 1), (CHANGE, 2), (CHANGE, 3), (CHANGE, 4), (CHANGE, 1)]
    shown = [event.alert.status for event in events[:4] if event.alert]
    assert shown == [AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED, AlertStatus.OPEN, AlertStatus.RESOLVED]
    assert [event.occurred_at for event in events] == [START, SOON, SOON, SOON, START]


async def test_what_a_snapshot_saw_is_not_told_again(world: World) -> None:
    world.alarms.show(act(IT).state, tx=7)
    watch = world.hub.watch(SCOPE, ALL, snapshot=True)
    [shown, caught_up] = await told(watch, 2)
    assert (shown.type, shown.occurred_at, caught_up.type) == (SNAPSHOT, START, CAUGHT_UP)
    await world.say(*said(act(IT), tx=7), *said(act(seen(IT), IT), tx=8))
    assert story(await told(watch, 1)) == [(CHANGE, 2)]


async def test_who_comes_back_is_told_what_became_of_alerts_meanwhile(world: World) -> None:
    watch = await world.live(ALL)
    await world.say(*said(act(IT)))
    [opened] = await told(watch, 1)
    await watch.aclose()
    await world.say(*said(act(seen(IT), IT), act(seen(IT).resolve(9, SOON), seen(IT))))
    resumed = world.hub.watch(SCOPE, ALL, after=opened.cursor)
    assert story(await told(resumed, 3)) == [(CHANGE, 2), (CHANGE, 3), (CAUGHT_UP, None)]


async def test_no_state_is_skipped_for_a_slow_reader_who_is_let_go_instead() -> None:
    async with a_world(HubLimits(reset_spread_s=0, queue_max=2)) as world:
        watch = await world.live(ALL)
        noticed: list[str] = []
        watch.on_too_slow = lambda: noticed.append("too slow")
        await world.say(*said(*(act(alert(name=f"alert {n}")) for n in range(9))))
        await eventually(lambda: bool(noticed))
        with pytest.raises(TooSlow):
            await told(watch, 9)


@pytest.mark.parametrize(
    "filter",
    [
        AlertStreamFilter(skus=["TENT"]),
        AlertStreamFilter(locations=["MAIN"]),
        AlertStreamFilter(vendors=["Peak"]),
        AlertStreamFilter(categories=["tents"]),
        AlertStreamFilter(status=[AlertStatus.OPEN]),
        AlertStreamFilter(status=[AlertStatus.RESOLVED]),
        AlertStreamFilter(kinds=[LOW]),
        AlertStreamFilter(kinds=[OUT]),
    ],
    ids=str,
)
def test_a_change_is_looked_up_under_what_the_alert_is_and_what_it_was(filter: AlertStreamFilter) -> None:
    index, kind = GroupIndex(Alerts.shelves), Alerts(FakeAlertSnapshots())
    out = IT.turn(OUT, 0, 5, SOON)
    turned = act(out, IT)
    event = act(out.resolve(9, SOON), out) if filter.status else turned
    other = replace(
        filter,
        **{
            name: ["another"]
            for name, value in AlertStreamFilter.__dataclass_fields__.items()
            if getattr(filter, name) != value.default
        },
    )
    group, stranger = (WatchGroup(group_key(kind, SCOPE, each), 0.0) for each in (filter, other))
    vendors, strange_vendors = (WatchGroup(group_key(kind, scope, ALL), 0.0) for scope in (PEAK, OTHER))
    for each in (group, stranger, vendors, strange_vendors):
        index.add(each)
    assert set(index.concerned(event)) == {group, vendors}


# ------------------------------------------------------------------ whose alerts they are
async def test_a_vendor_is_told_of_its_items_alone(world: World) -> None:
    own, foreign = await world.live(ALL, PEAK), await world.live(ALL, OTHER)
    event = act(alert(name="foreign"))
    event = replace(event, state=replace(event.state, item=replace(LEVEL.item, vendor="Other")))
    await world.say(*said(event, act(IT)))
    assert [each.thing_id for each in await told(own, 1)] == [IT.id]
    assert [each.thing_id for each in await told(foreign, 1)] == [event.state.id]


async def test_alerts_go_to_the_new_vendor_with_their_item(world: World) -> None:
    world.alarms.show(act(IT).state, 50)
    peak, new = (world.hub.watch(Scope(TENANT, vendor), ALL, snapshot=True) for vendor in ("Peak", "New"))
    third, staff = await world.live(ALL, OTHER), await world.live(ALL)
    assert story(await told(peak, 2)) == [(SNAPSHOT, 1), (CAUGHT_UP, None)]
    assert story(await told(new, 1)) == [(CAUGHT_UP, None)]
    world.alarms.show(replace(act(IT).state, item=replace(LEVEL.item, vendor="New")), 102)
    await world.say(*described_anew(vendor="New"))
    assert story(await told(peak, 2)) == [(RESET, None), (CAUGHT_UP, None)]
    assert story(await told(new, 3)) == [(RESET, None), (SNAPSHOT, 1), (CAUGHT_UP, None)]
    await world.say(*said(act(seen(IT), IT), tx=103))
    assert story(await told(staff, 1)) == [(CHANGE, 2)], "who sees both is told nothing of it"
    world.clock.seconds += 20
    world.hub.beat()
    assert story(await told(third, 1)) == [(CAUGHT_UP, None)]


@pytest.mark.parametrize(
    ("filter", "begins_anew"),
    [
        (AlertStreamFilter(categories=["tents"]), True),
        (AlertStreamFilter(categories=["new"]), True),
        (AlertStreamFilter(categories=["tents"], skus=["TENT"], locations=["WEST"]), True),
        (AlertStreamFilter(categories=["tents", "new"]), False),
        (AlertStreamFilter(categories=["lamps"]), False),
        (AlertStreamFilter(categories=["tents"], skus=["LAMP"]), False),
        (AlertStreamFilter(categories=["tents"], locations=["EAST"]), False),
        (AlertStreamFilter(categories=["tents"], vendors=["Other"]), False),
        (AlertStreamFilter(vendors=["Peak"]), False),
        (ALL, False),
    ],
    ids=str,
)
async def test_an_item_of_another_category_begins_the_streams_anew_once_that_gain_or_lose_its_alerts(
    world: World, filter: AlertStreamFilter, begins_anew: bool
) -> None:
    watch, everything = await world.live(filter), await world.live(AlertStreamFilter(skus=["MARK"]))
    await world.say(*described_anew(category="new"), elsewhere())
    await told(everything, 1)
    if begins_anew:
        assert story(await told(watch, 2)) == [(RESET, None), (CAUGHT_UP, None)]
    elif filter == ALL:
        assert story(await told(watch, 1)) == [(CHANGE, 1)]
    world.clock.seconds += 20
    world.hub.beat()
    assert story(await told(watch, 1)) == [(CAUGHT_UP, None)]


async def test_an_item_that_stays_whose_and_what_it_was_begins_nothing_anew(world: World) -> None:
    watch = await world.live(AlertStreamFilter(categories=["tents"]), PEAK)
    await world.say(*described_anew(condition="used"), *said(act(IT), tx=103))
    assert story(await told(watch, 1)) == [(CHANGE, 1)]


async def test_who_comes_back_behind_it_is_told_that_an_item_was_handed_over(world: World) -> None:
    live = await world.live(ALL)
    start = (await world.head()).encode()
    await world.say(*described_anew(vendor="New"), elsewhere())
    await told(live, 1)
    for vendor in ("Peak", "New"):
        resumed = world.hub.watch(Scope(TENANT, vendor), ALL, after=start)
        assert story(await told(resumed, 2)) == [(RESET, None), (CAUGHT_UP, None)]


def described_anew(**item: str) -> list[Message]:
    """The events of the item's levels, which one transaction described anew."""
    tents = [History(a_level("TENT", location=code)) for code in ("MAIN", "WEST")]
    before = [tent.message(10) for tent in tents]
    tents[0].tx = tents[1].tx = 101
    return [*before, *(tent.message(10, **item) for tent in tents)]


def elsewhere() -> Message:
    """An alert of an item that nobody here has asked for by name."""
    state = act(alert(name="elsewhere")).state
    item = replace(state.item, sku="MARK", category=None, vendor=None)
    told_of = replace(state, alert=replace(state.alert, sku="MARK", location="NORTH"), item=item)
    return message_of(replace(act(state.alert), state=told_of), 103)
