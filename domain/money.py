"""Money and quotients in whole numbers: sums are exact, and what is divided is rounded once, half away from zero.

An amount is a number of ticks, ten-thousandths of the currency: the smallest that a unit cost may hold. An int holds
any number of them; a Decimal would be rounded to 28 digits by the first sum that is longer, as the value of much stock
over many microseconds is. PostgreSQL holds the same whole numbers as `numeric`, and only adds and multiplies them: its
division is not exact.
"""

from __future__ import annotations

from decimal import Decimal

#: Of one unit of a currency.
TICKS = 10_000
#: Decimal places of what is shown: amounts, ratios, and units or days on average.
AMOUNT_PLACES = 2
RATIO_PLACES = 4
AVERAGE_PLACES = 2


def ticks_of(amount: Decimal) -> int:
    """An amount in ticks, with more than 4 decimal places rounded."""
    numerator, denominator = amount.as_integer_ratio()
    return divided(numerator * TICKS, denominator)


def divided(numerator: int, denominator: int) -> int:
    """The quotient as a whole number; `denominator` is positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return rounded if numerator >= 0 else -rounded


def quotient(numerator: int, denominator: int, places: int) -> Decimal:
    """The quotient with so many decimal places, however long it is; `denominator` is positive."""
    rounded = divided(numerator * 10**places, denominator)
    digits = tuple(int(digit) for digit in str(abs(rounded)))
    return Decimal((int(rounded < 0), digits, -places))


def amount_of(ticks: int) -> Decimal:
    """Ticks as an amount to be shown."""
    return quotient(ticks, TICKS, AMOUNT_PLACES)
