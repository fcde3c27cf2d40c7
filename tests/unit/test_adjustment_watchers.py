"""Who watches adjustments: an inbox, a vendor, somebody slow, and who asks for one person's alone."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.access import Scope
from domain.adjustments import Adjustment, AdjustmentAct, AdjustmentStatus
from domain.events import AdjustmentApproved, Event
from services.live import AdjustmentStreamFilter, StreamEventType
from subscriptions.hub.adjustments import Adjustments
from subscriptions.hub.backlog import TooSlow
from subscriptions.hub.group_index import GroupIndex
from subscriptions.hub.hub import HubLimits
from subscriptions.hub.watch_group import WatchGroup, group_key
from subscriptions.log.broadcast_log import Message
from tests.factories.adjustment_events import LEVEL, SOON, adjustment, cause_of, done, request, state_of, told
from tests.factories.events import START, TENANT, event_id, message_of
from tests.fakes.live import SCOPE, FakeAdjustmentSnapshots, World, a_world, eventually, story
from tests.fakes.live import told as heard

SNAPSHOT, CAUGHT_UP, CHANGE, REMOVED, RESET = StreamEventType
ALL = AdjustmentStreamFilter()
INBOX = AdjustmentStreamFilter(status=[AdjustmentStatus.PENDING_APPROVAL])
PEAK, OTHER = Scope(TENANT, "Peak"), Scope(TENANT, "Other")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


def said(*events: Event, tx: int = 1) -> list[Message]:
    return [message_of(event, tx) for event in events]


def asked(name: str = "request", **changes: object) -> Event:
    return told(AdjustmentAct.REQUESTED, request(name, **changes), None)


def approved(it: Adjustment) -> list[Event]:
    end = done(it.approve("approver@acme", None, SOON))
    return [
        AdjustmentApproved(event_id(), state_of(end), cause_of(end), SOON),
        told(AdjustmentAct.APPLIED, end),
    ]


def rejected(it: Adjustment) -> Event:
    return told(AdjustmentAct.REJECTED, done(it.reject("approver@acme", "no", SOON)))


async def test_a_request_and_its_end_are_told_once_each_however_often_they_come(world: World) -> None:
    watch = await world.live(ALL)
    messages = said(asked(), *approved(request()))
    await world.say(*messages)
    await world.say(*messages, *said(told(AdjustmentAct.APPLIED, adjustment(), None)))
    events = await heard(watch, 3)
    assert story(events) == [(CHANGE, 1), (CHANGE, 2), (CHANGE, 1)]
    shown = [event.adjustment for event in events]
    assert [state and state.status.value for state in shown] == ["PENDING_APPROVAL", "APPLIED", "APPLIED"]
    assert shown[1] is not None and shown[1].adjustment.decided_by == "approver@acme"
    assert [event.occurred_at for event in events] == [START, SOON, START]


async def test_an_inbox_is_told_what_waits_and_that_it_waits_no_more(world: World) -> None:
    watch = await world.live(INBOX)
    at_once = told(AdjustmentAct.APPLIED, adjustment(), None)
    await world.say(*said(at_once, asked("one"), asked("two"), *approved(request("one")), rejected(request("two"))))
    events = await heard(watch, 4)
    assert story(events) == [(CHANGE, 1), (CHANGE, 1), (REMOVED, None), (REMOVED, None)]
    assert [event.thing_id for event in events] == [request("one").id, request("two").id] * 2


async def test_a_snapshot_holds_what_waits_and_of_the_rest_what_is_named(world: World) -> None:
    for each in (request(), adjustment()):
        world.corrections.show(state_of(each), tx=7)
    for filter, names in ((ALL, ["request"]), (AdjustmentStreamFilter(ids=[adjustment().id]), ["loss"])):
        watch = world.hub.watch(SCOPE, filter, snapshot=True)
        events = await heard(watch, 2)
        assert [event.type for event in events] == [SNAPSHOT, CAUGHT_UP]
        assert [event.thing_id for event in events[:1]] == [adjustment(name).id for name in names]


async def test_what_a_snapshot_saw_is_not_told_again(world: World) -> None:
    world.corrections.show(state_of(request()), tx=7)
    watch = world.hub.watch(SCOPE, ALL, snapshot=True)
    assert [event.type for event in await heard(watch, 2)] == [SNAPSHOT, CAUGHT_UP]
    await world.say(*said(asked(), tx=7), *said(rejected(request()), tx=8))
    assert story(await heard(watch, 1)) == [(CHANGE, 2)]


async def test_a_vendor_is_told_of_its_items_alone(world: World) -> None:
    own, foreign = await world.live(ALL, PEAK), await world.live(ALL, OTHER)
    goods = replace(state_of(request("foreign")), item=replace(LEVEL.item, vendor="Other"))
    await world.say(*said(replace(asked("foreign"), state=goods), asked("own")))  # pyright: ignore[reportCallIssue]
    assert [event.thing_id for event in await heard(own, 1)] == [request("own").id]
    assert [event.thing_id for event in await heard(foreign, 1)] == [request("foreign").id]


async def test_no_state_is_skipped_for_a_slow_reader_who_is_let_go_instead() -> None:
    async with a_world(HubLimits(reset_spread_s=0, queue_max=2)) as world:
        watch = await world.live(ALL)
        noticed: list[str] = []
        watch.on_too_slow = lambda: noticed.append("too slow")
        await world.say(*said(*(asked(f"request {n}") for n in range(9))))
        await eventually(lambda: bool(noticed))
        with pytest.raises(TooSlow):
            await heard(watch, 9)


@pytest.mark.parametrize(
    "filter",
    [
        AdjustmentStreamFilter(ids=[request().id]),
        AdjustmentStreamFilter(skus=["TENT"]),
        AdjustmentStreamFilter(reason_codes=["lost"]),
        AdjustmentStreamFilter(requested_by="manager@acme"),
        AdjustmentStreamFilter(status=[AdjustmentStatus.REJECTED]),
        INBOX,
    ],
)
def test_a_change_is_looked_up_under_what_the_adjustment_is_and_what_it_was(filter: AdjustmentStreamFilter) -> None:
    index, kind = GroupIndex(Adjustments.shelves), Adjustments(FakeAdjustmentSnapshots())
    event = rejected(request())
    other = replace(
        filter,
        **{
            name: "another" if name == "requested_by" else ["another"]
            for name in filter.__dataclass_fields__
            if getattr(filter, name) is not None
        },
    )
    group, stranger = (WatchGroup(group_key(kind, SCOPE, each), 0.0) for each in (filter, other))
    vendors = WatchGroup(group_key(kind, PEAK, filter), 0.0)
    for each in (group, stranger, vendors):
        index.add(each)
    assert set(index.concerned(event)) == {group, vendors}


async def test_one_persons_requests_are_told_to_who_asks_for_them(world: World) -> None:
    for each in (request("own"), request("other", requested_by="boss@acme")):
        world.corrections.show(state_of(each), tx=1)
    watch = world.hub.watch(SCOPE, AdjustmentStreamFilter(requested_by="manager@acme"), snapshot=True)
    assert [event.thing_id for event in await heard(watch, 2)] == [request("own").id, None]
    await world.say(*said(asked("second", requested_by="boss@acme"), asked("third"), tx=2))
    assert [event.thing_id for event in await heard(watch, 1)] == [request("third").id]
