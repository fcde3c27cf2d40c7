"""Reason codes: made and described anew."""

import pytest

from domain.reasons import DEFAULT_REASON_CODES, REASON_CODES_MAX, ReasonCode, ReasonDirection, too_many
from domain.refusals import Refusal, RefusalCode

LOST = next(reason for reason in DEFAULT_REASON_CODES if reason.code == "lost")


def test_a_fresh_code_is_called_as_it_reads_and_goes_either_way() -> None:
    assert ReasonCode.fresh("broken_glass") == ReasonCode("broken_glass", "Broken glass", ReasonDirection.BOTH)


def test_what_is_left_out_stays_and_what_is_none_is_cleared() -> None:
    told = LOST.describe({"requires_note": True, "active": False})
    assert told == ReasonCode("lost", "Lost", ReasonDirection.DECREASE, True, False)
    assert isinstance(told, ReasonCode)
    cleared = told.describe({"name": None, "direction": None, "requires_note": None, "active": None})
    assert cleared == ReasonCode.fresh("lost")


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb"])
def test_a_name_that_nobody_can_read_is_refused(name: str) -> None:
    refusal = LOST.describe({"name": name})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.field) == (RefusalCode.INVALID_INPUT, ("name",))


def test_there_are_at_most_so_many() -> None:
    assert too_many(REASON_CODES_MAX - 1) is None
    refusal = too_many(REASON_CODES_MAX)
    assert refusal is not None
    assert (refusal.code, refusal.limit) == (RefusalCode.LIMIT_EXCEEDED, REASON_CODES_MAX)
