"""Reports as they are asked for over the API: what is refused, what is read, and how it is shown."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.access import Scope
from domain.aging import BUCKETS, Aged
from domain.days import DAY_US
from domain.health import HealthTotals
from domain.periods import Books, Period, instant_of, period_of
from domain.refusals import Refusal
from services.insight_ports import DeadStock, ReportFilter, ReportGroupBy, UnknownNames
from tests.factories.pictures import FIRM, NOON
from tests.fakes.api import VENDOR, FakeApi
from tests.fakes.insight_reads import FakeHealthReads

BOOKS = Books(FIRM.time_zone, FIRM.currency)
TODAY = BOOKS.days.of(NOON)
HEALTH = "healthReport(from: {first}, to: {last}{more}) {{ {selected} }}"


def health(selected: str, first: date = TODAY - timedelta(days=9), last: date = TODAY, more: str = "") -> str:
    return "{ " + HEALTH.format(first=f'"{first}"', last=f'"{last}"', more=more, selected=selected) + " }"


# ------------------------------------------------------------------ which days
def test_a_report_that_reaches_into_the_future_ends_today() -> None:
    assert period_of(BOOKS, TODAY, TODAY + timedelta(days=40), NOON) == Period(TODAY, TODAY, BOOKS)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (TODAY, TODAY - timedelta(days=1), "lies after to"),
        (TODAY + timedelta(days=1), TODAY + timedelta(days=2), "has not begun"),
        (date.min, date(1969, 12, 31), "to (1969-12-31) lies before 1970-01-01"),
        (date(1969, 12, 31), date(1970, 1, 2), "lies before 1970-01-01"),
        (TODAY - timedelta(days=3_660), TODAY, "3,661 days: ask for at most 3,660"),
        (date.min, date.max, "lies before"),
    ],
)
def test_days_that_no_report_can_be_of_are_refused_by_name(first: date, last: date, told: str) -> None:
    refusal = period_of(BOOKS, first, last, NOON)
    assert isinstance(refusal, Refusal)
    assert refusal.field == (("to",) if told.startswith("to ") else ("from",))
    assert told in refusal.message


def test_a_day_that_the_clocks_left_out_is_refused() -> None:
    apia = Books("Pacific/Apia", "WST")
    refusal = period_of(apia, date(2011, 12, 30), date(2011, 12, 30), NOON)
    assert isinstance(refusal, Refusal)
    assert "2011-12-30 was left out by the clocks of Pacific/Apia" in refusal.message
    assert not isinstance(period_of(apia, date(2011, 12, 29), date(2011, 12, 30), NOON), Refusal)


@pytest.mark.parametrize("points", [1, 2, 3, 7, 10, 100])
def test_a_period_is_cut_into_parts_that_follow_one_another_and_differ_by_a_day_at_most(points: int) -> None:
    period = Period(TODAY - timedelta(days=9), TODAY, BOOKS)
    parts = period.parts(points)
    assert len(parts) == min(points, 10)
    assert [part.first for part in parts] == [period.first, *(part.end for part in parts[:-1])]
    assert parts[-1].last == period.last
    assert max(part.length for part in parts) - min(part.length for part in parts) <= 1


def test_a_day_without_time_is_no_part_of_its_own() -> None:
    period = Period(date(2011, 12, 29), date(2011, 12, 31), Books("Pacific/Apia", "WST"))
    assert [part.first for part in period.parts(3)] == [date(2011, 12, 29), date(2011, 12, 31)]


def test_stock_is_as_old_as_it_is_now_where_no_moment_is_named() -> None:
    assert instant_of(BOOKS, None, NOON) == NOON
    assert instant_of(BOOKS, NOON - timedelta(days=3), NOON) == NOON - timedelta(days=3)
    for moment in (NOON + timedelta(seconds=1), datetime(1, 1, 1, tzinfo=UTC)):
        refusal = instant_of(BOOKS, moment, NOON)
        assert isinstance(refusal, Refusal)
        assert refusal.field == ("asOf",)


def test_where_the_ledger_is_archived_stock_has_an_age_at_the_beginning_of_each_day() -> None:
    floor = BOOKS.days.start(TODAY - timedelta(days=30))
    books, begin = BOOKS._replace(floor=floor), BOOKS.days.start(TODAY - timedelta(days=31))
    assert instant_of(books, begin, NOON) == begin
    assert instant_of(books, floor + timedelta(hours=1), NOON) == floor + timedelta(hours=1)
    refusal = instant_of(books, begin + timedelta(hours=1), NOON)
    assert isinstance(refusal, Refusal)
    assert f"name the beginning of a day, such as {begin.isoformat()}" in refusal.message


# ------------------------------------------------------------------ what is refused
@pytest.mark.parametrize(
    ("query", "argument"),
    [
        (health("to", more=", deadAfterDays: 0"), "deadAfterDays"),
        (health("to", more=", deadAfterDays: 3661"), "deadAfterDays"),
        (health("series(points: 0) { to }"), "points"),
        (health("series(points: 101) { to }"), "points"),
        (health("groups(by: SKU, first: 0) { totalCount }"), "first"),
        (health('deadStock(after: "") { totalCount }'), "after"),
        ("{ agingReport(buckets: []) { asOf } }", "buckets"),
        ("{ agingReport(buckets: [30, 30]) { asOf } }", "buckets"),
        ("{ agingReport(buckets: [-1]) { asOf } }", "buckets"),
        (f"{{ agingReport(buckets: {list(range(21))}) {{ asOf }} }}", "buckets"),
        ('{ agingReport(asOf: "2999-01-01T00:00:00Z") { asOf } }', "asOf"),
        (f'{{ agingReport(filter: {{skus: ["{"a" * 201}"]}}) {{ asOf }} }}', "filter.skus"),
    ],
)
async def test_bad_arguments_are_refused_by_name(query: str, argument: str) -> None:
    error = await FakeApi().error(query)
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", argument)
    assert error["message"].startswith(argument)


@pytest.mark.parametrize("day", ["2026-02-30", "20260201", "2026-2-1", "2026-02-01T00:00:00Z", ""])
async def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(Exception, match="Date wants a day of the calendar"):
        FakeApi().prepare(f'{{ healthReport(from: "{day}", to: "{day}") {{ to }} }}')


@pytest.mark.parametrize(
    ("unknown", "field"),
    [
        (UnknownNames(skus=["X"]), "skus"),
        (UnknownNames(locations=["X"]), "locations"),
        (UnknownNames(categories=["X"]), "categories"),
        (UnknownNames(vendors=["X"]), "vendors"),
    ],
)
@pytest.mark.parametrize("report", [health("to", more=', filter: {{{field}: ["X"]}}'), None])
async def test_a_name_that_nothing_bears_is_refused(unknown: UnknownNames, field: str, report: str | None) -> None:
    api = FakeApi()
    api.reads.health.names = unknown
    wanted = f'filter: {{{field}: ["X"]}}'
    query = health("to", more=f", {wanted}") if report else f"{{ agingReport({wanted}) {{ asOf }} }}"
    error = await api.error(query)
    assert error["extensions"]["argument"] == f"filter.{field}"
    assert error["message"].startswith(f"filter.{field}: there is no ")
    assert error["message"].endswith("'X': mind upper and lower case, or leave it out.")


async def test_a_series_of_more_looks_than_are_made_is_refused_before_it_is_read() -> None:
    api = FakeApi()
    api.reads.health.levels_there = 60_000
    asked = "series(points: {}) {{ date }}".format
    error = await api.error(health(asked(8)))
    told = {"code": "LIMIT_EXCEEDED", "argument": "points", "limit": 7}
    assert told.items() <= error["extensions"].items()
    assert "8 parts of 60,000 levels" in error["message"] and "7 at most" in error["message"]
    assert api.reads.health.asked == []
    await api.ask(health(asked(7)))
    api.reads.health.levels_there = 10_000_000
    await api.ask(health(asked(1)))


async def test_a_name_that_looks_like_one_that_there_is_is_told_for_what_cannot_be_seen_of_it() -> None:
    api = FakeApi()
    api.reads.health.names = UnknownNames(vendors=["nor\u200dth", "south"])
    error = await api.error('{ agingReport(filter: {vendors: ["nor\u200dth", "south"]}) { asOf } }')
    assert error["message"] == "filter.vendors holds the character U+200D, which cannot be seen: remove it."


# ------------------------------------------------------------------ what is read
async def test_a_report_reads_only_what_is_selected_of_it() -> None:
    api = FakeApi()
    await api.ask(health("from to timeZone currency"))
    assert api.reads.health.asked == []
    await api.ask(health("a: metrics { unitsSold } ...rest")[:-1] + "} fragment rest on HealthReport { complete }")
    await api.ask(health("series(points: 2) { date }"))
    assert [asked[0] for asked in api.reads.health.asked] == ["whole", "series"]
    await api.ask("{ agingReport { currency rows(by: SKU) { totalCount } } }")
    assert [asked[0] for asked in api.reads.aging.asked] == ["groups"]
    await api.ask("{ agingReport { complete } }")
    assert [asked[0] for asked in api.reads.aging.asked] == ["groups", "whole"]


async def test_all_parts_of_a_report_are_read_at_one_moment_and_each_once() -> None:
    api = FakeApi()
    parts = "groups(by: SKU) { totalCount } deadStock { totalCount } series(points: 2) { date }"
    await api.ask(health(f"itemsWithoutValue {parts} complete metrics {{ unitsSold }}"))
    assert sorted(asked[0] for asked in api.reads.health.asked) == ["dead_stock", "groups", "series", "whole"]
    assert api.reads.moments == 1
    await api.ask("{ agingReport { rows(by: SKU) { totalCount } complete totals { units } } }")
    assert sorted(asked[0] for asked in api.reads.aging.asked) == ["groups", "whole"]
    assert api.reads.moments == 2


async def test_all_reports_of_an_operation_are_read_at_one_moment_however_late_one_of_them_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unknown(self: FakeHealthReads, scope: Scope, filter: ReportFilter) -> UnknownNames:
        for _ in range(20):  # turns of the loop
            await asyncio.sleep(0)
        return self.names

    monkeypatch.setattr(FakeHealthReads, "unknown", unknown)
    api = FakeApi()
    early = "totals { units } rows(by: SKU) { totalCount }"
    late = health("complete deadStock { totalCount }", more=', filter: {skus: ["TENT"]}')[1:-1]
    await api.ask(f"{{ a: agingReport {{ {early} }} b: agingReport(buckets: [5]) {{ {early} }} {late} }}")
    assert sorted(asked[0] for asked in api.reads.health.asked) == ["dead_stock", "whole"]
    assert (len(api.reads.aging.asked), api.reads.moments) == (4, 1)


async def test_a_report_is_read_though_another_is_refused_or_nothing_of_it_is_to_be_read() -> None:
    api = FakeApi()
    refused, bare = "agingReport(buckets: [5, 5]) { complete }", "agingReport { asOf }"
    answer = await api.send(f"{{ a: agingReport {{ complete }} b: {refused} c: {bare} }}")
    assert (answer["data"]["a"], answer["data"]["b"], len(answer["errors"])) == ({"complete": True}, None, 1)
    assert (len(api.reads.aging.asked), api.reads.moments) == (1, 1)


async def test_a_vendor_asks_for_its_own_items_alone() -> None:
    api = FakeApi(VENDOR)
    await api.ask(health("complete groups(by: VENDOR) { totalCount } deadStock { totalCount }"))
    await api.ask("{ agingReport { totals { units } } }")
    scopes = {asked[1] for asked in (*api.reads.health.asked, *api.reads.aging.asked)}
    assert scopes == {Scope(FIRM.id, "acme")}


async def test_what_was_asked_for_is_what_is_read() -> None:
    api = FakeApi()
    query = health(
        "deadStock { totalCount } groups(by: LOCATION) { totalCount }",
        more=', deadAfterDays: 7, filter: {skus: ["TENT"]}',
    )
    await api.ask(query)
    filter, period = ReportFilter(skus=["TENT"]), Period(TODAY - timedelta(days=9), TODAY, BOOKS)
    asked = {name: rest for name, *rest in api.reads.health.asked}
    assert asked["dead_stock"][1:] == [filter, period, 7]
    assert asked["groups"][1:] == [filter, period, ReportGroupBy.LOCATION]
    await api.ask("{ agingReport { totals { units } } }")
    assert api.reads.aging.asked[-1][2:] == (ReportFilter(), BOOKS, NOON, BUCKETS)


# ------------------------------------------------------------------ how it is shown
TOTALS = HealthTotals(
    opening=10, received=10, sold=5, sold_costed=5, cost_sold=100_0000, unit_time=10 * 10 * DAY_US,
    value_time=200_0000 * 10 * DAY_US, out_time=DAY_US, existed=10 * DAY_US, shrunk=1, asked=4, served=3, returned=2,
)  # fmt: skip


async def test_figures_are_shown_as_decimals_and_whole_numbers() -> None:
    api = FakeApi()
    api.reads.health.totals = TOTALS
    api.reads.health.items_without_value = 3
    names = "inventoryTurnover averageInventoryValue unitsSold costOfGoodsSold sellThroughRate stockOutRate fillRate"
    query = health(f"itemsWithoutValue metrics {{ {names} unitsReturned shrinkageUnits }}")
    report = (await api.ask(query))["healthReport"]
    assert report["itemsWithoutValue"] == 3
    shown = report["metrics"]
    span = Period(TODAY - timedelta(days=9), TODAY, BOOKS).span
    assert (shown["unitsSold"], shown["unitsReturned"], shown["shrinkageUnits"]) == (5, 2, 1)
    assert (shown["costOfGoodsSold"], shown["sellThroughRate"], shown["fillRate"]) == ("100.00", "0.2500", "0.7500")
    assert shown["stockOutRate"] == "0.1000"
    days = Decimal(span.lapsed) / DAY_US
    assert Decimal(shown["averageInventoryValue"]) == (Decimal(200) * 10 / days).quantize(Decimal("0.01"))


async def test_groups_name_the_item_or_the_location_that_they_are() -> None:
    api = FakeApi()
    api.reads.health.keys, api.reads.aging.keys = ["TENT"], ["TENT"]
    selected = "{ nodes { key item { sku } location { code } } }"
    for by, keys in (("SKU", ["TENT"]), ("LOCATION", ["WEST"]), ("CATEGORY", [None])):
        api.reads.health.keys = api.reads.aging.keys = keys
        data = await api.ask(
            f"{health(f'groups(by: {by}) {selected}')[:-1]} agingReport {{ rows(by: {by}) {selected} }} }}"
        )
        wanted = {
            "key": keys[0],
            "item": {"sku": "TENT"} if by == "SKU" else None,
            "location": {"code": "WEST"} if by == "LOCATION" else None,
        }
        assert data["healthReport"]["groups"]["nodes"] == data["agingReport"]["rows"]["nodes"] == [wanted]


async def test_dead_stock_tells_since_when_and_what_it_is_worth() -> None:
    api = FakeApi()
    stock = DeadStock("TENT", 7, 12_3450, NOON - timedelta(days=100, hours=5), NOON)
    api.reads.health.dead = [stock, replace(stock, sku="LAMP", value=None, on_hand=2**31)]
    query = health(
        "deadStock(first: 1) { totalCount edges { cursor node { sku quantityOnHand value daysWithoutMovement "
        "lastMovementAt item { name } } } }"
    )
    page: dict[str, Any] = (await api.ask(query))["healthReport"]["deadStock"]
    assert page["totalCount"] == 2
    [edge] = page["edges"]
    assert (edge["node"]["value"], edge["node"]["daysWithoutMovement"]) == ("12.35", 100)
    assert edge["node"]["item"]["name"]
    error = (await api.send(health("deadStock { nodes { sku quantityOnHand } }")))["errors"][0]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"


async def test_buckets_are_those_that_were_asked_for() -> None:
    api = FakeApi()
    api.reads.aging.aged = Aged(4, 1, 30_0000, 4 * 35 * DAY_US, NOON - timedelta(days=40))
    query = (
        "{ agingReport(buckets: [7, 14]) { asOf currency totals { key units value averageAgeDays oldestDays "
        "buckets { fromDays toDays units value } } } }"
    )
    report = (await api.ask(query))["agingReport"]
    assert report["totals"]["buckets"] == [
        {"fromDays": first, "toDays": last, "units": 4, "value": "30.00"}
        for first, last in ((0, 7), (8, 14), (15, None))
    ]
    totals = {name: value for name, value in report["totals"].items() if name != "buckets"}
    assert totals == {"key": None, "units": 12, "value": "90.00", "averageAgeDays": "35.00", "oldestDays": 40}


@pytest.mark.parametrize("complete", [True, False])
async def test_each_report_tells_whether_it_is_complete(complete: bool) -> None:
    api = FakeApi()
    api.reads.health.complete = api.reads.aging.complete = complete
    data = await api.ask(f"{health('complete')[:-1]} agingReport {{ complete }} }}")
    assert data == {"healthReport": {"complete": complete}, "agingReport": {"complete": complete}}


# ------------------------------------------------------------------ what it costs
def cost(query: str) -> int:
    prepared = FakeApi().prepare(query)
    return prepared.plan.cost.filled(prepared.variables.coerced)


def test_a_report_is_priced_by_how_often_all_levels_are_looked_at() -> None:
    assert cost(health("to")) == 1 + 400 + 1
    assert cost(health("groups(by: SKU, first: 10) { nodes { key } }")) == 1 + 400 + 1 + 400 + 1 + 10
    assert cost(health("series(points: 5) { date }")) == 1 + 400 + 1 + 2_000 + 5


def test_many_reports_at_once_are_too_complex() -> None:
    many = " ".join(f"r{n}: {health('series { to } deadStock { totalCount }')[1:-1]}" for n in range(9))
    with pytest.raises(Exception, match="cost"):
        cost(f"{{ {many} }}")
