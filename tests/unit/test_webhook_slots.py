"""How many deliveries may be under way at once."""

from __future__ import annotations

from uuid import UUID, uuid4

from workers.webhook_slots import IN_FLIGHT_MAX, NEW, REMEMBERED, TENANT_MAX, TROUBLED, UNPROVEN_MAX, WELL, Key, Slots

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


def fill_and_hang(slots: Slots, count: int, *, well: bool | None) -> int:
    """The same, and what was begun is found to go slowly."""
    begun = []
    for _ in range(count):
        webhook = a_webhook()
        if well is not None:
            slots.settle(webhook, well=well)
        room = slots.room(webhook)
        slots.take(webhook, room)
        begun += [webhook] * room
    for webhook in begun:
        slots.settle(webhook, well=False)
    return len(begun)


def test_a_webhook_begins_with_one_slot_and_gets_four_once_it_took_a_message() -> None:
    slots, webhook = Slots(), a_webhook()
    assert slots.room(webhook) == 1
    slots.settle(webhook, well=True)
    assert slots.room(webhook) == WELL.of_webhook == 4
    slots.take(webhook, 4)
    assert slots.room(webhook) == 0
    slots.give(webhook, 1)
    assert slots.room(webhook) == 1


def test_one_tenant_gets_sixteen_however_many_webhooks_it_has() -> None:
    slots = Slots()
    assert fill(slots, 50, well=True, tenant=ACME) == WELL.of_tenant == 16
    another = a_webhook()
    slots.settle(another, well=True)
    assert slots.room(another) == WELL.of_webhook
    assert fill(slots, 50, well=None, tenant=ACME) == NEW.of_tenant == 8


def test_a_process_has_so_many_for_those_that_are_well_for_the_new_and_for_those_in_trouble() -> None:
    slots = Slots()
    assert fill(slots, 100, well=True) == WELL.all
    assert fill(slots, 100, well=None) == NEW.all
    assert not slots.full
    assert fill(slots, 100, well=False) == TROUBLED.all
    assert slots.full


def test_a_webhook_in_trouble_gets_one() -> None:
    slots, webhook = Slots(), a_webhook()
    slots.settle(webhook, well=False)
    assert slots.room(webhook) == 1
    slots.settle(webhook, well=True)
    assert slots.room(webhook) == WELL.of_webhook


def test_what_hangs_from_its_first_message_on_takes_nothing_from_those_that_are_well() -> None:
    slots = Slots()
    while begun := fill_and_hang(slots, 100, well=None):
        assert begun <= NEW.all
    assert slots.taken == UNPROVEN_MAX
    assert fill(slots, 100, well=True) == WELL.all
    assert slots.taken == IN_FLIGHT_MAX


def test_what_was_well_and_hangs_leaves_its_slots_to_others_once_it_is_found_slow() -> None:
    slots = Slots()
    assert fill_and_hang(slots, 16, well=True) == WELL.all
    assert fill(slots, 1, well=None) == 1
    assert fill_and_hang(slots, 16, well=True) == WELL.all
    assert fill(slots, 100, well=True) > 0
    assert fill(slots, 100, well=None) == 0
    assert slots.taken == IN_FLIGHT_MAX and slots.full


def test_a_tenants_webhooks_in_trouble_take_nothing_from_its_others() -> None:
    slots = Slots()
    assert fill(slots, 50, well=False, tenant=ACME) == TROUBLED.of_tenant
    assert fill(slots, 50, well=True, tenant=ACME) == WELL.of_tenant == 16


def test_one_that_gets_into_trouble_under_way_makes_room_for_the_others_of_its_tenant() -> None:
    slots = Slots()
    hanging = [a_webhook(ACME) for _ in range(NEW.of_tenant)]
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


def test_what_ended_leaves_no_slot_taken_in_whatever_lane_it_began() -> None:
    slots, webhooks = Slots(), [a_webhook(ACME) for _ in range(NEW.of_tenant)]
    for number, webhook in enumerate(webhooks):
        slots.take(webhook, 1)
        if number % 3:
            slots.settle(webhook, well=number % 3 == 1)
    for webhook in webhooks:
        slots.give(webhook, 1)
    assert slots.taken == 0
    assert fill(slots, 50, well=True, tenant=ACME) == WELL.of_tenant
    assert fill(slots, 50, well=None, tenant=ACME) == NEW.of_tenant
    assert fill(slots, 50, well=False, tenant=ACME) == 0
    assert slots.taken == TENANT_MAX


def test_a_plan_takes_nothing() -> None:
    slots, webhook = Slots(), a_webhook()
    slots.copy().take(webhook, 1)
    assert slots.room(webhook) == 1
