"""Traces on the last part of their way: from the log to the frame, and how long it took."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from domain.events import Event
from services.envelope import encode, with_tx
from services.live import (
    AdjustmentStreamFilter,
    AlertStreamFilter,
    LevelStreamFilter,
    ReservationStreamFilter,
    StreamEvent,
    StreamEventType,
    StreamFilter,
)
from subscriptions.log.broadcast_log import Message
from subscriptions.wire.fanout import Fanout
from subscriptions.wire.rendering import Rendering
from tests.factories import adjustment_events, alert_events, reservation_events
from tests.factories.events import TENANT, History, a_level
from tests.fakes.live import a_world, eventually, told
from tests.fakes.tracer import a_traceparent, taking_spans
from tests.unit.test_fanout import NOON, Kitchen, Peer, passing

COUNTED, SUMMED = (f"stockcast_commit_to_socket_seconds_{what}" for what in ("count", "sum"))


def read(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def traced(message: Message, traceparent: str) -> Message:
    """The same change, told with a trace."""
    return replace(message, body=orjson.dumps({**orjson.loads(message.body), "traceparent": traceparent}))


EVENTS: list[tuple[StreamFilter[Any], Event]] = [
    (LevelStreamFilter(), History(a_level()).change(1)),
    (ReservationStreamFilter(), reservation_events.life()[0]),
    (AdjustmentStreamFilter(), adjustment_events.life()[0]),
    (AlertStreamFilter(), alert_events.life()[0]),
]


@pytest.mark.parametrize(("watched", "event"), EVENTS, ids=[event.type for _, event in EVENTS])
async def test_what_a_watcher_is_told_of_a_change_has_its_trace(
    watched: StreamFilter[StreamEvent], event: Event
) -> None:
    traceparent = a_traceparent()
    async with a_world() as world:
        stream = await world.live(watched)
        body = with_tx(encode(event, TENANT, traceparent), 1)
        await world.say(Message.about(event.aggregate_id, event.version, body))
        [change] = await told(stream, 1)
    assert (change.type, change.traceparent) == (StreamEventType.CHANGE, traceparent)


async def test_a_thing_that_leaves_a_filter_is_told_with_its_trace() -> None:
    history, traceparent = History(a_level()), a_traceparent()
    async with a_world() as world:
        await world.say(history.message(10))
        stream = await world.live(LevelStreamFilter(status={history.level.status}))
        await world.say(traced(history.message(0), traceparent))
        [removed] = await told(stream, 1)
    assert (removed.type, removed.traceparent) == (StreamEventType.REMOVED, traceparent)


async def test_an_envelope_whose_trace_nobody_can_read_is_told_without_one() -> None:
    async with a_world() as world:
        stream = await world.live(LevelStreamFilter())
        await world.say(traced(History(a_level()).message(1), "not one"))
        assert [event.traceparent for event in await told(stream, 1)] == [None]


async def test_a_frame_names_the_trace_of_its_event_and_of_no_other() -> None:
    kitchen, traceparent = Kitchen(), a_traceparent()
    peer, plain = Peer(kitchen), passing(2)
    event = StreamEvent(StreamEventType.CHANGE, "cursor-1", NOON, traceparent=traceparent)
    with taking_spans() as tracer:
        kitchen.push(passing(1)._replace(event=event))
        kitchen.push(plain)
        await eventually(lambda: len(peer.texts) == 2)
        await eventually(lambda: all(span.ended for span in tracer.spans))
    assert [json.loads(text)["payload"] for text in peer.texts] == [
        {"data": "cursor-1", "extensions": {"traceparent": traceparent}},
        {"data": "cursor-2"},
    ]
    assert [(span.name, span.parent, span.failed) for span in tracer.spans] == [("deliver", traceparent, None)]


async def test_the_way_to_the_sockets_is_measured_once_for_a_change_and_all_who_are_told_it() -> None:
    kitchen = Kitchen()
    kitchen.fanout = Fanout(Rendering(), clock=(NOON + timedelta(seconds=2)).timestamp)
    peers = [Peer(kitchen, str(number)) for number in range(3)]
    count, total = read(COUNTED), read(SUMMED)
    kitchen.push(passing(1)._replace(recorded_at=NOON))
    kitchen.push(passing(2, tx=None))
    await eventually(lambda: all(len(peer.texts) == 2 for peer in peers))
    await eventually(lambda: read(COUNTED) > count)
    assert (read(COUNTED) - count, read(SUMMED) - total) == (1, pytest.approx(2))
