"""Reservation by property: whatever is asked of it, in whatever order, its units add up and its states follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.allocation import allocate
from domain.refusals import Refusal
from domain.reservation_lines import LineQuantity, line_id
from domain.reservations import OPEN, Changed, Order, Reservation, ReservationStatus
from domain.strategies import AllocationStrategy, Want
from tests.factories.reservations import ID, NOON, TTL
from tests.factories.shelves import shelves

Outcome = Changed | list[Refusal] | None
Step = Callable[[Reservation, int], Outcome]
S = ReservationStatus
#: From which state to which a step may lead; none leads out of the others.
STEPS = {
    S.PENDING: {S.PENDING, S.CONFIRMED, S.COMMITTED, S.RELEASED, S.EXPIRED},
    S.BACKORDERED: {S.BACKORDERED, S.PENDING, S.CONFIRMED, S.COMMITTED, S.RELEASED},
    S.CONFIRMED: {S.CONFIRMED, S.COMMITTED, S.RELEASED},
    # A document that tells what is known is written down.
    S.COMMITTED: {S.COMMITTED},
}

_skus = st.sampled_from(["TENT", "STOVE"])
_stock = st.dictionaries(_skus, st.dictionaries(st.sampled_from("ABC"), st.integers(1, 4)))
_wants = st.tuples(
    st.builds(Want, st.just("TENT"), st.none() | st.just("B"), st.integers(1, 9)),
    st.builds(Want, st.just("STOVE"), st.none(), st.integers(1, 4)),
)
_made = st.builds(
    lambda wants, stock, strategy: (Order("O-1", wants, strategy, ttl_seconds=TTL), shelves(**stock)),
    *(_wants, _stock, st.sampled_from(AllocationStrategy)),
)
_numbers = st.integers(0, 6)
_entry = st.builds(
    lambda quantity, number: LineQuantity(quantity, line_id(ID, number)), st.integers(1, 4), _numbers
) | st.builds(LineQuantity, st.integers(1, 6), sku=_skus | st.just("LAMP"), location=st.none() | st.sampled_from("ABC"))
_asked = st.none() | st.lists(_entry, min_size=1, max_size=3)


def _at(minutes: int) -> timedelta:
    return timedelta(seconds=60 * minutes)


_steps = st.one_of(
    st.just(lambda it, n: it.confirm(NOON + _at(n))),
    st.builds(lambda ttl: lambda it, n: it.extend(ttl, NOON + _at(n)), st.integers(1, 900)),
    st.builds(lambda asked: lambda it, n: it.commit(asked, NOON + _at(n)), _asked),
    st.builds(
        lambda asked, among: lambda it, n: it.release(asked, NOON + _at(n), among=among),
        *(_asked, st.none() | st.frozensets(_numbers)),
    ),
    st.just(lambda it, n: it.expire(NOON + _at(n))),
    st.builds(lambda sku, stock: lambda it, n: it.fill(sku, shelves(**stock), NOON + _at(n)), _skus, _stock),
    st.builds(
        lambda document, units: lambda it, n: it.tell(document, units, NOON + _at(n)),
        st.sampled_from(["ItemPicked", "ShipmentCreated"]),
        st.dictionaries(st.integers(0, 1), st.integers(1, 5), min_size=1),
    ),
)


def _sound(it: Reservation) -> None:
    for line in it.lines:
        parts = (line.allocated, line.backordered, line.committed, line.released)
        assert min(parts) >= 0 and line.quantity == sum(parts) > 0
        assert line.location is not None or line.allocated == line.committed == 0
        assert line.location is None or line.backordered == 0
        assert line.wanted in (None, line.location) or line.location is None
    assert len({line.number for line in it.lines}) == len(it.lines)
    assert (it.status is S.PENDING) == (it.expires_at is not None)
    assert it.open == any(line.open for line in it.lines) == (it.status in OPEN)
    assert (it.status is S.BACKORDERED) == bool(it.awaited)
    assert (it.status is S.COMMITTED) <= any(line.committed for line in it.lines)


def _held(it: Reservation) -> Counter[tuple[str, str | None]]:
    held: Counter[tuple[str, str | None]] = Counter()
    for line in it.lines:
        held[line.sku, line.location] += line.allocated
    return +held


def _asked_in_all(it: Reservation) -> Counter[str]:
    asked: Counter[str] = Counter()
    for line in it.lines:
        asked[line.sku] += line.quantity
    return asked


def _shown(it: Reservation) -> Reservation:
    """What anyone is shown of it, but for the version."""
    return replace(it, version=0, lines=tuple(replace(line, told=None) for line in it.lines))


def _follows(before: Reservation, outcome: Changed) -> None:
    after, moved = outcome
    told_again = after.version == before.version and _shown(after) == _shown(before)
    assert told_again or after.version == before.version + 1
    assert after.status in STEPS[before.status]
    assert _asked_in_all(after) == _asked_in_all(before)
    for line, earlier in zip(after.lines, before.lines, strict=False):
        assert (line.number, line.sku) == (earlier.number, earlier.sku)
        assert line.committed >= earlier.committed and line.released >= earlier.released
    change: Counter[tuple[str, str | None]] = Counter()
    for sku, location, units in moved:
        assert units > 0
        change[sku, location] += units
    rose = _held(after) - _held(before)
    fell = _held(before) - _held(after)
    assert change == rose + fell and not (rose and fell)


@settings(max_examples=300)
@given(_made, st.booleans(), st.lists(st.tuples(_steps, st.integers(0, 3)), max_size=14))
def test_units_add_up_after_every_step(made: tuple, queued: bool, steps: list[tuple[Step, int]]) -> None:
    order, stock = made
    it, moved = Reservation.made(ID, order, allocate(order.wants, stock, order.strategy), NOON, queued=queued)
    if not it.lines:
        return
    _sound(it)
    assert Counter({(sku, code): units for sku, code, units in moved}) == _held(it)
    minutes = 0
    for step, later in steps:
        minutes += later
        outcome = step(it, minutes)
        if isinstance(outcome, Changed):
            _follows(it, outcome)
            it = outcome.reservation
            _sound(it)
        else:
            assert outcome is None or outcome
