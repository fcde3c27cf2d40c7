"""Requests for adjustments: which steps may be taken, by whom, and what an approval carries out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.adjustments import LINES_MAX, Adjustment, AdjustmentStatus, invalid_batch
from domain.ledger import LedgerEntry, LedgerKind, Quantities, Stamp
from domain.movements import Adjust, Applied, Count, Movement, apply_all
from domain.reasons import DEFAULT_REASON_CODES
from domain.refusals import Refusal, RefusalCode
from domain.stock import StockLevel

S, R = AdjustmentStatus, RefusalCode
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOON, LATE = NOON + timedelta(minutes=5), NOON + timedelta(hours=1)
PLACE = ("TENT", "MAIN")
REASONS = {reason.code: reason for reason in DEFAULT_REASON_CODES}
ENDED = {S.APPLIED, S.REJECTED, S.CANCELLED, S.EXPIRED}


def a_level(on_hand: int = 10, allocated: int = 0) -> StockLevel:
    return StockLevel(UUID(int=1), *PLACE, NOON, Quantities(on_hand, allocated), version=1)


def carry_out(level: StockLevel, movement: Movement, actor: str = "manager@acme") -> LedgerEntry | Refusal | None:
    outcome = apply_all({PLACE: level}, [(PLACE, movement)], REASONS, actor, lambda _: Stamp(NOON, NOON))
    return outcome.entries[0] if isinstance(outcome, Applied) else outcome[0]


def asked(movement: Movement | None = None, expires_at: datetime | None = LATE) -> Adjustment:
    entry = carry_out(a_level(), movement or Adjust(sku="TENT", change=-4, reason_code="lost", reference="INC-1"))
    assert isinstance(entry, LedgerEntry)
    return Adjustment.asked(UUID(int=7), PLACE, entry, expires_at)


def ended(status: AdjustmentStatus) -> Adjustment:
    """A request that came to this end."""
    request = asked()
    steps = {
        S.APPLIED: lambda: request.approve("approver@acme", None, SOON),
        S.REJECTED: lambda: request.reject("approver@acme", "no", SOON),
        S.CANCELLED: lambda: request.cancel("manager@acme", None, SOON),
        S.EXPIRED: lambda: request.expire(LATE),
    }
    outcome = steps[status]()
    assert isinstance(outcome, Adjustment)
    return outcome


def code(outcome: Any) -> RefusalCode | None:
    return outcome.code if isinstance(outcome, Refusal) else None


def test_a_request_tells_what_it_would_change_and_has_changed_nothing() -> None:
    request = asked()
    assert (request.status, request.version, request.expires_at) == (S.PENDING_APPROVAL, 1, LATE)
    assert (request.quantity_change, request.reference, request.decided_at) == (-4, "INC-1", None)


@pytest.mark.parametrize("status", ENDED)
def test_each_end_is_told_with_who_and_when_and_makes_a_version(status: AdjustmentStatus) -> None:
    end = ended(status)
    assert (end.status, end.version) == (status, 2)
    by = {S.CANCELLED: "manager@acme", S.EXPIRED: None}.get(status, "approver@acme")
    assert (end.decided_by, end.decided_at) == (by, LATE if status is S.EXPIRED else SOON)


@pytest.mark.parametrize("status", ENDED)
def test_what_has_ended_is_not_decided_again(status: AdjustmentStatus) -> None:
    end = ended(status)
    refused = R.APPROVAL_EXPIRED if status is S.EXPIRED else R.ILLEGAL_TRANSITION
    assert code(end.approve("boss@acme", None, SOON)) is refused
    assert code(end.reject("boss@acme", None, SOON)) is refused
    assert code(end.cancel("manager@acme", None, SOON)) is refused
    assert end.expire(LATE) is None


def test_what_was_applied_at_once_was_never_a_request() -> None:
    entry = carry_out(a_level(), Adjust(sku="TENT", change=1))
    assert isinstance(entry, LedgerEntry)
    made = Adjustment.of(UUID(int=7), PLACE, entry)
    assert code(made.approve("boss@acme", None, SOON)) is R.ILLEGAL_TRANSITION
    assert made.expire(LATE) is None


def test_who_asked_neither_approves_nor_rejects_whatever_became_of_it() -> None:
    for request in (asked(), *map(ended, ENDED)):
        assert code(request.approve("manager@acme", None, SOON)) is R.SELF_APPROVAL
        assert code(request.reject("manager@acme", None, LATE)) is R.SELF_APPROVAL


def test_nobody_else_cancels_a_request() -> None:
    assert code(asked().cancel("boss@acme", None, SOON)) is R.NOT_FOUND


def test_nothing_is_decided_once_the_time_has_come_though_nobody_noticed() -> None:
    request = asked()
    assert request.expire(LATE - timedelta(microseconds=1)) is None
    assert code(request.approve("boss@acme", None, LATE)) is R.APPROVAL_EXPIRED
    assert code(request.cancel("manager@acme", None, LATE)) is R.APPROVAL_EXPIRED
    forever = asked(expires_at=None)
    assert forever.expire(LATE + timedelta(days=9_999)) is None
    assert code(forever.approve("boss@acme", None, LATE + timedelta(days=9_999))) is None


def test_a_clock_that_stands_behind_does_not_decide_before_it_was_asked() -> None:
    approved = asked().approve("boss@acme", None, NOON - timedelta(hours=1))
    assert isinstance(approved, Adjustment) and approved.decided_at == NOON


# ------------------------------------------------------------------ what an approval carries out
def test_an_approval_moves_what_was_asked_and_the_ledger_names_document_and_approver() -> None:
    entry = carry_out(a_level(20), asked().movement(), "boss@acme")
    assert isinstance(entry, LedgerEntry)
    assert (entry.kind, entry.change.on_hand, entry.after.on_hand) == (LedgerKind.ADJUSTMENT, -4, 16)
    assert (entry.cause.actor, entry.cause.reason_code) == ("boss@acme", "lost")
    assert (entry.cause.reference_type, entry.cause.reference) == ("adjustment", "INC-1")


@pytest.mark.parametrize("movement", [Adjust(sku="TENT", change=-4), Count(sku="TENT", counted=7)])
def test_where_no_document_was_given_the_ledger_names_the_request(movement: Movement) -> None:
    cause = asked(movement).movement().cause("boss@acme")
    assert (cause.reference_type, cause.reference) == ("adjustment_request", str(UUID(int=7)))


def test_an_approved_count_keeps_the_number_of_its_sheet() -> None:
    cause = asked(Count(sku="TENT", counted=7, reference="CC-7")).movement().cause("boss@acme")
    assert (cause.reference_type, cause.reference) == ("count", "CC-7")


def test_an_approved_count_of_a_list_is_told_as_one_of_that_list() -> None:
    request = asked(Count(sku="TENT", counted=7, reference_type="cycle_count", reference="CC-7"))
    cause = request.movement().cause("boss@acme")
    assert (cause.reference_type, cause.reference) == ("cycle_count", "CC-7")
    asked_before = replace(request, reference_type=None)
    assert asked_before.movement().cause("boss@acme").reference_type == "count"


@pytest.mark.parametrize(("on_hand", "after"), [(10, 7), (15, 12), (5, 2)])
def test_an_approved_count_corrects_the_difference_that_it_found(on_hand: int, after: int) -> None:
    request = asked(Count(sku="TENT", counted=7, reason_code="cycle_count"))
    assert (request.quantity_change, request.quantity_counted) == (-3, 7)
    entry = carry_out(a_level(on_hand), request.movement())
    assert isinstance(entry, LedgerEntry)
    assert (entry.kind, entry.after.on_hand) == (LedgerKind.COUNT, after)


def test_an_approved_count_without_a_difference_is_an_entry_too() -> None:
    entry = carry_out(a_level(8), asked(Count(sku="TENT", counted=10)).movement())
    assert isinstance(entry, LedgerEntry)
    assert (entry.kind, entry.change.on_hand) == (LedgerKind.COUNT, 0)


@pytest.mark.parametrize("status", S)
def test_a_count_that_a_later_one_of_the_level_has_overtaken_is_not_approved_while_that_one_stands(
    status: AdjustmentStatus,
) -> None:
    first = asked(Count(sku="TENT", counted=7))
    later = replace(first, id=UUID(int=8), requested_at=SOON, status=status)
    outcome = first.approve("boss@acme", None, SOON, [later])
    if status not in (S.APPLIED, S.PENDING_APPROVAL):
        assert isinstance(outcome, Adjustment)
        return
    assert isinstance(outcome, Refusal)
    assert (outcome.code, outcome.field, outcome.location) == (R.ILLEGAL_TRANSITION, ("adjustmentId",), "MAIN")
    assert "counted again" in outcome.message
    assert isinstance(first.reject("boss@acme", None, SOON), Adjustment)
    assert not later.overtaken_by(first) and not first.overtaken_by(first)


def test_only_counts_of_the_same_level_overtake_one_another() -> None:
    first = asked(Count(sku="TENT", counted=7))
    later = replace(first, id=UUID(int=8))
    assert first.overtaken_by(later), "made in the same moment, after it"
    assert not first.overtaken_by(replace(later, location="SHOP"))
    assert not first.overtaken_by(replace(later, sku="LAMP"))
    assert not first.overtaken_by(replace(later, quantity_counted=None))
    assert not replace(first, quantity_counted=None).overtaken_by(later)


def test_what_was_promised_meanwhile_is_not_taken_away() -> None:
    for movement in (Adjust(sku="TENT", change=-4), Count(sku="TENT", counted=6)):
        refusal = carry_out(a_level(10, allocated=7), asked(movement).movement())
        assert isinstance(refusal, Refusal)
        assert (refusal.code, refusal.requested, refusal.available) == (R.INSUFFICIENT_STOCK, 4, 3)


def test_the_version_that_was_expected_plays_no_part_in_the_approval() -> None:
    request = asked(Adjust(sku="TENT", change=-4, expected_version=1))
    assert request.movement().expected_version is None


def test_a_batch_has_a_line_and_not_too_many() -> None:
    assert invalid_batch(1) is None and invalid_batch(LINES_MAX) is None
    assert code(invalid_batch(0)) is R.INVALID_INPUT
    refusal = invalid_batch(LINES_MAX + 1)
    assert refusal is not None and (refusal.code, refusal.limit) == (R.LIMIT_EXCEEDED, 250)
