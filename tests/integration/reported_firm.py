"""A firm whose history is in the ledger and summed up as far as told, and what its reports must say, reckoned anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import uuid4

from db import bulk, ledger
from db.ledger_seals import Seals
from db.pool import Database
from db.read_models import PostgresReads
from db.transaction import Transaction
from db.worker_session import WorkerSession
from domain.access import Scope
from domain.days import LocalDays, Span
from domain.identity import tenant_id
from domain.ledger import LedgerEntry
from domain.locations import Location
from domain.periods import Books
from domain.reasons import DEFAULT_REASON_CODES
from domain.tenants import Tenant
from services.insight_ports import ReportFilter, ReportGroupBy
from tests.conformance.units_worlds import ids
from tests.factories.stock_histories import GOODS, LOCATIONS, Firm, Told, Written, items
from tests.reckoning import Reckoning, ratio, reckoned, rounded
from tests.shelves import Piece, lying

CURRENCY = "EUR"
ZONE = "Europe/Berlin"
BOOKS = Books(ZONE, CURRENCY)
DAYS: LocalDays = BOOKS.days
_WORDS = {sku: (category, vendor) for sku, category, vendor, _, _ in GOODS}
Place = tuple[str, str]


@dataclass
class ReportedFirm:
    database: Database
    tenant: Tenant
    firm: Firm
    seals: Seals

    @property
    def reads(self) -> PostgresReads:
        return PostgresReads(self.database)

    @property
    def scope(self) -> Scope:
        return Scope(self.tenant.id)

    async def write(self, entries: Sequence[Written]) -> None:
        """Each in a transaction of its own, as group commit may."""
        async with self.database.acquire(self.tenant.id) as connection:
            for level, entry in entries:
                level.entries[:] = [entry]
                await connection.begin(self.tenant.id)
                transaction = Transaction(connection, self.tenant.id)
                await ledger.add(transaction, [level])
                await transaction.flush()
                await connection.execute("COMMIT")

    async def sum_up(self) -> None:
        while await self.seals.seal(self.tenant.id):
            pass


@asynccontextmanager
async def reported(database: Database, history: Sequence[Told]) -> AsyncIterator[ReportedFirm]:
    """A firm of its own, of whose history nothing is written yet."""
    slug = f"firm-{uuid4().hex[:12]}"
    tenant = Tenant(tenant_id(slug), slug, slug, ZONE, CURRENCY, "MAIN")
    firm = Firm.empty(ids, datetime.now(UTC) - timedelta(seconds=5))
    levels = list(firm.levels.values())
    places = [Location(ids(), code, code.title(), version=1) for code in LOCATIONS]
    reasons = DEFAULT_REASON_CODES
    await bulk.load(database, tenant, locations=places, reason_codes=reasons, items=items(ids), levels=levels)
    firm.tell(history)
    session = WorkerSession(database)
    try:
        yield ReportedFirm(database, tenant, firm, Seals(database, session))
    finally:
        await session.close()


@dataclass(frozen=True)
class Expected:
    """What reports must say of entries."""

    levels: Mapping[Place, Reckoning]
    entries: Mapping[str, Mapping[str, Sequence[LedgerEntry]]]

    @classmethod
    def of(cls, firm: Firm, until: int | None = None) -> Expected:
        entries = {sku: firm.entries_of(sku, until) for sku in _WORDS}
        levels = {
            (sku, location): reckoning
            for sku, of_sku in entries.items()
            for location, reckoning in reckoned(of_sku, CURRENCY).items()
        }
        return cls(levels, entries)

    # ------------------------------------------------------------------ health
    def groups(self, by: ReportGroupBy, span: Span, filter: ReportFilter) -> dict[str | None, dict[str, Any]]:
        """Of what had an entry by the end of the span, in the order of reports."""
        begun = {
            place: level
            for place, level in self._of(filter).items()
            if any(entry.stamp.occurred_at < span.until for entry in level.entries)
        }
        keys = sorted({key(by, place) for place in begun}, key=lambda each: (each is None, each or ""))
        return {each: self.metrics(span, [place for place in begun if key(by, place) == each]) for each in keys}

    def whole(self, span: Span, filter: ReportFilter) -> dict[str, Any]:
        return self.metrics(span, list(self._of(filter)))

    def without_value(self, span: Span, filter: ReportFilter) -> int:
        """SKUs of which units were there, or were sold, whose cost is not known."""
        found: set[str] = set()
        for sku in {sku for sku, _ in self._of(filter)}:
            levels = [level for (own, _), level in self._of(filter).items() if own == sku]
            unknown = sum(level.sweep(*span)["unknown"] for level in levels)
            sold = sum(level.moved("sale", *span) - level.cost_sold(*span)[0] for level in levels)
            if unknown > 0 or sold > 0:
                found.add(sku)
        return len(found)

    def metrics(self, span: Span, places: Sequence[Place]) -> dict[str, Any]:
        """Fractions from the first to the last step, by the formulas of the documentation."""
        levels = [self.levels[place] for place in places]
        sums = {name: sum((level.sweep(*span)[name] for level in levels), Fraction(0)) for name in _SWEPT}
        moved = {word: sum(level.moved(word, *span) for level in levels) for word in _MOVED}
        costs = [level.cost_sold(*span) for level in levels]
        cost, costed_units = sum((Fraction(each) for _, each in costs), Fraction(0)), sum(units for units, _ in costs)
        seconds = Fraction(span.lapsed, 1_000_000)
        costed = sums["there"] > sums["unknown"] or costed_units > 0
        sold, held = (cost, sums["worth"]) if costed else (Fraction(moved["sale"]), sums["there"])
        supplied = sum(level.opening(span.since) for level in levels)
        supplied += moved["receipt"] + moved["arrival"] - moved["dispatch"] + moved["find"]
        return {
            "inventory_turnover": ratio(sold * seconds, held, 4),
            "days_of_inventory": ratio(held, sold * 86_400, 2),
            "average_inventory_units": rounded(sums["there"] / seconds, 2),
            "average_inventory_value": rounded(sums["worth"] / seconds, 2) if costed else None,
            "units_sold": moved["sale"],
            "units_returned": moved["return"],
            "cost_of_goods_sold": rounded(cost, 2) if costed else None,
            "sell_through_rate": ratio(moved["sale"], supplied, 4),
            "stock_out_rate": ratio(sums["out"], sums["existed"], 4),
            "shrinkage_units": moved["loss"],
            "shrinkage_rate": ratio(moved["loss"], supplied, 4),
        }

    def dead(self, span: Span, after_days: int, filter: ReportFilter) -> list[tuple[Any, ...]]:
        """SKU, units, value, last movement: the most valuable first, those without a known value last."""
        found: list[tuple[Any, ...]] = []
        for sku in {sku for sku, _ in self._of(filter)}:
            levels = [level for (own, _), level in self._of(filter).items() if own == sku]
            states = [_state(level, span.until) for level in levels]
            moves = [
                entry.stamp.occurred_at
                for level in levels
                for entry in level.entries
                if entry.change.on_hand and entry.stamp.occurred_at < span.until
            ]
            there, unknown, worth = (sum(each[n] for each in states) for n in range(3))
            if there > 0 and moves and span.until - max(moves) >= timedelta(days=after_days):
                found.append((sku, there, None if unknown == there else Decimal(worth), max(moves)))
        return sorted(found, key=lambda each: (Decimal(1) if each[2] is None else -each[2], each[0]))

    # ------------------------------------------------------------------ aging
    def ages(
        self, at: datetime, bounds: Sequence[int], by: ReportGroupBy | None, filter: ReportFilter
    ) -> dict[str | None, list[tuple[Any, ...]]]:
        """For each group with units, of each bucket its units, value, average age and that of the oldest."""
        found: dict[str | None, list[Piece]] = {}
        for place in self._of(filter):
            pieces = lying(self.entries[place[0]], at, CURRENCY)[place[1]]
            if pieces or by is None:
                found.setdefault(None if by is None else key(by, place), []).extend(pieces)
        keys = sorted(found, key=lambda each: (each is None, each or ""))
        return {each: [figures(pieces, at) for pieces in bucketed(found[each], at, bounds)] for each in keys}

    def _of(self, filter: ReportFilter) -> dict[Place, Reckoning]:
        return {place: level for place, level in self.levels.items() if matches(filter, place)}


_SWEPT = ("there", "unknown", "worth", "out", "existed")
_MOVED = ("receipt", "return", "sale", "arrival", "dispatch", "loss", "find")


def key(by: ReportGroupBy, place: Place) -> str | None:
    sku, location = place
    keys: Mapping[ReportGroupBy, Callable[[], str | None]] = {
        ReportGroupBy.CATEGORY: lambda: _WORDS[sku][0],
        ReportGroupBy.VENDOR: lambda: _WORDS[sku][1],
        ReportGroupBy.LOCATION: lambda: location,
        ReportGroupBy.SKU: lambda: sku,
    }
    return keys[by]()


def matches(filter: ReportFilter, place: Place) -> bool:
    sku, location = place
    category, vendor = _WORDS[sku]
    asked = ((filter.skus, sku), (filter.locations, location), (filter.categories, category), (filter.vendors, vendor))
    return all(names is None or name in names for names, name in asked)


def _state(level: Reckoning, at: datetime) -> tuple[int, int, Decimal]:
    """Units there, of them unknown ones, and the worth of the others."""
    before = [state for state in level.books.states if state[0] < at]
    return (before[-1][3], before[-1][4], before[-1][5]) if before else (0, 0, Decimal(0))


def bucketed(pieces: Sequence[Piece], at: datetime, bounds: Sequence[int]) -> list[list[Piece]]:
    edges = [-1, *bounds, 10**9]
    ages = [(piece, (at - piece.since) // timedelta(days=1)) for piece in pieces]
    return [[piece for piece, age in ages if low < age <= high] for low, high in pairwise(edges)]


def figures(pieces: Sequence[Piece], at: datetime) -> tuple[Any, ...]:
    if not pieces:
        return 0, Decimal("0.00"), None, None
    costs = [piece.cost for piece in pieces if piece.cost is not None]
    days = sum(Fraction((at - piece.since) // timedelta(microseconds=1), 86_400_000_000) for piece in pieces)
    oldest = max((at - piece.since) // timedelta(days=1) for piece in pieces)
    value = rounded(Fraction(sum(costs)), 2) if costs else None
    return len(pieces), value, rounded(Fraction(days) / len(pieces), 2), oldest
