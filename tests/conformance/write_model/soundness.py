"""Soundness: what must hold of everything that is seen, whatever the plain books say."""

from __future__ import annotations

from collections import Counter

from domain.adjustments import Adjustment
from domain.places import Place
from tests.conformance.write_model.world import SITES, Seen

_CORRECTIONS = ("ADJUSTMENT", "COUNT")


def assert_sound(seen: Seen) -> None:
    _assert_nothing_is_below_zero(seen)
    _assert_levels_hold_what_is_promised_and_on_its_way(seen)
    _assert_who_asks_does_not_decide(seen)
    _assert_nothing_moved_before_approval(seen)
    _assert_nobody_waits_for_what_is_there(seen)


def _assert_nothing_is_below_zero(seen: Seen) -> None:
    for on_hand, allocated, unavailable, incoming, _ in seen.levels.values():
        assert min(on_hand, allocated, unavailable, incoming, on_hand - allocated - unavailable) >= 0


def _assert_levels_hold_what_is_promised_and_on_its_way(seen: Seen) -> None:
    held: Counter[tuple[str, str | None]] = Counter()
    coming: Counter[Place] = Counter()
    for reservation in seen.reservations:
        for line in reservation.lines:
            held[line.sku, line.location] += line.allocated
    for transfer in seen.transfers:
        coming[transfer.route.places[1]] += transfer.open
    for place, (_, allocated, _, incoming, _) in seen.levels.items():
        assert (allocated, incoming) == (held[place], coming[place]), place


def _assert_who_asks_does_not_decide(seen: Seen) -> None:
    for each in seen.adjustments:
        assert _ended_rightly(each), each


def _ended_rightly(it: Adjustment) -> bool:
    if it.status.value in ("PENDING_APPROVAL", "EXPIRED"):
        return it.decided_by is None
    if it.status.value == "CANCELLED":
        return it.decided_by == it.requested_by
    return it.decided_by != it.requested_by  # applied at once: nobody decided it


def _assert_nothing_moved_before_approval(seen: Seen) -> None:
    """What moved by hand is what was applied, each once, in the name of who approved it or needed nobody's approval."""
    moved = Counter(
        (each.sku, each.location, each.kind, each.on_hand, each.actor)
        for each in seen.entries
        if each.kind in _CORRECTIONS
    )
    applied = Counter(
        (*each.place, _CORRECTIONS[each.quantity_counted is not None], each.quantity_change, _mover(each))
        for each in seen.adjustments
        if each.status.value == "APPLIED"
    )
    assert moved == applied, f"{moved - applied} moved unasked, {applied - moved} never moved"


def _mover(it: Adjustment) -> str:
    return it.decided_by or it.requested_by


def _assert_nobody_waits_for_what_is_there(seen: Seen) -> None:
    awaited = {(line.sku, line.wanted) for each in seen.reservations for line in each.lines if line.backordered}
    for (sku, location), (on_hand, allocated, unavailable, _, _) in seen.levels.items():
        if on_hand > allocated + unavailable and SITES[location][2]:
            assert not awaited & {(sku, None), (sku, location)}, (sku, location)
