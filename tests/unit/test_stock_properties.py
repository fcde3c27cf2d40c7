"""StockLevel by property: whatever is asked of it, in whatever order, the rules hold and the ledger adds up."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import Cause, LedgerEntry, Quantities, Stamp
from domain.movements import Adjust, Applied, Count, Hold, Movement, Receive, Return, Unhold, Waste, apply_all
from domain.places import Place
from domain.quantities import LEVEL_MAX
from domain.refusals import Refusal
from domain.stock import StockLevel

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
STAMP = Stamp(NOON, NOON)
PLACES: tuple[Place, ...] = (("TENT", "MAIN"), ("TENT", "SHOP"), ("STOVE", "MAIN"))
Ask = Callable[[StockLevel], LedgerEntry | Refusal]

_small = st.integers(-2, 12)
_quantity = _small | st.sampled_from([LEVEL_MAX, LEVEL_MAX + 1, -LEVEL_MAX])


def _movement(kind: type[Movement], sku: str, quantity: int) -> Movement:
    name = {Adjust: "change", Count: "counted"}.get(kind, "quantity")
    return kind(sku=sku, **{name: quantity})  # type: ignore[arg-type]


_moved = st.builds(
    lambda place, kind, quantity: (place, _movement(kind, place[0], quantity)),
    st.sampled_from(PLACES),
    st.sampled_from([Receive, Return, Hold, Unhold, Waste, Adjust, Count]),
    _quantity,
)


def _by_movement(moved: tuple[Place, Movement]) -> tuple[Place, Ask]:
    place, movement = moved
    return place, lambda level: movement.apply(level, Cause("someone"), STAMP)


def _by_verb(place: Place, verb: Callable[..., LedgerEntry | Refusal], units: int) -> tuple[Place, Ask]:
    return place, lambda level: verb(level, units, Cause("orders"), STAMP)


_OF_RESERVATIONS = [StockLevel.allocate, StockLevel.deallocate, StockLevel.pick]
_OF_TRANSFERS = [StockLevel.send, StockLevel.take_back, StockLevel.announce, StockLevel.take_in, StockLevel.call_off]
#: What may be asked of a level: a movement, or what a reservation or a transfer does to it.
_asked = st.builds(_by_movement, _moved) | st.builds(
    _by_verb,
    st.sampled_from(PLACES),
    st.sampled_from([*_OF_RESERVATIONS, *_OF_TRANSFERS]),
    _quantity,
)


def _levels() -> dict[Place, StockLevel]:
    return {place: StockLevel(UUID(int=i), *place, NOON) for i, place in enumerate(PLACES, 1)}


def _clock(occurred_at: datetime | None) -> Stamp:
    return STAMP if occurred_at is None else Stamp(occurred_at, NOON)


def _sound(level: StockLevel) -> bool:
    q = level.quantities
    return (
        min(q.on_hand, q.allocated, q.unavailable, q.incoming, q.available_to_promise) >= 0 and q.on_hand <= LEVEL_MAX
    )


@given(st.lists(_asked, max_size=60))
def test_no_sequence_of_changes_breaks_a_rule_and_the_ledger_adds_up(asked: list[tuple[Place, Ask]]) -> None:
    levels = _levels()
    for place, ask in asked:
        before = levels[place].quantities
        outcome = ask(levels[place])
        assert _sound(levels[place])
        assert (levels[place].quantities != before) <= isinstance(outcome, LedgerEntry)
    for level in levels.values():
        total = sum((entry.change for entry in level.entries), Quantities())
        assert total == level.quantities
        assert [entry.level_version for entry in level.entries] == list(range(1, level.version + 1))


@given(st.lists(_moved, max_size=12))
def test_several_movements_happen_together_or_not_at_all(asked: list[tuple[Place, Movement]]) -> None:
    levels = _levels()
    for level in levels.values():
        level.receive(10, Cause("dock"), STAMP)
        level.allocate(3, Cause("orders"), STAMP)
    before = {place: (level.quantities, level.version, len(level.entries)) for place, level in levels.items()}
    outcome = apply_all(levels, asked, {}, "someone", _clock)
    assert {place: (x.quantities, x.version, len(x.entries)) for place, x in levels.items()} == before
    if isinstance(outcome, Applied):
        assert len(outcome.entries) == len(asked)
        assert all(_sound(level) for level in outcome.levels.values())
    else:
        assert len(outcome) == len(asked)
        assert any(outcome)
