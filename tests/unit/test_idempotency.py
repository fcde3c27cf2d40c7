"""Fingerprints: what counts as the same request under one idempotency key."""

from decimal import Decimal

from domain.movements import Adjust, Allocate, Count, Deallocate, Hold, Movement, Pick, Receive, Return, Unhold
from services.idempotency import fingerprint


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


def test_every_movement_has_a_name_of_its_own() -> None:
    movements: list[type[Movement]] = [Receive, Return, Allocate, Deallocate, Pick, Hold, Unhold, Adjust, Count]
    assert len({movement.name for movement in movements}) == len(movements)


def test_amounts_that_are_equal_are_the_same_however_they_are_written() -> None:
    assert fingerprint({"price": Decimal("1.50")}) == fingerprint({"price": Decimal("1.5")})


def test_a_field_that_is_cleared_is_not_a_field_left_out() -> None:
    assert fingerprint({"category": None}) != fingerprint({})
