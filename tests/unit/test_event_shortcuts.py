"""Shortcuts of events: what a stream tells without the engine is told as the engine tells it."""

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from graphql import Executor as Engine
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import Cause, LedgerKind
from services.live import AdjustmentEvent, AlertEvent, LevelEvent, ReservationEvent, StreamEvent, StreamEventType
from tests.factories import adjustment_events, alert_events, reservation_events
from tests.factories.pictures import NOON, item, level, location, reservation
from tests.fakes.api import ADMIN, VENDOR, FakeApi

CHANGE = StreamEventType.CHANGE
LAMP = item("LAMP", vendor="acme")
LEVEL = level(LAMP, location("MAIN"))
CAUSE = Cause("manager", "found", "a note", "order", "O-1")

#: Parts of a selection below each stream: plain ones, those that hang on who looks, and those that the engine judges.
PARTS = {
    "stockLevelChanged": (
        "type cursor occurredAt nodeId",
        "previousVersion previousAvailableToPromise __typename",
        "cause { kind referenceType reference reasonCode actor }",
        "level { id sku version quantityOnHand availableToPromise status updatedAt stale }",
        "level { item { sku name price currency barcodes } location { code name kind } }",
        "shown: level { location { parent { code } } }",
        "level { version @skip(if: true) sku }",
        "... on StreamEvent { type }",
    ),
    "reservationChanged": (
        "type cursor nodeId",
        "reservation { id status version orderId channel expiresAt failureCode }",
        "reservation { lines { sku quantity item { sku } location { code } } shortages { sku } }",
    ),
    "adjustmentChanged": (
        "type cursor nodeId",
        "adjustment { id status requestedBy requestedAt decidedBy decidedAt }",
    ),
    "lowStockAlerts": ("type cursor nodeId", "alert { id kind status acknowledgedBy openedAt }"),
}
EVENTS: dict[str, tuple[StreamEvent, ...]] = {
    "stockLevelChanged": (
        LevelEvent(CHANGE, "c-1", NOON, LEVEL.id, LEVEL, 1, 10, LedgerKind.ADJUSTMENT, CAUSE),
        LevelEvent(StreamEventType.REMOVED, "c-1", NOON, LEVEL.id),
        LevelEvent(StreamEventType.CAUGHT_UP, "c-1", NOON),
        LevelEvent(CHANGE, "c-1", NOON, LEVEL.id, replace(LEVEL, version=None), 1),  # pyright: ignore[reportArgumentType]
        LevelEvent(CHANGE, "c-1", NOON, LEVEL.id, LEVEL, 2**80),
        LevelEvent(CHANGE, None, NOON, LEVEL.id, LEVEL),  # pyright: ignore[reportArgumentType]
        AlertEvent(CHANGE, "c-1", NOON),
    ),
    "reservationChanged": (
        ReservationEvent(CHANGE, "c-1", NOON, LEVEL.id, reservation("O-1", (LAMP, 2))),
        *(
            ReservationEvent(CHANGE, "c-1", NOON, LEVEL.id, getattr(event, "state", None))
            for event in reservation_events.life()
        ),
    ),
    "adjustmentChanged": tuple(
        AdjustmentEvent(CHANGE, "c-1", NOON, event.state.id, event.state) for event in adjustment_events.life()
    ),
    "lowStockAlerts": tuple(
        AlertEvent(CHANGE, "c-1", NOON, event.state.id, event.state) for event in alert_events.life()
    ),
}


async def alike(query: str, event: StreamEvent, caller: Any) -> None:
    """What is shown at once, if it is, is what the engine gives."""
    short, long = FakeApi(caller=caller), FakeApi(caller=caller, shortcuts=False)
    at_once = short.executor.show_event(short.prepare(query), short.context, event)
    answer = await long.executor.execute_event(long.prepare(query), long.context, event)
    assert at_once is None or at_once == answer
    assert await short.executor.execute_event(short.prepare(query), short.context, event) == answer


@given(st.data())
async def test_whatever_is_shown_at_once_is_what_the_engine_shows(data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from(sorted(PARTS)))
    parts = data.draw(st.lists(st.sampled_from(PARTS[stream]), min_size=1, max_size=4, unique=True))
    event = data.draw(st.sampled_from(EVENTS[stream]))
    caller = data.draw(st.sampled_from([ADMIN, VENDOR]))
    await alike(f"subscription {{ {stream} {{ {' '.join(parts)} }} }}", event, caller)


@pytest.mark.parametrize("caller", [ADMIN, VENDOR], ids=["admin", "vendor"])
@pytest.mark.parametrize("stream", PARTS)
def test_what_is_read_from_the_event_alone_is_shown_without_the_engine(stream: str, caller: Any) -> None:
    api = FakeApi(caller=caller)
    plain = [part for part in PARTS[stream] if "parent" not in part]
    prepared = api.prepare(f"subscription {{ told: {stream} {{ {' '.join(plain)} }} }}")
    assert prepared.plain
    with patch.object(Engine, "execute_operation", side_effect=AssertionError("the engine ran")):
        answer = api.executor.show_event(prepared, api.context, EVENTS[stream][0])
    assert answer is not None
    assert answer["data"]["told"]["cursor"] == "c-1"


@pytest.mark.parametrize(
    "query",
    [
        "subscription { stockLevelChanged { level { location { parent { code } } } } }",
        "subscription ($yes: Boolean! = true) { stockLevelChanged { cursor type @include(if: $yes) } }",
    ],
)
def test_what_hangs_on_more_than_the_event_is_left_to_the_engine(query: str) -> None:
    api = FakeApi()
    prepared = api.prepare(query)
    assert not prepared.plain
    assert api.executor.show_event(prepared, api.context, EVENTS["stockLevelChanged"][0]) is None


def test_a_vendor_sees_its_own_name_alone_also_at_once() -> None:
    event, query = EVENTS["stockLevelChanged"][0], "subscription { stockLevelChanged { cause { actor } } }"
    told: list[object] = []
    for caller in (ADMIN, VENDOR, replace(VENDOR, subject="manager")):
        api = FakeApi(caller=caller)
        answer = api.executor.show_event(api.prepare(query), api.context, event)
        told.append(answer and answer["data"]["stockLevelChanged"]["cause"]["actor"])
    assert told == ["manager", None, "manager"]
