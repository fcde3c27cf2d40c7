"""Errors in the caller's words: JSON's for values, never the engine's, and what to do when there is too much to do."""

import pytest

from schema.faults import Refused
from services.ports import TOO_LONG, Overloaded, TookTooLong
from tests.fakes.api import FakeApi

LEVELS = (
    'query ($first: Int!, $sku: String = "x") { stockLevels(first: $first) { nodes { id } } item(sku: $sku) { id } }'
)


def refused(query: str, **variables: object) -> dict[str, object]:
    with pytest.raises(Refused) as told:
        FakeApi().prepare(query, **variables)
    return told.value.errors[0]


@pytest.mark.parametrize("digits", [101, 400, 4_300, 4_301, 5_000, 30_000])
@pytest.mark.parametrize("number", ["{}", "-{}", "{}.5", "0.{}", "{}e1"])
def test_an_endless_number_in_a_document_is_told_before_it_is_read(digits: int, number: str) -> None:
    error = refused(f"{{ stockLevels(first: {number.format('1' * digits)}) {{ nodes {{ id }} }} }}")
    assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
    assert "number of digits" in str(error["message"]) and "sys." not in str(error["message"])


def test_an_endless_number_is_found_wherever_it_stands() -> None:
    endless = "1" * 5_000
    for query in (
        f"query ($first: Int = {endless}) {{ stockLevels(first: $first) {{ nodes {{ id }} }} }}",
        f"{{ stockLevels(filter: {{ skus: [{endless}] }}) {{ nodes {{ id }} }} }}",
        f"{{ viewer {{ ...A }} }} fragment A on Viewer {{ subject @include(if: {endless}) }}",
    ):
        assert refused(query)["extensions"] == {"code": "QUERY_TOO_COMPLEX"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "not to be null."),
        (True, "value: true"),
        (False, "value: false"),
        ("None", "value: 'None'"),
        ([None], "null"),
    ],
)
def test_a_wrong_variable_is_quoted_as_json_writes_it(value: object, told: str) -> None:
    message = str(refused(LEVELS, first=value)["message"])
    assert told in message
    assert message.count("None") == message.count("'None'")


def test_what_was_sent_within_quotes_is_quoted_as_it_was() -> None:
    filter = {"skus": ["it's None", 'a "True" one'], "nothing": [None, True]}
    query = "query ($filter: StockLevelFilter) { stockLevels(filter: $filter) { nodes { id } } }"
    message = str(refused(query, filter=filter)["message"])
    assert "it's None" in message and "[null, true]" in message


async def test_too_much_to_do_is_told_with_the_time_to_come_back() -> None:
    api = FakeApi()
    api.reads.failure = Overloaded("no connection became free")
    error = await api.error('{ item(sku: "TENT") { sku } }')
    assert error["extensions"] == {"code": "OVERLOADED", "requestId": "request-1", "retryAfterMs": 1_000}
    assert "no connection" not in error["message"]
    assert api.faults == [api.reads.failure]


async def test_what_took_too_long_is_told_to_ask_for_less() -> None:
    api = FakeApi()
    api.reads.failure = TookTooLong("a statement was ended")
    error = await api.error('{ item(sku: "TENT") { sku } }')
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "requestId": "request-1"}
    assert error["message"] == TOO_LONG
