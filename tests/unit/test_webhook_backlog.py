"""What waits for a webhook: what of it is given up, and what is sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.refusals import RefusalCode
from domain.webhook_backlog import (
    PENDING_MAX,
    REPLAY_MAX,
    UNFIT_TOLD_MAX,
    invalid_period,
    not_to_be_replayed,
    replayed_at_once,
    too_much_waits,
    unfit_deliveries,
    unheard,
)
from domain.webhooks import Webhook, WebhookDeliveryState, WebhookEventType

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WEBHOOK = Webhook(UUID(int=7), "https://example.com/", (WebhookEventType.STALE,), "admin@acme", NOON, NOON)
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
DEAD, PENDING = WebhookDeliveryState.DEAD, WebhookDeliveryState.PENDING


def test_what_waits_is_sent_where_the_webhook_is_on_and_given_up_where_it_is_off_or_gone() -> None:
    assert unheard(active=True, kept=True) is None
    assert unheard(active=False, kept=True) == "given up: the webhook is switched off"
    assert unheard(active=None, kept=True) == "given up: the webhook was deleted"
    assert unheard(active=True, kept=False) == "given up: its message is no longer kept"


def test_nothing_is_sent_again_to_a_webhook_that_is_off() -> None:
    assert not_to_be_replayed(WEBHOOK) is None
    refusal = not_to_be_replayed(replace(WEBHOOK, active=False))
    assert refusal is not None
    assert (refusal.code, refusal.field) == (RefusalCode.ILLEGAL_TRANSITION, ("webhookId",))
    assert "updateWebhook(active: true)" in refusal.message


@pytest.mark.parametrize("since", [None, NOON, NOON - timedelta(days=1)])
def test_a_time_that_ends_where_it_begins_or_later_or_nowhere_is_taken(since: datetime | None) -> None:
    assert invalid_period(since, None) is None
    assert invalid_period(since, NOON) is None


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    refusal = invalid_period(NOON, NOON - timedelta(microseconds=1))
    assert refusal is not None
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, ("from",))


def test_what_is_not_dead_or_not_the_webhooks_is_named_by_its_first_place() -> None:
    refusals = unfit_deliveries([ONE, TWO, THREE, TWO], {ONE: DEAD, TWO: PENDING})

    assert [(each.code, each.field) for each in refusals] == [
        (RefusalCode.ILLEGAL_TRANSITION, ("deliveryIds", "1")),
        (RefusalCode.NOT_FOUND, ("deliveryIds", "2")),
    ]
    assert unfit_deliveries([ONE, ONE], {ONE: DEAD}) == ()


def test_of_many_that_are_unfit_the_first_are_named() -> None:
    assert len(unfit_deliveries([UUID(int=number) for number in range(1_000)], {})) == UNFIT_TOLD_MAX


@pytest.mark.parametrize(
    ("waiting", "at_once"),
    [(0, REPLAY_MAX), (PENDING_MAX - 1, 1), (PENDING_MAX, 0), (PENDING_MAX + 1, 0)],
)
def test_as_many_are_sent_again_as_may_wait(waiting: int, at_once: int) -> None:
    assert replayed_at_once(waiting) == at_once


def test_where_no_more_may_wait_the_bound_is_told() -> None:
    refusal = too_much_waits()
    assert (refusal.code, refusal.limit) == (RefusalCode.LIMIT_EXCEEDED, PENDING_MAX)
