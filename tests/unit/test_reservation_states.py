"""The life of a reservation: the one outcome of every step from every state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.refusals import Refusal, RefusalCode
from domain.reservation_lines import LineQuantity
from domain.reservations import OPEN, STANDING, Changed, Reservation, ReservationStatus
from tests.factories.reservations import LATER, NOON, SOON, R, S, done, failed, pending, refused, waiting
from tests.factories.shelves import shelves

STATES: dict[str, Callable[[], Reservation]] = {
    "requested": lambda: replace(pending(), status=S.REQUESTED, expires_at=None, lines=()),
    "pending": pending,
    "confirmed": lambda: done(pending().confirm(NOON)),
    "partly committed": lambda: done(pending().commit([LineQuantity(2, sku="TENT")], NOON)),
    "backordered": waiting,
    "backordered and paid": lambda: done(waiting().confirm(NOON)),
    "committed": lambda: done(pending().commit(None, NOON)),
    "released": lambda: done(pending().release(None, NOON)),
    "expired": lambda: done(pending().expire(LATER)),
    "failed": failed,
}
VERBS: dict[str, Callable[[Reservation], Changed | list[Refusal] | None]] = {
    "confirm": lambda reservation: reservation.confirm(SOON),
    "commit": lambda reservation: reservation.commit(None, SOON),
    "release": lambda reservation: reservation.release(None, SOON),
    "extend": lambda reservation: reservation.extend(3600, SOON),
    "expire": lambda reservation: reservation.expire(SOON),
    "tell": lambda reservation: reservation.tell("ItemPicked", {0: 1}, SOON),
    "fill": lambda reservation: reservation.fill("TENT", shelves(TENT={"B": 9}), SOON),
    "expire when due": lambda reservation: reservation.expire(LATER),
}
NO, LATE = R.ILLEGAL_TRANSITION, R.RESERVATION_EXPIRED
#: State -> the outcome of each verb, in the order of VERBS; None: nothing happens.
OUTCOMES: dict[str, tuple[ReservationStatus | RefusalCode | None, ...]] = {
    "requested": (NO, NO, NO, NO, None, NO, None, None),
    "pending": (S.CONFIRMED, S.COMMITTED, S.RELEASED, S.PENDING, None, S.CONFIRMED, None, S.EXPIRED),
    "confirmed": (NO, S.COMMITTED, S.RELEASED, NO, None, S.CONFIRMED, None, None),
    "partly committed": (NO, S.COMMITTED, S.COMMITTED, NO, None, S.CONFIRMED, None, None),
    "backordered": (S.BACKORDERED, S.BACKORDERED, S.RELEASED, NO, None, S.BACKORDERED, S.PENDING, None),
    "backordered and paid": (NO, S.BACKORDERED, S.RELEASED, NO, None, S.BACKORDERED, S.CONFIRMED, None),
    "committed": (NO, NO, NO, NO, None, S.COMMITTED, None, None),
    "released": (NO, NO, NO, NO, None, NO, None, None),
    "expired": (LATE, LATE, LATE, LATE, None, LATE, None, None),
    "failed": (NO, NO, NO, NO, None, NO, None, None),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_its_one_outcome_in_each_state(state: str, verb: str) -> None:
    before = STATES[state]()
    expected = OUTCOMES[state][list(VERBS).index(verb)]

    outcome = VERBS[verb](before)

    if isinstance(outcome, Changed):
        assert outcome.reservation.status is expected
        told_again = verb == "tell" and not outcome.moved  # nothing that anyone is shown has changed
        assert outcome.reservation.version == before.version + (not told_again)
        assert told_again or outcome.reservation.updated_at in (SOON, LATER)
        assert (outcome.reservation.status is S.PENDING) == (outcome.reservation.expires_at is not None)
    else:
        assert (outcome and refused(outcome)) == (expected and [expected])
    assert before == STATES[state]()


@pytest.mark.parametrize("verb", ["confirm", "commit", "release", "extend", "tell"])
def test_what_is_past_its_time_refuses_every_step_before_anyone_has_ended_it(verb: str) -> None:
    lapsed = replace(pending(), expires_at=SOON)

    assert lapsed.lapsed(SOON) and not lapsed.lapsed(SOON - timedelta(microseconds=1))
    assert refused(VERBS[verb](lapsed)) == [LATE]
    assert not isinstance(VERBS[verb](replace(lapsed, expires_at=SOON + timedelta(microseconds=1))), list)


def test_an_order_stands_until_it_was_given_up() -> None:
    open_ = {name: state().open for name, state in STATES.items()}
    standing = {name: state().standing for name, state in STATES.items()}

    assert [name for name in STATES if not open_[name]] == ["committed", "released", "expired", "failed"]
    assert [name for name in STATES if not standing[name]] == ["released", "expired", "failed"]
    assert OPEN < STANDING
