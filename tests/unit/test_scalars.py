"""Scalars: what is written, what is read, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from schema import scalars


def test_a_moment_is_written_in_utc_whatever_its_zone() -> None:
    berlin = timezone(timedelta(hours=2))
    assert scalars.write_date_time(datetime(2024, 5, 31, 20, 30, tzinfo=berlin)) == "2024-05-31T18:30:00Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-05-31T18:30:00Z", datetime(2024, 5, 31, 18, 30, tzinfo=UTC)),
        ("2024-05-31t18:30:00z", datetime(2024, 5, 31, 18, 30, tzinfo=UTC)),
        ("2024-05-31T20:30:00.25+02:00", datetime(2024, 5, 31, 18, 30, 0, 250_000, tzinfo=UTC)),
        ("2024-02-29T00:00:00.123456789-00:30", datetime(2024, 2, 29, 0, 30, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_with_any_offset(text: str, moment: datetime) -> None:
    assert scalars.read_date_time(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-31T18:30:00",
        "2024-05-31",
        "2024-05-31 18:30:00Z",
        "2024-02-30T00:00:00Z",
        "2024-05-31T18:30:60Z",
        "2024-05-31T24:00:00Z",
        "2024-05-31T18:30:00+99:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "２０２４-05-31T18:30:00Z",
        "2024-05-31T18:30:00Z\n",
        "",
        1717180200,
        None,
        True,
    ],
)
def test_what_names_no_moment_is_refused(text: object) -> None:
    with pytest.raises(GraphQLError, match="RFC 3339"):
        scalars.read_date_time(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_written_is_the_moment_read(moment: datetime) -> None:
    written = scalars.write_date_time(moment)
    assert scalars.read_date_time(written) == moment
    assert written == moment.isoformat().removesuffix("+00:00") + "Z"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("12.50", "12.50"),
        ("100", "100"),
        ("0.0001", "0.0001"),
        ("-0", "0"),
        ("1E+3", "1000"),
        ("1000000000000", "1" + "0" * 12),
    ],
)
def test_a_decimal_is_written_as_it_is_kept_without_an_exponent(number: str, text: str) -> None:
    assert scalars.write_decimal(Decimal(number)) == text


@pytest.mark.parametrize(("sent", "number"), [("12.50", "12.5"), ("-3", "-3"), (7, "7"), ("0", "0")])
def test_a_decimal_is_read_from_a_string_or_a_whole_number(sent: object, number: str) -> None:
    assert scalars.read_decimal(sent) == Decimal(number)


@pytest.mark.parametrize(
    "sent", [1.5, "1e5", "NaN", "Infinity", "", " 1", "1,5", ".5", "5.", "١", True, None, "9" * 41, 10**41]
)
def test_a_decimal_that_is_not_exact_is_refused(sent: object) -> None:
    with pytest.raises(GraphQLError, match="string of digits"):
        scalars.read_decimal(sent)


@given(st.decimals(min_value=0, max_value=10**12, places=4))
def test_a_decimal_written_is_the_number_read(number: Decimal) -> None:
    assert scalars.read_decimal(scalars.write_decimal(number)) == number


@pytest.mark.parametrize("number", [0, 2**53 - 1, -(2**53 - 1)])
def test_a_big_int_holds_what_json_carries_exactly(number: int) -> None:
    assert scalars.read_big_int(number) == scalars.write_big_int(number) == number


def test_a_whole_float_is_a_whole_number() -> None:
    assert scalars.read_big_int(3.0) == 3


@pytest.mark.parametrize("number", [2**53, -(2**53), 1.5, 1e300, float("inf"), float("nan"), "1", True, None])
def test_a_big_int_out_of_its_bounds_is_refused(number: object) -> None:
    with pytest.raises(GraphQLError, match="BigInt"):
        scalars.read_big_int(number)


@pytest.mark.parametrize(
    ("write", "value"),
    [
        (scalars.write_date_time, datetime(2024, 5, 31)),  # noqa: DTZ001 - that is the fault
        (scalars.write_date_time, "2024"),
        (scalars.write_decimal, Decimal("NaN")),
        (scalars.write_decimal, 1.5),
        (scalars.write_big_int, 2**60),
    ],
)
def test_a_value_that_is_no_such_thing_is_never_written(write: object, value: object) -> None:
    assert callable(write)
    with pytest.raises(GraphQLError):
        write(value)
