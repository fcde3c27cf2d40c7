"""What every unit of work promises of webhooks; fake and adapter keep it alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import pytest

from domain.alerts import AlertKind
from domain.events import Event
from domain.tenants import Tenant
from domain.webhook_retries import Outcome, next_step
from domain.webhooks import (
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEventType,
    WebhookSecrets,
)
from services.ports import Unit
from services.webhook_ports import Claimed, Replayed
from tests.conformance.units_worlds import ACME, GLOBEX, World, ids
from tests.factories import adjustment_events, alert_events, reservation_events

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)
LOW, OUT = WebhookEventType.LOW_STOCK, WebhookEventType.OUT_OF_STOCK
SEALED = WebhookSecrets(b"\x00sealed\xff")


def webhook(*events: WebhookEventType, **changes: object) -> Webhook:
    made = Webhook(ids(), "https://example.com/hooks?a=1", events or (LOW,), "admin@acme", NOON, NOON)
    return replace(made, **changes)  # type: ignore[arg-type]


ODD = webhook(
    *WebhookEventType,
    description="Éclair\n€ 1%",
    active=False,
    disabled_reason="it is gone (410)",
    updated_at=NOON + timedelta(seconds=3),
    version=41,
)


async def make(world: World, *webhooks: Webhook) -> None:
    async def work(unit: Unit) -> None:
        for each in webhooks:
            await unit.webhooks.make(each, SEALED)

    await world.run(work)


async def tell(world: World, *events: Event) -> None:
    await world.run(lambda unit: unit.outbox.add(events))


async def replay(
    world: World,
    of: Webhook,
    ids: Sequence[UUID] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 10,
) -> Replayed:
    return await world.run(lambda unit: unit.webhook_deliveries.replay(of.id, ids, since, until, limit))


async def dead(world: World, of: Webhook, count: int) -> list[WebhookDelivery]:
    """So many deliveries that were given up."""
    await make(world, of)
    for _ in range(count):
        await tell(world, alert_events.told(alert_events.alert()))
    made = await world.deliveries()
    for each in made:
        await world.bury(each.id)
    return made


@pytest.mark.parametrize("made", [webhook(), ODD], ids=["plain", "odd"])
async def test_a_webhook_comes_back_as_it_was_made_with_its_secrets(world: World, made: Webhook) -> None:
    await make(world, made)

    assert await world.run(lambda unit: unit.webhooks.lock()) == {made.id: made}
    assert await world.run(lambda unit: unit.webhooks.secrets(made.id)) == SEALED


async def test_the_next_unit_finds_a_webhook_and_its_secrets_as_they_have_become(world: World) -> None:
    before = webhook()
    await make(world, before)
    now = replace(ODD, id=before.id, created_at=before.created_at, version=2)
    turned = SEALED.rotate(b"another", NOON)

    async def work(unit: Unit) -> None:
        await unit.webhooks.save_secrets(before.id, turned)
        await unit.webhooks.save(before, now)

    await world.run(work)

    assert await world.run(lambda unit: unit.webhooks.lock()) == {now.id: now}
    assert await world.run(lambda unit: unit.webhooks.secrets(now.id)) == turned


async def test_a_webhook_that_is_not_as_it_was_read_is_not_written(world: World) -> None:
    before = webhook()
    await make(world, before)
    stale = replace(before, version=7)

    with pytest.raises(RuntimeError):
        await world.run(lambda unit: unit.webhooks.save(stale, replace(stale, version=8)))

    assert await world.run(lambda unit: unit.webhooks.lock()) == {before.id: before}


async def test_a_deleted_webhook_is_there_no_more_and_what_was_sent_to_it_is(world: World) -> None:
    made = webhook()
    await make(world, made)
    await tell(world, alert_events.told(alert_events.alert()))

    await world.run(lambda unit: unit.webhooks.delete(made.id))

    assert await world.run(lambda unit: unit.webhooks.lock()) == {}
    assert [each.webhook for each in await world.deliveries()] == [made.id]


async def test_another_tenants_webhook_is_not_there(world: World) -> None:
    await make(world, webhook())

    assert await world.run(lambda unit: unit.webhooks.lock(), GLOBEX) == {}


async def test_whoever_locks_them_is_told_the_time_though_there_are_none(world: World) -> None:
    async def work(unit: Unit) -> datetime:
        await unit.webhooks.lock()
        return unit.levels.stamp(None).recorded_at

    assert (await world.run(work)).tzinfo is not None


async def test_each_active_webhook_that_listens_is_told_of_an_event_once(world: World) -> None:
    both, low = webhook(LOW, OUT), webhook(LOW)
    await make(world, both, low, webhook(OUT), webhook(LOW, active=False))
    event = alert_events.told(alert_events.alert())

    await tell(world, event)

    told = await world.deliveries()
    assert {(each.message_id, each.webhook) for each in told} == {(event.id, both.id), (event.id, low.id)}
    for each in told:
        assert (each.event, each.state, each.attempts) == (LOW, WebhookDeliveryState.PENDING, ())
        assert each.next_attempt_at is not None and each.delivered_at is None
    [(message, payload)] = (await world.payloads()).items()
    assert message == event.id
    assert orjson.loads(payload)["data"]["sku"] == event.state.alert.sku


async def test_events_of_all_kinds_go_to_who_listens_to_them_and_the_others_to_nobody(world: World) -> None:
    await make(world, webhook(*WebhookEventType))
    events = [*alert_events.life(), *adjustment_events.life(), *reservation_events.life()]

    await tell(world, *events)

    told = {each.message_id: each.event for each in await world.deliveries()}
    assert set(told.values()) == set(WebhookEventType)
    assert len(told) < len(events)


async def test_what_nobody_listens_to_is_not_kept(world: World) -> None:
    await make(world, webhook(OUT), webhook(LOW, active=False))

    await tell(world, alert_events.told(alert_events.alert()))

    assert await world.payloads() == {}


async def test_what_is_undone_is_told_to_nobody(world: World) -> None:
    await make(world, webhook())

    async def work(unit: Unit) -> None:
        await unit.outbox.add([alert_events.told(alert_events.alert())])
        raise ValueError("changed its mind")

    with pytest.raises(ValueError, match="changed its mind"):
        await world.run(work)

    assert await world.deliveries() == []


async def test_another_tenants_events_are_told_to_its_own_webhooks_alone(world: World) -> None:
    await make(world, webhook())

    await world.run(lambda unit: unit.outbox.add([alert_events.told(alert_events.alert(AlertKind.LOW_STOCK))]), GLOBEX)

    assert await world.deliveries() == []


async def test_dead_deliveries_are_sent_again_the_oldest_first_as_many_as_are_asked_for(world: World) -> None:
    made = webhook()
    buried = sorted(await dead(world, made, 3), key=lambda each: (each.created_at, each.id))

    assert await replay(world, made, limit=2) == Replayed(2, 1)

    now = {each.id: each for each in await world.deliveries()}
    assert [now[each.id].state.value for each in buried] == ["PENDING", "PENDING", "DEAD"]
    assert [now[each.id].next_attempt_at is None for each in buried] == [False, False, True]
    assert await replay(world, made) == Replayed(1, 0)
    assert await replay(world, made) == Replayed(0, 0)


async def test_only_those_are_sent_again_that_are_named_and_of_the_time_that_is_named(world: World) -> None:
    made = webhook()
    first, second, third = sorted(await dead(world, made, 3), key=lambda each: (each.created_at, each.id))

    assert await replay(world, made, ids=[]) == Replayed(0, 0)
    assert await replay(world, webhook()) == Replayed(0, 0)
    assert await replay(world, made, since=third.created_at + timedelta(hours=1)) == Replayed(0, 0)
    assert await replay(world, made, until=first.created_at) == Replayed(0, 0)
    assert await replay(world, made, ids=[second.id, ids()], since=second.created_at) == Replayed(1, 0)
    assert await replay(world, made, ids=[second.id]) == Replayed(0, 0)
    assert await replay(world, made, since=third.created_at) == Replayed(1, 0)
    assert await replay(world, made, until=first.created_at + timedelta(microseconds=1)) == Replayed(1, 0)


WHY = WebhookAttempt(NOON, 0, error="given up: nobody listens")


async def test_what_waits_for_a_webhook_is_given_up_with_a_word_and_nothing_of_another(world: World) -> None:
    off, on = webhook(), webhook()
    await make(world, off, on)
    for _ in range(3):
        await tell(world, alert_events.told(alert_events.alert()))

    assert await world.run(lambda unit: unit.webhook_deliveries.waiting(off.id)) == 3
    assert await world.run(lambda unit: unit.webhook_deliveries.give_up(off.id, WHY)) == 3
    assert await world.run(lambda unit: unit.webhook_deliveries.give_up(off.id, WHY)) == 0

    told = await world.deliveries()
    assert {(each.webhook, each.state.value, each.attempts) for each in told} == {
        (off.id, "DEAD", (WHY,)),
        (on.id, "PENDING", ()),
    }
    assert await world.run(lambda unit: unit.webhook_deliveries.waiting(off.id)) == 0


async def test_of_too_much_the_oldest_is_given_up_some_at_once(world: World) -> None:
    made = webhook()
    await make(world, made)
    for _ in range(5):
        await tell(world, alert_events.told(alert_events.alert()))
    falling = sorted(await world.deliveries(), key=lambda each: (each.created_at, each.id), reverse=True)

    async def give_up(newest: int, limit: int) -> int:
        return await world.run(lambda unit: unit.webhook_deliveries.give_up(made.id, WHY, newest=newest, limit=limit))

    assert [await give_up(2, 2), await give_up(2, 2), await give_up(2, 2)] == [2, 1, 0]
    assert await give_up(5, 1) == 0

    now = {each.id: each.state.value for each in await world.deliveries()}
    assert [now[each.id] for each in falling] == ["PENDING", "PENDING", "DEAD", "DEAD", "DEAD"]


async def test_the_states_of_deliveries_are_told_of_the_webhook_that_is_named_alone(world: World) -> None:
    made, other = webhook(), webhook()
    [one] = await dead(world, made, 1)
    await make(world, other)
    await tell(world, alert_events.told(alert_events.alert()))
    [strange] = [each for each in await world.deliveries() if each.webhook == other.id]
    named = [one.id, strange.id, ids()]

    async def states(of: Webhook, tenant: Tenant = ACME) -> dict[UUID, WebhookDeliveryState]:
        return dict(await world.run(lambda unit: unit.webhook_deliveries.states(of.id, named), tenant))

    assert await states(made) == {one.id: WebhookDeliveryState.DEAD}
    assert await states(other) == {strange.id: WebhookDeliveryState.PENDING}
    assert await states(made, GLOBEX) == {}


@pytest.mark.parametrize(("status", "state"), [(204, "DELIVERED"), (410, "DEAD")])
async def test_the_end_of_a_delivery_is_recorded_once(world: World, status: int, state: str) -> None:
    made = webhook()
    await make(world, made)
    await tell(world, alert_events.told(alert_events.alert()))
    [delivery] = await world.deliveries()

    for _ in range(2):
        await record(world, delivery, status)

    [now] = await world.deliveries()
    assert (now.state.value, [each.status for each in now.attempts]) == (state, [status])
    assert now.next_attempt_at is None


async def test_since_when_a_webhook_fails_is_told_until_something_is_delivered_to_it(world: World) -> None:
    await make(world, webhook())
    for _ in range(5):
        await tell(world, alert_events.told(alert_events.alert()))

    told = [
        await record(world, each, status)
        for each, status in zip(await world.deliveries(), [410, 410, 204, 410, 410], strict=True)
    ]

    assert [failing_s is not None for failing_s in told] == [False, True, False, False, True]


async def record(world: World, delivery: WebhookDelivery, status: int) -> float | None:
    claimed = Claimed(ACME.id, delivery.webhook, delivery.id, 0, 0.0)
    attempt, step = WebhookAttempt(NOON, 7, status), next_step(Outcome(7, status), 1, 0.5)
    return await world.run(lambda unit: unit.webhook_deliveries.record(claimed, attempt, step, tried=True))


async def test_another_tenant_sends_nothing_again(world: World) -> None:
    made = webhook()
    await dead(world, made, 1)

    async def work(unit: Unit) -> Replayed:
        return await unit.webhook_deliveries.replay(made.id, None, None, None, 10)

    assert await world.run(work, GLOBEX) == Replayed(0, 0)
    assert await world.run(work, ACME) == Replayed(1, 0)
