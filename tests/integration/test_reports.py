"""Reports on PostgreSQL: to the unit and the cent what the raw entries come to, whatever of them is summed up yet."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.pool import Database
from domain.periods import Period
from server.embedded.database import Addresses, run
from services.insight_ports import AgedGroup, ReportFilter, ReportGroupBy
from services.pages import Page, PageRequest
from tests import servers
from tests.factories.stock_histories import BEGIN, STEP, STEPS, Told, histories
from tests.integration.reported_firm import BOOKS, Expected, ReportedFirm, matches, reported

T = TypeVar("T")
FIRST = date(2026, 3, 27)
END = BEGIN + (STEPS + 1) * STEP
#: An example takes half a second.
EXAMPLES = 400 if os.environ.get("FAULTS_LONG") else 20
FILTERS = (
    ReportFilter(),
    ReportFilter(skus=["lamp", "tent"]),
    ReportFilter(locations=["SHOP"]),
    ReportFilter(categories=["light"], vendors=["north"]),
    ReportFilter(skus=[]),
)


@pytest.fixture(scope="module")
def addresses(postgres: servers.Postgres) -> Iterator[Addresses]:
    with postgres.clone() as addresses:
        yield addresses


@asynccontextmanager
async def firm_of(addresses: Addresses, history: Sequence[Told]) -> AsyncIterator[ReportedFirm]:
    database = await Database.connect(addresses.application_url, size=2)
    try:
        async with reported(database, history) as firm:
            yield firm
    finally:
        await database.close()


@st.composite
def _asked(draw: st.DrawFn) -> dict[str, Any]:
    first = FIRST + timedelta(days=draw(st.integers(0, 9)))
    return {
        "history": draw(histories(60)),
        "kept": draw(st.integers(0, 100)),
        "period": Period(first, first + timedelta(days=draw(st.integers(0, 8))), BOOKS),
        "filter": draw(st.sampled_from(FILTERS)),
        "by": draw(st.sampled_from(ReportGroupBy)),
        "size": draw(st.integers(1, 3)),
        "at": BEGIN + draw(st.integers(0, STEPS + 5)) * STEP + timedelta(seconds=1),
        "bounds": draw(st.sampled_from([(1, 2, 4), (0,), (3,), (30, 60)])),
    }


async def all_pages(read: Callable[[PageRequest], Awaitable[Page[T]]], size: int) -> list[T]:
    found: list[T] = []
    cursor = None
    while True:
        page = await read(PageRequest(size, cursor, counted=True))
        assert page.has_previous == (cursor is not None)
        found += [edge.node for edge in page.edges]
        if not page.has_next:
            assert page.total == len(found)
            return found
        cursor = page.edges[-1].cursor


async def assert_healthy(firm: ReportedFirm, expected: Expected, asked: dict[str, Any]) -> None:
    period, filter, span = asked["period"], asked["filter"], asked["period"].span
    reads, scope = firm.reads.health, firm.scope
    whole = await reads.whole(scope, filter, period)
    assert whole.health.span == span
    assert shown(whole.health.metrics) == expected.whole(span, filter)
    assert whole.items_without_value == expected.without_value(span, filter)
    groups = await all_pages(lambda page: reads.groups(scope, filter, period, asked["by"], page), asked["size"])
    assert {group.key: shown(group.health.metrics) for group in groups} == expected.groups(asked["by"], span, filter)
    assert [group.key for group in groups] == list(expected.groups(asked["by"], span, filter))
    parts = period.parts(3)
    assert await reads.levels(scope, filter) == sum(matches(filter, place) for place in firm.firm.levels)
    series = await reads.series(scope, filter, parts)
    assert [shown(health.metrics) for health in series] == [expected.whole(part.span, filter) for part in parts]
    dead = await all_pages(lambda page: reads.dead_stock(scope, filter, period, 2, page), asked["size"])
    told = [(each.sku, each.on_hand, None if each.value is None else each.value, each.moved_at) for each in dead]
    wanted = expected.dead(span, 2, filter)
    assert told == [
        (sku, units, None if worth is None else int(worth * 10_000), at) for sku, units, worth, at in wanted
    ]


async def assert_aged(firm: ReportedFirm, expected: Expected, asked: dict[str, Any]) -> None:
    filter, bounds, by = (asked[name] for name in ("filter", "bounds", "by"))
    reads, scope = firm.reads.aging, firm.scope
    for at in (asked["at"], END):
        whole = await reads.whole(scope, filter, BOOKS, at, bounds)
        nothing = {None: [(0, Decimal("0.00"), None, None)] * (len(bounds) + 1)}
        assert {None: aged(whole.group)} == (expected.ages(at, bounds, None, filter) or nothing)
        groups = await all_pages(partial(reads.groups, scope, filter, BOOKS, at, bounds, by), asked["size"])
        assert [(group.key, aged(group)) for group in groups] == list(expected.ages(at, bounds, by, filter).items())


def shown(metrics: Any) -> dict[str, Any]:
    """Demand comes from elsewhere."""
    return {name: value for name, value in asdict(metrics).items() if name != "fill_rate"}


def aged(group: AgedGroup) -> list[tuple[Any, ...]]:
    figures = [bucket.figures(group.as_of) for bucket in group.buckets]
    return [(each.units, each.value, each.average_age_days, each.oldest_days) for each in figures]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked=_asked())
def test_every_figure_is_what_the_raw_entries_come_to_of_which_some_are_summed_up(
    addresses: Addresses, asked: dict[str, Any]
) -> None:
    run(_compare(addresses, asked))


async def _compare(addresses: Addresses, asked: dict[str, Any]) -> None:
    async with firm_of(addresses, asked["history"]) as firm:
        written, kept = firm.firm.written, asked["kept"]
        await firm.write(written[:kept])
        await firm.sum_up()
        await firm.write(written[kept:])
        expected = Expected.of(firm.firm)
        if (await firm.reads.health.whole(firm.scope, ReportFilter(), asked["period"])).complete:
            await assert_healthy(firm, expected, asked)
            await assert_aged(firm, expected, asked)
        await firm.sum_up()
        assert (await firm.reads.health.whole(firm.scope, ReportFilter(), asked["period"])).complete
        await assert_healthy(firm, expected, asked)
        await assert_aged(firm, expected, asked)
