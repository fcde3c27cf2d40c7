"""LevelFilter: which stock levels a list is narrowed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.status import StockStatus


@dataclass(frozen=True, slots=True)
class LevelFilter:
    """None: any. An empty sequence matches nothing. `search` is looked for in SKU and name, whatever the case."""

    skus: Sequence[str] | None = None
    locations: Sequence[str] | None = None
    categories: Sequence[str] | None = None
    vendors: Sequence[str] | None = None
    conditions: Sequence[str] | None = None
    status: Sequence[StockStatus] | None = None
    #: No movement for at least so many days.
    stale_for_days: int | None = None
    stale: bool | None = None
    search: str | None = None
