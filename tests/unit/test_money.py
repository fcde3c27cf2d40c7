"""Ticks and quotients: exact, and rounded once."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import amount_of, quotient, ticks_of
from tests.reckoning import rounded


@pytest.mark.parametrize(
    ("amount", "ticks"), [("0", 0), ("9.99", 99_900), ("0.0001", 1), ("0.00005", 1), ("1e3", 10**7)]
)
def test_an_amount_is_a_whole_number_of_ten_thousandths(amount: str, ticks: int) -> None:
    assert ticks_of(Decimal(amount)) == ticks


def test_half_a_cent_is_rounded_away_from_zero() -> None:
    assert amount_of(50) == Decimal("0.01")
    assert amount_of(-50) == Decimal("-0.01")
    assert str(amount_of(1_000_049)) == "100.00"


@given(st.integers(-(10**45), 10**45), st.integers(1, 10**30), st.integers(0, 6))
def test_a_quotient_is_exact_however_long_its_numbers_are(numerator: int, denominator: int, places: int) -> None:
    assert quotient(numerator, denominator, places) == rounded(Fraction(numerator, denominator), places)
