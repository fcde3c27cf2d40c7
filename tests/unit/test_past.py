"""The past as the API tells it: how often it is read, what it costs, and what is refused."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ledger import Quantities, Stamp
from domain.levels import LevelState, PastLevel
from domain.status import StockPolicy
from schema.ids import global_id, kind_as_of
from schema.past import PRICE
from services.past_reads import Archived
from tests.factories.pictures import NOON, identity, record
from tests.fakes.api import FakeApi

EARLIER = NOON - timedelta(days=10)
AT = "2024-05-21T12:00:00Z"


def past(level: LevelState, **changes: Any) -> PastLevel:
    as_it_is = {each.name: getattr(level, each.name) for each in fields(LevelState)}
    return PastLevel(**{**as_it_is, "quantities": Quantities(3), **changes}, as_of=EARLIER)


@pytest.fixture
def api() -> FakeApi:
    api = FakeApi()
    api.reads.past.all_levels = [past(level) for level in api.reads.all_levels]
    return api


async def test_levels_of_one_moment_are_read_at_once(api: FakeApi) -> None:
    query = f"""{{
        a: stockLevel(sku: "LAMP", location: "MAIN", asOf: "{AT}") {{ quantityOnHand }}
        b: stockLevel(sku: "TENT", location: "WEST", asOf: "{AT}") {{ quantityOnHand }}
        c: stockLevel(sku: "LAMP", asOf: "{AT}") {{ quantityOnHand }}
        d: stockLevel(sku: "TENT", asOf: "{AT}") {{ quantityOnHand }}
        now: stockLevel(sku: "LAMP", location: "MAIN", asOf: null) {{ quantityOnHand }} }}"""
    three, ten = {"quantityOnHand": 3}, {"quantityOnHand": 10}
    assert await api.ask(query) == {"a": three, "b": three, "c": three, "d": None, "now": ten}
    assert api.reads.past.asked == {"levels_at": 1, "levels_of": 1}


async def test_what_a_level_looks_back_on_ends_at_its_moment(api: FakeApi) -> None:
    lamp = api.reads.all_levels[0]
    told = record(lamp, 1)
    api.reads.all_entries.append(replace(told, entry=replace(told.entry, stamp=Stamp(EARLIER, NOON))))
    policy, moved = StockPolicy(stale_after_days=5), EARLIER - timedelta(days=4)
    api.reads.past.all_levels = [past(lamp, policy=policy, last_movement_at=moved)]
    query = f"""{{ stockLevel(sku: "LAMP", asOf: "{AT}") {{
        stale ledger {{ nodes {{ occurredAt }} }} history(points: 2) {{ at }} }} }}"""
    level = (await api.ask(query))["stockLevel"]
    assert level["stale"] is False, "it is by now, but was not then"
    assert [node["occurredAt"] for node in level["ledger"]["nodes"]] == [AT]
    assert [point["at"] for point in level["history"]] == ["2024-04-21T12:00:00Z", AT]


@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ('{ stockLevel(sku: "LAMP", asOf: "2024-05-21T12:00:00Z") { sku } }', "asOf"),
        ('{ stockLevel(sku: "LAMP", location: "MAIN", asOf: "2024-05-21T12:00:00Z") { sku } }', "asOf"),
        ('{ stockLevels(asOf: "2024-05-21T12:00:00Z") { nodes { sku } } }', "asOf"),
        (
            f'{{ node(id: "{global_id(kind_as_of("StockLevel", EARLIER), identity("level LAMP MAIN"))}") {{ id }} }}',
            "id",
        ),
    ],
)
async def test_what_lies_in_archives_is_refused_with_the_first_moment_that_can_be_told(
    api: FakeApi, query: str, argument: str
) -> None:
    api.reads.past.archived_until = EARLIER + timedelta(days=1)
    error = await api.error(query)
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", argument)
    assert "the first moment that can be told is 2024-05-22T12:00:00Z" in error["message"]


async def test_a_history_from_before_the_archives_end_is_refused(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    async def archived(*_: object) -> None:
        raise Archived(NOON)

    monkeypatch.setattr(api.reads, "histories", archived)
    error = await api.error('{ stockLevel(sku: "LAMP") { history { at } } }')
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", "from")


@pytest.mark.parametrize(
    "kind",
    [
        *("StockLevel@", "StockLevel@x", "StockLevel@ 1", "StockLevel@01", "Item@1", f"StockLevel@{10**40}"),
        "StockLevel@-62135596800000000",
    ],
)
async def test_an_id_of_no_moment_names_nothing(api: FakeApi, kind: str) -> None:
    id_ = global_id(kind, identity("level LAMP MAIN"))
    assert await api.ask("query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": None}


async def test_an_id_of_a_moment_to_come_names_nothing_yet(api: FakeApi) -> None:
    id_ = global_id(kind_as_of("StockLevel", NOON + timedelta(seconds=1)), identity("level LAMP MAIN"))
    assert await api.ask("query ($id: ID!) { node(id: $id) { id } }", id=id_) == {"node": None}
    assert not api.reads.past.asked


@pytest.mark.parametrize(
    ("given", "at", "price"),
    [
        ("", AT, 0),
        ("asOf: null", AT, 0),
        ("asOf: $at", None, 0),
        ("asOf: $at", AT, PRICE),
        (f'asOf: "{AT}"', None, PRICE),
    ],
)
def test_the_past_has_its_price_for_each_level_and_the_present_none(given: str, at: str | None, price: int) -> None:
    head = "query ($at: DateTime)" if "$at" in given else ""
    for field, levels in (
        (f'stockLevel(sku: "LAMP", {given}) {{ sku }}', 1),
        (f"stockLevels(first: 70, {given}) {{ nodes {{ sku }} }}", 70),
    ):
        prepared = FakeApi().prepare(f"{head} {{ {field} }}", at=at)
        around = 1 if levels == 1 else 2
        assert prepared.plan.cost.filled(prepared.variables.coerced) == around + levels * (1 + price)
