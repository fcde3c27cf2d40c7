"""What is wrong with an order: the request itself, then what it names."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.items import Item
from domain.locations import Location
from domain.orders import already_reserved, called_off, invalid_order, invalid_ttl, unusable
from domain.places import Sites
from domain.quantities import LEVEL_MAX
from domain.refusals import PRECEDENCE, Refusal, RefusalCode
from domain.reservation_lines import LINES_MAX
from domain.reservations import TTL_SECONDS, TTL_SECONDS_MAX
from domain.strategies import Want
from tests.factories.reservations import pending

R = RefusalCode
TENT = Want("TENT", None, 1)


def codes(
    *lines: Want, order: str = "O-1", zone: str | None = None, channel: str | None = None, ttl: int | None = None
) -> list[RefusalCode]:
    return [refusal.code for refusal in invalid_order(order, lines, zone, channel, ttl)]


def test_an_order_of_one_to_a_thousand_lines_is_in_order() -> None:
    assert codes(TENT) == []
    assert codes(*[TENT] * LINES_MAX, zone="north", channel="web", ttl=1) == []


def test_an_order_without_lines_is_refused() -> None:
    assert codes() == [R.INVALID_INPUT]


def test_an_order_of_too_many_lines_is_refused_with_the_limit() -> None:
    [refusal] = invalid_order("O-1", [TENT] * (LINES_MAX + 1), None, None, None)

    assert (refusal.code, refusal.limit, refusal.requested) == (R.LIMIT_EXCEEDED, LINES_MAX, LINES_MAX + 1)


@pytest.mark.parametrize("units", [0, -1, LEVEL_MAX + 1, 2**63])
def test_each_line_of_no_usable_quantity_is_named(units: int) -> None:
    bad = Want("STOVE", "A", units)

    refusals = invalid_order("O-1", [TENT, bad, TENT, bad], None, None, None)

    assert [(each.code, each.field[:2]) for each in refusals] == [
        (R.INVALID_QUANTITY, ("lines", "1")),
        (R.INVALID_QUANTITY, ("lines", "3")),
    ]


def test_more_of_a_sku_in_all_than_a_line_may_ask_is_refused() -> None:
    half = Want("TENT", None, LEVEL_MAX // 2)

    assert codes(half, half) == []
    assert codes(half, Want("TENT", "A", LEVEL_MAX // 2), TENT) == [R.INVALID_QUANTITY]
    assert codes(half, half, Want("STOVE", None, 1)) == []


@pytest.mark.parametrize("name", ["", " ", "a" * 1000, "nul\0", "lone \ud800"])
def test_names_are_checked_wherever_they_stand(name: str) -> None:
    assert codes(TENT, order=name) == [R.INVALID_INPUT]
    assert codes(TENT, zone=name) == [R.INVALID_INPUT]
    assert codes(TENT, channel=name) == [R.INVALID_INPUT]
    assert codes(TENT, Want(name, None, 1)) == [R.INVALID_INPUT]
    assert codes(TENT, Want("TENT", name, 1)) == [R.INVALID_INPUT]


@pytest.mark.parametrize("seconds", [0, -1, 31 * 24 * 3600 + 1, 2**63])
def test_a_time_to_live_is_one_second_to_31_days(seconds: int) -> None:
    refusal = invalid_ttl(seconds)

    assert refusal is not None and (refusal.code, refusal.field) == (R.INVALID_INPUT, ("ttlSeconds",))
    assert codes(TENT, ttl=seconds) == [R.INVALID_INPUT]
    assert invalid_ttl(1) is invalid_ttl(31 * 24 * 3600) is None
    assert (TTL_SECONDS, TTL_SECONDS_MAX) == (15 * 60, 31 * 24 * 3600)


SITES = Sites(
    {
        "TENT": Item(UUID(int=1), "TENT", "Tent"),
        "LAMP": Item(UUID(int=2), "LAMP", "Lamp", archived_at=datetime(2026, 1, 1, tzinfo=UTC)),
    },
    {"A": Location(UUID(int=3), "A", "A"), "SHUT": Location(UUID(int=4), "SHUT", "Shut", active=False)},
    {"TENT": ["A", "SHUT"], "LAMP": ["A"]},
    "A",
)


def test_what_an_order_names_must_be_there_and_in_use() -> None:
    def told(*lines: Want) -> list[tuple[RefusalCode, tuple[str, ...]]]:
        return [(each.code, each.field[:2]) for each in unusable(lines, SITES)]

    assert told(TENT, Want("TENT", "A", 1)) == []
    assert told(TENT, Want("TARP", None, 1)) == [(R.UNKNOWN_SKU, ("lines", "1"))]
    assert told(Want("TENT", "B", 1), TENT) == [(R.UNKNOWN_LOCATION, ("lines", "0"))]
    assert told(Want("LAMP", None, 1)) == [(R.ITEM_ARCHIVED, ("lines", "0"))]
    assert told(TENT, Want("TENT", "SHUT", 1)) == [(R.LOCATION_INACTIVE, ("lines", "1"))]


def test_what_does_not_exist_is_told_before_what_is_closed() -> None:
    lines = [Want("LAMP", None, 1), Want("TENT", "B", 1), Want("TENT", "SHUT", 1), Want("TARP", "B", 1)]

    told = unusable(lines, SITES)

    assert [each.field[:2] for each in told] == [("lines", "1"), ("lines", "3")]
    assert [each.code for each in told] == [R.UNKNOWN_LOCATION, R.UNKNOWN_SKU]


def test_an_order_that_is_reserved_or_called_off_says_so() -> None:
    def code(refusal: Refusal) -> RefusalCode:
        assert refusal.code in PRECEDENCE and refusal.message
        return refusal.code

    assert code(already_reserved(pending())) is R.ORDER_ALREADY_RESERVED
    assert code(called_off("O-1")) is R.ILLEGAL_TRANSITION
