"""What becomes of a delivery after each try: delivered, to be tried again later, or given up.

    2xx                delivered
    410                given up, and the webhook is switched off: whoever answers so wants nothing more
    429 and 503        tried again, not before what their Retry-After asks for, within a day
    all else           tried again: other answers, redirects too, no answer in time, no connection

It is tried again after the waits of the Standard Webhooks convention, each longer or shorter by chance, so that what
failed together does not come back together; over about three days in all.

A webhook is switched off too where a delivery was given up after all its tries, and nothing was delivered to it for
FAILING_FOR, though it was tried. One that fails now and then, between messages that are rare, stays on: each message
has its tries.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.texts import storable
from domain.webhooks import ANSWER_LENGTH_MAX, FAILING_FOR, WebhookDeliveryState

#: Seconds until the next try, after the first, the second, …: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
WAITS_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
TRIES_MAX = len(WAITS_S) + 1
#: By how much of it a wait is longer or shorter, at most.
JITTER = 0.2
RETRY_AFTER_S_MAX = 86_400.0
GONE = 410
_ASKS_FOR_TIME = (429, 503)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: a status with the beginning of the answer, or the error that kept it from coming.

    `retry_after_s` is what the answer asked for, None: nothing.
    """

    duration_ms: int
    status: int | None = None
    error: str | None = None
    answer: str | None = None
    retry_after_s: float | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class NextStep:
    """`wait_s` until the next try, of one that is PENDING; `gone`: the webhook is to be switched off."""

    state: WebhookDeliveryState
    wait_s: float | None = None
    gone: bool = False


#: Of a delivery that cannot be tried for a reason that is ours: it costs none of its tries.
PUT_BACK = NextStep(WebhookDeliveryState.PENDING, 60.0)


def next_step(outcome: Outcome, tries: int, chance: float) -> NextStep:
    """What to do after the try of number `tries`, from 1 on; `chance` is drawn from 0 to 1."""
    if outcome.delivered:
        return NextStep(WebhookDeliveryState.DELIVERED)
    if outcome.status == GONE:
        return NextStep(WebhookDeliveryState.DEAD, gone=True)
    if tries >= TRIES_MAX:
        return NextStep(WebhookDeliveryState.DEAD)
    wait_s = WAITS_S[tries - 1] * (1 + JITTER * (2 * chance - 1))
    if outcome.status in _ASKS_FOR_TIME and outcome.retry_after_s is not None:
        wait_s = max(wait_s, min(outcome.retry_after_s, RETRY_AFTER_S_MAX))
    return NextStep(WebhookDeliveryState.PENDING, wait_s)


def leads_nowhere(step: NextStep, failing_s: float | None) -> str | None:
    """Why a webhook is to be switched off after a try: `failing_s` seconds ago it first failed since something was
    delivered to it, None: it does not fail. None: it stays on."""
    if step.gone:
        return f"it answered {GONE}: gone"
    given_up = step.state is WebhookDeliveryState.DEAD
    if given_up and failing_s is not None and failing_s >= FAILING_FOR.total_seconds():
        return f"nothing was delivered to it for {FAILING_FOR.days} days, though it was tried"
    return None


def shown(answer: str) -> str:
    """The beginning of an answer as it is kept: what cannot be stored is replaced."""
    return "".join(ch if storable(ch) else "\ufffd" for ch in answer[:ANSWER_LENGTH_MAX])
