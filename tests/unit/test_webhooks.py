"""Webhooks: what they are told of, how they change, and what their secrets sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.allocation import Shortage
from domain.events import AdjustmentChanged, AlertChanged, Event, ReservationChanged
from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import Moved
from domain.strategies import Want
from domain.webhooks import (
    LINES_TOLD_MAX,
    MESSAGE_BYTES_MAX,
    WEBHOOKS_MAX,
    Webhook,
    WebhookEventType,
    WebhookSecrets,
    invalid_webhook,
    listened_to,
    too_many_webhooks,
)
from services.event_codec import data_of
from services.webhook_messages import body_of, headers_of, signature
from tests.factories import adjustment_events, alert_events, events, reservation_events, transfer_events

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LOW, OUT, STALE = WebhookEventType.LOW_STOCK, WebhookEventType.OUT_OF_STOCK, WebhookEventType.STALE
ID = UUID(int=7)


def webhook(**changes: object) -> Webhook:
    made = Webhook(ID, "https://example.com/hooks", (LOW,), "admin@acme", NOON, NOON)
    return replace(made, **changes)  # type: ignore[arg-type]


def changed(before: Webhook, expected_version: int | None = None, **changes: object) -> Webhook:
    now = before.describe(changes, expected_version, NOON + timedelta(seconds=1))
    assert isinstance(now, Webhook), now
    return now


# ---------------------------------------------------------------------- what they are told of
def told(event: Event) -> str | None:
    type_ = listened_to(event)
    return type_ and type_.told_as


def test_an_alert_is_told_when_it_opens_and_when_it_turns_to_out_of_stock() -> None:
    low, out = alert_events.alert(), alert_events.alert(alert_events.OUT, 0, None)
    seen = alert_events.seen(low)
    ran_out = low.turn(alert_events.OUT, 0, 5, alert_events.SOON)

    assert told(alert_events.told(low)) == "inventory.low_stock"
    assert told(alert_events.told(out)) == "inventory.out_of_stock"
    assert told(alert_events.told(alert_events.alert(alert_events.STALE))) == "inventory.stale"
    assert told(alert_events.told(ran_out, low)) == "inventory.out_of_stock"
    assert told(alert_events.told(seen.turn(alert_events.OUT, 0, 5, alert_events.SOON), seen)) == (
        "inventory.out_of_stock"
    )


def test_an_alert_is_not_told_that_gets_better_is_seen_or_ends_or_has_another_threshold() -> None:
    low, out = alert_events.alert(), alert_events.alert(alert_events.OUT, 0, 5)
    soon = alert_events.SOON

    assert told(alert_events.told(out.turn(alert_events.LOW, 2, 5, soon), out)) is None
    assert told(alert_events.told(low.turn(alert_events.LOW, 3, 4, soon), low)) is None
    assert told(alert_events.told(alert_events.seen(low), low)) is None
    assert told(alert_events.told(low.resolve(90, soon), low)) is None


def test_of_reservations_only_those_are_told_whose_time_was_over() -> None:
    named = {event.type: told(event) for event in reservation_events.life()}

    assert named.pop("InventoryReservationExpired") == "inventory.reservation_expired"
    assert set(named.values()) == {None}


def test_of_adjustments_only_requests_are_told() -> None:
    named = {event.type: told(event) for event in adjustment_events.life()}

    assert named.pop("AdjustmentRequested") == "inventory.adjustment_requested"
    assert set(named.values()) == {None}


def test_nothing_else_is_told() -> None:
    assert {told(event) for event in (events.changed(events.a_level(), None), *transfer_events.life())} == {None}


# ---------------------------------------------------------------------- how they change
def test_a_change_leaves_what_it_does_not_name_and_counts_a_version() -> None:
    before = webhook(description="the ERP")
    now = changed(before, events=[STALE, LOW, STALE])

    assert now == replace(before, events=(LOW, STALE), updated_at=NOON + timedelta(seconds=1), version=2)


def test_a_change_that_changes_nothing_counts_no_version() -> None:
    before = webhook()

    assert changed(before, url=before.url, events=[LOW], active=True, description=None) is before


def test_a_description_of_blanks_is_none() -> None:
    assert changed(webhook(description="the ERP"), description="  ").description is None


def test_switched_on_again_it_has_no_reason_to_be_off() -> None:
    off = webhook().switch_off("it is gone", NOON)

    assert (off.active, off.disabled_reason, off.version) == (False, "it is gone", 2)
    assert off.switch_off("another", NOON) is off
    assert changed(off, events=[OUT]).disabled_reason == "it is gone"
    on = changed(off, active=True)
    assert (on.active, on.disabled_reason) == (True, None)


def test_a_change_of_another_version_than_was_read_is_refused() -> None:
    refusal = webhook(version=3).describe({"active": False}, 2, NOON)

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.current_version, refusal.field) == (
        RefusalCode.STALE_VERSION,
        3,
        ("expectedVersion",),
    )


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"events": ()}, "events"),
        ({"description": "x" * 2_001}, "description"),
        ({"description": "a\x00b"}, "description"),
    ],
)
def test_what_is_malformed_is_refused_by_the_name_of_its_field(sent: dict[str, object], field: str) -> None:
    refusal = invalid_webhook(sent, ())

    assert refusal is not None
    assert refusal.field == (field,)


def test_no_more_than_fifty_are_kept() -> None:
    assert too_many_webhooks(WEBHOOKS_MAX - 1) is None
    refusal = too_many_webhooks(WEBHOOKS_MAX)
    assert refusal is not None
    assert (refusal.code, refusal.limit) == (RefusalCode.LIMIT_EXCEEDED, 50)


# ---------------------------------------------------------------------- secrets and messages
def test_a_replaced_secret_signs_for_a_day_beside_the_new_one() -> None:
    secrets = WebhookSecrets(b"old").rotate(b"new", NOON)

    assert WebhookSecrets(b"old").valid(NOON) == (b"old",)
    assert secrets.valid(NOON + timedelta(hours=23, minutes=59)) == (b"new", b"old")
    assert secrets.valid(NOON + timedelta(hours=24)) == (b"new",)
    assert secrets.rotate(b"newest", NOON).valid(NOON) == (b"newest", b"new")


def test_a_secret_is_not_shown_where_its_holder_is_printed() -> None:
    assert "sealed" not in repr(WebhookSecrets(b"sealed", b"sealed", NOON))


def test_a_message_is_signed_as_the_convention_says() -> None:
    """The example of the convention's own libraries."""
    secret, message, sent_at = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    assert signature(secret, message, sent_at, b'{"test": 2432232314}') == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_while_a_secret_is_replaced_a_message_is_signed_by_each() -> None:
    secrets = ["whsec_" + base64.b64encode(bytes([n] * 32)).decode() for n in (1, 2)]

    headers = headers_of(ID, 1_700_000_000, b"{}", secrets)

    wanted = [
        "v1,"
        + base64.b64encode(
            hmac.new(bytes([n] * 32), f"{ID}.1700000000.{{}}".encode(), hashlib.sha256).digest()
        ).decode()
        for n in (1, 2)
    ]
    assert headers["webhook-signature"].split(" ") == wanted
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (str(ID), "1700000000")
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "event",
    [
        each
        for each in (*alert_events.life(), *adjustment_events.life(), *reservation_events.life())
        if listened_to(each)
    ],
    ids=lambda event: event.type,
)
def test_a_message_tells_its_type_when_it_was_and_what_the_event_tells(event: Event) -> None:
    assert isinstance(event, AlertChanged | ReservationChanged | AdjustmentChanged)
    type_ = listened_to(event)
    assert type_ is not None

    message = orjson.loads(body_of(event, type_))

    in_part = ["linesOmitted"] if isinstance(event, ReservationChanged) else []
    assert list(message) == ["type", "timestamp", "data", *in_part]
    assert message.get("linesOmitted", 0) == 0
    assert message["type"] == type_.told_as
    assert datetime.fromisoformat(message["timestamp"]) == event.at
    assert message["data"] == orjson.loads(orjson.dumps(data_of(event), option=orjson.OPT_UTC_Z))


def expired(lines: int, **described: object) -> ReservationChanged:
    """A reservation of so many lines whose time was over, each of another SKU with its own item."""
    [event] = [each for each in reservation_events.life() if told(each)]
    assert isinstance(event, ReservationChanged)
    [line, *_] = event.state.lines
    assert line.item is not None
    names = [f"sku-{number:04}" for number in range(lines)]
    states = tuple(
        replace(
            line,
            id=UUID(int=number),
            line=replace(line.line, number=number, sku=sku),
            item=replace(line.item, sku=sku, **described),  # type: ignore[arg-type]
        )
        for number, sku in enumerate(names)
    )
    moved = tuple(Moved(sku, line.line.location or "", 1) for sku in names)
    order = replace(event.state.reservation.order, wants=tuple(Want(sku, None, 1) for sku in names))
    shortages = tuple(Shortage(sku, None, 2, 1) for sku in names)
    reservation = replace(event.state.reservation, order=order, shortages=shortages)
    return replace(event, state=replace(event.state, reservation=reservation, lines=states), moved=moved)


def sent(event: Event) -> dict[str, Any]:
    return orjson.loads(body_of(event, WebhookEventType.RESERVATION_EXPIRED))


@pytest.mark.parametrize(("lines", "shown"), [(1, 1), (LINES_TOLD_MAX, LINES_TOLD_MAX), (1_000, LINES_TOLD_MAX)])
def test_of_a_reservation_with_many_lines_the_first_are_told_and_how_many_more_there_are(
    lines: int, shown: int
) -> None:
    message = sent(expired(lines))

    names = [f"sku-{number:04}" for number in range(shown)]
    data = message["data"]
    assert message["linesOmitted"] == lines - shown
    for told_of in (data["lines"], data["items"], data["wanted"], data["shortages"], data["itemsBySku"].values()):
        assert [each["sku"] for each in told_of] == names
    assert data["reservationId"] == str(expired(1).state.id)


def test_of_lines_that_say_much_fewer_are_told_so_that_no_message_is_larger_than_it_may_be() -> None:
    event = expired(1_000, barcodes=tuple("€" * 62 + f"{number:02}" for number in range(20)), name="€" * 200)

    message = sent(event)

    told_of = len(message["data"]["lines"])
    assert 10 < told_of < LINES_TOLD_MAX
    assert message["linesOmitted"] == 1_000 - told_of
    assert len(body_of(event, WebhookEventType.RESERVATION_EXPIRED).encode()) <= MESSAGE_BYTES_MAX


def test_of_what_moved_only_that_is_told_which_was_of_a_line_that_is() -> None:
    event = expired(2)
    elsewhere = tuple(Moved("sku-0000", f"L-{number}", 1) for number in range(300))

    data = sent(replace(event, moved=(*elsewhere, *event.moved)))["data"]

    assert [(each["sku"], each["location"]) for each in data["items"]] == [
        (each.sku, each.location) for each in event.moved
    ]


def test_it_begins_anew_with_another_address_and_after_it_was_off_and_goes_on_else() -> None:
    on, off = webhook(), webhook(active=False)

    assert changed(on, url="https://example.com/other").begins_anew(on)
    assert changed(off, active=True).begins_anew(off)
    assert not changed(on, events=[OUT]).begins_anew(on)
    assert not changed(on, active=False).begins_anew(on)
