"""Health tail: what waits to be summed up, told to a report's statement as the rollups that it will make."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from db.pool import Database
from db.read_models.fed_entries import FedSku, fed_entries
from domain.level_totals import LevelTotals
from domain.rollups import fold
from services.insight_ports import Books, Period


class Tail(NamedTuple):
    """Rows of `movement_daily` as JSON, each with the day before which it is the newest; None where there are none.
    `complete`: it is all that waits."""

    told: str | None
    complete: bool


async def tail_of(database: Database, tenant: UUID, parts: Sequence[Period]) -> Tail:
    """For looks at levels before each of the parts, and behind the last of them."""
    books = parts[0].books
    fed = await fed_entries(database, tenant, books.currency)
    looks = [*(part.first for part in parts), parts[-1].end]
    rows = [row for sku in fed.skus for row in _rows(sku, books, looks)]
    return Tail(json.dumps(rows, default=_text) if rows else None, fed.complete)


def _rows(fed: FedSku, books: Books, looks: Sequence[date]) -> Iterator[dict[str, Any]]:
    newest: dict[tuple[str, date], LevelTotals] = {}
    for day, levels, _ in fold(fed.changes(books.currency), books.days, fed.kept):
        newest |= {(location, look): level for location, level in levels.items() for look in looks if day < look}
    for (location, look), level in newest.items():
        yield {"sku": fed.sku, "location": location, "day": look, **asdict(level)}


def _text(value: Any) -> str:
    return value.isoformat()
