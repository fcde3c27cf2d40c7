"""Health tail: what waits to be summed up, told to a report's statement as the rollups that it will make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from db.one_moment import OneMoment
from db.pool import Database
from db.read_models.fed_entries import FedSku, Tail, fed_entries
from domain.access import Scope
from domain.level_totals import LevelTotals
from domain.periods import Books, Period
from domain.rollups import fold
from services.insight_ports import ReportFilter


async def tail_of(database: Database | OneMoment, scope: Scope, filter: ReportFilter, parts: Sequence[Period]) -> Tail:
    """Rows of `movement_daily`, each with the day before which it is the newest, for looks at levels before each of
    the parts, and behind the last of them."""
    books = parts[0].books
    fed = await fed_entries(database, scope, filter, books.currency)
    looks = [*(part.first for part in parts), parts[-1].end]
    return Tail.of([row for sku in fed.skus for row in _rows(sku, books, looks)], fed)


def _rows(fed: FedSku, books: Books, looks: Sequence[date]) -> Iterator[dict[str, Any]]:
    newest: dict[tuple[str, date], LevelTotals] = {}
    for day, levels, _ in fold(fed.changes(books.currency), books.days, fed.kept):
        newest |= {(location, look): level for location, level in levels.items() for look in looks if day < look}
    for (location, look), level in newest.items():
        yield {"sku": fed.sku, "location": location, "day": look, **asdict(level)}
