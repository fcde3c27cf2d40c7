"""The ledger on PostgreSQL, each answer held against the same question asked of plain Python lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.access import Scope
from domain.ledger import LedgerEntry, LedgerKind
from domain.stock import StockLevel
from services.reads import (
    ItemFilter,
    LedgerFilter,
    LevelFilter,
    LevelSort,
    PageRequest,
)
from tests.conformance.units_worlds import ACME, ids
from tests.integration.shelf import EVERYTHING, NORTH, NOW, SCOPE, Shelf, all_pages, nodes

A_WHILE_AGO = NOW - timedelta(days=45)
RARE = (LedgerKind.HOLD, LedgerKind.RECEIPT)
LEDGER_FILTERS: list[tuple[LedgerFilter, Callable[[StockLevel, LedgerEntry], bool]]] = [
    (LedgerFilter(), lambda level, entry: True),
    (LedgerFilter(skus=["sku-5"]), lambda level, entry: level.sku == "sku-5"),
    (LedgerFilter(locations=["A", "SHOP"]), lambda level, entry: level.location in ("A", "SHOP")),
    (LedgerFilter(since=A_WHILE_AGO), lambda level, entry: entry.stamp.occurred_at >= A_WHILE_AGO),
    (LedgerFilter(until=A_WHILE_AGO), lambda level, entry: entry.stamp.occurred_at < A_WHILE_AGO),
    (LedgerFilter(reference="PO-1"), lambda level, entry: entry.cause.reference == "PO-1"),
    (LedgerFilter(reason_codes=["received"]), lambda level, entry: entry.cause.reason_code == "received"),
    (LedgerFilter(actor="user-1"), lambda level, entry: entry.cause.actor == "user-1"),
    (LedgerFilter(skus=["sku-5", "SKU_6", "sku-5"]), lambda level, entry: level.sku in ("sku-5", "SKU_6")),
    (LedgerFilter(["sku-5"], ["A", "A"]), lambda level, entry: (level.sku, level.location) == ("sku-5", "A")),
    (LedgerFilter(skus=["sku-5"], reference="PO-1"), lambda its, e: its.sku == "sku-5" and e.cause.reference == "PO-1"),
    (LedgerFilter(skus=[]), lambda level, entry: False),
    (LedgerFilter(kinds=[LedgerKind.HOLD]), lambda level, entry: entry.kind is LedgerKind.HOLD),
    (LedgerFilter(kinds=[LedgerKind.PICK]), lambda level, entry: entry.kind is LedgerKind.PICK),
    (LedgerFilter(kinds=[LedgerKind.HOLD, LedgerKind.RECEIPT]), lambda level, entry: entry.kind in RARE),
    (LedgerFilter(kinds=[LedgerKind.HOLD, LedgerKind.PICK]), lambda level, entry: entry.kind in ("HOLD", "PICK")),
    (LedgerFilter(kinds=[LedgerKind.WASTE]), lambda level, entry: False),
    (LedgerFilter(kinds=[]), lambda level, entry: False),
    (
        LedgerFilter(locations=["A"], kinds=[LedgerKind.HOLD], actor="user-1", since=A_WHILE_AGO),
        lambda its, e: (
            its.location == "A"
            and e.kind in RARE[:1]
            and e.cause.actor == "user-1"
            and e.stamp.occurred_at >= A_WHILE_AGO
        ),
    ),
    (
        LedgerFilter(locations=["A"], actor="user-1", until=NOW),
        lambda level, entry: level.location == "A" and entry.cause.actor == "user-1",
    ),
    (
        LedgerFilter(reason_codes=["received", "lost"], locations=["SHOP"]),
        lambda level, entry: level.location == "SHOP" and entry.cause.reason_code == "received",
    ),
]


@pytest.mark.parametrize(("filter", "meets"), LEDGER_FILTERS, ids=lambda part: None)
async def test_the_ledger_comes_newest_first(
    shelf: Shelf, filter: LedgerFilter, meets: Callable[[StockLevel, LedgerEntry], bool]
) -> None:
    expected = [(id_, entry) for id_, level, entry in shelf.entries if meets(level, entry)]
    expected.sort(key=lambda row: (row[1].stamp.occurred_at, row[0]), reverse=True)

    for backward in (False, True):
        found = await all_pages(lambda page: shelf.reads.ledger.entries(SCOPE, filter, page), 60, backward)
        assert [(record.id, record.entry) for record in found] == expected
    page = await shelf.costs(2, lambda: shelf.reads.ledger.entries(SCOPE, filter, PageRequest(1, counted=True)))
    assert page.total == len(expected)


@pytest.mark.parametrize("filter", [LedgerFilter(), LedgerFilter(locations=["A"]), LedgerFilter(kinds=[RARE[0]])])
async def test_a_vendor_is_shown_the_entries_of_its_items(shelf: Shelf, filter: LedgerFilter) -> None:
    own = {item.sku for item in shelf.items if item.vendor == "north"}
    found = await all_pages(lambda page: shelf.reads.ledger.entries(NORTH, filter, page), 60, False)
    theirs = await all_pages(lambda page: shelf.reads.ledger.entries(SCOPE, filter, page), 60, False)
    assert found == [record for record in theirs if record.sku in own] != []


async def test_entries_of_one_moment_come_by_version(shelf: Shelf) -> None:
    level = next(level for level in shelf.levels if len(level.entries) > 5)
    page = await shelf.reads.ledger.entries(SCOPE, LedgerFilter([level.sku], [level.location]), EVERYTHING)
    assert [record.entry.level_version for record in nodes(page)] == [e.level_version for e in level.entries[::-1]]


async def test_a_total_too_dear_is_not_told(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    from db.read_models import ledger

    monkeypatch.setattr(ledger, "ENTRIES", replace(ledger.ENTRIES, count_max=3))
    page = await shelf.reads.ledger.entries(SCOPE, LedgerFilter(), PageRequest(1, counted=True))
    assert page.total is None


async def test_entries_are_found_by_id_alone(shelf: Shelf) -> None:
    wanted = [id_ for id_, _, _ in shelf.entries[:3]]
    strangers = [UUID(int=1), ids(), UUID(int=2**128 - 1), UUID("ffffffff-ffff-7fff-8fff-ffffffffffff")]

    found = await shelf.costs(1, lambda: shelf.reads.ledger.entries_by_id(SCOPE, [*wanted, *strangers]))

    assert set(found) == set(wanted)
    assert found[wanted[0]].location.code == shelf.entries[0][1].location
    own = await shelf.reads.ledger.entries_by_id(Scope(ACME.id, "nobody"), wanted)
    assert own == {}


async def test_each_level_has_pages_of_its_own_entries(shelf: Shelf) -> None:
    asked = [level for level in shelf.levels if level.sku in ("sku-5", "SKU_6")]
    ids_asked = [level.id for level in asked]

    for backward in (False, True):
        page = PageRequest(2, backward=backward)
        found = await shelf.costs(1, lambda p=page: shelf.reads.ledger.entries_of(SCOPE, ids_asked, p))
        assert set(found) == {level.id for level in asked if level.entries}
        for level in asked:
            if level.entries:
                alone = LedgerFilter([level.sku], [level.location])
                assert found[level.id] == await shelf.reads.ledger.entries(SCOPE, alone, page)
    level = next(level for level in asked if len(level.entries) > 2)
    first = (await shelf.reads.ledger.entries_of(SCOPE, [level.id], PageRequest(2)))[level.id]
    rest = (await shelf.reads.ledger.entries_of(SCOPE, [level.id], PageRequest(250, first.edges[-1].cursor)))[level.id]
    told = [record.entry for record in nodes(first) + nodes(rest)]
    assert sorted(told, key=lambda entry: entry.level_version) == level.entries
    assert await shelf.reads.ledger.entries_of(Scope(ACME.id, "nobody"), [level.id], PageRequest(2)) == {}


async def test_histories_add_up_what_had_happened_by_then(shelf: Shelf) -> None:
    level, other = sorted(shelf.levels, key=lambda level: len(level.entries))[-2:]
    since, until = level.entries[0].stamp.occurred_at, level.entries[-1].stamp.occurred_at
    histories = shelf.reads.ledger.histories

    found = await shelf.costs(1, lambda: histories(SCOPE, [level.id, other.id], since, until, 11))

    for each in (level, other):
        assert [point.at for point in found[each.id]] == [since + (until - since) * n / 10 for n in range(11)]
        for point in found[each.id]:
            by_then = [entry.change for entry in each.entries if entry.stamp.occurred_at <= point.at]
            assert point.on_hand == sum(change.on_hand for change in by_then)
            assert point.available_to_promise == sum(change.available_to_promise for change in by_then)
    assert found[level.id][0].on_hand > 0 and found[level.id][-1].on_hand == level.on_hand
    before = await histories(SCOPE, [level.id], since - timedelta(days=1), since - timedelta(seconds=1), 2)
    assert [point.on_hand for point in before[level.id]] == [0, 0]
    [only] = (await histories(SCOPE, [level.id], since, until, 1))[level.id]
    assert (only.at, only.on_hand) == (until, level.on_hand)


async def test_no_read_shows_another_tenants_things(shelf: Shelf) -> None:
    nobody = Scope(UUID(int=7))
    reads = shelf.reads
    level = shelf.states[0]

    assert nodes(await reads.stock.levels(nobody, LevelFilter(), LevelSort.SKU, EVERYTHING)) == []
    assert await reads.stock.levels_by_id(nobody, [level.id]) == {}
    assert [row.known for row in await reads.stock.availability(nobody, [level.item.sku], None)] == [False]
    assert (await reads.stock.snapshot(nobody, LevelFilter())).things == []
    assert nodes(await reads.catalog.items(nobody, ItemFilter(), EVERYTHING)) == []
    assert nodes(await reads.ledger.entries(nobody, LedgerFilter(), EVERYTHING)) == []
    assert await reads.ledger.histories(nobody, [level.id], NOW - timedelta(days=99), NOW, 2) == {}
