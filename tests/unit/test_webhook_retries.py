"""What becomes of a delivery after each try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.texts import storable
from domain.webhook_retries import TRIES_MAX, WAITS_S, NextStep, Outcome, leads_nowhere, next_step, shown
from domain.webhooks import ANSWER_LENGTH_MAX, FAILING_FOR, WebhookDeliveryState

DELIVERED, DEAD, PENDING = WebhookDeliveryState.DELIVERED, WebhookDeliveryState.DEAD, WebhookDeliveryState.PENDING
DAY_S = 86_400.0


@pytest.mark.parametrize("status", [200, 201, 204, 299])
@pytest.mark.parametrize("tries", [1, TRIES_MAX])
def test_an_answer_of_success_delivers(status: int, tries: int) -> None:
    assert next_step(Outcome(3, status), tries, 0.5) == NextStep(DELIVERED)


def test_gone_ends_the_delivery_and_the_webhook() -> None:
    assert next_step(Outcome(3, 410), 1, 0.5) == NextStep(DEAD, gone=True)


@pytest.mark.parametrize("outcome", [Outcome(3, 500), Outcome(3, 301), Outcome(3, 404), Outcome(3, error="refused")])
def test_all_else_is_tried_again_after_ever_longer_waits_and_then_given_up(outcome: Outcome) -> None:
    waits = [next_step(outcome, tries, 0.5) for tries in range(1, TRIES_MAX)]

    assert waits == [NextStep(PENDING, float(wait_s)) for wait_s in WAITS_S]
    assert next_step(outcome, TRIES_MAX, 0.5) == NextStep(DEAD)


@given(st.integers(1, TRIES_MAX - 1), st.floats(0, 1))
def test_a_wait_is_longer_or_shorter_by_a_fifth_at_most(tries: int, chance: float) -> None:
    wait_s = next_step(Outcome(3, 500), tries, chance).wait_s

    assert wait_s is not None
    assert 0.8 * WAITS_S[tries - 1] <= wait_s <= 1.2 * WAITS_S[tries - 1]


def test_chance_moves_the_wait_both_ways() -> None:
    assert next_step(Outcome(3, 500), 1, 0.0).wait_s == pytest.approx(4)
    assert next_step(Outcome(3, 500), 1, 1.0).wait_s == pytest.approx(6)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked_s", "wait_s"), [(0.0, 5.0), (90.0, 90.0), (9e9, DAY_S)])
def test_who_asks_for_time_is_given_it_within_a_day(status: int, asked_s: float, wait_s: float) -> None:
    assert next_step(Outcome(3, status, retry_after_s=asked_s), 1, 0.5).wait_s == pytest.approx(wait_s)


def test_who_asks_for_less_than_our_own_wait_is_given_that() -> None:
    assert next_step(Outcome(3, 429, retry_after_s=1.0), 4, 0.5).wait_s == pytest.approx(WAITS_S[3])


def test_others_ask_for_nothing() -> None:
    assert next_step(Outcome(3, 500, retry_after_s=90.0), 1, 0.5).wait_s == pytest.approx(5)


@pytest.mark.parametrize("tries", range(1, TRIES_MAX))
def test_a_webhook_stays_on_while_a_message_has_tries_left_however_old_its_first_failure_is(tries: int) -> None:
    assert leads_nowhere(next_step(Outcome(3, 503), tries, 0.5), 30 * DAY_S) is None


def test_a_webhook_is_switched_off_with_a_message_that_is_given_up_once_nothing_was_delivered_for_days() -> None:
    step = next_step(Outcome(3, 503), TRIES_MAX, 0.5)
    assert leads_nowhere(step, FAILING_FOR.total_seconds()) is not None
    assert leads_nowhere(step, FAILING_FOR.total_seconds() - 1) is None
    assert leads_nowhere(step, None) is None


def test_who_is_gone_is_switched_off_at_once() -> None:
    assert leads_nowhere(next_step(Outcome(3, 410), 1, 0.5), 0.0) == "it answered 410: gone"


@given(st.text(max_size=3_000))
def test_what_is_kept_of_an_answer_can_be_stored_and_is_short(answer: str) -> None:
    kept = shown(answer)

    assert storable(kept)
    assert len(kept) == min(len(answer), ANSWER_LENGTH_MAX)
