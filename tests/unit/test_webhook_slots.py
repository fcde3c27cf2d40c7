"""How many deliveries may be under way at once."""

from __future__ import annotations

from uuid import UUID, uuid4

from workers.webhook_slots import (
    IN_FLIGHT_MAX,
    REMEMBERED,
    TENANT_MAX,
    TROUBLED_MAX,
    TROUBLED_TENANT_MAX,
    WEBHOOK_MAX,
    Key,
    Slots,
)

ACME = UUID(int=1)


def a_webhook(tenant: UUID | None = None) -> Key:
    return tenant or uuid4(), uuid4()


def fill(slots: Slots, count: int, *, well: bool | None, tenant: UUID | None = None) -> int:
    """How many slots so many webhooks get together, each of a tenant of its own unless one is named."""
    before = slots.taken
    for _ in range(count):
        webhook = a_webhook(tenant)
        if well is not None:
            slots.settle(webhook, well=well)
        slots.take(webhook, slots.room(webhook))
    return slots.taken - before


def test_a_webhook_begins_with_one_slot_and_gets_four_once_it_took_a_message() -> None:
    slots, webhook = Slots(), a_webhook()
    assert slots.room(webhook) == 1
    slots.settle(webhook, well=True)
    assert slots.room(webhook) == WEBHOOK_MAX == 4
    slots.take(webhook, 4)
    assert slots.room(webhook) == 0
    slots.give(webhook, 1)
    assert slots.room(webhook) == 1


def test_one_tenant_gets_sixteen_however_many_webhooks_it_has() -> None:
    slots = Slots()
    assert fill(slots, 50, well=True, tenant=ACME) == TENANT_MAX
    assert slots.room(a_webhook(ACME)) == 0
    assert slots.room(a_webhook()) == 1


def test_a_process_has_sixty_four() -> None:
    slots = Slots()
    assert fill(slots, 100, well=True) == IN_FLIGHT_MAX
    assert slots.full
    assert slots.room(a_webhook()) == 0


def test_a_webhook_in_trouble_gets_one_and_all_of_them_half() -> None:
    slots, webhook = Slots(), a_webhook()
    slots.settle(webhook, well=False)
    assert slots.room(webhook) == 1
    slots.settle(webhook, well=True)
    assert slots.room(webhook) == WEBHOOK_MAX

    assert fill(slots, 100, well=False) == TROUBLED_MAX
    assert fill(slots, 100, well=True) == IN_FLIGHT_MAX - TROUBLED_MAX


def test_a_tenants_webhooks_in_trouble_take_nothing_from_its_others() -> None:
    slots = Slots()
    assert fill(slots, 50, well=False, tenant=ACME) == TROUBLED_TENANT_MAX
    assert fill(slots, 50, well=True, tenant=ACME) == TENANT_MAX


def test_one_that_gets_into_trouble_under_way_makes_room_for_the_others_of_its_tenant() -> None:
    slots = Slots()
    hanging = [a_webhook(ACME) for _ in range(TENANT_MAX)]
    for webhook in hanging:
        slots.take(webhook, slots.room(webhook))
    assert slots.room(a_webhook(ACME)) == 0

    for webhook in hanging:
        slots.settle(webhook, well=False)

    assert slots.room(a_webhook(ACME)) == 1


def test_of_the_webhooks_only_the_latest_are_remembered() -> None:
    slots, webhook = Slots(), a_webhook()
    slots.settle(webhook, well=True)
    for _ in range(REMEMBERED):
        slots.settle(a_webhook(), well=True)
    assert slots.room(webhook) == 1


def test_a_plan_takes_nothing() -> None:
    slots, webhook = Slots(), a_webhook()
    slots.copy().take(webhook, 1)
    assert slots.room(webhook) == 1
