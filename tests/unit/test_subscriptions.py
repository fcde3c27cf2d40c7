"""Subscriptions over a live port that tells what a test says."""

from typing import Any

import pytest

from domain.access import Scope
from domain.reservations import ReservationStatus
from schema.ids import global_id
from services.live import ReservationEvent, ReservationStreamFilter, StreamEventType
from subscriptions.log.broadcast_log import Message
from subscriptions.relay.bridge import read_message
from subscriptions.relay.sinks import message_of
from tests.factories.events import Life
from tests.fakes.api import MANAGER, VENDOR, FakeApi, FakeStream
from tests.fakes.outbox import FakeOutbox

WATCH = """subscription ($f: ReservationStreamFilter, $a: Cursor) {
  reservationChanged(filter: $f, snapshot: true, after: $a) {
    __typename type cursor occurredAt nodeId
    reservation { id version orderId status lines { id sku quantity quantityAllocated item { sku } location { code } } }
  }
}"""


async def watched(api: FakeApi, **variables: Any) -> tuple[Scope, Any, bool, str | None]:
    stream = await api.executor.subscribe(api.prepare(WATCH, **variables), api.context)
    assert api.live is not None
    assert not isinstance(stream, dict), stream
    return api.live.watched[-1]


async def test_reservations_are_watched_within_what_the_caller_may_see() -> None:
    api, life = FakeApi(caller=VENDOR, live=FakeStream()), Life()
    asked = {
        "ids": [global_id("Reservation", life.state.id)],
        "orderIds": ["O-1"],
        "status": ["PENDING"],
        "skus": ["A"],
    }
    wanted = ReservationStreamFilter([life.state.id], ["O-1"], [ReservationStatus.PENDING], ["A"])
    assert await watched(api, f=asked, a="c7") == (VENDOR.scope, wanted, True, "c7")
    assert await watched(api, f={"skus": None}) == (VENDOR.scope, ReservationStreamFilter(), True, None)
    assert await watched(api) == (VENDOR.scope, ReservationStreamFilter(), True, None)


@pytest.mark.parametrize("id_", ["", "rubbish", "\x00", global_id("StockLevel", Life().state.id), "9" * 10_000])
async def test_an_id_that_names_no_reservation_is_that_of_none(id_: str) -> None:
    life = Life()
    _, filter, _, _ = await watched(FakeApi(live=FakeStream()), f={"ids": [id_]})
    assert not filter.matches(life.state)
    assert filter.ids


@pytest.mark.parametrize("slot", ["ids", "orderIds", "skus"])
async def test_a_list_that_is_too_long_is_refused_by_its_name(slot: str) -> None:
    api = FakeApi(live=FakeStream())
    refused = await api.executor.subscribe(api.prepare(WATCH, f={slot: ["x"] * 1_001}), api.context)
    assert isinstance(refused, dict)
    assert refused["errors"][0]["extensions"]["argument"] == f"filter.{slot}"


async def told(event: ReservationEvent) -> dict[str, Any]:
    api = FakeApi(caller=MANAGER)
    answer = await api.executor.execute_event(api.prepare(WATCH), api.context, event)
    assert "errors" not in answer, answer
    assert api.reads.asked.total() == 0, "an event costs no read"
    return answer["data"]["reservationChanged"]


async def test_a_change_is_told_as_the_reservation_it_led_to() -> None:
    life = Life(skus=("TENT", "STOVE"), waiting=("STOVE",))
    state = life.state
    event = ReservationEvent(StreamEventType.CHANGE, "c1", state.reservation.updated_at, state.id, state)
    shown = await told(event)
    assert (shown["__typename"], shown["type"], shown["cursor"]) == ("ReservationEvent", "CHANGE", "c1")
    assert shown["nodeId"] == shown["reservation"]["id"] == global_id("Reservation", state.id)
    assert (shown["reservation"]["orderId"], shown["reservation"]["status"]) == ("O-1", "BACKORDERED")
    lines = [(line["sku"], line["quantityAllocated"], line["location"]) for line in shown["reservation"]["lines"]]
    assert lines == [("TENT", 2, {"code": "MAIN"}), ("STOVE", 0, None)]


async def test_a_removal_is_told_by_id_alone_and_a_reset_of_nothing() -> None:
    life = Life()
    at = life.state.reservation.updated_at
    shown = await told(ReservationEvent(StreamEventType.REMOVED, "c1", at, life.state.id))
    assert (shown["nodeId"], shown["reservation"]) == (global_id("Reservation", life.state.id), None)
    shown = await told(ReservationEvent(StreamEventType.RESET, "c1", at))
    assert (shown["nodeId"], shown["reservation"]) == (None, None)


# ------------------------------------------------------------------ into the log
def test_a_reservations_events_have_one_key_in_the_log_whatever_their_types_and_their_way_there() -> None:
    life, outbox = Life(), FakeOutbox()
    life.reserve()
    life.confirm()
    for event in life.events:
        outbox.write(event, tx=7)
    direct = [message_of(row) for row in outbox.rows.values()]
    bridged: list[Message] = [read_message(message.body)[1] for message in direct]
    assert direct == bridged
    assert [(message.key, message.version) for message in direct] == [(str(life.state.id), 1), (str(life.state.id), 2)]
