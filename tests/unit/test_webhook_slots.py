"""How many deliveries may be under way at once."""

from __future__ import annotations

from uuid import UUID, uuid4

from workers.webhook_slots import IN_FLIGHT_MAX, TENANT_MAX, TROUBLED_MAX, WEBHOOK_MAX, Slots

ACME = UUID(int=1)


def fill(slots: Slots, webhooks: int, *, troubled: bool = False) -> int:
    """How many slots so many webhooks, each of a tenant of its own, get together."""
    before = slots.taken
    for _ in range(webhooks):
        tenant, webhook = uuid4(), uuid4()
        if troubled:
            slots.settle(webhook, well=False)
        slots.take(tenant, webhook, slots.room(tenant, webhook))
    return slots.taken - before


def test_one_webhook_gets_four_and_has_them_again_when_they_are_given_back() -> None:
    slots, webhook = Slots(), uuid4()
    assert slots.room(ACME, webhook) == WEBHOOK_MAX == 4
    slots.take(ACME, webhook, 4)
    assert slots.room(ACME, webhook) == 0
    slots.give(ACME, webhook, 1)
    assert slots.room(ACME, webhook) == 1


def test_one_tenant_gets_sixteen_however_many_webhooks_it_has() -> None:
    slots = Slots()
    for _ in range(50):
        webhook = uuid4()
        slots.take(ACME, webhook, slots.room(ACME, webhook))
    assert slots.taken == TENANT_MAX
    assert slots.room(uuid4(), uuid4()) == WEBHOOK_MAX


def test_a_process_has_sixty_four() -> None:
    slots = Slots()
    assert fill(slots, 100) == IN_FLIGHT_MAX
    assert slots.full
    assert slots.room(uuid4(), uuid4()) == 0


def test_a_webhook_in_trouble_gets_one_and_all_of_them_half() -> None:
    slots, webhook = Slots(), uuid4()
    slots.settle(webhook, well=False)
    assert slots.room(ACME, webhook) == 1
    slots.settle(webhook, well=True)
    assert slots.room(ACME, webhook) == WEBHOOK_MAX

    assert fill(slots, 100, troubled=True) == TROUBLED_MAX
    assert fill(slots, 100) == IN_FLIGHT_MAX - TROUBLED_MAX


def test_a_plan_takes_nothing() -> None:
    slots, webhook = Slots(), uuid4()
    slots.copy().take(ACME, webhook, 4)
    assert slots.room(ACME, webhook) == 4
