"""Fingerprints: what counts as the same request under one idempotency key."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.movements import Adjust, Count, Hold, Receive, Return, Unhold, Waste
from services.adjustments import ApproveAdjustment, CancelAdjustment, RejectAdjustment
from services.cycle_counts import CloseCycleCount, CreateCycleCount, RecordCycleCount
from services.idempotency import fingerprint
from services.reservations import ReserveStock
from services.settlement import CommitReservation, ConfirmReservation, ExtendReservation, ReleaseReservation
from services.transfers import CancelTransfer, ReceiveTransfer, TransferStock

_LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.text('\x00\x1f\t\n"\\/\x7f a')
_REQUESTS = st.recursive(_LEAVES, lambda of: st.lists(of) | st.dictionaries(st.text(), of), max_leaves=8)


@given(_REQUESTS)
def test_a_fingerprint_is_that_of_the_request_as_json_in_ascii_so_that_keys_of_earlier_versions_hold(
    request: object,
) -> None:
    written = json.dumps(request, sort_keys=True, separators=(",", ":"))
    assert fingerprint(request) == sha256(written.encode()).digest()


def test_the_same_request_has_the_same_fingerprint_and_another_has_not() -> None:
    one = (Adjust(sku="TENT", change=3, reason_code="found"),)
    assert fingerprint(one) == fingerprint((Adjust(sku="TENT", change=3, reason_code="found"),))
    assert fingerprint(one) != fingerprint((Adjust(sku="TENT", change=4, reason_code="found"),))
    assert fingerprint(one) != fingerprint((Adjust(sku="TENT", change=3, reason_code="found", location="MAIN"),))


def test_fields_at_their_defaults_are_left_out() -> None:
    assert fingerprint(Receive(sku="TENT", quantity=3)) == fingerprint(Receive(sku="TENT", quantity=3, note=None))


def test_movements_of_another_kind_with_equal_fields_differ() -> None:
    assert fingerprint(Adjust(sku="T", change=3)) != fingerprint(Count(sku="T", counted=3))


def test_a_fingerprint_does_not_know_what_a_class_is_called() -> None:
    class Correct(Adjust):
        """The same movement under another name."""

    assert fingerprint(Correct(sku="T", change=3)) == fingerprint(Adjust(sku="T", change=3))


def test_each_request_is_known_in_fingerprints_by_a_name_that_stays() -> None:
    movements = [Receive, Return, Hold, Unhold, Waste, Adjust, Count]
    reservations = [ReserveStock, ConfirmReservation, CommitReservation, ReleaseReservation, ExtendReservation]
    transfers = [TransferStock, ReceiveTransfer, CancelTransfer]
    cycle_counts = [CreateCycleCount, RecordCycleCount, CloseCycleCount]
    decisions = [ApproveAdjustment, RejectAdjustment, CancelAdjustment]
    assert [kind.name for kind in (*movements, *reservations, *transfers, *cycle_counts, *decisions)] == [
        *("Receive", "Return", "Hold", "Unhold", "Waste", "Adjust", "Count"),
        *("ReserveStock", "ConfirmReservation", "CommitReservation", "ReleaseReservation", "ExtendReservation"),
        *("TransferStock", "ReceiveTransfer", "CancelTransfer"),
        *("CreateCycleCount", "RecordCycleCount", "CloseCycleCount"),
        *("ApproveAdjustment", "RejectAdjustment", "CancelAdjustment"),
    ]


def test_what_happened_earlier_is_another_request_only_where_it_is_said() -> None:
    request = CommitReservation(UUID(int=1))
    assert fingerprint(request) == fingerprint(CommitReservation(UUID(int=1), occurred_at=None))
    assert fingerprint(request) != fingerprint(
        CommitReservation(UUID(int=1), occurred_at=datetime(2026, 5, 4, 12, tzinfo=UTC))
    )


def test_amounts_that_are_equal_are_the_same_however_they_are_written() -> None:
    assert fingerprint({"price": Decimal("1.50")}) == fingerprint({"price": Decimal("1.5")})


def test_a_field_that_is_cleared_is_not_a_field_left_out() -> None:
    assert fingerprint({"category": None}) != fingerprint({})
