"""Fingerprints: what counts as the same request under one idempotency key."""

from decimal import Decimal

from domain.movements import Adjust, Count, Receive
from services.decisions import fingerprint


def test_the_same_request_has_the_same_fingerprint_and_another_has_not() -> None:
    one = (Adjust(sku="TENT", change=3, reason_code="found"),)
    assert fingerprint(one) == fingerprint((Adjust(sku="TENT", change=3, reason_code="found"),))
    assert fingerprint(one) != fingerprint((Adjust(sku="TENT", change=4, reason_code="found"),))
    assert fingerprint(one) != fingerprint((Adjust(sku="TENT", change=3, reason_code="found", location="MAIN"),))


def test_fields_at_their_defaults_are_left_out() -> None:
    assert fingerprint(Receive(sku="TENT", quantity=3)) == fingerprint(Receive(sku="TENT", quantity=3, note=None))


def test_movements_of_another_kind_with_equal_fields_differ() -> None:
    assert fingerprint(Adjust(sku="T", change=3)) != fingerprint(Count(sku="T", counted=3))


def test_amounts_that_are_equal_are_the_same_however_they_are_written() -> None:
    assert fingerprint({"price": Decimal("1.50")}) == fingerprint({"price": Decimal("1.5")})


def test_a_field_that_is_cleared_is_not_a_field_left_out() -> None:
    assert fingerprint({"category": None}) != fingerprint({})
